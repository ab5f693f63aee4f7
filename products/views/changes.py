"""What was written: a product's history, every change set, one of them, and undo."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.decorators import PageRequest, allow
from accounts.policy import Action, can
from products.forms import ChangeFilterForm
from products.models import Change, ChangeSet
from products.services import history as log
from products.services import undo as undoing
from products.services import undo_large
from products.views.catalogue import visible
from products.views.presentation import Chip, without
from products.views.timeline import KINDS, deed, deeds, things, timeline
from site_config.lib import paging
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error

PAGE_SIZE = 25
# Of one change set: an import has a hundred thousand.
ROWS = 100
NEWEST, OLDEST = paging.Sort("-id", "id"), paging.Sort("id", "id")


@allow(Action.PRODUCT_VIEW)
def history(request: PageRequest, pk: int) -> HttpResponse:
    product = visible(request, pk)
    given = request.GET.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    entries = log.history(product=product, reader=request.user, before=before, size=PAGE_SIZE + 1)
    lines = timeline(entries[:PAGE_SIZE], request.user)
    older = lines[-1].change_set.pk if len(entries) > PAGE_SIZE else None
    context = {"product": product, "timeline": lines, "older": older, "before": before, "here": "products"}
    return render(request, "products/changes/history.html", context)


@allow(Action.PRODUCT_VIEW)
def list_(request: PageRequest) -> HttpResponse:
    """Every act that changed something the person may see, narrowed by what is in the address."""
    kinds = {kind: name for kind, (name, _sentence) in KINDS.items()}
    form = ChangeFilterForm(request.GET, reader=request.user, kinds=kinds)
    page = paging.Page([], None, None)
    if form.is_valid():
        sets = log.told(log.found(reader=request.user, **form.cleaned_data), request.user)
        try:
            page = paging.page(sets, sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
        except DomainError as error:
            add_error(form, error)
    context = {"form": form, "page": page, "lines": deeds(page.rows, request.user), "chips": chips(form, request.GET)}
    context |= {"mine": request.GET.get("actor") == str(request.user.pk), "here": "changes"}
    return render(request, "products/changes/list.html", context, status=422 if form.errors else 200)


def chips(form: ChangeFilterForm, query: QueryDict) -> list[Chip]:
    """The filters in force, as words."""
    made = []
    for name, value in getattr(form, "cleaned_data", {}).items():
        if value:
            shown = date_format(value) if name in ("since", "until") else form.words(name, value)
            made.append(Chip(str(form.fields[name].label), shown, without(query, name)))
    return made


@allow(Action.PRODUCT_VIEW)
def show(request: PageRequest, pk: int) -> HttpResponse:
    """One act: who, when, from where, why, and every change of it that the person may see, a page at a time."""
    sets = ChangeSet.objects.visible_to(request.user).select_related("undoes", "undone_by")
    change_set = get_object_or_404(log.told(sets, request.user), pk=pk)
    rows = Change.objects.visible_to(request.user).filter(change_set=change_set)
    try:
        page = paging.page(rows, sort=OLDEST, cursor=request.GET.get("cursor"), size=ROWS)
    except DomainError:
        return redirect("products:changes-show", pk)
    context = {
        "change_set": change_set,
        "line": deed(change_set, request.user),
        "page": page,
        "things": things(page.rows, request.user),
        "counts": log.counts(change_set=change_set, reader=request.user) if page.next or page.previous else None,
        "sees_address": can(request.user, Action.PEOPLE_MANAGE),
        "may_undo": undoing.may_undo(request.user, change_set),
        "here": "changes",
    }
    return render(request, "products/changes/show.html", context)


@allow(Action.CHANGES_UNDO, methods=("POST",))
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Puts a change set back and says what it left alone; a large one is left to the worker.

    One that the person cannot see does not exist.
    """
    change_set = get_object_or_404(ChangeSet.objects.visible_to(request.user), pk=pk)
    try:
        if undo_large.is_large(change_set):
            return redirect("products:jobs-show", undo_large.start(actor=request.user, change_set=change_set).pk)
        undone = undoing.undo(actor=request.user, change_set=change_set)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        said = ngettext("Undone: {} change", "Undone: {} changes", undone.restored).format(undone.restored)
        messages.success(request, said, extra_tags=f"undo-{undone.change_set.pk}")
        for skipped in undone.skipped[:5]:
            messages.error(request, _("{} was left as it is. {}").format(skipped.label, skipped.why))
    return redirect(safe_next(request))


def safe_next(request: PageRequest) -> str:
    """Where the person was, if that is a page of ours."""
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours and target.startswith("/") else "/"
