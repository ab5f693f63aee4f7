"""Products: list, create, read, change and move to the trash, by the same rules as the pages."""

from typing import Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters import ChoiceFilter, DateFilter, ModelChoiceFilter, NumberFilter
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.api.serializers import FIELDS, ProductSerializer, ReadProductSerializer, asked_for, columns, shape
from products.api.versions import IF_MATCH, IF_NONE_MATCH, etag, expected_version, telling
from products.filters import DEFAULT_SORT, LARGEST_PRICE, SORTS, ProductFilter
from products.models import Product
from products.models.catalogue import ProductQuerySet
from products.services import catalogue, trash
from site_config.lib.errors import Invalid


def kind_of(given: Any) -> dict[str, Any]:
    """What a filter takes, as JSON Schema."""
    if isinstance(given, ChoiceFilter) and not isinstance(given, ModelChoiceFilter):
        return {"type": "string", "enum": [key for key, _label in given.extra["choices"]]}
    if isinstance(given, NumberFilter):
        return {"type": "number", "minimum": 0, "maximum": float(LARGEST_PRICE)}
    if isinstance(given, DateFilter):
        return {"type": "string", "format": "date"}
    if isinstance(given, ModelChoiceFilter):
        return {"type": "integer", "minimum": 1}
    return {"type": "string", "minLength": 1, "maxLength": given.extra["max_length"]}


FILTERS = [
    OpenApiParameter(name, kind_of(given), description=given.label)
    for name, given in ProductFilter.base_filters.items()
]
SPARSE = OpenApiParameter(
    "fields",
    {"type": "array", "items": {"type": "string", "enum": list(FIELDS)}, "minItems": 1},
    style="form",
    explode=False,
    description="The fields to answer, separated by commas; all by default.",
)


class ProductViewSet(Door):
    queryset = Product.objects.none()
    serializer_class = ProductSerializer
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
    query = {"list": [*FILTERS, SPARSE], "retrieve": [SPARSE]}

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        signed_in = self.request is not None and self.request.user.is_authenticated
        return {**context, "person": self.request.user if signed_in else None}

    @extend_schema(responses=ReadProductSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The products that exist for you, a page at a time; filters as on the list page."""
        names = asked_for(request.query_params.get("fields"), self.caller)
        sort = SORTS.get(request.query_params.get("ordering", ""), SORTS[DEFAULT_SORT])
        # Rows of values, of the columns that are shown and the ones that a cursor holds.
        rows = self.filtered(request.query_params).values_list("pk", *columns([*names, sort.field]), named=True)
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([*map(shape(names), page)])

    @extend_schema(parameters=[IF_NONE_MATCH], responses={200: ReadProductSerializer, 304: None})
    def retrieve(self, request: Request, pk: int) -> Response:
        """One product, with its version as a strong `ETag`."""
        names = asked_for(request.query_params.get("fields"), self.caller)
        row = get_object_or_404(self.visible().values_list("pk", *columns([*names, "version"]), named=True), pk=pk)
        return Response(shape(names)(row), headers={"ETag": etag(row)})

    @write
    def create(self, request: Request) -> Response:
        """A new product; `name` and `price` suffice. `stock` is then 0, and you are its owner.

        A `stock` takes the right to adjust stock besides, which a token has by its scope `stock`.
        """
        return self.shown(catalogue.create(actor=self.caller, **self.parsed()), status=201)

    @extend_schema(parameters=[IF_MATCH])
    @write
    def update(self, request: Request, pk: int) -> Response:
        """Replace a product; send back what you read, with its `ETag` as `If-Match`.

        A 412 holds the product as it is now (`current`), and of what you sent the fields that somebody else changed
        since the version you named (`conflicts`), each as it was then (`base`), as it is (`theirs`) and as you sent it.
        """
        return self.saved(pk, partial=False)

    @extend_schema(parameters=[IF_MATCH])
    @write
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some fields of a product; a 412 tells what it tells of PUT."""
        return self.saved(pk, partial=True)

    @extend_schema(parameters=[IF_MATCH])
    @write
    def destroy(self, request: Request, pk: int) -> Response:
        """Move a product to the trash, from where an admin can bring it back."""
        product = self.product(pk)
        version = expected_version(request, product)["version"]
        with telling(self.caller):
            trash.discard(actor=self.caller, product=product, version=version)
        return Response(status=204)

    def saved(self, pk: int, partial: bool) -> Response:
        product = self.product(pk)
        fields = self.parsed(instance=product, partial=partial)
        counted, expected = fields.pop("stock", None), expected_version(self.request, product)
        with telling(self.caller):
            product = catalogue.edit(actor=self.caller, product=product, counted=counted, **expected, **fields)
        return self.shown(product)

    def visible(self) -> ProductQuerySet:
        return Product.objects.visible_to(self.caller)

    def product(self, pk: int) -> Product:
        return get_object_or_404(self.visible(), pk=pk)

    def shown(self, product: Product, status: int = 200) -> Response:
        return Response(self.get_serializer(product).data, status=status, headers={"ETag": etag(product)})

    def filtered(self, query: QueryDict) -> ProductQuerySet:
        rows = self.visible()
        # The page's form sends what was left empty; from a script it is a value that went missing, not a wish for all.
        if empty := [name for name in ProductFilter.base_filters if query.get(name) == ""]:
            raise Invalid({name: [_("Give it a value or leave it out.")] for name in empty}, "bad_filter")
        if not query.keys() & ProductFilter.base_filters.keys():
            return rows
        filters = ProductFilter(query, rows, reader=self.caller)
        if not filters.is_valid():
            raise Invalid({name: [str(m) for m in messages] for name, messages in filters.errors.items()}, "bad_filter")
        found: ProductQuerySet = filters.qs
        return found
