"""A search as the list asks it, its page of rows and its bounded count, beside the same by icontains."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from benchmarks.measure import Case
from products.filters import selected
from products.models import Product
from site_config.lib import paging

PAGE = 21


@dataclass(frozen=True)
class Asked:
    """A search, and the most milliseconds that it may cost by PERFORMANCE.md."""

    what: str
    words: str
    most: float

    @property
    def ours(self) -> str:
        return f"search, {self.what}"

    @property
    def peer(self) -> str:
        return f"icontains, {self.what}"


ASKED = [
    Asked("one product by its whole SKU", "FAKE-00000042", 5),
    Asked("some by a part of a SKU", "000042", 5),
    Asked("a word that very many have", "lamp", 35),
    Asked("two words that very many have", "lamp oak", 35),
    Asked("nothing", "zzzzzz", 5),
]


def cases(reader: User) -> list[Case]:
    """The queries alone, made ready before: what a page around them costs is measured elsewhere."""
    return [case for asked in ASKED for case in (ours(reader, asked), peer(asked))]


def ours(reader: User, asked: Asked) -> Case:
    rows = selected(reader, f"q={asked.words.replace(' ', '+')}")

    def work() -> None:
        list(rows.order_by("-updated_at", "-pk")[:PAGE])
        paging.count(rows)

    return Case(asked.ours, work=work)


def peer(asked: Asked) -> Case:
    rows = Product.objects.filter(trashed_at=None)
    for word in asked.words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(sku__icontains=word) | Q(barcode__icontains=word))

    def work() -> None:
        list(rows.order_by("-updated_at", "-pk")[:PAGE])
        rows.count()

    return Case(asked.peer, work=work)
