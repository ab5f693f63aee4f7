"""One edit of many products, named by their ids or by the list's filters."""

import re
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import is_dry_run, write
from accounts.policy import Action
from products.api.catalogue import FILTERS
from products.api.jobs import JobSerializer, accepted
from products.models import Job, Product
from products.models.catalogue import LONGEST_TAG, MAX_STOCK, MOST_TAGS
from products.services import batch
from products.services.batch import Selection
from products.services.batch_values import ROUNDINGS, TAG_WAYS, WAYS, Edit, PriceRule, TagRule, words
from products.services.jobs import AT_ONCE
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.errors import DomainError, Invalid
from site_config.lib.paging import LARGEST_KEY
from site_config.lib.shapes import VISIBLE_TEXT, is_whole

EXAMPLE_CALL = {
    "filter": {"stock": "low", "price_min": 5},
    "set": {"price": {"by": "percent", "value": "-10", "rounding": ".99"}},
    "reason": "Clearance",
}
EXAMPLE_ANSWER = {
    "change_set": 481,
    "selected": 24,
    "changed": 22,
    "unchanged": 1,
    "refused": 1,
    "errors": [
        {"id": 12, "field": "price", "code": "below_zero", "message": "Its price would be below zero."},
    ],
}


# --- Shapes ----------------------------------------------------------------------------------------------------------


def kind_of(given: Any) -> dict[str, Any]:
    """A filter's value as JSON, as the address has it; a text must hold something, or it would stand for all."""
    schema = dict(given.type)
    if schema["type"] == "string" and not {"enum", "format"} & schema.keys():
        schema["pattern"] = VISIBLE_TEXT
    return schema


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Whether the value is what `kind_of` says; of a date, a category and a person the list itself knows more."""
    if schema["type"] == "string":
        longest, pattern = schema.get("maxLength", LARGEST_KEY), schema.get("pattern", "")
        known = isinstance(value, str) and value in schema.get("enum", [value])
        return known and 0 < len(value) <= longest and bool(re.search(pattern, value))
    whole = is_whole(value) if schema["type"] == "integer" else isinstance(value, int | float)
    if not whole or isinstance(value, bool):
        return False
    return bool(schema["minimum"] <= value <= schema.get("maximum", LARGEST_KEY))


KINDS = {given.name: kind_of(given) for given in FILTERS}


@extend_schema_field({"type": "object", "properties": KINDS, "additionalProperties": False})
class FilterField(serializers.JSONField):
    """The filters of the list, by name. What a value means is asked of the list itself."""

    default_error_messages = {
        "invalid": gettext_lazy("Send the filters as an object."),
        "unknown": gettext_lazy("There is no such filter."),
        "kind": gettext_lazy("This filter does not take such a value."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        refused = {
            name: [serializers.ErrorDetail(str(self.error_messages[code]), code=code)]
            for name, value in data.items()
            if (code := self.fault(name, value))
        }
        if refused:
            raise serializers.ValidationError(refused)
        return data

    def fault(self, name: str, value: Any) -> str:
        if name not in KINDS:
            return "unknown"
        return "" if fits(KINDS[name], value) else "kind"


@described(examples=[OpenApiExample("A tenth less", EXAMPLE_CALL["set"]["price"])])  # type: ignore[index]
class BatchPriceSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """`percent` and `amount` are what is added, below zero what is taken off; `set` is the price itself.

    `rounding` takes the nearest price with that ending, or the nearest multiple of 0.05 or 0.10, of two as near the
    higher; `none` rounds to two places, a half up.
    """

    by = serializers.ChoiceField(choices=list(WAYS))
    value = serializers.DecimalField(max_digits=12, decimal_places=2)
    rounding = serializers.ChoiceField(choices=list(ROUNDINGS), default="none")


@described(examples=[OpenApiExample("Two more", {"by": "add", "words": ["new", "oak"]})])
class BatchTagsSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """`add` and `remove` some, or `set` all there are; they are kept in small letters."""

    by = serializers.ChoiceField(choices=list(TAG_WAYS))
    words = serializers.ListField(
        child=serializers.RegexField(r"^[^,\x00-\x1f\x7f-\x9f]*$", max_length=LONGEST_TAG), max_length=MOST_TAGS
    )


@extend_schema_field({"type": "boolean", "const": True})
class YesField(serializers.BooleanField):
    """True, or left out."""

    def to_internal_value(self, data: Any) -> bool:
        if not super().to_internal_value(data):
            self.fail("invalid", input=data)
        return True


class BatchSetSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """What is set on each of them; what is left out stays as it is."""

    is_public = serializers.BooleanField(required=False)
    category = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False, allow_null=True)
    low_stock_threshold = serializers.IntegerField(min_value=0, max_value=MAX_STOCK, required=False)
    owner = serializers.IntegerField(
        min_value=1, max_value=LARGEST_KEY, required=False, help_text="An active person; for admins."
    )
    price = BatchPriceSerializer(required=False)
    tags = BatchTagsSerializer(required=False)
    archived = serializers.BooleanField(required=False)
    trashed = YesField(required=False, help_text="True moves them to the trash; for admins.")


@described(examples=[OpenApiExample("A clearance", EXAMPLE_CALL)])
class BatchSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """Either `ids`, at most 1,000, or `filter`, the list's own filters by name: {} is every product that you see."""

    default_error_messages: dict[str, Any] = {"either": gettext_lazy("Send either ids or filter.")}
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_KEY),
        required=False,
        allow_empty=False,
        max_length=AT_ONCE,
    )
    filter = FilterField(required=False)
    set = BatchSetSerializer()
    reason = serializers.CharField(
        max_length=200, required=False, default="", allow_blank=True, help_text="Shown in the history."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in values) == ("filter" in values):
            sentence = str(self.error_messages["either"])
            raise serializers.ValidationError({"ids": [serializers.ErrorDetail(sentence, code="either")]})
        return values


