"""What a batch may set, a small form for each: the page shows one of them, and `edit` says what was chosen."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import Action
from products.forms import WHOLE, indented
from products.models import Category
from products.models.catalogue import LONGEST_TAG, MAX_STOCK, MOST_TAGS
from products.services.batch_values import ADD, AMOUNT, PERCENT, REMOVE, SET, Edit, PriceRule, TagRule, words

ROUNDINGS = [
    ("none", _("To the penny")),
    (".99", _("Ending in .99")),
    (".95", _("Ending in .95")),
    (".50", _("Ending in .50")),
    (".00", _("To whole amounts")),
    ("0.05", _("To steps of 0.05")),
    ("0.10", _("To steps of 0.10")),
]
NUMBER = {"invalid": _("Enter a number like 12.50, or -5 to take off."), "max_decimal_places": _("Two places at most.")}


class Segments(forms.RadioSelect):
    template_name = "accounts/_segments.html"


class VisibilityForm(forms.Form):
    is_public = forms.TypedChoiceField(
        label=_("Visibility"),
        choices=[("1", _("Public")), ("0", _("Draft"))],
        coerce=lambda value: value == "1",
        help_text=_("Staff see what is public. A draft is seen by its owner and admins only."),
        widget=Segments,
    )

    def edit(self) -> Edit:
        return Edit({"is_public": self.cleaned_data["is_public"]})


class CategoryForm(forms.Form):
    category = forms.ModelChoiceField(
        queryset=Category.objects.none(), label=_("Category"), required=False, empty_label=_("No category")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.with_tree_fields()  # type: ignore[attr-defined]
        self.fields["category"].label_from_instance = indented  # type: ignore[attr-defined]

    def edit(self) -> Edit:
        category = self.cleaned_data["category"]
        return Edit({"category": category and category.pk})


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(queryset=User.objects.none(), label=_("Owner"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = User.objects.filter(is_active=True).order_by("name", "pk")
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]

    def edit(self) -> Edit:
        return Edit({"owner": self.cleaned_data["owner"].pk})


class PriceForm(forms.Form):
    by = forms.ChoiceField(
        label=_("How"),
        choices=[(PERCENT, _("By percent")), (AMOUNT, _("By an amount")), (SET, _("Set to"))],
        initial=PERCENT,
        widget=Segments,
    )
    value = forms.DecimalField(
        label=_("Number"),
        max_digits=12,
        decimal_places=2,
        error_messages=NUMBER,
        help_text=_("10 is 10 % or that amount more, -10 less."),
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "autofocus": True}),
    )
    rounding = forms.ChoiceField(
        label=_("Round"), choices=ROUNDINGS, help_text=_("To the nearest such price, of two as near to the higher one.")
    )

    def clean_value(self) -> Decimal:
        value: Decimal = self.cleaned_data["value"]
        if self.cleaned_data.get("by") == SET and value < 0:
            raise forms.ValidationError(_("A price is not below zero."))
        return value

    def edit(self) -> Edit:
        given = self.cleaned_data
        return Edit(price=PriceRule(given["by"], given["value"], given["rounding"]))


class ThresholdForm(forms.Form):
    low_stock_threshold = forms.IntegerField(
        label=_("Reorder at"),
        min_value=0,
        max_value=MAX_STOCK,
        error_messages=WHOLE,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )

    def edit(self) -> Edit:
        return Edit({"low_stock_threshold": self.cleaned_data["low_stock_threshold"]})


class TagsForm(forms.Form):
    by = forms.ChoiceField(
        label=_("How"),
        choices=[(ADD, _("Add")), (REMOVE, _("Remove")), (SET, _("Replace all"))],
        initial=ADD,
        widget=Segments,
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=(LONGEST_TAG + 2) * MOST_TAGS,
        help_text=_("With commas between them. Replacing all with none takes every tag off."),
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )

    def edit(self) -> Edit:
        return Edit(tags=TagRule(self.cleaned_data["by"], words(self.cleaned_data["tags"].split(","))))


class NoForm(forms.Form):
    """An act that needs nothing else to be known."""


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), max_length=200, required=False, help_text=_("Shown in the history of each product.")
    )


@dataclass(frozen=True)
class Act:
    """One thing to do with a selection; an act that needs no `form` is what `plain` says."""

    title: Any
    icon: str
    form: type[forms.Form] = NoForm
    plain: Edit | None = None
    right: str = Action.PRODUCT_EDIT.value

    def edit(self, form: Any) -> Edit:
        chosen: Edit = self.plain or form.edit()
        return chosen


ACTS = {
    "visibility": Act(_("Change visibility"), "eye", VisibilityForm),
    "price": Act(_("Change prices"), "edit", PriceForm),
    "category": Act(_("Set the category"), "columns", CategoryForm),
    "tags": Act(_("Change tags"), "bookmark", TagsForm),
    "threshold": Act(_("Set when to reorder"), "alert", ThresholdForm),
    "owner": Act(_("Give to another owner"), "user", OwnerForm, right=Action.PRODUCT_CHANGE_OWNER.value),
    "archive": Act(_("Archive"), "archive", plain=Edit(archived=True)),
    "unarchive": Act(_("Take from the archive"), "undo", plain=Edit(archived=False)),
    "trash": Act(_("Move to the trash"), "trash", plain=Edit(trashed=True), right=Action.TRASH_MANAGE.value),
}
