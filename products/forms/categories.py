"""A category and what becomes of it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from products.forms.fields import CategoryField
from products.models import Category


class CategoryForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, *args: Any, moved: Category | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        top = _("At the top")
        self.fields["parent"] = CategoryField(
            label=_("Parent category"), without=moved, required=False, empty_label=top
        )


class MergeForm(forms.Form):
    def __init__(self, *args: Any, source: Category, **options: Any) -> None:
        super().__init__(*args, **options)
        none = _("Choose a category")
        self.fields["into"] = CategoryField(label=_("Merge into"), without=source, empty_label=none)
