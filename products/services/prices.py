"""What a product cost at each time: its prices, and for who may see it its costs, read from the history."""

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.db.models import Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can, hidden_fields
from products.models import Change, ChangeSet, Product
from products.models.changes import ITSELF
from site_config.lib.errors import DomainError

AMOUNTS = ("price", "cost")


@dataclass(frozen=True)
class Line:
    """One change of an amount; `old` is None where there was none, `new` where it was emptied."""

    change_set: ChangeSet
    old: Decimal | None
    new: Decimal | None

    @property
    def percent(self) -> Decimal | None:
        """By how much it rose (or fell, below zero); None from nothing and from none."""
        if not self.old or self.new is None:
            return None
        return ((self.new - self.old) / self.old * 100).quantize(Decimal("0.1"))

    @property
    def signed_percent(self) -> str:
        """As people read it: +8.3% or, with a true minus, −8.3%."""
        if self.percent is None:
            return ""
        sign = "\u2212" if self.percent < 0 else "+"
        return f"{sign}{formats.number_format(abs(self.percent), 1)}%"


def of(*, product: Product, amount: str, reader: User) -> QuerySet[Change]:
    """The changes of a product's price or cost, its first one too; `line` reads them.

    Raises DomainError `unknown_field` for a field that is none of these, or is hidden from the reader.
    """
    if amount not in offered(reader):
        raise DomainError(_("There is no field called {}.").format(amount[:40]), field="of", code="unknown_field")
    rows = Change.objects.in_fields_of(reader).filter(object_type="product", object_id=product.pk)
    first = Q(field=ITSELF, new__has_key=amount)
    return rows.filter(Q(field=amount) | first).select_related("change_set")


def offered(reader: User) -> list[str]:
    hidden = hidden_fields(reader)
    return [name for name in AMOUNTS if name not in hidden]


def line(row: Change, amount: str) -> Line:
    if row.field == ITSELF:
        return Line(row.change_set, None, number(cast(dict[str, str], row.new)[amount]))
    return Line(row.change_set, number(row.old), number(row.new))


def number(kept: object) -> Decimal | None:
    return None if kept is None else Decimal(str(kept))


def below_cost(product: Product, reader: User) -> bool:
    """Whether it is sold for less than it costs, for who may know."""
    return bool(product.cost is not None and product.price < product.cost and can(reader, Action.PRODUCT_SEE_COST))
