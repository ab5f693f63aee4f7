"""What of the trash is meant."""

from typing import Any

from django import forms

from products.filters import LONGEST_SEARCH
from products.forms.fields import LONE, KeysField


class TrashChoiceForm(forms.Form):
    """Which products of the trash are meant: those that were ticked, or all that the search finds, as of a moment."""

    ids = KeysField(required=False)
    all = forms.BooleanField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(required=False, max_length=LONGEST_SEARCH, widget=forms.HiddenInput)
    until = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    confirm = forms.CharField(required=False, max_length=64, widget=forms.TextInput({"class": "mono", **LONE}))

    def choice(self) -> dict[str, Any]:
        """What the service takes."""
        values = self.cleaned_data
        if not values["all"]:
            return {"keys": values["ids"]}
        return {"keys": None, "text": values["q"], "until": values["until"]}
