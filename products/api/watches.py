"""What you watch: products and saved views that you are told about when somebody else changes them."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, extend_schema
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.models import Product, SavedView, Watch
from products.services import watching
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.errors import DomainError
from site_config.lib.paging import LARGEST_KEY, Sort

WATCH = {"id": 5, "product": 12, "view": None, "name": "Enamel mug", "created_at": "2026-11-02T14:31:07.482911Z"}


@described(examples=[OpenApiExample("A product", WATCH)])
class WatchSerializer(serializers.ModelSerializer[Watch]):
    """Of `product` and `view` one is null."""

    product = serializers.IntegerField(source="product_id", allow_null=True)
    view = serializers.IntegerField(source="view_id", allow_null=True)
    name = serializers.SerializerMethodField(help_text="What it is called now.")

    class Meta:
        model = Watch
        fields = ("id", "product", "view", "name", "created_at")

    def get_name(self, watch: Watch) -> str:
        return str(watch.product or watch.view)


@described(examples=[OpenApiExample("A product", {"product": 12})])
class NewWatchSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """Either a `product` or a saved `view`, by id."""

    default_error_messages: dict[str, Any] = {"either": gettext_lazy("Send either product or view.")}
    product = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    view = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if len(values) != 1:
            sentence = str(self.error_messages["either"])
            raise serializers.ValidationError({"product": [serializers.ErrorDetail(sentence, code="either")]})
        return values


class EitherThing(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "products.api.watches.NewWatchSerializer"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        absent: dict[str, Any] = {"not": {}}
        ways = (("product", "view"), ("view", "product"))
        schema["oneOf"] = [{"required": [one], "properties": {other: absent}} for one, other in ways]
        return schema


class WatchViewSet(Door):
    queryset = Watch.objects.none()
    serializer_class = WatchSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    allows = {"list": Action.INBOX_OWN, "create": Action.INBOX_OWN, "destroy": Action.INBOX_OWN}

    def list(self, request: Request) -> Response:
        """What you watch, as far as it exists for you, the newest first."""
        return self.listed(watching.of(self.caller))

    @extend_schema(request=NewWatchSerializer, responses={201: WatchSerializer})
    @write
    def create(self, request: Request) -> Response:
        """Watch a product or a saved view that you see; one that you watch already answers the same watch.

        What you do not see answers 400 `does_not_exist`. Over 200 answer 409 `too_many_watches`.
        """
        rows: dict[str, Any] = {"product": Product, "view": SavedView}
        [(word, key)] = self.parsed(NewWatchSerializer).items()
        thing = rows[word].objects.visible_to(self.caller).filter(pk=key).first()
        if thing is None:
            raise DomainError(_("Nothing that you see has this id."), field=word, code="does_not_exist")
        return Response(self.get_serializer(watching.add(actor=self.caller, **{word: thing})).data, status=201)

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, pk: int) -> Response:
        """Stop watching. What you were told stays in your notifications."""
        watch = get_object_or_404(watching.of(self.caller), pk=pk)
        watching.remove(actor=self.caller, product=watch.product, view=watch.view)
        return Response(status=204)
