"""A product's history, and undo."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.models import ChangeSet
from products.services import history as log
from products.services import undo as undoing
from products.views.catalogue import visible
from products.views.presentation import timeline
from site_config.lib.errors import DomainError

PAGE_SIZE = 25


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


@allow(Action.CHANGES_UNDO, methods=("POST",))
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Puts a change set back and says what it left alone. One that the person cannot see does not exist."""
    change_set = get_object_or_404(ChangeSet.objects.visible_to(request.user), pk=pk)
    try:
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
