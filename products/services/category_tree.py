"""The tree of categories as pages show it: what is in each and in everything below it, and the way down to one."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import QuerySet, Value

from accounts.models import User
from products.models import Category, Product
from products.services.categories import DEEPEST, Number, Tree
from site_config.lib import paging

# Up to so many categories are shown as a tree; of more, one level at a time, a page of it.
WHOLE = 100
PAGE_SIZE = 50
# How far the products of a category are counted: beyond it a list says "1,000+", however large the shop.
COUNTED = 1000
# Pixels a level stands further in, and those that are between two things in a row.
INDENT, GAP = 24, 12
BY_NAME = paging.Sort("name", "name")


@dataclass(frozen=True)
class Row:
    """One category: `own` are the products directly in it, `total` with those below, each counted one beyond COUNTED."""

    category: Category
    depth: int
    children: int
    own: int
    total: int

    @property
    def indent(self) -> int:
        return max(self.depth * INDENT - GAP, 0)


@dataclass(frozen=True)
class Shelf:
    """What is below a place: all of it as a tree, or a page of the next level."""

    rows: list[Row]
    next: str | None = None
    previous: str | None = None
    whole: bool = True


class Branches:
    """All categories by what they are in; siblings by name. `tree` is for who has read and locked them already."""

    def __init__(self, tree: Tree | None = None) -> None:
        self.rows: Tree = {row.pk: row for row in Category.objects.all()} if tree is None else tree
        self.below = defaultdict[int | None, list[Category]](list)
        for row in sorted(self.rows.values(), key=lambda row: (row.name.lower(), row.pk)):
            self.below[row.parent_id].append(row)

    def under(self, key: int | None, depth: int = 0) -> list[tuple[Category, int]]:
        """Everything below a place, each before what is in it."""
        found = []
        for row in self.below[key]:
            found += [(row, depth), *self.under(row.pk, depth + 1)]
        return found

    def family(self, key: int) -> list[int]:
        return [key, *(row.pk for row, _depth in self.under(key))]

    def trail(self, key: int | None) -> list[Category]:
        found: list[Category] = []
        while key is not None and key in self.rows:  # a rival may have deleted what was above it
            found.insert(0, self.rows[key])
            key = self.rows[key].parent_id
        return found


def shelf(*, reader: User, branches: Branches, place: Category | None = None, cursor: str | None = None) -> Shelf:
    """What is below a place, or below the root, in two queries; raises DomainError `bad_cursor`."""
    found = branches.under(place.pk if place else None)
    if len(found) <= WHOLE:
        return Shelf(counted(reader, branches, found))
    page = paging.page(Category.objects.filter(parent=place), sort=BY_NAME, cursor=cursor, size=PAGE_SIZE)
    rows = counted(reader, branches, [(row, 0) for row in page.rows])
    return Shelf(rows, page.next, page.previous, whole=False)


def counted(reader: User, branches: Branches, shown: list[tuple[Category, int]]) -> list[Row]:
    """The rows with their numbers, of all of them in one query."""
    asked = [numbers(reader, row.pk, branches.family(row.pk)) for row, _depth in shown]
    found = {key: (own, below) for key, own, below in asked[0].union(*asked[1:], all=True)} if asked else {}
    rows = []
    for category, depth in shown:
        own, below = found.get(category.pk, (0, 0))
        children = len(branches.below[category.pk])
        rows.append(Row(category, depth, children, own, below if children else own))
    return rows


def numbers(reader: User, key: int, family: list[int]) -> QuerySet[Any, tuple[int, int, int]]:
    """The products of a category, and with those below it; where nothing is, they are not counted twice."""
    seen = Product.objects.visible_to(reader).order_by()
    own = Number(seen.filter(category=key).values("pk")[: COUNTED + 1])
    total = Number(seen.filter(category__in=family).values("pk")[: COUNTED + 1]) if len(family) > 1 else Value(0)
    rows = Category.objects.filter(pk=key).order_by().annotate(own=own, total=total)
    return cast("QuerySet[Any, tuple[int, int, int]]", rows.values_list("pk", "own", "total"))


def trail(category: Category | None) -> list[Category]:
    """The categories from the root down to this one, in one query."""
    found: list[Category] = []
    if category is None:
        return found
    above = "__".join(["parent"] * (DEEPEST - 1))
    place = Category.objects.select_related(above).filter(pk=category.pk).first()
    while place is not None:
        found.insert(0, place)
        place = place.parent
    return found
