"""The trash: moving there, looking through it, bringing back, and deleting for good."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.decorators import PageRequest, allow, recent_login
from accounts.policy import Action
from products.filters import LONGEST_SEARCH
from products.forms import TrashChoiceForm
from products.models import Job, Product
from products.models.catalogue import ProductQuerySet
from products.services import trash
from products.views.catalogue import visible
from products.views.changes import safe_next
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError
from site_config.lib.forms import add_error

PAGE_SIZE = 50
LATEST = paging.Sort("-trashed", "trashed_at")


@allow(Action.TRASH_MANAGE, methods=("POST",))
def discard(request: PageRequest, pk: int) -> HttpResponse:
    product = visible(request, pk)
    try:
        change_set = trash.discard(actor=request.user, product=product)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("{} moved to the trash").format(product), extra_tags=f"undo-{change_set.pk}")
    return redirect(safe_next(request) if "next" in request.POST else "products:catalogue-list")


@allow(Action.TRASH_MANAGE)
def list_(request: PageRequest) -> HttpResponse:
    """What went there last first; `?q=` searches it as the list of products is searched."""
    text = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    rows = trash.found(reader=request.user, text=text)
    try:
        shown = rows.select_related("owner").defer("description", "note", "search")
        page = paging.page(shown, sort=LATEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:trash-list")
    context = {
        "page": page,
        "count": paging.count(rows),
        "q": text,
        "now": timezone.now(),
        "keeps": settings.TRASH_DAYS,
    }
    return render(request, "products/trash/list.html", {**context, "here": "trash"})


@allow(Action.TRASH_MANAGE, methods=("POST",))
def restore(request: PageRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product.objects.trash_of(request.user), pk=pk)
    return brought_back(request, Product.objects.filter(pk=pk), _("{} restored").format(product))


@allow(Action.TRASH_MANAGE, methods=("POST",))
def recover(request: PageRequest) -> HttpResponse:
    """Brings back those that were ticked."""
    form = TrashChoiceForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["ids"]:
        messages.error(request, _("Tick the products first"))
        return redirect("products:trash-list")
    rows = Product.objects.trash_of(request.user).filter(pk__in=form.cleaned_data["ids"])
    number = rows.count()
    said = ngettext("{} product restored", "{} products restored", number).format(number)
    return brought_back(request, rows, said)


def brought_back(request: PageRequest, products: ProductQuerySet, said: str) -> HttpResponse:
    try:
        change_set = trash.restore(actor=request.user, products=products)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said, extra_tags=f"undo-{change_set.pk}")
    return redirect("products:trash-list")


@allow(Action.TRASH_MANAGE, methods=("POST",))
@recent_login
def purge(request: PageRequest) -> HttpResponse:
    """Tells what would go for good with those that were ticked, or with all; with the right word typed, it goes."""
    form, status = TrashChoiceForm(request.POST), 200
    if not form.is_valid() or not (form.cleaned_data["ids"] or form.cleaned_data["all"]):
        messages.error(request, _("Tick the products first"))
        return redirect("products:trash-list")
    rows = trash.chosen(reader=request.user, **form.choice())
    if "confirm" in form.data:
        try:
            done = trash.purge(actor=request.user, products=rows, confirmed=form.cleaned_data["confirm"])
        except Conflict as error:
            messages.error(request, error.message)
            return redirect("products:trash-list")
        except DomainError as error:
            add_error(form, error)
            status = 422
        else:
            return purged(request, done)
    going = trash.going(rows)
    if not going.products:
        messages.error(request, _("These products are not in the trash any more."))
        return redirect("products:trash-list")
    context = {"form": form, "going": going, "first": rows[:20], "most": trash.MOST, "here": "trash"}
    return render(request, "products/trash/purge.html", context, status=status)


def purged(request: PageRequest, done: Any) -> HttpResponse:
    """To the worker's progress, or back to the trash; what is gone has no Undo."""
    if isinstance(done, Job):
        return redirect("products:jobs-show", done.pk)
    number = done.changes.count()
    said = ngettext("{} product deleted for good", "{} products deleted for good", number).format(number)
    messages.success(request, said)
    return redirect("products:trash-list")
