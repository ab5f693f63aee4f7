"""Stock that cannot lie: it changes only by movements of the ledger, and is never negative, whatever runs at once."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from products.models import ChangeSet, Job, Product, StockMovement
from products.models.catalogue import MAX_STOCK
from products.models.jobs import Status
from products.models.stock import Kind
from products.services import changes, history, versions
from site_config.lib.errors import Conflict, DomainError

logger = logging.getLogger(__name__)

REMOVING = {Kind.SOLD, Kind.DAMAGED}
ADDING = {Kind.RECEIVED, Kind.RETURNED}
# Products whose ledgers the nightly check adds up in one statement, and of how many it keeps what was wrong.
WINDOW, MOST_NOTES = 5000, 100


@dataclass(frozen=True)
class Line:
    """One movement to post: positive delta in, negative out."""

    product_id: int
    delta: int
    kind: str
    note: str = ""


def check(kind: str, delta: int, note: str) -> None:
    """What a movement may look like, whoever posts it."""
    if kind not in Kind.values:
        raise DomainError(_("Choose one of: {}.").format(", ".join(Kind.values)), field="kind", code="unknown_kind")
    if kind == Kind.COUNT:
        raise DomainError(_("Send a count as counted and expected."), field="kind", code="count_needs_numbers")
    if not delta:
        raise DomainError(_("Enter how many units came or went."), field="delta", code="no_movement")
    if abs(delta) > MAX_STOCK:
        raise DomainError(_("Enter a number up to {:,}.").format(MAX_STOCK), field="delta", code="too_large")
    if (kind in REMOVING and delta > 0) or (kind in ADDING and delta < 0):
        raise DomainError(_("This kind of movement goes the other way."), field="delta", code="wrong_direction")
    check_note(note)


def check_note(note: str) -> None:
    if len(note) > 200:
        raise DomainError(_("Keep the note under 200 characters."), field="note", code="too_long")


def check_level(units: int, *, field: str) -> None:
    """What stock may be set to, at creation or by a count."""
    if not 0 <= units <= MAX_STOCK:
        raise DomainError(_("Enter a number from 0 to {:,}.").format(MAX_STOCK), field=field, code="out_of_range")


def check_balance(product: Product, delta: int) -> None:
    """Between nothing and MAX_STOCK, after the movement."""
    left = product.stock + delta
    if left < 0:
        sentence = _("Only {stock} in stock: {wanted} cannot be taken out.").format(stock=product.stock, wanted=-delta)
        raise Conflict(sentence, field="delta", code="not_enough_stock", stock=product.stock)
    if left > MAX_STOCK:
        raise DomainError(_("Stock cannot exceed {:,}.").format(MAX_STOCK), field="delta", code="too_large")


def post(*, actor: User, lines: Iterable[Line], reason: str = "", at: datetime | None = None) -> ChangeSet:
    """Posts all lines as one change set, or none: a line that would leave less than nothing refuses the whole."""
    lines = list(lines)
    for line in lines:
        check(line.kind, line.delta, line.note)
    with changes.recorded(actor=actor, kind="stock.adjusted", reason=reason, at=at) as recorder:
        wanted = Product.objects.filter(pk__in={line.product_id for line in lines}, trashed_at=None)
        products = {product.pk: product for product in changes.lock(wanted)}
        for line in lines:
            if line.product_id not in products:
                raise Conflict(_("This product was moved to the trash."), code="trashed")
            product = products[line.product_id]
            check_balance(product, line.delta)
            recorder.move(product, delta=line.delta, kind=line.kind, note=line.note)
    return recorder.change_set


def adjust(*, actor: User, product: Product, delta: int, kind: str, note: str = "") -> ChangeSet:
    """Adds (delta > 0) or takes out (delta < 0) units; raises Conflict `not_enough_stock` below zero."""
    return move(actor=actor, product=product, delta=delta, kind=kind, note=note).change_set


def move(
    *, actor: User, product: Product, delta: int, kind: str, note: str = "", version: int | None = None
) -> StockMovement:
    """The same for who goes on with the line, whose product is as it was left; with a `version`, only from that one."""
    check(kind, delta, note)
    with changes.recorded(actor=actor, kind="stock.adjusted") as recorder:
        product = changes.lock_one(product, actor)
        versions.insist(product, version, {})
        check_balance(product, delta)
        recorder.move(product, delta=delta, kind=kind, note=note)
    return recorder.movements[0]


def count(
    *, actor: User, product: Product, counted: int, expected: int, note: str = "", at: datetime | None = None
) -> ChangeSet:
    """Sets stock to what was counted, if it is still the number the person saw while counting.

    Raises Conflict `stock_changed`, with the stock as it is now: units came or went during the count.
    """
    return recount(actor=actor, product=product, counted=counted, expected=expected, note=note, at=at).change_set


def recount(
    *,
    actor: User,
    product: Product,
    counted: int,
    expected: int,
    note: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> StockMovement:
    """The same for who goes on with the line; with a `version`, only from that one."""
    check_level(counted, field="counted")
    check_note(note)
    with changes.recorded(actor=actor, kind="stock.counted", at=at) as recorder:
        product = changes.lock_one(product, actor)
        versions.insist(product, version, {})
        if product.stock != expected:
            sentence = _("Stock is now {now}, not {seen}: units moved while you counted. Count again.")
            sentence = sentence.format(now=product.stock, seen=expected)
            raise Conflict(sentence, field="counted", code="stock_changed", stock=product.stock)
        recorder.move(product, delta=counted - product.stock, kind=Kind.COUNT, note=note)
    return recorder.movements[0]


# --- Reading ---------------------------------------------------------------------------------------------------------


def ledger(
    *, product: Product, kind: str = "", since: date | None = None, until: date | None = None
) -> "models.QuerySet[StockMovement]":
    """The lines of a product's ledger, of a kind and of the days from `since` to `until`, both included."""
    wanted = {
        "kind": kind,
        "at__gte": since and history.start_of(since),
        "at__lt": until and history.start_of(until + timedelta(days=1)),
    }
    return product.movements.filter(**{name: value for name, value in wanted.items() if value})


