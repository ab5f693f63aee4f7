"""What somebody sees first: the figures of their catalogue, what to reorder, what was changed and what needs a hand."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.utils import timezone

from accounts.models import User
from accounts.policy import Action, can
from accounts.services import lockouts, mails
from products.models import Category, ChangeSet, Job, Product, Proposal, StockMovement
from products.models.jobs import Status
from products.models.stock import Kind
from products.services import figures, history
from site_config.lib import paging

REORDERS, CANDIDATES = 6, 200
RECENT = 6
# Sales are averaged over so many weeks, long enough to have some and short enough to follow a season.
WEEKS = 8
FAILED_SINCE = timedelta(days=7)


@dataclass(frozen=True)
class Reorder:
    """A product at or below its threshold: units sold a week of late, and how many weeks are left at that rate."""

    product: Product
    weekly: Decimal
    weeks_left: Decimal | None  # None: it does not sell


@dataclass(frozen=True)
class CategoryValue:
    """Stock at cost in a topmost category with all below it; the category is None for what is in none."""

    category: Category | None
    value: Decimal


@dataclass(frozen=True)
class Waiting:
    """Open proposals that the person may decide about, and the oldest of them."""

    count: paging.Count
    oldest: Proposal | None


@dataclass(frozen=True)
class Troubles:
    """What needs a hand: jobs and mails that failed in the last days, people who are locked out now."""

    jobs: int
    mails: int
    locked: int


@dataclass(frozen=True)
class Dashboard:
    totals: figures.Totals
    categories: list[CategoryValue]
    reorder: list[Reorder]
    changes: list[ChangeSet]
    waiting: Waiting | None
    troubles: Troubles


def of(reader: User) -> Dashboard:
    """All of it for one person, each part only where the role may see what it is made of."""
    totals = figures.of(reader)
    return Dashboard(
        totals=totals,
        categories=by_category(totals),
        reorder=reorder_next(reader),
        changes=list(history.told(history.found(reader=reader), reader).order_by("-pk")[:RECENT]),
        waiting=waiting(reader) if can(reader, Action.PROPOSAL_DECIDE) else None,
        troubles=troubles(reader),
    )


def by_category(totals: figures.Totals) -> list[CategoryValue]:
    known = Category.objects.in_bulk([key for key, _value in totals.categories if key])
    return [CategoryValue(known.get(key or 0), value) for key, value in totals.categories]


def reorder_next(reader: User, *, most: int = REORDERS) -> list[Reorder]:
    """Those of the emptiest shelves that run out first, at the rate of the last weeks; two queries."""
    rows = Product.objects.visible_to(reader).filter(archived_at=None, stock__lte=F("low_stock_threshold"))
    low = list(rows.defer("description", "note", "search").order_by("stock", "pk")[:CANDIDATES])
    since = timezone.now() - timedelta(weeks=WEEKS)
    sales = StockMovement.objects.filter(product__in=[p.pk for p in low], kind=Kind.SOLD, at__gte=since).order_by()
    sold = dict(sales.values("product").annotate(units=-Sum("delta")).values_list("product", "units"))
    found = [rated(product, sold.get(product.pk, 0)) for product in low]
    return sorted(found, key=urgency)[:most]


def rated(product: Product, sold: int) -> Reorder:
    weekly = Decimal(sold) / WEEKS
    return Reorder(product, weekly, product.stock / weekly if weekly else None)


def urgency(each: Reorder) -> tuple[bool, Decimal, Decimal, int]:
    """What sells and runs out first; of what is out, what sells best."""
    return each.weeks_left is None, each.weeks_left or Decimal(0), -each.weekly, each.product.pk


def waiting(reader: User) -> Waiting:
    rows = Proposal.objects.visible_to(reader).open()
    return Waiting(paging.count(rows), rows.order_by("pk").first())


def troubles(reader: User) -> Troubles:
    failed = Job.objects.visible_to(reader).filter(status=Status.FAILED, beat_at__gte=timezone.now() - FAILED_SINCE)
    if not can(reader, Action.PEOPLE_MANAGE):
        return Troubles(paging.count(failed).number, 0, 0)
    return Troubles(paging.count(failed).number, mails.failing(), len(lockouts.locked_people()))
