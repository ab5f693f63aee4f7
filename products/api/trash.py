"""The trash: what is in it, and bringing it back. Products go there by DELETE of the product."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.api.serializers import EXAMPLE, ProductSerializer
from products.api.versions import etag
from products.models import Product
from products.services import trash
from site_config.lib.paging import Sort


@extend_schema_serializer(examples=[OpenApiExample("Moved there", {**EXAMPLE, "trashed_at": "2026-11-03T09:12:40Z"})])
class TrashedProductSerializer(ProductSerializer):
    """A product in the trash, and since when."""

    trashed_at = serializers.DateTimeField(read_only=True)

    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "trashed_at")


class TrashViewSet(Door):
    queryset = Product.objects.none()
    serializer_class = TrashedProductSerializer
    sorts = {key: Sort(key, "trashed_at") for key in ("-trashed", "trashed")}
    default_sort = "-trashed"
    allows = {"list": Action.TRASH_MANAGE, "retrieve": Action.TRASH_MANAGE, "restore": Action.TRASH_MANAGE}

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        signed_in = self.request is not None and self.request.user.is_authenticated
        return {**context, "person": self.request.user if signed_in else None}

    def list(self, request: Request) -> Response:
        """The products in the trash, those that were moved there last first."""
        return self.listed(Product.objects.trash_of(self.caller))

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

    def product(self, pk: int) -> Product:
        return get_object_or_404(Product.objects.trash_of(self.caller), pk=pk)
