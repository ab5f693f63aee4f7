"""Saved views of the list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import ROLE_CHOICES, Action, can
from products.models import SavedView
from site_config.lib import curl


class SavedViewForm(forms.Form):
    """A view's name and who has it; the list that a new one keeps is hidden in it."""

    name = forms.CharField(
        label=_("Name"), max_length=60, widget=forms.TextInput({"autocomplete": "off", "autofocus": True})
    )
    is_shared = forms.BooleanField(label=_("Share with everybody"), required=False)
    default_for = forms.ChoiceField(label=_("Default for"), required=False, choices=[("", _("Nobody")), *ROLE_CHOICES])
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    columns = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: User, view: SavedView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, action in (("is_shared", Action.VIEW_SHARE), ("default_for", Action.VIEW_DEFAULT)):
            decision = can(person, action)
            self.fields[name].disabled = not decision
            self.fields[name].help_text = str(decision.reason)
        if view:
            del self.fields["query"], self.fields["columns"]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        values = dict(self.cleaned_data)
        if "columns" in values:
            values["columns"] = [key for key in values["columns"].split(",") if key]
        return values

    def request_shape(self) -> curl.Shape:
        """What a script sends; the list itself only where a view is made."""
        kept = [("query", "query", "text"), ("columns", "columns", "words")] if "query" in self.fields else []
        flag = ("is_shared", "is_shared", "flag")
        named = ("name", "name", "text", curl.PLACEHOLDER)
        return curl.Shape({"": [named, *kept, flag, ("default_for", "default_for", "text", "")]})
