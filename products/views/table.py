"""The list as a table: its heads with their orders, and its rows ready to show."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from products.filters import SORTS
from products.models.catalogue import ProductQuerySet
from products.services import exports
from products.templatetags.cells import CLASSES, NEEDS, Cells
from products.views import proposal_lines
from products.views.neighbours import carry
from site_config.lib.paging import Page, Sort

# The orders that a head switches between, the one that it begins with first.
ORDERS = {
    "name": ("name", "-name"),
    "stock": ("stock", "-stock"),
    "price": ("price", "-price"),
    "changed": ("-updated", "updated"),
    "added": ("-created", "created"),
}
WIDEST = 9


@dataclass(frozen=True)
class Head:
    label: Any
    css: str
    address: str  # of the list in this column's order; empty where there is none
    direction: str  # "ascending" or "descending" where the list is in it, else empty


@dataclass(frozen=True)
class Table:
    heads: list[Head]
    rows: list[SafeString]
    picks: bool

    @property
    def is_wide(self) -> bool:
        """More than fits beside each other scrolls sideways by itself; its heads cannot stay in sight then."""
        return len(self.heads) > WIDEST


def columns_of(rows: ProductQuerySet, keys: list[str], sort: Sort) -> Any:
    """The rows with just what these columns and a cursor need: no product is made of them, and nothing is joined in vain."""
    names = dict.fromkeys(("pk", *(name for key in ("name", *keys) for name in NEEDS[key]), sort.field))
    return rows.values_list(*names, named=True)


def made(*, reader: User, page: Page, keys: list[str], query: QueryDict, sort: Sort) -> Table:
    picks = bool(can(reader, Action.PRODUCT_EDIT))
    waiting = proposal_lines.asked(reader, page.rows) if can(reader, Action.PROPOSAL_MAKE) else None
    cells = Cells(reader, keys, picks=picks, carry=carry(query), waiting=waiting)
    heads = [head("name", _("Product"), "", query, sort)]
    heads += [head(key, exports.COLUMNS[key].label, CLASSES[key].removesuffix(" mono"), query, sort) for key in keys]
    heads += [] if waiting is None else [Head(_("Waiting for approval"), "", "", "")]
    return Table(heads, [cells.row(row) for row in page.rows], picks)


def head(key: str, label: Any, css: str, query: QueryDict, sort: Sort) -> Head:
    orders = [order for order in ORDERS.get(key, ()) if order in SORTS]
    if not orders:
        return Head(label, css, "", "")
    turned = query.copy()
    turned["sort"] = orders[1] if sort.key == orders[0] else orders[0]
    turned.pop("cursor", None)
    now = ("descending" if sort.descending else "ascending") if sort.key in orders else ""
    return Head(label, css, f"?{turned.urlencode()}", now)
