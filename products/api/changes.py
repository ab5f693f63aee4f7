"""What was written: the history of a product, the change sets and what is in them, and their undo."""

from datetime import UTC
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action, hidden_fields
from products.api.jobs import JobSerializer, accepted
from products.models import Change, ChangeSet, Product, StockMovement
from products.models.changes import ChangeSetQuerySet
from products.services import history, undo, undo_large
from site_config.lib.paging import LARGEST_KEY, Sort

SOURCES = ["page", "api", "command"]
NEWEST = {key: Sort(key, "id") for key in ("-id", "id")}
ACT = {
    "kind": "product.edited",
    "at": "2026-11-02T14:31:07.482911Z",
    "actor": "Sam Reyes",
    "actor_id": 2,
    "source": "api",
    "reason": "",
    "undone": False,
    "undoes": None,
}
THING = {"object": "product", "object_id": 12, "label": "Enamel mug"}
FIELD = {"field": "price", "old": "12.50", "new": "13.20"}
MOVED = {"kind": "sold", "delta": -2, "balance": 8, "note": "Market stall"}
COUNTS = {"changes": 2, "products": 2, "categories": 0}
SKIPPED = {"label": "Enamel mug", "field": "price", "why": "It was changed since."}


# --- Shapes ----------------------------------------------------------------------------------------------------------


@described(examples=[OpenApiExample("An edit", {"id": 481, **ACT})])
class ChangeSetSerializer(serializers.ModelSerializer[ChangeSet]):
    actor = serializers.CharField(source="actor_name", help_text="Who did it, by the name they had then.")
    actor_id = serializers.IntegerField(allow_null=True, help_text="Null once the person is gone.")
    kind = serializers.CharField(help_text="What was done, in the past tense: `product.edited`, `stock.adjusted` …")
    reason = serializers.SerializerMethodField(help_text="Why. Empty for clients, except of their own acts.")
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]
    undone = serializers.SerializerMethodField(help_text="Whether it was undone.")
    undoes = serializers.IntegerField(
        source="undoes_id", allow_null=True, help_text="The change set that this one undid."
    )

    class Meta:
        model = ChangeSet
        fields: tuple[str, ...] = ("id", *ACT)

    def get_reason(self, change_set: ChangeSet) -> str:
        return history.reason(change_set, self.context["request"].user)

    def get_undone(self, change_set: ChangeSet) -> bool:
        return hasattr(change_set, "undone_by")


@described(examples=[OpenApiExample("An edit", COUNTS)])
class ChangeCountsSerializer(serializers.Serializer[Any]):
    """How much of it exists for you."""

    changes = serializers.IntegerField()
    products = serializers.IntegerField()
    categories = serializers.IntegerField()


@described(examples=[OpenApiExample("An edit", {"id": 481, **ACT, "counts": COUNTS})])
class WholeChangeSetSerializer(ChangeSetSerializer):
    counts = serializers.SerializerMethodField()

    class Meta(ChangeSetSerializer.Meta):
        fields = (*ChangeSetSerializer.Meta.fields, "counts")

    @extend_schema_field(ChangeCountsSerializer)
    def get_counts(self, change_set: ChangeSet) -> dict[str, int]:
        return history.counts(change_set=change_set, reader=self.context["request"].user)


@described(examples=[OpenApiExample("A field", {"id": 9120, **THING, **FIELD})])
class ChangeSerializer(serializers.Serializer[Change]):
    """An empty `field` is the object itself: `new` holds its first values, or, where it was deleted, `old` its last."""

    id = serializers.IntegerField()
    object = serializers.ChoiceField(choices=["product", "category"])
    object_id = serializers.IntegerField()
    label = serializers.CharField(help_text="What it was called before.")  # type: ignore[assignment]
    field = serializers.CharField()
    old = serializers.JSONField()
    new = serializers.JSONField()

    def to_representation(self, row: Change) -> dict[str, Any]:
        head = {"id": row.pk, "object": row.object_type, "object_id": row.object_id, "label": row.label}
        return {**head, **history.line(row, hidden_fields(self.context["request"].user))}


class FieldChangeSerializer(serializers.Serializer[history.FieldDiff]):
    field = serializers.CharField()
    old = serializers.JSONField()
    new = serializers.JSONField()

    def to_representation(self, diff: history.FieldDiff) -> dict[str, Any]:
        return {"field": history.word(diff.name), "old": diff.old, "new": diff.new}


class HistoryMovementSerializer(serializers.ModelSerializer[StockMovement]):
    # Written out: the bounds a model field has are its database's, and the document is the same for all.
    delta = serializers.IntegerField()
    balance = serializers.IntegerField()

    class Meta:
        model = StockMovement
        fields = ("kind", "delta", "balance", "note")


@described(
    examples=[
        OpenApiExample("An edit", {"change_set": 481, **ACT, "created": False, "changes": [FIELD], "movements": []}),
        OpenApiExample(
            "A sale",
            {
                "change_set": 482,
                **ACT,
                "kind": "stock.adjusted",
                "created": False,
                "changes": [{"field": "stock", "old": 10, "new": 8}],
                "movements": [MOVED],
            },
        ),
    ]
)
class HistoryEntrySerializer(serializers.Serializer[Any]):
    """One act, as far as it is about this product."""

    change_set = serializers.IntegerField(source="change_set.pk")
    kind = serializers.CharField(source="change_set.kind")
    at = serializers.DateTimeField(source="change_set.at")
    actor = serializers.CharField(source="change_set.actor_name")
    actor_id = serializers.IntegerField(source="change_set.actor_id", allow_null=True)
    source = serializers.ChoiceField(source="change_set.source", choices=SOURCES)  # type: ignore[assignment]
    reason = serializers.SerializerMethodField(help_text="Why. Empty for clients, except of their own acts.")
    undone = serializers.BooleanField()
    undoes = serializers.IntegerField(source="change_set.undoes_id", allow_null=True)
    created = serializers.BooleanField(help_text="Whether the product came to be by it.")
    changes = FieldChangeSerializer(source="diffs", many=True)
    movements = HistoryMovementSerializer(many=True)

    def get_reason(self, entry: history.Entry) -> str:
        return history.reason(entry.change_set, self.context["request"].user)

    def to_representation(self, change_set: ChangeSet) -> dict[str, Any]:
        return super().to_representation(history.entry(change_set))


