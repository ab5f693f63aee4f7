"""Products: list, create, read, change and move to the trash, by the same rules as the pages."""

from typing import Any, cast

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from accounts.policy import Action
from products.api.serializers import ProductSerializer
from products.filters import DEFAULT_SORT, SORTS, ProductFilter
from products.models import Product
from products.services import catalogue, trash
from site_config.lib.drf import KeysetPagination
from site_config.lib.errors import DomainError, Invalid

IF_MATCH = OpenApiParameter("If-Match", str, "header", description="The `ETag` you read; 412 when it is out of date.")
PAGING = {"cursor", "page_size", "ordering"}
FILTERS = [
    OpenApiParameter(
        name, str, description=given.label, enum=[key for key, _label in given.extra.get("choices", ())] or None
    )
    for name, given in ProductFilter.base_filters.items()
]


class IfMatchNeeded(DomainError):
    status = 428


class ProductViewSet(GenericViewSet[Product]):
    queryset = Product.objects.none()
    serializer_class = ProductSerializer
    pagination_class = KeysetPagination
    lookup_value_converter = "key"
    sorts = SORTS
    default_sort = DEFAULT_SORT
    allows = {
        "list": Action.PRODUCT_VIEW,
        "retrieve": Action.PRODUCT_VIEW,
        "create": Action.PRODUCT_CREATE,
        "update": Action.PRODUCT_EDIT,
        "partial_update": Action.PRODUCT_EDIT,
        "destroy": Action.TRASH_MANAGE,
    }

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        signed_in = self.request is not None and self.request.user.is_authenticated
        return {**context, "person": self.request.user if signed_in else None}

    @extend_schema(parameters=FILTERS)
    def list(self, request: Request) -> Response:
        """The products that exist for you, a page at a time; filters as on the list page."""
        rows = self.paginate_queryset(self.filtered(request.query_params))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def filtered(self, query: QueryDict) -> Any:
        unknown = set(query) - set(ProductFilter.base_filters) - PAGING
        if unknown:
            raise Invalid({name: [_("There is no such filter.")] for name in sorted(unknown)}, code="unknown_filter")
        filters = ProductFilter(query, Product.objects.visible_to(self.caller), reader=self.caller)
        if not filters.is_valid():
            raise Invalid({name: [str(m) for m in messages] for name, messages in filters.errors.items()}, "bad_filter")
        return filters.qs

    def create(self, request: Request) -> Response:
        """A new product; `name` and `price` suffice. `stock` is then 0, and you are its owner."""
        return self.shown(catalogue.create(actor=self.caller, **self.parsed()), status=201)

    @extend_schema(
        parameters=[
            OpenApiParameter("If-None-Match", str, "header", description="An `ETag` you have; 304 if it still holds.")
        ],
        responses={200: ProductSerializer, 304: None},
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """One product, with its version as a strong `ETag`."""
        product = self.product(pk)
        if names(request.headers.get("If-None-Match", ""), product):
            return Response(status=304, headers={"ETag": etag(product)})
        return self.shown(product)

    @extend_schema(parameters=[IF_MATCH])
    def update(self, request: Request, pk: int, partial: bool = False) -> Response:
        """Replace a product; send back what you read, with its `ETag` as `If-Match`."""
        product = self.product(pk)
        fields = self.parsed(instance=product, partial=partial)
        version = self.expected_version(product)
        counted = fields.pop("stock", product.stock)
        if counted != product.stock and version is None:
            raise IfMatchNeeded(_("Send If-Match to set stock."), field="stock", code="if_match_needed")
        fields["counted"] = None if counted == product.stock else counted
        try:
            exact = version is not None
            product = catalogue.edit(actor=self.caller, product=product, version=version, exact=exact, **fields)
        except catalogue.VersionMismatch as mismatch:
            raise self.with_current(mismatch) from mismatch
        return self.shown(product)

    @extend_schema(parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some fields of a product."""
        return self.update(request, pk, partial=True)

    @extend_schema(parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: int) -> Response:
        """Move a product to the trash, from where an admin can bring it back."""
        product = self.product(pk)
        try:
            trash.discard(actor=self.caller, product=product, version=self.expected_version(product))
        except catalogue.VersionMismatch as mismatch:
            raise self.with_current(mismatch) from mismatch
        return Response(status=204)

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    def product(self, pk: int) -> Product:
        return get_object_or_404(Product.objects.visible_to(self.caller), pk=pk)

    def parsed(self, **options: Any) -> dict[str, Any]:
        serializer = self.get_serializer(data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def shown(self, product: Product, status: int = 200) -> Response:
        return Response(self.get_serializer(product).data, status=status, headers={"ETag": etag(product)})

    def expected_version(self, product: Product) -> int | None:
        """The version `If-Match` insists on; None without the header. `*` is any version there is."""
        header = self.request.headers.get("If-Match")
        if header is None:
            return None
        if names(header, product):
            return product.version
        raise self.with_current(catalogue.VersionMismatch(product))

    def with_current(self, mismatch: catalogue.VersionMismatch) -> catalogue.VersionMismatch:
        mismatch.extra["current"] = self.get_serializer(mismatch.product).data
        return mismatch


def etag(product: Product) -> str:
    return f'"{product.version}"'


def names(header: str, product: Product) -> bool:
    """Whether a list of tags names this version; a proxy that compresses the answer has made its tag a weak one."""
    tags = {tag.removeprefix("W/") for tag in parse_etags(header)}
    return "*" in tags or etag(product) in tags
