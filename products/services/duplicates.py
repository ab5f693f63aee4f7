"""Products that somebody may be about to enter a second time, by name, SKU or barcode: a warning, never a refusal."""

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Lower

from accounts.models import User
from products.models import Product
from products.models.catalogue import GTIN_LENGTHS, ProductQuerySet

MOST = 5
# A name of two letters is like too many.
SHORTEST = 3
# Of what shares words with the name so many are compared with it, however many there are.
LOOKED_AT = 300
# From "Enamel mug" to "Enamel mug, 350 ml, green".
ALIKE = 0.4


@dataclass(frozen=True)
class Found:
    """`holder` has this SKU; without one it is `taken` all the same where the reader does not see who has it."""

    named: list[Product]
    coded: list[Product]
    holder: Product | None
    taken: bool

    @property
    def any(self) -> bool:
        return bool(self.named or self.coded or self.taken)


def like(*, reader: User, name: str = "", sku: str = "", barcode: str = "", without: int | None = None) -> Found:
    """Products that exist for the reader and are like this; of a SKU that anybody's has, also that it is taken."""
    rows = Product.objects.visible_to(reader).exclude(pk=without).defer("description", "note")
    name, sku, barcode = (" ".join(text.split()) for text in (name, sku, barcode))
    taken = Product.objects.exclude(pk=without).alias(lower=Lower("sku")).filter(lower=Lower(Value(sku)))
    key = taken.values_list("pk", flat=True).first() if sku else None
    holder = rows.filter(pk=key).first() if key else None
    coded = list(rows.filter(barcode=barcode).order_by("pk")[:MOST]) if len(barcode) in GTIN_LENGTHS else []
    near = named(rows, name) if len(name) >= SHORTEST else []
    told = [holder, *coded]  # by what is not a matter of likeness
    return Found([product for product in near if product not in told], coded, holder, key is not None)


def named(rows: ProductQuerySet, name: str) -> list[Product]:
    """Those of exactly this name first, then what is most like it."""
    same = list(rows.filter(name=name).order_by("pk")[:MOST])
    near = alike(rows, name) if connection.vendor == "postgresql" else containing(rows, name)
    return (same + [product for product in near if product not in same])[:MOST]


def alike(rows: ProductQuerySet, name: str) -> ProductQuerySet:
    """By the trigrams that two names share; the first choice is the index's."""
    typed = Lower(Value(name))
    near = rows.filter(search__trigram_word_similar=typed).order_by().values("pk")[:LOOKED_AT]
    found = Product.objects.filter(pk__in=near).annotate(alike=TrigramSimilarity("name", typed))  # type: ignore[arg-type]
    return found.filter(alike__gte=ALIKE).defer("description", "note").order_by("-alike", "pk")[:MOST]


def containing(rows: ProductQuerySet, name: str) -> ProductQuerySet:
    """Where the database knows no trigrams: what the name is a part of."""
    return rows.filter(search__contains=Lower(Value(name))).order_by("name", "pk")[:MOST]
