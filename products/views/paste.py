"""Pasting a column from a spreadsheet: what was pasted is told line by line, and done from there."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.decorators import PageRequest, allow
from accounts.models import User
from accounts.policy import Action, can
from products.models import Job
from products.services import paste
from products.services.paste_values import TARGETS
from products.services.sealed import once
from products.views.timeline import NOTHING, shown
from site_config.lib.errors import DomainError, NotAllowed
from site_config.lib.forms import add_error, posted

SHOWN = 100


class PasteForm(forms.Form):
    """Offers the fields that the person may set."""

    field = forms.ChoiceField(label=gettext_lazy("What is in the second column?"))
    text = forms.CharField(
        label=gettext_lazy("SKU and new value, a line for each product"),
        strip=False,
        help_text=gettext_lazy("Copy two columns in a spreadsheet and paste them here. A header may come along."),
        widget=forms.Textarea({"rows": 12, "class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(word, target.label) for word, target in TARGETS.items() if can(person, target.right)]
        self.fields["field"].choices = offered  # type: ignore[attr-defined]


@allow(Action.PRODUCT_EDIT, methods=("GET", "HEAD", "POST"))
def enter(request: PageRequest) -> HttpResponse:
    """Takes what was pasted and tells what would become of each line; nothing is written yet."""
    form = PasteForm(posted(request), person=request.user)
    if form.is_valid():
        try:
            found = paste.preview(actor=request.user, word=form.cleaned_data["field"], text=form.cleaned_data["text"])
        except DomainError as error:
            add_error(form, error)
        else:
            return render(request, "products/paste/preview.html", context_of(found))
    context = {"form": form, "here": "products"}
    return render(request, "products/paste/enter.html", context, status=422 if form.errors else 200)


def context_of(found: paste.Preview) -> dict[str, Any]:
    column = found.target.column
    lines = [
        (line.line, line.product, shown(column, line.old, {}), shown(column, line.new, {}))
        for line in found.lines[:SHOWN]
    ]
    return {"found": found, "lines": lines, "refused": found.refused[:SHOWN], "nothing": NOTHING, "here": "products"}


@allow(Action.PRODUCT_EDIT, methods=("POST",))
def run(request: PageRequest) -> HttpResponse:
    """Does what was previewed, and leads to the list or, where the worker does it, to its progress."""
    try:
        with once(given := request.POST.get("sealed", "")):
            outcome = paste.run(actor=request.user, given=given)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except DomainError as error:
        form = PasteForm(person=request.user)
        context = {"form": form, "refusal": error.message, "here": "products"}
        return render(request, "products/paste/enter.html", context, status=422)
    if isinstance(outcome, Job):
        return redirect("products:jobs-show", outcome.pk)
    if outcome.changed:
        text = ngettext("{:,} product changed", "{:,} products changed", outcome.changed).format(outcome.changed)
        messages.success(request, text, extra_tags=f"undo-{outcome.change_set.pk}")
    else:
        messages.info(request, _("Nothing was different, so nothing was saved"))
    for remark in outcome.skipped[:5]:
        messages.error(request, _("{} was left as it is. {}").format(remark.label, remark.why))
    return redirect("products:catalogue-list")
