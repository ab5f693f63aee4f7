"""The shape of an unlocking: why, and for an address which."""

from django import forms
from django.utils.translation import gettext_lazy as _


class UnlockForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Say why, in a few words: it is kept in the activity log.")},
    )


class UnlockAddressForm(UnlockForm):
    address = forms.GenericIPAddressField(label=_("Address"), widget=forms.HiddenInput())
