"""Going through a list from product to product: its query is in the product's address, as `in`."""

from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from accounts.decorators import PageRequest
from products.models import Product
from products.services import neighbours

LONGEST = 2000


@dataclass(frozen=True)
class Steps:
    """Addresses; empty at the list's end."""

    back: str
    previous: str
    next: str


def carry(query: QueryDict) -> str:
    """What the links of a list have behind a product's address: nothing where the list is everything in its usual order."""
    rest = query.copy()
    rest.pop("cursor", None)
    text = rest.urlencode()
    return f"?{urlencode({'in': text})}" if 0 < len(text) <= LONGEST else ""


def carried(request: PageRequest) -> str:
    """The same, of the list that a product's page was opened from."""
    text = request.GET.get("in", "")
    return f"?{urlencode({'in': text})}" if 0 < len(text) <= LONGEST else ""


def steps(request: PageRequest, product: Product) -> Steps | None:
    """Where previous and next lead; None where the page was not opened from a list, or its query is none."""
    behind = carried(request)
    if not behind:
        return None
    query = QueryDict(request.GET["in"])
    found = neighbours.around(reader=request.user, query=query, product=product)
    if found is None:
        return None
    near = [
        key and f"{reverse('products:catalogue-detail', args=[key])}{behind}" for key in (found.previous, found.next)
    ]
    return Steps(f"{reverse('products:catalogue-list')}?{query.urlencode()}", near[0] or "", near[1] or "")
