"""Figures of the catalogue: added up at once while it is small, every quarter of an hour by the worker when it is not."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from accounts.policy import Action, can
from products.models import Category, Figures, Product, StockMovement
from products.models.catalogue import ProductQuerySet
from site_config.lib import paging

DAYS = 30
ALL, PUBLIC = "all", "public"
CENT = Decimal("0.01")
NUMBERS = ("products", "visible", "drafts", "low", "out", "units")


@dataclass(frozen=True)
class Day:
    """Units that came and went on one day."""

    day: date
    came: int
    went: int


@dataclass(frozen=True)
class Totals:
    """What exists for one person. `low` and `out` exclude each other; `value` is stock at cost.

    `categories` is the value in each category with all below it, by the key of the topmost one (None: in no category),
    the largest first. Both are empty for who may not see cost. `at` is when it was added up; None is just now.
    """

    products: int
    visible: int
    drafts: int
    low: int
    out: int
    units: int
    value: Decimal | None
    categories: list[tuple[int | None, Decimal]]
    days: list[Day]
    at: datetime | None


def of(reader: User) -> Totals:
    """The figures of what exists for this person; of a large catalogue as of the last time the worker added it up."""
    seen, at = Product.objects.visible_to(reader), None
    if not can(reader, Action.PRODUCT_VIEW_PUBLIC) or paging.counted(seen) <= paging.COUNT_LIMIT:
        found = add_up(seen)
    else:
        kept = latest(ALL if can(reader, Action.PRODUCT_VIEW_ALL) else PUBLIC)
        found, at = kept.values, kept.at
        if kept.scope == PUBLIC:  # nobody's snapshot has what is theirs alone
            found = joined(found, add_up(seen.filter(is_public=False)))
    totals = replace(readable(found), at=at)
    return totals if can(reader, Action.PRODUCT_SEE_COST) else replace(totals, value=None, categories=[])


def add_up(products: ProductQuerySet) -> dict[str, Any]:
    """As JSON: the numbers, the value by category and the units by day. Two queries over all of the products."""
    cost = Sum(F("cost") * F("stock"), output_field=DecimalField(max_digits=24, decimal_places=2))
    live = Q(archived_at=None)
    rows = products.order_by().values("category_id")
    rows = rows.annotate(
        products=Count("pk"),
        visible=Count("pk", filter=live & Q(is_public=True)),
        drafts=Count("pk", filter=live & Q(is_public=False)),
        low=Count("pk", filter=Q(stock__gt=0, stock__lte=F("low_stock_threshold"))),
        out=Count("pk", filter=Q(stock=0)),
        units=Sum("stock"),
        value=cost,
    )
    found: list[dict[str, Any]] = list(rows)  # type: ignore[arg-type]
    return {
        **{name: sum(row[name] for row in found) for name in NUMBERS},
        "categories": [[row["category_id"], str(row["value"])] for row in found if row["value"]],
        "days": moved(products),
    }


def moved(products: ProductQuerySet) -> list[list[Any]]:
    """[day, units in, units out] of the last DAYS days on which something moved."""
    days = lately(products).order_by().values(day=TruncDate("at"))
    sums = days.annotate(came=Sum("delta", filter=Q(delta__gt=0)), went=Sum("delta", filter=Q(delta__lt=0)))
    return [[row["day"].isoformat(), row["came"] or 0, -(row["went"] or 0)] for row in sums]


def lately(products: ProductQuerySet) -> QuerySet[StockMovement]:
    return StockMovement.objects.filter(at__gte=first_moment(), product__in=products.values("pk"))


def first_moment() -> datetime:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=DAYS - 1)


def joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: one[name] + other[name] for name in NUMBERS}
    return {**numbers, "categories": one["categories"] + other["categories"], "days": one["days"] + other["days"]}


def readable(found: dict[str, Any]) -> Totals:
    values = defaultdict[int | None, Decimal](Decimal)
    roots = topmost()
    for key, value in found["categories"]:
        values[roots.get(key)] += Decimal(value).quantize(CENT)
    ordered = sorted(values.items(), key=lambda each: -each[1])
    numbers = {name: found[name] for name in NUMBERS}
    total = sum(values.values(), Decimal("0.00"))
    return Totals(**numbers, value=total, categories=ordered, days=every_day(found["days"]), at=None)


def topmost() -> dict[int, int]:
    """For each category the one at the top of its branch."""
    parents = dict(Category.objects.order_by().values_list("pk", "parent_id"))
    found = {}
    for key in parents:
        top = key
        while (above := parents[top]) is not None:
            top = above
        found[key] = top
    return found


def every_day(days: list[list[Any]]) -> list[Day]:
    """The last DAYS days, those too on which nothing moved."""
    sums = defaultdict[str, list[int]](lambda: [0, 0])
    for day, came, went in days:
        sums[day][0] += came
        sums[day][1] += went
    first = first_moment().date()
    wanted = [first + timedelta(days=n) for n in range(DAYS)]
    return [Day(day, *sums[day.isoformat()]) for day in wanted]


# --- Kept by the worker ----------------------------------------------------------------------------------------------


def latest(scope: str) -> Figures:
    """What was added up last; added up now where it never was."""
    return Figures.objects.filter(scope=scope).first() or keep(scope)


def keep(scope: str) -> Figures:
    products = Product.objects.filter(trashed_at=None)
    if scope == PUBLIC:
        products = products.filter(is_public=True)
    values = {"values": add_up(products), "at": timezone.now()}
    return Figures.objects.update_or_create(scope=scope, defaults=values)[0]


def refresh() -> int:
    """Adds up what is too large to be added up while somebody waits; how many scopes."""
    if paging.counted(Product.objects.filter(trashed_at=None)) <= paging.COUNT_LIMIT:
        return 0
    return len([keep(scope) for scope in (ALL, PUBLIC)])
