"""The new e-mail address, as it is typed."""

from django import forms
from django.utils.translation import gettext_lazy as _


class EmailForm(forms.Form):
    email = forms.EmailField(
        label=_("New email address"),
        max_length=254,
        help_text=_("It gets a link. Your address changes once you open that and confirm."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