class EitherIdsOrFilter(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "products.api.batch.BatchSerializer"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        absent: dict[str, Any] = {"not": {}}
        ways = (("ids", "filter"), ("filter", "ids"))
        schema["oneOf"] = [{"required": [one], "properties": {other: absent}} for one, other in ways]
        return schema


class SomethingToSet(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "products.api.batch.BatchSetSerializer"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema["minProperties"] = 1
        return schema


class BatchErrorSerializer(serializers.Serializer[batch.Refused]):
    id = serializers.IntegerField(source="key")
    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField(source="why")


@described(examples=[OpenApiExample("All but one", EXAMPLE_ANSWER)])
class BatchAnswerSerializer(serializers.Serializer[Any]):
    change_set = serializers.IntegerField(allow_null=True, help_text="Null where nothing was different.")
    selected = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="They were so already.")
    refused = serializers.IntegerField(help_text="They were left as they are; `errors` says why of the first hundred.")
    errors = BatchErrorSerializer(many=True)  # type: ignore[assignment]


# --- The door --------------------------------------------------------------------------------------------------------


class BatchViewSet(Door):
    queryset = Product.objects.none()
    serializer_class = BatchSerializer
    allows = {"create": Action.PRODUCT_EDIT}

    @extend_schema(responses={200: BatchAnswerSerializer, 202: JobSerializer})
    @write
    def create(self, request: Request) -> Response:
        """Set the same on many products, as one change set with one undo.

        Each product is edited by the rules of its single call; one that cannot be is left as it is and listed in `errors`, and
        the others are done. An id that is not there, or not shared with you, is `not_found`. Up to 1,000 products are
        done at once (200). For more the answer is 202 with a job, which goes through the products in the order of their
        ids, each by its values and by your rights of then. A dry run of such a call counts what would become of the
        first 10,000.
        """
        body = self.parsed()
        selection, edit = chosen(body), edited(body["set"])
        try:
            outcome = batch.run(actor=self.caller, selection=selection, edit=edit, reason=body["reason"])
        except DomainError as refusal:
            raise placed(refusal) from refusal
        if not isinstance(outcome, Job):
            return Response(told(outcome.tally, outcome.tally.looked_at, outcome.change_set.pk))
        if is_dry_run(request):
            rehearsal = batch.preview(actor=self.caller, selection=selection, edit=edit)
            return Response(told(rehearsal.tally, rehearsal.count.number, None), status=202)
        return accepted(outcome)


def chosen(body: dict[str, Any]) -> Selection:
    """The filters become the address that the list would have."""
    if "ids" in body:
        return Selection(tuple(dict.fromkeys(body["ids"])))
    return Selection(query=urlencode({name: str(value) for name, value in body["filter"].items()}))


def edited(given: dict[str, Any]) -> Edit:
    price, tags = given.get("price"), given.get("tags")
    return Edit(
        fields={
            name: given[name] for name in ("is_public", "category", "low_stock_threshold", "owner") if name in given
        },
        price=price and PriceRule(price["by"], price["value"], price["rounding"]),
        tags=tags and TagRule(tags["by"], words(tags["words"])),
        archived=given.get("archived"),
        trashed=given.get("trashed", False),
    )


def told(tally: batch.Tally, selected: int, change_set: int | None) -> dict[str, Any]:
    counts = {"changed": tally.changed, "unchanged": tally.unchanged, "refused": tally.refused}
    errors = [*map(BatchErrorSerializer().to_representation, tally.refusals)]
    return {"change_set": change_set, "selected": selected, **counts, "errors": errors}


def placed(refusal: DomainError) -> DomainError:
    """The refusal with its fields where they are in this body."""
    if isinstance(refusal, Invalid):
        errors = [("filter", name, message) for name, messages in refusal.fields.items() for message in messages]
    else:
        errors = [("set", refusal.field or "", refusal.message)]
    refusal.extra["errors"] = [
        {"pointer": f"/{part}/{name}".rstrip("/"), "code": refusal.code, "message": message}
        for part, name, message in errors
    ]
    return refusal
