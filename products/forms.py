"""The shape of what people enter; forms never write."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import Action, can, hidden_fields
from products.models import Category, Product
from products.models.catalogue import MAX_STOCK
from products.models.stock import Kind
from products.services.stock import REMOVING
from site_config.lib import curl

AMOUNT = {"invalid": _("Enter an amount like 12.50."), "max_decimal_places": _("Enter an amount like 12.50.")}
WHOLE = {"invalid": _("Enter a whole number.")}
LARGEST_VERSION = 2**31 - 1


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


class ProductForm(forms.ModelForm[Product]):
    """Without the fields that do not exist for the person; the owner is for those who may change it."""

    version = forms.IntegerField(min_value=1, max_value=LARGEST_VERSION, required=False, widget=forms.HiddenInput)
    price = AmountField(label=_("Price"))
    cost = AmountField(label=_("Cost"), required=False)
    stock = forms.IntegerField(
        label=_("Stock"),
        min_value=0,
        max_value=MAX_STOCK,
        required=False,
        error_messages=WHOLE,
        help_text=_("Units on the shelf now. Later it changes through Adjust stock."),
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    low_stock_threshold = forms.IntegerField(
        label=_("Reorder at"),
        min_value=0,
        max_value=MAX_STOCK,
        required=False,
        error_messages=WHOLE,
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    owner = forms.ModelChoiceField(queryset=User.objects.none(), label=_("Owner"), empty_label=None)

    class Meta:
        model = Product
        fields = (
            "name",
            "sku",
            "barcode",
            "category",
            "description",
            "note",
            "price",
            "cost",
            "low_stock_threshold",
            "is_public",
            "owner",
        )
        labels = {"is_public": _("Public")}
        help_texts = {
            "sku": _("Made for you when left empty."),
            "barcode": _("8, 12, 13 or 14 digits."),
            "description": _("Clients see this. Plain text, two or three sentences."),
            "note": _("Clients never see this."),
            "is_public": _("Staff see it. A draft is seen by its owner and admins only."),
        }
        widgets = {
            "sku": forms.TextInput({"class": "mono", "autocomplete": "off"}),
            "barcode": forms.TextInput({"class": "mono", "inputmode": "numeric", "autocomplete": "off"}),
            "description": forms.Textarea({"rows": 3}),
            "note": forms.Textarea({"rows": 2}),
        }

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in hidden_fields(person):
            del self.fields[name]
        if not can(person, Action.PRODUCT_CHANGE_OWNER):
            del self.fields["owner"]
        else:
            owners = User.objects.filter(Q(is_active=True) | Q(pk=self.instance.owner_id)).order_by("name", "pk")
            self.fields["owner"].queryset = owners  # type: ignore[attr-defined]
        self.fields["category"].queryset = Category.objects.with_tree_fields()  # type: ignore[attr-defined]
        self.fields["category"].label_from_instance = indented  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["stock"]
            self.fields["sku"].help_text = ""
            self.initial["version"] = self.instance.version
        else:
            self.initial.setdefault("owner", person.pk)

    def _post_clean(self) -> None:
        """The fields' own rules. Constraints are left to the database: asking first would not help against a rival."""
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.clean_fields(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]

    def clean_low_stock_threshold(self) -> int:
        return self.cleaned_data["low_stock_threshold"] or 0  # an empty one is none

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        values = dict(self.cleaned_data)
        if "stock" in self.fields:
            values["stock"] = values["stock"] or 0
        del values["version"]
        return values

    def field_rows(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    def details(self) -> list[forms.BoundField]:
        return self.field_rows("sku", "barcode", "category")

    def prices(self) -> list[forms.BoundField]:
        return self.field_rows("price", "cost")

    def places(self) -> list[forms.BoundField]:
        return self.field_rows("stock", "low_stock_threshold")

    def access(self) -> list[forms.BoundField]:
        return self.field_rows("is_public", "owner")


def indented(category: Category) -> str:
    return "\u2003" * getattr(category, "tree_depth", 0) + category.name


class PriceForm(forms.Form):
    price = AmountField(label=_("Price"))


class StockForm(forms.Form):
    """What happened on the shelf. `expected` is the stock the person saw; a count is refused when it moved since."""

    kind = forms.ChoiceField(
        label=_("What happened?"), choices=Kind.choices, initial=Kind.RECEIVED, widget=forms.RadioSelect
    )
    units = forms.IntegerField(
        label=_("Units"),
        min_value=-MAX_STOCK,
        max_value=MAX_STOCK,
        error_messages=WHOLE,
        help_text=_("A correction may be negative, like -3."),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )
    expected = forms.IntegerField(min_value=0, max_value=MAX_STOCK, widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Delivery or order number, if there is one."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def request_shape(self) -> curl.Shape:
        """What a script sends for each kind: a count says what was expected, anything else what came or went."""
        note = ("note", "note", "text")

        def moved(kind: str, sign: str) -> list[curl.Part]:
            return [("delta", "units", sign, curl.PLACEHOLDER), ("reason", "kind", "text"), note]

        cases = {kind: moved(kind, "negative" if kind in REMOVING else "number") for kind in Kind.values}
        counted = [("counted", "units", "number", curl.PLACEHOLDER), ("expected", "expected", "number"), note]
        return curl.Shape({**cases, Kind.COUNT.value: counted}, by="kind")

    def delta(self) -> int:
        """Units in (positive) or out; what was sold or damaged is entered as a plain number."""
        units: int = self.cleaned_data["units"]
        return -units if self.cleaned_data["kind"] in REMOVING else units
