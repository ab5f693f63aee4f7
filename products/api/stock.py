"""A product's ledger: every line of it, and new ones."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.api.versions import IF_MATCH, etag, expected_version, telling
from products.models import Product, StockMovement
from products.models.catalogue import MAX_STOCK
from products.models.stock import Kind
from products.services import stock
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.paging import Sort

EXAMPLE = {
    "id": 3071,
    "product": 12,
    "reason": "sold",
    "delta": -2,
    "balance": 8,
    "note": "Market stall",
    "at": "2026-11-02T14:31:07.482911Z",
    "change_set": 481,
}


@extend_schema_serializer(
    examples=[
        OpenApiExample("A delivery", {"delta": 24, "reason": "received", "note": "Delivery 1187"}),
        OpenApiExample("A count", {"counted": 33, "expected": 34}),
    ]
)
class NewMovementSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """Either `delta` with a `reason`, or `counted` with the stock that was `expected`."""

    default_error_messages: dict[str, Any] = {
        "either": _("Send either delta or counted."),
        "count": _("A count has no other reason."),
        "moved": _("Say what happened: received, sold, returned, damaged or correction."),
    }
    delta = serializers.IntegerField(
        min_value=-MAX_STOCK, max_value=MAX_STOCK, required=False, help_text="Units in, or with a minus sign out."
    )
    counted = serializers.IntegerField(
        min_value=0, max_value=MAX_STOCK, required=False, help_text="Units on the shelf now."
    )
    expected = serializers.IntegerField(
        min_value=0, max_value=MAX_STOCK, required=False, help_text="The stock you saw before you counted."
    )
    reason = serializers.ChoiceField(choices=Kind.choices, required=False, help_text="`count` goes without saying.")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The two ways are told apart by what is there, and neither takes a field of the other."""
        if ("delta" in values) == ("counted" in values):
            self.refuse("delta", "either")
        counts, reason = "counted" in values, values.get("reason")
        if counts and "expected" not in values:
            self.refuse("expected", "required")
        if not counts and "expected" in values:
            self.refuse("expected", "either")
        if counts and reason not in (None, Kind.COUNT):
            self.refuse("reason", "count")
        if not counts and reason in (None, Kind.COUNT):
            self.refuse("reason", "moved")
        return values

    def refuse(self, field: str, why: str) -> None:
        sentence = str({**self.error_messages, **self.fields[field].error_messages}[why])
        raise serializers.ValidationError({field: [serializers.ErrorDetail(sentence, code=why)]})


class EitherWay(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """The two ways, and which way units go, as the document tells them apart."""

    target_class = "products.api.stock.NewMovementSerializer"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        absent: dict[str, Any] = {"not": {}}
        ways = [(stock.ADDING, {"minimum": 1}), (stock.REMOVING, {"maximum": -1}), ({Kind.CORRECTION}, {"not": ZERO})]
        moved = [{"reason": any_of(kinds), "delta": units} for kinds, units in ways]
        schema["oneOf"] = [
            *(
                {"required": ["delta", "reason"], "properties": {**way, "counted": absent, "expected": absent}}
                for way in moved
            ),
            {"required": ["counted", "expected"], "properties": {"reason": any_of({Kind.COUNT}), "delta": absent}},
        ]
        return schema


ZERO = {"const": 0}


def any_of(kinds: set[Kind]) -> dict[str, Any]:
    return {"anyOf": [{"const": str(kind)} for kind in sorted(kinds)]}


@extend_schema_serializer(examples=[OpenApiExample("A sale", EXAMPLE)])
class MovementSerializer(serializers.ModelSerializer[StockMovement]):
    reason = serializers.ChoiceField(choices=Kind.choices, source="kind")
    note = serializers.CharField(source="note_label")

    class Meta:
        model = StockMovement
        fields = tuple(EXAMPLE)
        read_only_fields = fields
        extra_kwargs = {
            "balance": {"help_text": "What was left after it."},
            "change_set": {"help_text": "The act it belongs to."},
        }


class LedgerQuerySerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=Kind.choices, source="kind", required=False)
    since = serializers.DateField(required=False, input_formats=["%Y-%m-%d"])
    until = serializers.DateField(required=False, input_formats=["%Y-%m-%d"])


DAY = {"type": "string", "format": "date"}
FILTERS = [
    OpenApiParameter("reason", str, enum=Kind.values, description="What happened."),
    OpenApiParameter("since", DAY, description="The first day, in the site's time zone."),
    OpenApiParameter("until", DAY, description="The last day."),
]


class StockViewSet(Door):
    queryset = StockMovement.objects.none()
    serializer_class = MovementSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    allows = {"list": Action.PRODUCT_VIEW, "create": Action.STOCK_ADJUST}
    query = {"list": FILTERS}

    def list(self, request: Request, pk: int) -> Response:
        """The ledger of a product, the newest line first; of one `reason`, and of some days, if you like."""
        asked = LedgerQuerySerializer(data=request.query_params.dict())
        product = self.product(pk)
        asked.is_valid(raise_exception=True)
        return self.listed(stock.ledger(product=product, **asked.validated_data))

    @extend_schema(request=NewMovementSerializer, responses={201: MovementSerializer}, parameters=[IF_MATCH])
    @write
    def create(self, request: Request, pk: int) -> Response:
        """Add, take out or count units. The answer's `ETag` is the product's, as the line left it.

        409 `not_enough_stock` where less than nothing would be left, 409 `stock_changed` where units came or went since
        you looked; both tell `stock`, the number as it is now.
        """
        product, values = self.product(pk), self.parsed(NewMovementSerializer)
        given = {"actor": self.caller, "product": product, "note": values["note"]}
        given["version"] = expected_version(request, product)["version"]
        with telling(self.caller):
            if "delta" in values:
                line = stock.move(**given, delta=values["delta"], kind=values["reason"])
            else:
                line = stock.recount(**given, counted=values["counted"], expected=values["expected"])
        return Response(self.get_serializer(line).data, status=201, headers={"ETag": etag(line.product)})

    def product(self, pk: int) -> Product:
        return get_object_or_404(Product.objects.visible_to(self.caller), pk=pk)
