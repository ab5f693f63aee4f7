"""The shape of a product in the API; what a person may not see is not a field for them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.policy import Action, can, hidden_fields
from products.filters import STATUSES
from products.models import Category, Product
from products.models.catalogue import MAX_STOCK
from site_config.lib.drf import StrictFieldsMixin


class ProductSerializer(StrictFieldsMixin, serializers.ModelSerializer[Product]):
    """`cost` and `note` are left out for clients. Amounts are strings with two places in the site's currency."""

    sku = serializers.CharField(max_length=64, required=False, allow_blank=True, help_text="Made when left empty.")
    stock = serializers.IntegerField(
        min_value=0,
        max_value=MAX_STOCK,
        required=False,
        help_text="The ledger's balance. At creation the first delivery; later a different number needs `If-Match` "
        "and is written to the ledger as a count.",
    )
    category = serializers.PrimaryKeyRelatedField(
        queryset=Category.objects.all(), pk_field=serializers.IntegerField(), required=False, allow_null=True
    )
    owner = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(),
        pk_field=serializers.IntegerField(),
        required=False,
        help_text="An active person, set by admins; else its maker.",
    )
    status = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = (
            "id",
            "name",
            "sku",
            "barcode",
            "description",
            "note",
            "price",
            "cost",
            "stock",
            "low_stock_threshold",
            "category",
            "is_public",
            "owner",
            "status",
            "version",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "version", "created_at", "updated_at")

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

    @extend_schema_field(serializers.ChoiceField(choices=[key for key, _label in STATUSES]))
    def get_status(self, product: Product) -> str:
        return product.status
