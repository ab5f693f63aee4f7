"""A person's own products at a glance: their figures, what runs low, and what others changed since the last visit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from products.models import Change, ChangeSet, Comment, Product, Proposal, StockMovement, Visit
from products.models.catalogue import ProductQuerySet
from products.models.changes import ITSELF
from products.services import history
from site_config.lib import paging

# A visit is over when its person was not at home for so long; what was new stays new during all of it.
LASTS = timedelta(minutes=30)
# No more often is it written down that somebody is still here.
EVERY = timedelta(minutes=1)
STORIES, PRODUCTS_OF_ONE, CHANGES_OF_ONE = 10, 3, 12
SHORT = 8


def arrive(person: User) -> datetime | None:
    """The end of the visit before this one; None where this is the first. Writes down that the person is here."""
    now = timezone.now()
    with transaction.atomic():
        visit, made = Visit.objects.select_for_update().get_or_create(person=person, defaults={"seen_at": now})
        if not made and now - visit.seen_at >= EVERY:
            visit.since, visit.seen_at = ended(visit, now), now
            visit.save(update_fields=["since", "seen_at"])
    return visit.since


def since(person: User) -> datetime | None:
    """What `arrive` would answer, for who looks in their place: nothing is written."""
    visit = Visit.objects.filter(person=person).first()
    return ended(visit, timezone.now()) if visit else None


def ended(visit: Visit, now: datetime) -> datetime | None:
    return visit.seen_at if now - visit.seen_at > LASTS else visit.since


def own(person: User) -> ProductQuerySet:
    rows: ProductQuerySet = Product.objects.visible_to(person).filter(owner=person)
    return rows


@dataclass(frozen=True)
class Figures:
    """Each counted as far as `paging.count` goes."""

    products: paging.Count
    low: paging.Count
    out: paging.Count
    proposals: paging.Count


def figures(person: User) -> Figures:
    mine = own(person)
    proposals = Proposal.objects.visible_to(person).open().filter(author=person)
    sets = (mine, mine.low_on_stock(), mine.filter(stock=0), proposals)
    return Figures(*(paging.count(rows) for rows in sets))


def low(person: User, size: int = SHORT) -> list[Product]:
    """What is at its threshold or below, the emptiest first."""
    rows = own(person).filter(archived_at=None, stock__lte=F("low_stock_threshold"))
    return list(rows.defer("description", "note", "search").order_by("stock", "pk")[:size])


def proposals(person: User, size: int = SHORT) -> list[Proposal]:
    """Their own that wait, the newest first, each with its fields."""
    rows = Proposal.objects.visible_to(person).open().filter(author=person).select_related("product")
    return list(rows.prefetch_related("fields").order_by("-pk")[:size])


def unanswered(person: User, size: int = SHORT) -> list[Comment]:
    """What this person asked last about a product, where nobody wrote anything after it."""
    last = Comment.objects.filter(product=OuterRef("product")).order_by("-pk").values("pk")[:1]
    mine = Comment.objects.visible_to(person).filter(author=person)
    rows = mine.alias(last=Subquery(last)).filter(pk=Subquery(last)).select_related("product")
    return list(rows.order_by("-pk")[:size])


# --- What others changed ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """What one change set did to one product; `more` where it did more to what is theirs than is told here."""

    product: Product
    entry: history.Entry
    more: bool


def changed(person: User) -> QuerySet[Change]:
    """The changes of their own products, in fields that they may see."""
    rows = Change.objects.in_fields_of(person).filter(object_type="product")
    return rows.filter(object_id__in=own(person).values("pk"))


def by_others(person: User, after: datetime | None) -> QuerySet[ChangeSet]:
    sets = ChangeSet.objects.filter(pk__in=changed(person).values("change_set_id")).exclude(actor=person)
    return sets.filter(at__gt=after) if after else sets


def stories(person: User, after: datetime | None) -> list[Story]:
    """The newest STORIES acts of others, the first products of each: five queries, however much an act wrote."""
    first = changed(person).filter(change_set=OuterRef("pk")).order_by("pk").values("pk")
    cut = Subquery(first[CHANGES_OF_ONE : CHANGES_OF_ONE + 1])
    sets = list(
        by_others(person, after).annotate(cut=cut).select_related("actor", "undone_by").order_by("-pk")[:STORIES]
    )
    if not sets:
        return []
    wanted = Q()
    for change_set in sets:
        wanted |= Q(change_set=change_set, **({"pk__lt": change_set.cut} if change_set.cut else {}))
    rows = list(changed(person).filter(wanted).order_by("pk"))
    products = Product.objects.defer("description", "note", "search").in_bulk({row.object_id for row in rows})
    moved = StockMovement.objects.filter(change_set__in=sets, product__in=products).order_by("pk")
    told: list[Story] = []
    for change_set in sets:
        told += of_set(change_set, [row for row in rows if row.change_set_id == change_set.pk], products, moved)
    return told


def of_set(
    change_set: Any, rows: list[Change], products: dict[int, Product], moved: Iterable[StockMovement]
) -> list[Story]:
    keys = list(dict.fromkeys(row.object_id for row in rows))
    more = bool(change_set.cut) or len(keys) > PRODUCTS_OF_ONE
    made = []
    for key in keys[:PRODUCTS_OF_ONE]:
        mine = [row for row in rows if row.object_id == key]
        diffs = [history.FieldDiff(row.field, row.old, row.new) for row in mine if row.field != ITSELF]
        created = any(row.field == ITSELF for row in mine)
        movements = [m for m in moved if m.change_set_id == change_set.pk and m.product_id == key]
        made.append(Story(products[key], history.Entry(change_set, diffs, created, False, movements), False))
    if more and made:
        made[-1] = Story(made[-1].product, made[-1].entry, True)
    return made
