"""The list as a CSV file, from the list's own address."""

from typing import Any

from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.filters import selected
from products.services import exports, search
from site_config.lib.errors import DomainError

SHOWN = ("status", "category", "stock", "price", "owner", "changed")


@allow(Action.PRODUCT_EXPORT)
def download(request: PageRequest) -> Any:
    """Exactly what the list at this query shows, all of its pages; the list says what is wrong with the query."""
    query = request.GET
    try:
        rows = selected(request.user, query)
        keys = query["columns"].split(",") if query.get("columns") else SHOWN
        columns = exports.columns_for(request.user, keys)
    except DomainError:
        return redirect(f"{reverse('products:catalogue-list')}?{query.urlencode()}")
    found = search.order(rows, letters=query.get("q", ""), asked=query.get("sort", ""))
    blocks = exports.stream(rows=exports.ordered(found.rows, found.sort), columns=columns)
    return StreamingHttpResponse(blocks, headers=exports.HEADERS)