@described(examples=[OpenApiExample("One was changed since", SKIPPED)])
class SkippedSerializer(serializers.Serializer[undo.Skipped]):
    label = serializers.CharField()  # type: ignore[assignment]
    field = serializers.CharField()
    why = serializers.CharField(help_text="A sentence for the person.")

    def to_representation(self, skipped: undo.Skipped) -> dict[str, Any]:
        return {**super().to_representation(skipped), "field": history.word(skipped.field)}


@described(examples=[OpenApiExample("All but one", {"change_set": 490, "restored": 23, "skipped": [SKIPPED]})])
class UndoneSerializer(serializers.Serializer[undo.Undone]):
    change_set = serializers.IntegerField(source="change_set.pk", help_text="The undo, which can be undone itself.")
    restored = serializers.IntegerField(help_text="How many changes were taken back.")
    skipped = SkippedSerializer(many=True, help_text="What was left as it is, and why.")


class FilterSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=40, required=False)
    actor = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    product = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    since = serializers.DateTimeField(default_timezone=UTC, required=False)
    until = serializers.DateTimeField(default_timezone=UTC, required=False)


KEY = {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY}
MOMENT = {"type": "string", "format": "date-time"}
FILTERS = [
    OpenApiParameter("kind", {"type": "string", "maxLength": 40, "minLength": 1}, description="As `product.edited`."),
    OpenApiParameter("actor", KEY, description="Id of the person who did it."),
    OpenApiParameter("product", KEY, description="Id of a product that it changed."),
    OpenApiParameter("since", MOMENT, description="From this moment on."),
    OpenApiParameter("until", MOMENT, description="Before this moment."),
]


# --- Doors -----------------------------------------------------------------------------------------------------------


class HistoryViewSet(Door):
    queryset = ChangeSet.objects.none()
    serializer_class = HistoryEntrySerializer
    sorts = NEWEST
    default_sort = "-id"
    allows = {"list": Action.PRODUCT_VIEW}

    def list(self, request: Request, pk: int) -> Response:
        """What was done to one product, the newest first; each act with the fields and the units it moved."""
        product = get_object_or_404(Product.objects.visible_to(self.caller), pk=pk)
        return self.listed(history.of(product=product, reader=self.caller))


class ChangeSetViewSet(Door):
    queryset = ChangeSet.objects.none()
    serializer_class = ChangeSetSerializer
    sorts = NEWEST
    default_sort = "-id"
    allows = {
        "list": Action.PRODUCT_VIEW,
        "retrieve": Action.PRODUCT_VIEW,
        "rows": Action.PRODUCT_VIEW,
        "undo": Action.CHANGES_UNDO,
    }
    query = {"list": FILTERS}
    paged = frozenset({"list", "rows"})

    def list(self, request: Request) -> Response:
        """The acts that changed something you may see, the newest first."""
        return self.listed(self.filtered(self.visible()))

    @extend_schema(responses=WholeChangeSetSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """One act, and how much it changed of what you may see."""
        context = self.get_serializer_context()
        return Response(WholeChangeSetSerializer(self.change_set(pk), context=context).data)

    @extend_schema(responses=ChangeSerializer(many=True))
    @action(detail=True)
    def rows(self, request: Request, pk: int) -> Response:
        """Its changes, a field each, as far as you may see them."""
        rows = Change.objects.visible_to(self.caller).filter(change_set=self.change_set(pk))
        return self.listed(rows, ChangeSerializer)

    @extend_schema(request=None, responses={201: UndoneSerializer, 202: JobSerializer})
    @action(detail=True, methods=["post"])
    @write
    def undo(self, request: Request, pk: int) -> Response:
        """Take everything back that it wrote, as an act of its own; what was changed since is left and listed.

        Staff undo their own acts, admins any. One that moved stock also takes the right to adjust stock. More than a
        thousand changes are taken back by the worker: a 202 holds the job, and `Location` where to look after it.
        """
        change_set = self.change_set(pk)
        if undo_large.is_large(change_set):
            return accepted(undo_large.start(actor=self.caller, change_set=change_set))
        undone = undo.undo(actor=self.caller, change_set=change_set)
        return Response(UndoneSerializer(undone).data, status=201)

    def visible(self) -> ChangeSetQuerySet:
        return ChangeSet.objects.visible_to(self.caller).select_related("undone_by")

    def change_set(self, pk: int) -> ChangeSet:
        return get_object_or_404(self.visible(), pk=pk)

    def filtered(self, rows: ChangeSetQuerySet) -> ChangeSetQuerySet:
        names = {parameter.name for parameter in FILTERS}
        filters = FilterSerializer(
            data={key: value for key, value in self.request.query_params.items() if key in names}
        )
        filters.is_valid(raise_exception=True)
        wanted = filters.validated_data
        if "product" in wanted:
            rows = rows.of_product(wanted["product"], self.caller)
        columns = {"kind": "kind", "actor": "actor", "since": "at__gte", "until": "at__lt"}
        return rows.filter(**{columns[name]: wanted[name] for name in columns if name in wanted})
