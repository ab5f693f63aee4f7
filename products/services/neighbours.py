"""The product before and the one after, in the list that somebody came from."""

from dataclasses import dataclass

from django.http import QueryDict

from accounts.models import User
from products.filters import ALL, selected
from products.models import Product
from products.services import search
from site_config.lib import paging
from site_config.lib.errors import DomainError


@dataclass(frozen=True)
class Neighbours:
    """Keys of products; None at the list's end."""

    previous: int | None
    next: int | None


def around(*, reader: User, query: QueryDict, product: Product) -> Neighbours | None:
    """Found from the product's own place, at any depth, also when an edit took it out of the list; None without a list.

    What is exactly searched for stands where its order has it, not at the head of the list.
    """
    letters, asked = str(query.get("q", "")), str(query.get("sort", ""))
    try:
        found = search.order(selected(reader, query), letters=letters, asked=asked, narrowed=bool(ALL & query.keys()))
    except DomainError:
        return None
    if found.sort == search.RANK:
        value = search.ranked(Product.objects.filter(pk=product.pk), letters).values_list("rank", flat=True)[0]
    else:
        value = getattr(product, found.sort.field)
    return Neighbours(*paging.beside(found.rows, sort=found.sort, value=value, pk=product.pk, few=found.few))
