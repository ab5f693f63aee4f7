"""What a product cost at each time."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.policy import Action
from products.models import Change, Product
from products.services import prices
from site_config.lib.paging import Sort

EXAMPLE = {
    "change_set": 481,
    "at": "2026-11-02T14:31:07.482911Z",
    "actor": "Sam Reyes",
    "old": "12.50",
    "new": "13.20",
    "percent": "5.6",
}
OF = OpenApiParameter(
    "of", {"type": "string", "enum": list(prices.AMOUNTS), "default": "price"}, description="What of."
)


@described(examples=[OpenApiExample("A rise", EXAMPLE)])
class PriceSerializer(serializers.Serializer[Any]):
    """`old` is null for the first one, `new` where it was emptied. Amounts are in the site's currency."""

    change_set = serializers.IntegerField(source="change_set.pk", help_text="The act that set it.")
    at = serializers.DateTimeField(source="change_set.at")
    actor = serializers.CharField(source="change_set.actor_name")
    old = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    new = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    percent = serializers.DecimalField(
        max_digits=20, decimal_places=1, allow_null=True, help_text="By how much it rose, or below zero fell."
    )

    def to_representation(self, row: Change) -> dict[str, Any]:
        return super().to_representation(prices.line(row, self.context["of"]))


class PriceViewSet(Door):
    queryset = Change.objects.none()
    serializer_class = PriceSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    allows = {"list": Action.PRODUCT_VIEW}
    query = {"list": [OF]}

    def get_serializer_context(self) -> dict[str, Any]:
        asked = self.request.query_params.get("of", "price") if self.request is not None else "price"
        return {**super().get_serializer_context(), "of": asked}

    def list(self, request: Request, pk: int) -> Response:
        """Every price that a product had, the newest first, or every cost with `of=cost`, for who may see it."""
        product = get_object_or_404(Product.objects.visible_to(self.caller), pk=pk)
        asked = request.query_params.get("of", "price")
        return self.listed(prices.of(product=product, amount=asked, reader=self.caller))
