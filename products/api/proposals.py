"""Proposals: what clients would have changed, withdrawing one, and deciding field by field."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.api.serializers import ProductSerializer
from products.models import Product, Proposal
from products.models.catalogue import MAX_STOCK
from products.models.proposals import Status, Verdict
from products.services import history, proposal_decisions, proposals
from products.services.proposal_decisions import FRESH, GONE, SAME, STALE, Asked
from products.services.proposals import FIELDS, LONGEST_REASON, STOCK
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.errors import DomainError
from site_config.lib.paging import LARGEST_KEY, Sort

WORDS = [*FIELDS, STOCK]
STATES = [FRESH, SAME, STALE, GONE]
ASKED = {"field": "price", "old": "12.50", "new": "13.20", "now": "12.50", "state": "fresh", "verdict": "open"}
PROPOSAL = {
    "id": 31,
    "product": 12,
    "name": "Enamel mug",
    "author": 3,
    "author_name": "Cleo Martin",
    "status": "open",
    "reason": "Steel got dearer on 1 December.",
    "version": 7,
    "changes": [ASKED],
    "created_at": "2026-11-02T14:31:07.482911Z",
    "decided_at": None,
    "decided_by": None,
    "reply": "",
    "change_set": None,
}
STATUS = OpenApiParameter("status", {"type": "string", "enum": Status.values}, description="Those in this state alone.")
PRODUCT = OpenApiParameter(
    "product",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY},
    description="Those about this product alone.",
)


# --- Answers ---------------------------------------------------------------------------------------------------------


@described(examples=[OpenApiExample("A price", ASKED)])
class AskedSerializer(serializers.Serializer[Asked]):
    """`now` and `state` are of a proposal that waits: `stale` was changed by somebody since, `same` is so already,
    `gone` asks for a category that was deleted.
    """

    field = serializers.ChoiceField(choices=WORDS)
    old = serializers.JSONField()
    new = serializers.JSONField()
    now = serializers.JSONField()
    state = serializers.ChoiceField(choices=STATES, allow_null=True)
    verdict = serializers.ChoiceField(choices=Verdict.choices)

    def to_representation(self, asked: Asked) -> dict[str, Any]:
        row = asked.row
        values = {"old": row.old, "new": row.new, "now": asked.now, "state": asked.state or None}
        return {"field": history.word(row.field), **values, "verdict": row.verdict}


@described(examples=[OpenApiExample("A price", PROPOSAL)])
class ProposalSerializer(serializers.ModelSerializer[Proposal]):
    """`changes` are what the author saw (`old`) and asks for (`new`); amounts are strings with two places."""

    product = serializers.IntegerField(source="product_id")
    name = serializers.CharField(source="product.name", help_text="What the product is called now.")
    author = serializers.IntegerField(source="author_id", allow_null=True, help_text="Null once the person is gone.")
    author_name = serializers.CharField()
    version = serializers.IntegerField(help_text="The product’s version that the author read.")
    decided_by = serializers.IntegerField(source="decided_by_id", allow_null=True)
    change_set = serializers.IntegerField(
        source="change_set_id", allow_null=True, help_text="What the approved part wrote, in the author’s name."
    )

    changes = serializers.SerializerMethodField()

    class Meta:
        model = Proposal
        fields = tuple(PROPOSAL)

    @extend_schema_field(AskedSerializer(many=True))
    def get_changes(self, proposal: Proposal) -> Any:
        standing = self.context["standings"].get(proposal.pk)
        decided = [Asked(row, None, "") for row in proposal_decisions.in_order(proposal)]
        asked: Any = standing.fields if standing else decided
        return AskedSerializer(asked, many=True).data


# --- Bodies ----------------------------------------------------------------------------------------------------------


@described(
    examples=[
        OpenApiExample("A price", {"product": 12, "price": "13.20", "reason": "Steel got dearer on 1 December."}),
        OpenApiExample("A count", {"product": 12, "counted": 33, "expected": 34}),
    ]
)
class NewProposalSerializer(ProductSerializer):
    """The fields of a product as they should be, and what was `counted` with the stock that was `expected`.

    With the `version` that you read, what others changed since is not asked for.
    """

    default_error_messages: dict[str, Any] = {"together": gettext_lazy("Send counted and expected together.")}
    product = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)
    counted = serializers.IntegerField(
        min_value=0, max_value=MAX_STOCK, required=False, help_text="Units on the shelf."
    )
    expected = serializers.IntegerField(
        min_value=0, max_value=MAX_STOCK, required=False, help_text="The stock you saw before you counted."
    )
    reason = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    stock = None  # type: ignore[assignment]
    owner = None  # type: ignore[assignment]
    status = None  # type: ignore[assignment]

    class Meta:
        model = Product
        fields = ("product", *FIELDS, "counted", "expected", "reason", "version")
        extra_kwargs = {name: {"required": False} for name in ("name", "price")}
        read_only_fields: tuple[str, ...] = ()

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if ("counted" in values) != ("expected" in values):
            sentence = str(self.error_messages["together"])
            raise serializers.ValidationError({"expected": [serializers.ErrorDetail(sentence, code="together")]})
        return values


class Together(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A count is two numbers."""

    target_class = "products.api.proposals.NewProposalSerializer"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        absent: dict[str, Any] = {"not": {}}
        schema["oneOf"] = [
            {"required": ["counted", "expected"]},
            {"properties": {"counted": absent, "expected": absent}},
        ]
        return schema


