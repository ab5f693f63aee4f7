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
from accounts.models import User
from accounts.policy import Action
from products.api.serializers import FIELDS, ProductSerializer, ReadProductSerializer, asked_for, columns, shape
from products.api.versions import IF_MATCH, IF_NONE_MATCH, etag, expected_version, telling
from products.api.views_saved import VIEW
from products.filters import ALL, DEFAULT_SORT, SORTS, ProductFilter, WholeFilter, offered
from products.models import Product
from products.models.catalogue import ProductQuerySet
from products.services import catalogue, search, trash, views_saved
from site_config.lib.drf import sort_of
from site_config.lib.errors import Invalid
from site_config.lib.paging import Sort


def kind_of(given: Any) -> dict[str, Any]:
    """What a filter takes, as JSON Schema."""
    if isinstance(given, ChoiceFilter) and not isinstance(given, ModelChoiceFilter):
        return {"type": "string", "enum": [key for key, _label in given.extra["choices"]]}
    if isinstance(given, NumberFilter | WholeFilter):
        kind = "integer" if isinstance(given, WholeFilter) else "number"
        least, most = given.extra["min_value"], given.extra["max_value"]
        number = int if kind == "integer" else float
        return {"type": kind, "minimum": number(least), "maximum": number(most)}
    if isinstance(given, DateFilter):
        return {"type": "string", "format": "date"}
    if isinstance(given, ModelChoiceFilter):
        return {"type": "integer", "minimum": 1}
    return {"type": "string", "minLength": 1, "maxLength": given.extra["max_length"]}


FILTERS = [
    OpenApiParameter(name, kind_of(given), description=given.label)
    for name, given in ProductFilter.base_filters.items()
]
ORDERS = {search.RANK.key: search.RANK, **SORTS}
SPARSE = OpenApiParameter(
    "fields",
    {"type": "array", "items": {"type": "string", "enum": list(FIELDS)}, "minItems": 1},
    style="form",
    explode=False,
    description="The fields to answer, separated by commas; all by default.",
)


def filtered(caller: User, query: QueryDict) -> ProductQuerySet:
    """The products that exist for the caller and pass the filters of the query; raises Invalid `bad_filter`."""
    rows = Product.objects.visible_to(caller)
    # The page's form sends what was left empty; from a script it is a value that went missing, not a wish for all.
    if empty := [name for name in ProductFilter.base_filters if query.get(name) == ""]:
        raise Invalid({name: [_("Give it a value or leave it out.")] for name in empty}, "bad_filter")
    if not query.keys() & ALL:
        return rows
    filters = ProductFilter(query, rows, reader=caller)
    if not filters.is_valid():
        raise Invalid({**filters.errors}, "bad_filter")
    found: ProductQuerySet = filters.qs
    return found


def ordered(request: Request, rows: ProductQuerySet, given: QueryDict) -> search.Order:
    """The rows in the order of `?ordering=`; without one in the view's, and without that a search by its rank."""
    asked = sort_of(request, ORDERS, DEFAULT_SORT).key if "ordering" in given else str(given.get("sort", ""))
    narrowed, place = bool(given.keys() & ALL), given.get("cursor", "")
    return search.order(rows, letters=given.get("q", ""), asked=asked, cursor=place, narrowed=narrowed)


class FilteringDoor(Door):
    """A door with the list's filters: one that does not exist for the caller is refused as one that nobody has."""

    def taken(self, action: str, request: Request) -> set[str]:
        return super().taken(action, request) - (ALL - offered(self.caller))


class ProductViewSet(FilteringDoor):
    queryset = Product.objects.none()
    serializer_class = ProductSerializer
    sorts = ORDERS
    default_sort = DEFAULT_SORT
    sort: Sort | None = None
    few = False
    allows = {
        "list": Action.PRODUCT_VIEW,
        "retrieve": Action.PRODUCT_VIEW,
        "create": Action.PRODUCT_CREATE,
        "update": Action.PRODUCT_EDIT,
        "partial_update": Action.PRODUCT_EDIT,
        "destroy": Action.TRASH_MANAGE,
    }
    query = {"list": [*FILTERS, VIEW, SPARSE], "retrieve": [SPARSE]}

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        signed_in = self.request is not None and self.request.user.is_authenticated
        return {**context, "person": self.request.user if signed_in else None}

    @extend_schema(responses=ReadProductSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The products that exist for you, a page at a time; filters as on the list page.

        What `q` finds comes best match first (`rank`) unless you give an `ordering`: the very SKU or barcode, a SKU that
        begins so, a name that does, words that do, the rest. More than 1,000 hits come in the usual order.
        """
        names = asked_for(request.query_params.get("fields"), self.caller)
        given = views_saved.opened(reader=self.caller, given=request.query_params)
        found = ordered(request, filtered(self.caller, given), given)
        self.sort, self.few = found.sort, found.few
        # Rows of values, of the columns that are shown and the ones that a cursor holds.
        rows = found.rows.values_list("pk", *columns([*names, found.sort.field]), named=True)
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