def mismatches() -> "models.QuerySet[Product]":
    """Products whose stock is not the sum of their movements. There must be none."""
    moved = StockMovement.objects.filter(product=models.OuterRef("pk")).order_by().values("product")
    total = models.Subquery(moved.annotate(total=models.Sum("delta")).values("total"))
    ledger = models.functions.Coalesce(total, 0, output_field=models.IntegerField())
    return Product.objects.annotate(ledger=ledger).exclude(stock=models.F("ledger")).order_by("pk")


@dataclass(frozen=True)
class Mismatch:
    """A product whose stock is not what its ledger adds up to."""

    sku: str
    stock: int
    ledger: int


def wrong() -> Iterator[Mismatch]:
    """Every mismatch there is, a window of products at a time: in constant memory and without one long look at all."""
    last, products = 0, Product.objects.order_by("pk").values_list("pk", flat=True)
    while keys := list(products.filter(pk__gt=last)[:WINDOW]):
        rows = mismatches().filter(pk__gt=last, pk__lte=keys[-1])
        yield from (Mismatch(*row) for row in rows.values_list("sku", "stock", "ledger"))
        last = keys[-1]


def verify() -> int:
    """The nightly check: what it found is a job that admins see, failed where a balance is wrong; how many are.

    Without an active admin there is nobody to show it to but the log, which is told in any case.
    """
    number, notes, began = 0, list[list[str]](), timezone.now()
    for each in wrong():
        number += 1
        if number <= MOST_NOTES:
            notes.append([each.sku, "stock", _("Stock {}, ledger {}.").format(each.stock, each.ledger)])
    total, error = Product.objects.count(), ""
    if number:
        error = ngettext("{} product does not match its ledger.", "{} products do not match their ledger.", number)
        error = error.format(number)
        logger.error("check_stock: %s", error)
    if admin := User.objects.active_admins().order_by("pk").first():
        report(admin, total=total, number=number, notes=notes, error=error, began=began)
    return number


def report(admin: User, *, total: int, number: int, notes: list[list[str]], error: str, began: datetime) -> None:
    status, now = (Status.FAILED if error else Status.DONE), timezone.now()
    figures = {"total": total, "done": total, "skipped": number, "notes": notes}
    times = {"created_at": began, "beat_at": now, "finished_at": now}
    Job.objects.create(kind="stock.checked", actor=admin, status=status, error=error, **figures, **times)