@described(
    examples=[
        OpenApiExample("A price", {"approve": ["price"], "refuse": [], "reply": "From Monday on."}),
        OpenApiExample("Over a newer one", {"approve": ["price"], "over": ["price"], "version": 9}),
    ]
)
class DecisionSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """Every field of the proposal is in `approve` or in `refuse`; to refuse takes a `reply`.

    A field that is stale is approved only where it is in `over` too, with the product’s `version` that you read.
    """

    approve = serializers.ListField(child=serializers.ChoiceField(choices=WORDS), required=False, default=list)
    refuse = serializers.ListField(child=serializers.ChoiceField(choices=WORDS), required=False, default=list)
    over = serializers.ListField(child=serializers.ChoiceField(choices=WORDS), required=False, default=list)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    reply = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True, default="")


class ProposalQuerySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    product = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)


# --- The door --------------------------------------------------------------------------------------------------------


class ProposalViewSet(Door):
    queryset = Proposal.objects.none()
    serializer_class = ProposalSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    query = {"list": [STATUS, PRODUCT]}
    allows = {
        "list": Action.PRODUCT_VIEW,
        "retrieve": Action.PRODUCT_VIEW,
        "create": Action.PROPOSAL_MAKE,
        "withdraw": Action.PROPOSAL_MAKE,
        "decide": Action.PROPOSAL_DECIDE,
    }

    def list(self, request: Request) -> Response:
        """Those about products that you see, the newest first; a client’s own alone."""
        asked = ProposalQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        page = self.paginate_queryset(proposals.listed(self.caller, **asked.validated_data)) or []
        return self.get_paginated_response(self.shown(page))

    def retrieve(self, request: Request, pk: int) -> Response:
        """One proposal, as it stands now."""
        return Response(self.shown([self.proposal(pk)])[0])

    @extend_schema(request=NewProposalSerializer, responses={201: ProposalSerializer})
    @write
    def create(self, request: Request) -> Response:
        """Ask for a change of a product of yours. Only what differs from now is kept; nothing different is refused.

        A product that you do not see answers 400 `does_not_exist`. 409 `stock_changed` where units came or went since
        you looked, `already_proposed` where a proposal of yours about the same field waits, `too_many_proposals` over
        100 that wait.
        """
        values = self.parsed(NewProposalSerializer)
        product = Product.objects.visible_to(self.caller).filter(pk=values.pop("product")).first()
        if product is None:
            raise DomainError(_("Nothing that you see has this id."), field="product", code="does_not_exist")
        made = proposals.make(actor=self.caller, product=product, **values)
        return self.answered(made.pk, status=201)

    @extend_schema(request=None, responses=ProposalSerializer)
    @action(detail=True, methods=["post"])
    @write
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take back one of yours that waits; 409 `decided` where it is over."""
        proposals.withdraw(actor=self.caller, proposal=self.proposal(pk))
        return self.answered(pk)

    @extend_schema(request=DecisionSerializer, responses=ProposalSerializer)
    @action(detail=True, methods=["post"])
    @write
    def decide(self, request: Request, pk: int) -> Response:
        """Approve and refuse the fields of a proposal that waits. What is approved is written at once, as one change set
        in the author’s name that you may undo.

        A stock is written as the count that it was. 409 `stale` where somebody changed a field since it was asked for:
        `conflicts` holds what it was (`old`), is (`now`) and should be (`new`); approved `over` that, a field takes its
        new value, and stock moves by what the count found. 409 `only_refuse` where the author does not have the product
        any more, `decided` where somebody was first.
        """
        values = self.parsed(DecisionSerializer)
        values |= {name: proposal_decisions.columns(values[name]) for name in ("approve", "refuse", "over")}
        proposal_decisions.decide(actor=self.caller, proposal=self.proposal(pk), **values)
        return self.answered(pk)

    def proposal(self, pk: int) -> Proposal:
        return get_object_or_404(proposals.listed(self.caller), pk=pk)

    def answered(self, pk: int, status: int = 200) -> Response:
        """As it is after the act."""
        return Response(self.shown(list(proposals.listed(self.caller).filter(pk=pk)))[0], status=status)

    def shown(self, rows: Any) -> Any:
        context = {**self.get_serializer_context(), "standings": proposal_decisions.standings(rows)}
        return ProposalSerializer(rows, many=True, context=context).data
