"""The list as a file: every row that it finds, in its order, streamed."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.policy import Action
from products.api.catalogue import FILTERS, ORDERS, FilteringDoor, filtered, ordered
from products.api.views_saved import VIEW
from products.filters import DEFAULT_SORT
from products.models import Product
from products.services import exports, views_saved

COLUMNS = OpenApiParameter(
    "columns",
    {"type": "array", "items": {"type": "string", "enum": list(exports.COLUMNS)}, "minItems": 1},
    style="form",
    explode=False,
    description="The columns, separated by commas; name and SKU come first always. Those of the view by default, and "
    "without one all that you may see.",
)
ORDERING = OpenApiParameter("ordering", {"type": "string", "enum": list(ORDERS), "default": DEFAULT_SORT})


class ExportViewSet(FilteringDoor):
    queryset = Product.objects.none()
    allows = {"retrieve": Action.PRODUCT_EXPORT}
    query = {"retrieve": [*FILTERS, VIEW, ORDERING, COLUMNS]}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def retrieve(self, request: Request) -> Any:
        """Every product that the filters find, as CSV in UTF-8: a header, then a line for each, times in UTC.

        Cells that a spreadsheet would run as a formula have an apostrophe in front. A million rows are streamed as the
        database finds them; an answer that ends without its last line break was cut off.
        """
        asked = views_saved.opened(reader=self.caller, given=request.query_params)
        found = ordered(request, filtered(self.caller, asked), asked)
        rows = exports.ordered(found.rows, found.sort)
        keys = str(asked["columns"]).split(",") if "columns" in asked else exports.keys_for(self.caller)
        columns = exports.columns_for(self.caller, keys)
        return StreamingHttpResponse(exports.stream(rows=rows, columns=columns), headers=exports.HEADERS)
