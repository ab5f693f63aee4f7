"""Archiving a product, and taking it out of the archive."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.api.serializers import ProductSerializer
from products.api.versions import IF_MATCH, etag, expected_version, telling
from products.models import ChangeSet, Product
from products.services import archive


class ArchiveViewSet(Door):
    queryset = Product.objects.none()
    serializer_class = ProductSerializer
    allows = {"create": Action.PRODUCT_EDIT, "destroy": Action.PRODUCT_EDIT}

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        signed_in = self.request is not None and self.request.user.is_authenticated
        return {**context, "person": self.request.user if signed_in else None}

    @extend_schema(request=None, responses={200: ProductSerializer}, parameters=[IF_MATCH])
    @write
    def create(self, request: Request, pk: int) -> Response:
        """Archive a product: its `status` is then `archived`, and it keeps its stock, its SKU and its history.

        409 `archived_already` where it is.
        """
        return self.done(pk, archive.archive)

    @extend_schema(request=None, responses={200: ProductSerializer}, parameters=[IF_MATCH])
    @write
    def destroy(self, request: Request, pk: int) -> Response:
        """Take a product out of the archive, as public or as much a draft as it was. 409 `not_archived` where it is not."""
        return self.done(pk, archive.unarchive)

    def done(self, pk: int, act: Callable[..., ChangeSet]) -> Response:
        product = get_object_or_404(Product.objects.visible_to(self.caller), pk=pk)
        with telling(self.caller):
            act(actor=self.caller, product=product, version=expected_version(self.request, product)["version"])
        product.refresh_from_db()
        return Response(self.get_serializer(product).data, headers={"ETag": etag(product)})
