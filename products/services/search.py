"""Finding: what fits the letters best comes first, while it is few enough to be ranked."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, StartsWith
from django.utils.translation import gettext_lazy as _

from products.filters import DEFAULT_SORT, MOST_WORDS, SORTS
from products.models.catalogue import ProductQuerySet
from site_config.lib import paging
from site_config.lib.paging import Page, Sort

# To rank is to look at every hit. Of more than this many nobody reads the last, and they come in an order that has an
# index; a walk that began with fewer goes on up to the next number.
MOST_RANKED = 1000
# What a filter leaves of a catalogue of a million is cheaper sorted than looked for along an order's index, up to here.
MOST_SORTED = 3000
# A small whole number, as stock is.
RANK = Sort("rank", "rank", _("Best match"), like="stock")
MOST_EXACT = 5
Rows = ProductQuerySet


@dataclass(frozen=True)
class Order:
    """A list's rows and what they are ordered by; `exact` are letters that have to come first though they are no rank.

    `few` is whether there are no more of them than it is cheap to sort.
    """

    rows: Rows
    sort: Sort
    exact: str = ""
    few: bool = False


def sorts(letters: str) -> dict[str, Sort]:
    """The orders on offer; by rank only what is searched for."""
    return {RANK.key: RANK, **SORTS} if letters else SORTS


def order(
    rows: Rows, *, letters: str, asked: str = "", cursor: str = "", narrowed: bool = True, hits: int | None = None
) -> Order:
    """The rows in the order that is asked for, which a search answers by rank unless another is named.

    `narrowed` is whether any filter is given, and `hits` their bounded count, where the caller has it. Too many to rank
    come in the usual order, behind those whose SKU or barcode is exactly the letters.
    """
    letters = " ".join(letters.split())
    if hits is None:
        hits = rows.order_by()[: MOST_SORTED + 1].count() if narrowed else MOST_SORTED + 1
    few = narrowed and hits <= MOST_SORTED
    if not letters or asked in SORTS:
        return Order(rows, SORTS.get(asked, SORTS[DEFAULT_SORT]), few=few)
    if few and (hits <= MOST_RANKED or paging.order_of(cursor) == RANK.key):
        return Order(ranked(rows, letters), RANK)
    return Order(rows, SORTS[DEFAULT_SORT], letters, few)


def is_exactly(letters: str) -> Q:
    """Whose SKU or barcode this is; found by the unique index of SKUs and by the one of barcodes."""
    return Q(Exact(Lower("sku"), Lower(Value(letters)))) | Q(barcode=letters)


def ranked(rows: Rows, letters: str) -> Rows:
    """With `rank`: 0 for the very SKU or barcode, then a SKU that begins so, a name that does, words that do, the rest."""
    whole = Lower(Value(letters))
    words = Q()
    for word in letters.split()[:MOST_WORDS]:
        lowered = Lower(Value(word))
        words &= Q(search__startswith=lowered) | Q(search__contains=Lower(Value(f" {word}")))
    best = [
        is_exactly(letters),
        Q(StartsWith(Lower("sku"), whole)),
        Q(StartsWith(Lower("name"), whole)),
        words,
    ]
    whens = [When(asked, then=Value(rank)) for rank, asked in enumerate(best)]
    return rows.annotate(rank=Case(*whens, default=Value(len(whens)), output_field=IntegerField()))


def page(rows: Any, *, found: Order, cursor: str | None, size: int) -> Page:
    """One page of the order's rows, in whatever shape; what is exact is at the head of the first one, and nowhere else."""
    if not found.exact:
        return paging.page(rows, sort=found.sort, cursor=cursor, size=size, few=found.few)
    exact = list(rows.filter(is_exactly(found.exact)).order_by("pk")[:MOST_EXACT])
    rest = rows.exclude(pk__in=[row.pk for row in exact])
    size = size if cursor else size - len(exact)
    shown = paging.page(rest, sort=found.sort, cursor=cursor, size=size, few=found.few)
    # Without a cursor or led back by one, this is the first page.
    return shown if shown.previous else replace(shown, rows=[*exact, *shown.rows])
