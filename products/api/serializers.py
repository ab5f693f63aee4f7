"""The shape of a product in the API; what a person may not see is not a field for them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from accounts.models import User
from accounts.policy import Action, can, hidden_fields
from products.filters import STATUSES
from products.models import Category, Product
from products.models.catalogue import LONGEST_TAG, MAX_STOCK, MOST_TAGS, sku_validator, validate_gtin
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.errors import DomainError

EXAMPLE = {
    "id": 12,
    "name": "Enamel mug",
    "sku": "MUG-1",
    "barcode": "96385074",
    "description": "Blue rim, 350 ml.",
    "note": "Ask Jo before ordering.",
    "price": "12.50",
    "cost": "6.10",
    "stock": 10,
    "low_stock_threshold": 4,
    "category": 3,
    "tags": ["enamel", "kitchen"],
    "is_public": True,
    "owner": 1,
    "status": "active",
    "version": 7,
    "created_at": "2026-05-04T08:05:00Z",
    "updated_at": "2026-11-02T14:31:07.482911Z",
}
FIELDS = tuple(EXAMPLE)
gtin_form = RegexValidator(
    r"\A(?:[0-9]{8}|[0-9]{12,14})\Z", gettext_lazy("Enter the 8, 12, 13 or 14 digits of the barcode."), code="gtin"
)
# A word with something to see in it; a comma would make it two.
tag_form = RegexValidator(
    r"\A[^,\x00]*[^\s,\x00-\x1f\x7f-\x9f\ufeff][^,\x00]*\Z",
    gettext_lazy("Send each tag by itself, without a comma."),
    code="tags",
)
STATUS = vars(Product)["status"].fget  # the property, of a row as well
# The columns of a field that is not one of its own name.
COLUMNS = {"category": ("category_id",), "owner": ("owner_id",), "status": ("archived_at", "is_public")}


def shown_to(person: User) -> list[str]:
    """The fields that exist for this person."""
    hidden = hidden_fields(person)
    return [name for name in FIELDS if name not in hidden]


def asked_for(given: str | None, reader: User) -> list[str]:
    """The fields of `?fields=a,b`; one that is hidden from the reader is as unknown as one that does not exist."""
    existing = shown_to(reader)
    if given is None:
        return existing
    wanted = given.split(",")
    if unknown := [name[:40] for name in wanted if name not in existing]:
        sentence = _("There is no field called {}.").format(", ".join(unknown[:10]))
        raise DomainError(sentence, field="fields", code="unknown_field")
    return [name for name in existing if name in wanted]


def columns(names: Iterable[str]) -> list[str]:
    """What has to be read to show these fields."""
    return list(dict.fromkeys(column for name in names for column in COLUMNS.get(name, (name,))))


def shape(names: Iterable[str]) -> Callable[[Any], dict[str, Any]]:
    """How a product is shown, be it an instance or a row of those columns, which costs little more than reading it."""
    names, zone = tuple(names), timezone.get_current_timezone()
    # One more than is shown, as of a single column it would give no tuple.
    values = attrgetter(*(COLUMNS.get(name, (name,))[0] for name in names), "pk")
    amounts = [name for name in names if name in ("price", "cost")]
    moments = [name for name in names if name.endswith("_at")]

    def show(row: Any) -> dict[str, Any]:
        shown = dict(zip(names, values(row), strict=False))
        for name in amounts:
            if shown[name] is not None:
                shown[name] = f"{shown[name]:.2f}"
        for name in moments:
            shown[name] = moment(shown[name], zone)
        if "status" in shown:
            shown["status"] = STATUS(row)
        return shown

    return show


def moment(value: datetime, zone: Any) -> str:
    text = value.astimezone(zone).isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


class Known:
    """Rows read at once, for the fields of many bodies that name them."""

    def __init__(self, model: type[models.Model], keys: Iterable[int]) -> None:
        self.rows = model._default_manager.in_bulk(list(keys))

    def get(self, *, pk: int) -> models.Model:
        if pk not in self.rows:
            raise ObjectDoesNotExist
        return self.rows[pk]


class KeyField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]
    """Looked up one by one, or among the `known` of the context."""

    def get_queryset(self) -> Any:
        known = self.context.get("known")
        return super().get_queryset() if known is None else known[self.field_name]


@extend_schema_serializer(examples=[OpenApiExample("A product", EXAMPLE)])
class ProductSerializer(StrictFieldsMixin, serializers.ModelSerializer[Product]):
    """`cost` and `note` are left out for clients. Amounts are strings with two places in the site's currency."""

    sku = serializers.CharField(
        max_length=64,
        required=False,
        allow_blank=True,
        validators=[sku_validator],
        help_text="Made when left empty.",
    )
    barcode = serializers.CharField(
        required=False,
        allow_blank=True,
        validators=[gtin_form, validate_gtin],
        help_text="A GTIN with its check digit.",
    )
    stock = serializers.IntegerField(
        min_value=0,
        max_value=MAX_STOCK,
        required=False,
        help_text="The ledger's balance. At creation the first delivery; later a different number needs `If-Match` "
        "and is written to the ledger as a count.",
    )
    category = KeyField(
        queryset=Category.objects.all(), pk_field=serializers.IntegerField(), required=False, allow_null=True
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TAG, validators=[tag_form]),
        max_length=MOST_TAGS,
        required=False,
        help_text="Words, kept in small letters and in their order. A list replaces the one there is.",
    )
    owner = KeyField(
        queryset=User.objects.all(),
        pk_field=serializers.IntegerField(),
        required=False,
        help_text="An active person, set by admins; else its maker.",
    )
    status = serializers.ChoiceField(choices=STATUSES, read_only=True)

    class Meta:
        model = Product
        fields = FIELDS
        read_only_fields: tuple[str, ...] = ("id", "version", "created_at", "updated_at")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        person = self.context.get("person")
        if person is None:  # the schema shows everything there can be
            return fields
        if not can(person, Action.PRODUCT_CHANGE_OWNER):
            fields["owner"] = serializers.PrimaryKeyRelatedField(read_only=True)
        return {name: field for name, field in fields.items() if name not in hidden_fields(person)}

    def get_validators(self) -> list[Any]:
        return []  # the database alone can tell whether a SKU is taken

    def to_representation(self, product: Product) -> dict[str, Any]:
        """As a row of a list is shown, so that the two cannot differ."""
        return self.shape(product)

    @cached_property
    def shape(self) -> Callable[[Any], dict[str, Any]]:
        return shape(self.fields)


@extend_schema_serializer(examples=[OpenApiExample("A product", EXAMPLE)])
class ReadProductSerializer(ProductSerializer):
    """A product, or of it the `fields` that were asked for."""


class AnyFields(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Nothing is required of an answer to `fields`."""

    target_class = "products.api.serializers.ReadProductSerializer"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema.pop("required", None)
        return schema
