"""The trash: what is in it, bringing it back, deleting it for good. Products go there by DELETE of the product."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.api.serializers import EXAMPLE, ProductSerializer
from products.api.versions import etag
from products.filters import LONGEST_SEARCH
from products.models import Product
from products.models.catalogue import ProductQuerySet
from products.services import jobs, trash
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.paging import LARGEST_KEY, Sort


@extend_schema_serializer(examples=[OpenApiExample("Moved there", {**EXAMPLE, "trashed_at": "2026-11-03T09:12:40Z"})])
class TrashedProductSerializer(ProductSerializer):
    """A product in the trash, and since when."""

    trashed_at = serializers.DateTimeField(read_only=True)

    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "trashed_at")


class SearchSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=LONGEST_SEARCH, required=False)


@extend_schema_serializer(examples=[OpenApiExample("Two products", {"ids": [12, 15]})])
class KeysSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_KEY), min_length=1, max_length=jobs.AT_ONCE
    )


@extend_schema_serializer(examples=[OpenApiExample("By its SKU", {"confirm": EXAMPLE["sku"]})])
class ConfirmedSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    confirm = serializers.CharField(max_length=64, help_text="The SKU of the product, in any case.")


@extend_schema_serializer(examples=[OpenApiExample("Two products", {"ids": [12, 15], "confirm": "2"})])
class ConfirmedKeysSerializer(KeysSerializer):
    confirm = serializers.CharField(max_length=64, help_text="How many products go; the SKU where it is one.")


@extend_schema_serializer(examples=[OpenApiExample("Two products", {"change_set": 482, "restored": [12, 15]})])
class RecoveredSerializer(serializers.Serializer[Any]):
    change_set = serializers.IntegerField(help_text="The act, which can be undone.")
    restored = serializers.ListField(child=serializers.IntegerField(), help_text="Those that are back, by their ids.")


@extend_schema_serializer(
    examples=[OpenApiExample("One", {"change_set": 483, "products": 1, "movements": 27, "proposals": 0, "comments": 2})]
)
class PurgedSerializer(serializers.Serializer[Any]):
    """What is gone for good; above ten thousand lines a number is an estimate."""

    change_set = serializers.IntegerField(help_text="The act, which cannot be undone.")
    products = serializers.IntegerField()
    movements = serializers.IntegerField(help_text="Lines of their ledgers.")
    proposals = serializers.IntegerField()
    comments = serializers.IntegerField(help_text="Questions and answers.")


SEARCH = OpenApiParameter(
    "q",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_SEARCH},
    description="Words that must occur in the name, the SKU or the barcode.",
)


class TrashViewSet(Door):
    queryset = Product.objects.none()
    serializer_class = TrashedProductSerializer
    sorts = {key: Sort(key, "trashed_at") for key in ("-trashed", "trashed")}
    default_sort = "-trashed"
    allows = dict.fromkeys(("list", "retrieve", "restore", "recover", "purge", "clear"), Action.TRASH_MANAGE)
    query = {"list": [SEARCH]}

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        signed_in = self.request is not None and self.request.user.is_authenticated
        return {**context, "person": self.request.user if signed_in else None}

    def list(self, request: Request) -> Response:
        """The products in the trash, those that were moved there last first; `q` searches them as a list of products."""
        query = SearchSerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        return self.listed(trash.found(reader=self.caller, text=query.validated_data.get("q", "")))

    def retrieve(self, request: Request, pk: int) -> Response:
        """One product in the trash, as it was when it was moved there."""
        return Response(self.get_serializer(self.product(pk)).data)

    @extend_schema(request=None, responses=ProductSerializer)
    @action(detail=True, methods=["post"])
    @write
    def restore(self, request: Request, pk: int) -> Response:
        """Bring a product back as it was, with its stock, its history and its SKU."""
        product = self.product(pk)
        trash.restore(actor=self.caller, products=Product.objects.filter(pk=product.pk))
        product.refresh_from_db()
        shown = ProductSerializer(product, context=self.get_serializer_context())
        return Response(shown.data, headers={"ETag": etag(product)})

    @extend_schema(request=KeysSerializer, responses=RecoveredSerializer)
    @action(detail=False, methods=["post"])
    @write
    def recover(self, request: Request) -> Response:
        """Bring several products back as they were, as one act; those that are not in the trash are left out.

        409 `not_in_trash` where none of them is.
        """
        rows = Product.objects.trash_of(self.caller).filter(pk__in=self.parsed(KeysSerializer)["ids"])
        change_set = trash.restore(actor=self.caller, products=rows)
        keys = change_set.changes.order_by("object_id").values_list("object_id", flat=True)
        return Response({"change_set": change_set.pk, "restored": [*keys]})

    @extend_schema(request=ConfirmedSerializer, responses=PurgedSerializer)
    @action(detail=True, methods=["post"])
    @write
    def purge(self, request: Request, pk: int) -> Response:
        """Delete a product for good, with its ledger, its proposals and its questions. There is no undo.

        `confirm` is its SKU: 400 `not_confirmed` for any other word. Its changes stay to be read by admins, and its
        SKU can be used again.
        """
        rows = Product.objects.filter(pk=self.product(pk).pk)
        return self.purged(rows, self.parsed(ConfirmedSerializer)["confirm"])

    @extend_schema(request=ConfirmedKeysSerializer, responses=PurgedSerializer)
    @action(detail=False, methods=["post"])
    @write
    def clear(self, request: Request) -> Response:
        """Delete several products for good, as one act; those that are not in the trash are left out.

        `confirm` is how many go, or the SKU where it is one: 400 `not_confirmed` for anything else, so that a list that
        is out of date deletes nothing. 409 `not_in_trash` where none of them is there.
        """
        values = self.parsed(ConfirmedKeysSerializer)
        return self.purged(trash.chosen(reader=self.caller, keys=values["ids"]), values["confirm"])

    def purged(self, rows: ProductQuerySet, confirmed: str) -> Response:
        going = trash.going(rows)
        change_set = trash.purge(actor=self.caller, products=rows, confirmed=confirmed)
        gone = {name: getattr(going, name).number for name in ("movements", "proposals", "comments")}
        return Response({"change_set": change_set.pk, "products": going.products, **gone})

    def product(self, pk: int) -> Product:
        return get_object_or_404(Product.objects.trash_of(self.caller), pk=pk)
