"""The list as a CSV file: exactly its rows in its order, with its columns, streamed as the database finds them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import chain
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Case, Expression, ExpressionWrapper, F, Func, JSONField, Q, TextField, Value, When
from django.db.models.fields import DecimalField
from django.db.models.functions import Coalesce, Collate, NullIf, Round
from django.db.models.lookups import Exact, Range
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.policy import hidden_fields
from products.models.catalogue import ProductQuerySet
from site_config.lib import csv
from site_config.lib.errors import DomainError
from site_config.lib.paging import Sort

# Bytes that are sent at once: a chunk for each row would cost more than the row.
CHUNK = 64 * 1024
# The first signs that are letters, as bytes; what comes after them is looked at in full.
LETTERS = ("A", "{")
STAMP = "%Y-%m-%d %H:%M:%SZ"
TEXT, NUMBER, SHARE, TAGS, TIME = "text", "number", "share", "tags", "time"
PERCENT = DecimalField(max_digits=12, decimal_places=1)


@dataclass(frozen=True)
class Column:
    """What a cell holds; `guards` is the field that hides it from who may not see that."""

    label: Any
    value: Any
    kind: str = TEXT
    guards: str = ""


def status() -> Expression:
    archived = When(~Q(archived_at=None), then=Value(str(_("Archived"))))
    public = When(is_public=True, then=Value(str(_("Active"))))
    return Case(archived, public, default=Value(str(_("Draft"))), output_field=TextField())


def margin() -> Expression:
    share = ExpressionWrapper((F("price") - F("cost")) * 100 / NullIf(F("price"), Value(0)), output_field=PERCENT)
    return Round(share, precision=1, output_field=PERCENT)


# By the key of the list's column, in the list's order.
COLUMNS = {
    "name": Column(gettext_lazy("Name"), lambda: F("name")),
    "sku": Column(gettext_lazy("SKU"), lambda: F("sku")),
    "barcode": Column(gettext_lazy("Barcode"), lambda: F("barcode")),
    "status": Column(gettext_lazy("Status"), status),
    "category": Column(gettext_lazy("Category"), lambda: F("category__name")),
    "tags": Column(gettext_lazy("Tags"), lambda: F("tags"), TAGS),
    "stock": Column(gettext_lazy("Stock"), lambda: F("stock"), NUMBER),
    "threshold": Column(gettext_lazy("Reorder at"), lambda: F("low_stock_threshold"), NUMBER),
    "price": Column(gettext_lazy("Price"), lambda: F("price"), NUMBER),
    "cost": Column(gettext_lazy("Cost"), lambda: F("cost"), NUMBER, guards="cost"),
    "margin": Column(gettext_lazy("Margin in percent"), margin, SHARE, guards="cost"),
    "owner": Column(gettext_lazy("Owner"), lambda: Coalesce(NullIf(F("owner__name"), Value("")), F("owner__username"))),
    "changed": Column(gettext_lazy("Changed"), lambda: F("updated_at"), TIME),
    "added": Column(gettext_lazy("Added"), lambda: F("created_at"), TIME),
}
HEADERS = {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": 'attachment; filename="products.csv"',
}
ALWAYS = ("name", "sku")


def columns_for(reader: User, keys: Iterable[str]) -> list[Column]:
    """The columns of these keys that exist for the reader, name and SKU first; raises DomainError `unknown_column`."""
    known = {key: COLUMNS[key] for key in keys_for(reader)}
    wanted = [*ALWAYS, *(key for key in keys if key not in ALWAYS)]
    if unknown := [key[:40] for key in wanted if key not in known]:
        sentence = _("There is no column called {}.").format(", ".join(unknown[:10]))
        raise DomainError(sentence, field="columns", code="unknown_column")
    return [known[key] for key in dict.fromkeys(wanted)]


def keys_for(reader: User) -> list[str]:
    """Every column that exists for the reader."""
    hidden = hidden_fields(reader)
    return [key for key, column in COLUMNS.items() if column.guards not in hidden]


def ordered(rows: ProductQuerySet, sort: Sort) -> ProductQuerySet:
    """All of a list in the order of its pages."""
    sign = "-" if sort.descending else ""
    return rows.order_by(f"{sign}{sort.field}", f"{sign}pk")


def stream(*, rows: ProductQuerySet, columns: Sequence[Column]) -> Iterator[bytes]:
    """The file, from its header on, in the language of who asks.

    On PostgreSQL the server itself writes it (COPY), so that a million rows cost no more than passing them on. Cells
    that a spreadsheet would run are defused on both databases.
    """
    # Said now: by the time that the last rows are sent, the request and its language are over.
    head = "".join(csv.written([[str(column.label) for column in columns]])).encode()
    lines = copied if connections[rows.db].vendor == "postgresql" else fetched
    return chain([head], gathered(lines(rows, [(column.kind, column.value()) for column in columns])))


def gathered(lines: Iterable[bytes]) -> Iterator[bytes]:
    held, size = list[bytes](), 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


# --- SQLite ----------------------------------------------------------------------------------------------------------


def fetched(rows: ProductQuerySet, values: list[tuple[str, Any]]) -> Iterator[bytes]:
    kinds = [kind for kind, _value in values]
    found = rows.values_list(*(value for _kind, value in values)).iterator(chunk_size=1000)
    lines = csv.written([cell(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in found)
    next(lines)  # the mark of the encoding, which the header brought
    return (line.encode() for line in lines)


def cell(kind: str, value: Any) -> Any:
    if kind == TIME:
        return value.astimezone(UTC).strftime(STAMP)
    if kind == SHARE:
        return None if value is None else f"{value:.1f}"
    return ", ".join(value) if kind == TAGS else value


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def copied(rows: ProductQuerySet, values: list[tuple[str, Any]]) -> Iterator[bytes]:
    try:
        sql, params = rows.values_list(*(SERVER[kind](value) for kind, value in values)).query.sql_with_params()
    except EmptyResultSet:  # what is asked for cannot be, so the server is not asked
        return
    copy = f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)"
    # Django's cursor knows no COPY; psycopg's own does, and binds the parameters on this side.
    with connections[rows.db].cursor() as cursor, cursor.cursor.copy(copy, params) as blocks:
        yield from map(bytes, blocks)


def as_is(value: Any) -> Any:
    return value


def defused(value: Any) -> Expression:
    """As csv.harmless has it: an apostrophe before what a spreadsheet would take for a formula.

    What begins with a letter is none; to see that first costs a seventh of looking for one.
    """
    formula = "^( *[" + "".join(sign for sign in csv.FORMULA if sign != "-") + "-])"
    searched = Func(value, Value(formula), Value(r"'\1"), function="regexp_replace", output_field=TextField())
    return Case(When(Range(Collate(value, "C"), LETTERS), then=value), default=searched, output_field=TextField())


def joined(value: Any) -> Expression:
    words = "array_to_string(ARRAY(SELECT jsonb_array_elements_text(%(expressions)s)), ', ')"
    held = defused(Func(value, template=words, output_field=TextField()))
    return Case(When(Exact(value, Value([], JSONField())), then=Value("")), default=held, output_field=TextField())


def stamped(value: Any) -> Expression:
    """As STAMP says it; to_char would cost twice as much."""
    moment = Func(Value("UTC"), value, function="timezone", output_field=TextField())
    whole = Func(Value("second"), moment, function="date_trunc", output_field=TextField())
    return Func(whole, Value("Z"), template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())


# What `cell` and `csv.harmless` do, by the server.
SERVER: dict[str, Any] = {NUMBER: as_is, SHARE: as_is, TEXT: defused, TAGS: joined, TIME: stamped}
