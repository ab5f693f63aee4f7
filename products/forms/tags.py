"""A tag."""

from django import forms
from django.utils.translation import gettext_lazy as _

from products.models.catalogue import LONGEST_TAG


class TagForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=LONGEST_TAG, widget=forms.TextInput({"autocomplete": "off"}))
