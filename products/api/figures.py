"""The figures of the overview, for a script or a screen on the wall."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.policy import Action
from products.services import figures

EXAMPLE = {
    "products": 1248,
    "visible": 1173,
    "drafts": 75,
    "low": 17,
    "out": 6,
    "units": 24310,
    "value": "184320.50",
    "categories": [{"category": 3, "value": "48210.00"}],
    "days": [{"day": "2026-11-22", "came": 40, "went": 61}],
    "at": None,
}


class CategoryValueSerializer(serializers.Serializer[Any]):
    category = serializers.IntegerField(allow_null=True, help_text="Null: products in no category.")
    value = serializers.DecimalField(max_digits=24, decimal_places=2)


class DaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    came = serializers.IntegerField()
    went = serializers.IntegerField()


@extend_schema_serializer(examples=[OpenApiExample("A shop", EXAMPLE)])
class FiguresSerializer(serializers.Serializer[figures.Totals]):
    """Of the products that exist for you; `low` and `out` exclude each other."""

    products = serializers.IntegerField()
    visible = serializers.IntegerField(help_text="Public and not archived.")
    drafts = serializers.IntegerField(help_text="Not public and not archived.")
    low = serializers.IntegerField(help_text="At their threshold or below it, but not out of stock.")
    out = serializers.IntegerField()
    units = serializers.IntegerField()
    value = serializers.DecimalField(
        max_digits=24, decimal_places=2, allow_null=True, help_text="Stock at cost; null for who may not see cost."
    )
    categories = serializers.SerializerMethodField(help_text="Stock at cost in the topmost ones, the largest first.")
    days = DaySerializer(many=True, help_text="Units that came and went on each of the last 30 days.")
    at = serializers.DateTimeField(
        allow_null=True, help_text="Of a large catalogue, when the figures were added up; null is now."
    )

    @extend_schema_field(CategoryValueSerializer(many=True))
    def get_categories(self, totals: figures.Totals) -> list[dict[str, Any]]:
        pairs = [{"category": key, "value": value} for key, value in totals.categories]
        return list(CategoryValueSerializer(pairs, many=True).data)


class FiguresViewSet(Door):
    pagination_class = None  # type: ignore[assignment]
    serializer_class = FiguresSerializer
    allows = {"retrieve": Action.PRODUCT_VIEW}

    def retrieve(self, request: Request) -> Response:
        """Products, stock and its value at cost, by topmost category, and the movements of 30 days.

        Up to 10,000 products they are as of now; of more as of `at`, at most a quarter of an hour ago.
        """
        return Response(self.get_serializer(figures.of(self.caller)).data)
