"""A product: the whole of it, and the fields that are edited where they stand."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import Action, can, hidden_fields
from products.forms.fields import LARGEST_VERSION, WHOLE, AmountField, TagsField, indented
from products.models import Category, Product
from products.models.catalogue import MAX_STOCK


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
    tags = TagsField(label=_("Tags"), required=False, help_text=_("Words with commas between them."))
    owner = forms.ModelChoiceField(queryset=User.objects.none(), label=_("Owner"), empty_label=None)

    class Meta:
        model = Product
        fields = (
            "name",
            "sku",
            "barcode",
            "category",
            "tags",
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
        self.fields["category"].queryset = Category.objects.order_siblings_by("name")  # type: ignore[attr-defined]
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


class PriceForm(forms.Form):
    version = forms.IntegerField(min_value=1, max_value=LARGEST_VERSION, required=False, widget=forms.HiddenInput)
    price = AmountField(label=_("Price"))


class ThresholdForm(forms.Form):
    version = forms.IntegerField(min_value=1, max_value=LARGEST_VERSION, required=False, widget=forms.HiddenInput)
    low_stock_threshold = forms.IntegerField(
        label=_("Reorder at"),
        min_value=0,
        max_value=MAX_STOCK,
        error_messages=WHOLE,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )


class VisibilityForm(forms.Form):
    version = forms.IntegerField(min_value=1, max_value=LARGEST_VERSION, required=False, widget=forms.HiddenInput)
    is_public = forms.TypedChoiceField(
        label=_("Visibility"),
        choices=[("true", _("Active")), ("false", _("Draft"))],
        coerce=lambda word: word == "true",
        help_text=_("Staff see it. A draft is seen by its owner and admins only."),
    )
