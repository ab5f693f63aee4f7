"""Up to 1,000 products created, changed and trashed in one call, each by the rules of its single call."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import is_dry_run, write
from accounts.models import User
from accounts.policy import Action
from products.api.serializers import Known, ProductSerializer
from products.api.versions import tell
from products.models import Category, Product
from products.services import bulk
from products.services.versions import VersionMismatch
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.errors import DomainError
from site_config.lib.paging import LARGEST_KEY
from site_config.lib.problems import from_domain, from_drf

MOST_ERRORS = 100
STATUS = {"create": 201, "update": 200, "trash": 204}
# What the refusal of a whole call is, where all its items are refused alike; else it is 400.
ALIKE = {403, 409, 412, 428}
EXAMPLE_CALL = {
    "create": [{"name": "Oak step stool", "price": "68.00", "stock": 4}],
    "update": [{"id": 12, "version": 7, "price": "13.20"}],
    "trash": [{"id": 40}],
    "atomic": True,
    "reason": "Spring prices",
}
EXAMPLE_ANSWER = {
    "change_set": 481,
    "results": [
        {"op": "create", "index": 0, "status": 201, "id": 93, "version": 1},
        {"op": "update", "index": 0, "status": 200, "id": 12, "version": 8},
        {"op": "trash", "index": 0, "status": 204, "id": 40, "version": 3},
    ],
}


# --- Shapes ----------------------------------------------------------------------------------------------------------


def key_field() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)


def version_field() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, help_text="As `If-Match`: 412 when it is out of date."
    )


class BulkUpdateSerializer(ProductSerializer):
    """The product, and of its fields those to change."""

    id = key_field()
    version = version_field()

    class Meta(ProductSerializer.Meta):
        read_only_fields: tuple[str, ...] = ("created_at", "updated_at")
        extra_kwargs = {"name": {"required": False}, "price": {"required": False}}


class BulkTrashSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    id = key_field()
    version = version_field()


@extend_schema_field(ProductSerializer(many=True))
class NewProducts(serializers.ListField):
    child = serializers.DictField()


@extend_schema_field(BulkUpdateSerializer(many=True))
class ChangedProducts(serializers.ListField):
    child = serializers.DictField()


@extend_schema_field(BulkTrashSerializer(many=True))
class TrashedProducts(serializers.ListField):
    child = serializers.DictField()


@extend_schema_serializer(examples=[OpenApiExample("Three at once", EXAMPLE_CALL)])
class BulkSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """At most 1,000 items in all."""

    create = NewProducts(required=False, default=list)  # type: ignore[assignment]
    update = ChangedProducts(required=False, default=list)  # type: ignore[assignment]
    trash = TrashedProducts(required=False, default=list)
    atomic = serializers.BooleanField(default=True, help_text="All or nothing; else what can be done is done.")
    reason = serializers.CharField(
        max_length=200, required=False, default="", allow_blank=True, help_text="Shown in the history."
    )


class SomethingToDo(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """As the document says that a call without an item is none, and how many there may be."""

    target_class = "products.api.bulk.BulkSerializer"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        for name in STATUS:
            schema["properties"][name]["maxItems"] = bulk.MOST_ITEMS
        schema["anyOf"] = [{"required": [name], "properties": {name: {"minItems": 1}}} for name in STATUS]
        return schema


class BulkErrorSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="Where in the body: `/update/3/price`.")
    code = serializers.CharField()
    message = serializers.CharField()


class BulkResultSerializer(serializers.Serializer[Any]):
    op = serializers.ChoiceField(choices=list(STATUS))
    index = serializers.IntegerField()
    status = serializers.IntegerField(help_text="What the single call would have answered.")
    id = serializers.IntegerField(required=False, allow_null=True)
    version = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
    errors = BulkErrorSerializer(many=True, required=False)  # type: ignore[assignment]
    current = ProductSerializer(required=False)
    conflicts = serializers.ListField(child=serializers.DictField(), required=False)


@extend_schema_serializer(examples=[OpenApiExample("All done", EXAMPLE_ANSWER)])
class BulkAnswerSerializer(serializers.Serializer[Any]):
    change_set = serializers.IntegerField(allow_null=True, help_text="Null where nothing was different.")
    results = BulkResultSerializer(many=True)


# --- The door --------------------------------------------------------------------------------------------------------


class BulkViewSet(Door):
    queryset = Product.objects.none()
    serializer_class = BulkSerializer
    allows = {"create": Action.PRODUCT_EDIT}
    also_refuses = {"412", "428"}

    @extend_schema(responses={200: BulkAnswerSerializer})
    @write
    def create(self, request: Request) -> Response:
        """Create, change and trash many products, as one change set with one undo.

        Each item follows the rules of its single call: `version` is its `If-Match`, a different `stock` needs it, and a
        product is named once. `atomic` (the default) does all or nothing: any refusal answers a problem whose
        `errors[].pointer` names the items, at most 100 of them. With `"atomic": false` every item has a result of its
        own, in the order create, update, trash.
        """
        body = self.parsed()
        reason, atomic = body["reason"], body["atomic"]
        try:
            report = bulk.run(actor=self.caller, items=items(body, self.caller), atomic=atomic, reason=reason)
        except bulk.Refused as refused:
            raise told(refused, self.caller) from refused
        results = [result(outcome, self.caller) for outcome in report.outcomes]
        if is_dry_run(request):
            results = [{**row, "id": None} if row["status"] == STATUS["create"] else row for row in results]
        return Response({"change_set": report.change_set.pk, "results": results})


# --- From the body to items ------------------------------------------------------------------------------------------


def items(body: dict[str, Any], caller: User) -> list[bulk.Item]:
    """What the body asks for; an item that its single call would refuse as malformed has that refusal already."""
    rows = body["create"], body["update"], body["trash"]
    number = sum(map(len, rows))
    if number > bulk.MOST_ITEMS:
        raise DomainError(_("Send at most {:,} items at once.").format(bulk.MOST_ITEMS), code="too_many")
    if not number:
        raise DomainError(_("Send something to create, update or trash."), code="nothing_to_do")
    context = {"person": caller, "known": known(body)}
    keys = set(integers(row.get("id") for row in (*body["update"], *body["trash"])))
    seen = Product.objects.visible_to(caller).in_bulk(list(keys))
    create, update = ProductSerializer(context=context), BulkUpdateSerializer(partial=True, context=context)
    made = [item("create", index, row, create, None) for index, row in enumerate(body["create"])]
    edits = [item("update", index, row, update, seen) for index, row in enumerate(body["update"])]
    return made + edits + [item("trash", n, row, BulkTrashSerializer(), seen) for n, row in enumerate(body["trash"])]


def known(body: dict[str, Any]) -> dict[str, Known]:
    """The categories and people that the body names, read at once."""
    rows = (*body["create"], *body["update"])
    return {
        name: Known(model, set(integers(row.get(name) for row in rows)))
        for name, model in (("category", Category), ("owner", User))
    }


def integers(values: Iterable[Any]) -> Iterator[int]:
    """Those that may be a key, as the field reads them."""
    field = key_field()
    for value in values:
        try:
            yield field.run_validation(value)
        except ValidationError:
            continue


def item(op: str, index: int, row: dict[str, Any], shape: Any, seen: dict[int, Product] | None) -> bulk.Item:
    key = None
    try:
        if seen is not None:
            # First of all, as what it may be sent back with depends on the product it is.
            key = key_field().run_validation(row.get("id", serializers.empty))
            shape.instance = seen[key]
        fields = dict(shape.run_validation(row))
    except KeyError:
        return bulk.Item(op, index, key=key, refusal=NotFound())
    except ValidationError as refusal:
        error = refusal if key or seen is None else ValidationError({"id": refusal.detail})
        return bulk.Item(op, index, key=key, refusal=error)
    fields.pop("id", None)
    return bulk.Item(op, index, fields, key=key, version=fields.pop("version", None))


# --- From outcomes to the answer -------------------------------------------------------------------------------------


def result(outcome: bulk.Outcome, caller: User) -> dict[str, Any]:
    item, product = outcome.item, outcome.product
    head = {"op": item.op, "index": item.index}
    if outcome.refusal is None and product is not None:
        return {**head, "status": STATUS[item.op], "id": product.pk, "version": product.version}
    body = problem(outcome, caller)
    extra = outcome.refusal.extra if isinstance(outcome.refusal, DomainError) else {}
    return {**head, **{name: body[name] for name in ("status", "code", "detail", "errors", *extra)}}


def problem(outcome: bulk.Outcome, caller: User) -> dict[str, Any]:
    """What the single call would have answered, with its errors where they are in this body."""
    refusal, place = outcome.refusal, f"/{outcome.item.op}/{outcome.item.index}"
    if isinstance(refusal, VersionMismatch):
        tell(refusal, caller)
    answer = from_domain(refusal) if isinstance(refusal, DomainError) else from_drf(refusal)  # type: ignore[arg-type]
    body = answer[0]
    errors = body["errors"] or [{"pointer": "", "code": body["code"], "message": body["detail"]}]
    return {**body, "errors": [{**error, "pointer": place + error["pointer"]} for error in errors]}


def told(refused: bulk.Refused, caller: User) -> bulk.Refused:
    """The refusal of the whole, with what the refused items have in common as its status and code."""
    bodies = [problem(outcome, caller) for outcome in refused.outcomes]
    statuses, codes = {body["status"] for body in bodies}, {body["code"] for body in bodies}
    if len(statuses) == 1 and statuses <= ALIKE:
        refused.status = statuses.pop()
    if len(codes) == 1:
        refused.code = codes.pop()
    refused.extra["errors"] = [error for body in bodies for error in body["errors"]][:MOST_ERRORS]
    return refused
