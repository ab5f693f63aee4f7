"""Editing many products: the selection and what to set are in the address, the preview leads to the one write."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.decorators import PageRequest, allow
from accounts.policy import Action, can
from products.models import Job
from products.services import batch
from products.services.batch import Selection
from products.services.batch_values import Edit
from products.services.sealed import once
from products.views.batch_forms import ACTS, Act, ReasonForm
from products.views.timeline import label, shown
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from site_config.lib.forms import add_error

Words = list[tuple[str, str, str]]


@allow(Action.PRODUCT_EDIT)
def choose(request: PageRequest) -> HttpResponse:
    """What to do with the selection: all acts or, with `?act=`, the form of one. One that needs no form is previewed."""
    act = chosen_act(request)
    if act and act.plain:
        return preview(request)
    return chooser(request, form=act and act.form())


@allow(Action.PRODUCT_EDIT)
def preview(request: PageRequest) -> HttpResponse:
    """What the chosen act would do: how many products, the first of them, and why some are left out."""
    act = chosen_act(request)
    if act is None:
        return chooser(request)
    form = act.form(request.GET)
    if form.is_valid():
        try:
            return told(request, picked(request.GET), act.edit(form))
        except DomainError as error:
            add_error(form, error)
    return chooser(request, form=form, status=422)


@allow(Action.PRODUCT_EDIT, methods=("POST",))
def run(request: PageRequest) -> HttpResponse:
    """Does what a preview told, and leads back to the list or, where the worker does it, to its progress."""
    form = ReasonForm(request.POST)
    try:
        selection, edit, expected = batch.unseal(actor=request.user, given=request.POST.get("sealed", ""))
        if not form.is_valid():
            return told(request, selection, edit, form=form, status=422)
        reason = form.cleaned_data["reason"]
        with once(request.POST["sealed"]):
            outcome = batch.run(actor=request.user, selection=selection, edit=edit, reason=reason, expected=expected)
    except Conflict as error:
        if error.code != "changed":
            return refused(request, error)
        return told(request, selection, edit, form=form, status=409, refusal=error.message)
    except DomainError as error:
        return refused(request, error)
    if isinstance(outcome, Job):
        return redirect("products:jobs-show", outcome.pk)
    say(request, outcome)
    return redirect(back(request.POST.get("in", "")))


def chosen_act(request: PageRequest) -> Act | None:
    """What was asked for; an act that the person has no right to is refused before its form tells anything."""
    act = ACTS.get(request.GET.get("act", ""))
    if act and not (decision := can(request.user, Action(act.right))):
        raise PermissionDenied(str(decision.reason))
    return act


def picked(data: QueryDict) -> Selection:
    """The rows that were ticked, or the list that they were ticked in."""
    if data.get("all"):
        return Selection(query=data.get("in", ""))
    keys = (key for key in data.getlist("ids") if key.isascii() and key.isdigit() and len(key) < 19)
    return Selection(tuple(dict.fromkeys(map(int, keys))))


def chooser(request: PageRequest, *, form: Any = None, status: int = 200) -> HttpResponse:
    """The page of acts; without a product in the selection there is nothing to choose."""
    word, place, given = request.GET.get("act", ""), request.GET.get("in", ""), picked(request.GET)
    context: dict[str, Any] = {"acts": ACTS, "word": word, "act": ACTS.get(word), "form": form, "here": "products"}
    context |= {"chosen": request.GET, "place": place, "back": back(place)}
    context |= {"keys": given.keys, "whole": given.query is not None}
    try:
        context["count"] = paging.count(given.rows(request.user))
    except DomainError as error:
        return refused(request, error)
    if not context["count"].number:
        return refused(
            request, DomainError(_("No product is selected. Tick some in the list."), code="nothing_selected")
        )
    return render(request, f"products/batch/choose.html{part(request)}", context, status=status)


def told(
    request: PageRequest, selection: Selection, edit: Edit, *, form: Any = None, status: int = 200, refusal: str = ""
) -> HttpResponse:
    """The preview, with what it tells signed for the one button that does it."""
    found = batch.preview(actor=request.user, selection=selection, edit=edit)
    given = request.POST if request.method == "POST" else request.GET
    sealed = batch.seal(actor=request.user, selection=selection, edit=edit, expected=found.expected)
    context = {
        "found": found,
        "tally": found.tally,
        "lines": [(line.product, worded(line, found.ready.named)) for line in found.tally.lines],
        "reasons": found.tally.reasons.most_common(10),
        "sealed": sealed,
        "form": form or ReasonForm(),
        "trashes": edit.trashed,
        "hides": edit.fields.get("is_public") is False,
        "refusal": refusal,
        "query": given.get("in", ""),
        "back": back(given.get("in", "")),
        "here": "products",
    }
    return render(request, f"products/batch/preview.html{part(request)}", context, status=status)


def worded(line: batch.Line, named: dict[tuple[str, Any], str]) -> Words:
    """Field, old and new as people read them."""
    product = line.product
    names = {**named, ("owner_id", product.owner_id): str(product.owner)}
    names |= {("category_id", product.category_id): str(product.category)} if product.category_id else {}
    return [(label(d.name), shown(d.name, d.old, names), shown(d.name, d.new, names)) for d in line.diffs]


def refused(request: PageRequest, error: DomainError) -> HttpResponse:
    """Where there is nothing to show but why it cannot be."""
    if isinstance(error, NotAllowed):
        raise PermissionDenied(error.message)
    given = request.POST if request.method == "POST" else request.GET
    context = {"refusal": error.message, "back": back(given.get("in", "")), "here": "products"}
    status = 409 if isinstance(error, Conflict) else 422
    return render(request, f"products/batch/refused.html{part(request)}", context, status=status)


def part(request: PageRequest) -> str:
    return "#dialog" if request.htmx else ""


def back(query: str) -> str:
    """The list as it was narrowed, sorted and paged."""
    rest = QueryDict(query).urlencode()
    return f"{reverse('products:catalogue-list')}?{rest}" if rest else reverse("products:catalogue-list")


def say(request: PageRequest, done: batch.Done) -> None:
    """How many were changed, with the Undo, and the first of those that were not."""
    tally = done.tally
    if tally.changed:
        text = ngettext("{:,} product changed", "{:,} products changed", tally.changed).format(tally.changed)
        messages.success(request, text, extra_tags=f"undo-{done.change_set.pk}")
    else:
        messages.info(request, _("Nothing was different, so nothing was saved"))
    for refusal in tally.refusals[:5]:
        name = refusal.label or _("One product")
        messages.error(request, _("{} was left as it is. {}").format(name, refusal.why))
