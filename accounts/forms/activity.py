"""What the activity log is narrowed to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models.activity import KINDS, label

GROUPS = {
    "person": _("Accounts"),
    "sign_in": _("Signing in"),
    "address": _("Signing in"),
    "session": _("Signing in"),
    "api": _("API"),
    "token": _("API"),
    "invitation": _("Invitations"),
    "factor": _("Second factors"),
    "view_as": _("Viewing as"),
}


def kind_choices() -> list[tuple[str, Any]]:
    """Every kind of line under the heading of its group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in KINDS:
        groups.setdefault(str(GROUPS.get(kind.split(".")[0], _("Other"))), []).append((kind, label(kind)))
    return [("", _("Everything")), *groups.items()]


class OwnActivityForm(forms.Form):
    kind = forms.ChoiceField(label=_("What"), required=False, choices=kind_choices)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class ActivityForm(OwnActivityForm):
    person = forms.CharField(label=_("Person"), required=False, max_length=100)
    address = forms.GenericIPAddressField(label=_("Address"), required=False)
    field_order = ("person", "kind", "since", "until", "address")
