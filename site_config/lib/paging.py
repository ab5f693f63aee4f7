"""Keyset paging and bounded counts: any page of a million rows costs what the first one costs.

The order is one column and the primary key, both in one direction, so an index on the two serves every page. A cursor
is opaque: base64url of JSON [sort, direction, value of the sort column, primary key].
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connections, models
from django.db.models import F
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from site_config.lib.errors import DomainError

COUNT_LIMIT = 10_000
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Sort:
    """A column to order by; `key` is how the URL names it ("-updated" is descending).

    Where `field` is an annotation, `like` names the column that holds values of its kind.
    """

    key: str
    field: str
    label: Any = ""
    like: str = ""

    @property
    def descending(self) -> bool:
        return self.key.startswith("-")


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: str | None
    previous: str | None


@dataclass(frozen=True)
class Count:
    """`exact` is False where `number` is an estimate or, without statistics, the limit that was passed."""

    number: int
    exact: bool


def encode(direction: str, sort: Sort, row: models.Model) -> str:
    value, pk = getattr(row, sort.field), row.pk
    parts = [sort.key, direction, *(part if isinstance(part, int) else str(part) for part in (value, pk))]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


def decode(cursor: str, model: type[models.Model], sort: Sort) -> tuple[str, Any, Any]:
    """The cursor's parts, or a DomainError with code `bad_cursor`: a cursor is never a way to reach the database."""
    try:
        key, direction, value, pk = json.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        )
        if key != sort.key or direction not in ("n", "p"):
            raise ValueError
        pk = read_key(pk, model)
        field: Any = model._meta.get_field(sort.like or sort.field)
        value = field.to_python(value)
        field.run_validators(value)
        if isinstance(value, datetime):
            value = value.astimezone(UTC)  # overflows here, not in the database
        if value is None or "\0" in str(value) or len(str(value)) > 400:
            raise ValueError
        str(value).encode()
    except Exception as error:
        raise DomainError(
            str(_("This cursor is not one of ours. Start again from the first page.")),
            field="cursor",
            code="bad_cursor",
        ) from error
    return direction, value, pk


def order_of(cursor: str) -> str:
    """The order that a cursor says it is of; empty where it says nothing that can be read. decode() judges it."""
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (ValueError, RecursionError):
        return ""
    return str(parts[0]) if isinstance(parts, list) and parts else ""


def read_key(pk: Any, model: type[models.Model]) -> Any:
    """A primary key as a cursor holds it: a positive number that a database can hold, or a UUID."""
    if isinstance(model._meta.pk, models.UUIDField):
        return UUID(pk)
    if type(pk) is not int or not 0 < pk <= LARGEST_KEY:
        raise ValueError
    return pk


def beyond(rows: models.QuerySet[Any], sort: Sort, value: Any, pk: Any, backwards: bool) -> models.QuerySet[Any]:
    after = TupleLessThan if sort.descending != backwards else TupleGreaterThan
    return rows.filter(after((F(sort.field), F("pk")), (value, pk)))


def onward(
    rows: models.QuerySet[Any], sort: Sort, backwards: bool = False, *, few: bool = False
) -> models.QuerySet[Any]:
    """In this order. `few` says that the rows are known to be few: they are then sorted, all of them.

    A database that takes them for many would look for them along the order's index, and walk it to its end.
    """
    descending = sort.descending != backwards
    # The column itself, but not as any index has it.
    column = Coalesce(sort.field, sort.field) if few else F(sort.field)
    return rows.order_by(OrderBy(column, descending=descending), OrderBy(F("pk"), descending=descending))


def page(queryset: models.QuerySet[Any], *, sort: Sort, cursor: str | None, size: int, few: bool = False) -> Page:
    """One page of at most `size` rows in one query; raises DomainError (`bad_cursor`)."""
    backwards = False
    if cursor:
        direction, value, pk = decode(cursor, queryset.model, sort)
        backwards = direction == "p"
        queryset = beyond(queryset, sort, value, pk, backwards)
    rows = list(onward(queryset, sort, backwards, few=few)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (backwards or more), (more if backwards else bool(cursor))
    return Page(
        rows,
        encode("n", sort, rows[-1]) if rows and has_next else None,
        encode("p", sort, rows[0]) if rows and has_previous else None,
    )


def beside(queryset: models.QuerySet[Any], *, sort: Sort, value: Any, pk: Any, few: bool = False) -> tuple[Any, Any]:
    """The keys just before and just after a place in this order; None at an end. The place itself may be empty."""
    ways = [(beyond(queryset, sort, value, pk, backwards), backwards) for backwards in (True, False)]
    found = [onward(rows, sort, backwards, few=few).values_list("pk", flat=True).first() for rows, backwards in ways]
    return found[0], found[1]


def counted(queryset: models.QuerySet[Any]) -> int:
    """How many there are, counted no further than to the first over COUNT_LIMIT."""
    return int(queryset.order_by()[: COUNT_LIMIT + 1].count())


def count(queryset: models.QuerySet[Any]) -> Count:
    """Exact up to COUNT_LIMIT; beyond it PostgreSQL's own estimate, never a full count."""
    number = counted(queryset)
    if number <= COUNT_LIMIT:
        return Count(number, exact=True)
    if connections[queryset.db].vendor == "postgresql":
        plan = json.loads(queryset.order_by().explain(format="json"))
        return Count(max(plan[0]["Plan"]["Plan Rows"], COUNT_LIMIT), exact=False)
    return Count(COUNT_LIMIT, exact=False)
