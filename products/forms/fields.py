"""The kinds of fields that the forms share."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from products.models import Category
from products.models.catalogue import LONGEST_TAG, MOST_TAGS
from products.services import tags

AMOUNT = {"invalid": _("Enter an amount like 12.50."), "max_decimal_places": _("Enter an amount like 12.50.")}


WHOLE = {"invalid": _("Enter a whole number.")}


LARGEST_VERSION = 2**31 - 1


LONE = {"autocomplete": "off", "autofocus": True}  # the one field of its form


LONGEST_LIST = MOST_TAGS * (LONGEST_TAG + 2)


class MoneyInput(forms.TextInput):
    """An amount with the currency's sign before it."""

    template_name = "django/forms/widgets/money.html"


class AmountField(forms.DecimalField):
    widget = MoneyInput

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(
            max_digits=12,
            decimal_places=2,
            min_value=Decimal(0),
            error_messages=AMOUNT,
            widget=MoneyInput(attrs),
            **options,
        )


class TagsField(forms.CharField):
    """Words with commas between them; suggestions come from the tags that the person sees."""

    sends = "words"

    def __init__(self, **options: Any) -> None:
        script = {"list": "tag-words", "hx-get": reverse_lazy("products:tags-suggest"), "hx-target": "#tag-words"}
        trigger = {"hx-trigger": "input changed delay:200ms", "hx-sync": "this:replace", "autocomplete": "off"}
        super().__init__(max_length=LONGEST_LIST, widget=forms.TextInput({**script, **trigger}), **options)

    def to_python(self, value: Any) -> Any:
        return tags.parsed(super().to_python(value) or "")

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class DayField(forms.DateField):
    """A day that a clock in any time zone can tell, with one before it and one after it."""

    def __init__(self, **kwargs: Any) -> None:
        bounds = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
        super().__init__(required=False, widget=forms.DateInput({"type": "date"}), validators=bounds, **kwargs)


class KeysField(forms.MultipleChoiceField):
    """Keys of rows, as the boxes of a list send them; whether they are there is asked where they are looked up."""

    widget = forms.MultipleHiddenInput

    def valid_value(self, value: str) -> bool:
        return value.isascii() and value.isdigit() and len(value) < 19

    def clean(self, value: Any) -> Any:
        return sorted({int(key) for key in super().clean(value)})


class CategoryField(forms.ModelChoiceField[Category]):
    """The tree as a list to choose from, without a category and what is below it."""

    def __init__(self, *, without: Category | None = None, **options: Any) -> None:
        rows = Category.objects.order_siblings_by("name")
        if without is not None:
            rows = rows.exclude(pk__in=[row.pk for row in without.descendants(include_self=True)])
        super().__init__(queryset=rows, **options)

    def label_from_instance(self, category: Any) -> str:
        return indented(category)


def indented(category: Category) -> str:
    return "\u2003" * getattr(category, "tree_depth", 0) + category.name
