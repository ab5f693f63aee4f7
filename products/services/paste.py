"""A column of a spreadsheet pasted onto the products of its SKUs: told line by line first, then set as one change set.

A value is set whatever the field holds by then; a count only on the stock that the preview showed, as for a single count.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import User
from accounts.policy import can
from products.models import ChangeSet, Job, Product
from products.services import batch, catalogue, changes, import_values, jobs, paste_values, sealed
from products.services.changes import ROWS_PER_STATEMENT
from products.services.paste_values import Cell, Target
from site_config.lib.errors import Conflict, DomainError, NotAllowed

KIND = "product.pasted"


@dataclass(frozen=True)
class Remark:
    """A line that is left out, and why."""

    line: int
    label: str
    why: str


@dataclass(frozen=True)
class Line:
    """A line that changes its product."""

    line: int
    product: Product
    old: Any
    new: Any


@dataclass
class Preview:
    """What would become of each line. `sealed` brings just this to `run`."""

    target: Target
    lines: list[Line] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Remark] = field(default_factory=list)
    sealed: str = ""


@dataclass(frozen=True)
class Done:
    """`change_set` has no key where nothing was different."""

    change_set: ChangeSet
    changed: int
    skipped: list[Remark]


def allowed(actor: User, word: str) -> Target:
    """The field, if the person may set it; raises NotAllowed by the role table and by the token's scopes."""
    target = paste_values.TARGETS[word]
    decision = can(actor, target.right)
    if not decision:
        raise NotAllowed(str(decision.reason), field="field", code=decision.code)
    return target


def preview(*, actor: User, word: str, text: str) -> Preview:
    """Reads what was pasted for the field; nothing is written. Raises NotAllowed, and DomainError on `text` as a whole."""
    target = allowed(actor, word)
    cells = paste_values.cells(text)
    found = Preview(target)
    products = named(actor, [cell.sku for cell in cells if not cell.problem])
    first: dict[str, int] = {}
    for cell in cells:
        try:
            product, value = read(target, cell, products, first)
        except DomainError as refusal:
            found.refused.append(Remark(cell.line, cell.sku, refusal.message))
            continue
        old = getattr(product, target.column)
        if old == value:
            found.unchanged += 1
        else:
            found.lines.append(Line(cell.line, product, old, value))
    content = [word, [packed(line, target) for line in found.lines]]
    found.sealed = sealed.seal(actor=actor, purpose=KIND, content=content)
    return found


def named(reader: User, skus: list[str]) -> dict[str, Product]:
    """The products that exist for the person, by their SKU in small letters."""
    rows, found = Product.objects.visible_to(reader).alias(lower=Lower("sku")), dict[str, Product]()
    for start in range(0, len(skus), ROWS_PER_STATEMENT):
        some = skus[start : start + ROWS_PER_STATEMENT]
        # SQLite lowers ASCII letters only, so the exact spelling is asked for as well.
        wanted = Q(lower__in=[sku.lower() for sku in some]) | Q(sku__in=some)
        found |= {
            product.sku.lower(): product for product in rows.filter(wanted).defer("description", "note", "search")
        }
    return found


def read(target: Target, cell: Cell, products: dict[str, Product], first: dict[str, int]) -> tuple[Product, Any]:
    """The product of a line and the value for it; the second line of a SKU is refused, as only one of them can be meant."""
    if cell.problem:
        raise DomainError(cell.problem)
    product = products.get(cell.sku.lower())
    if product is None:
        raise DomainError(_("No product that you see has the SKU {}.").format(import_values.quoted(cell.sku)))
    line = first.setdefault(product.sku.lower(), cell.line)
    if line != cell.line:
        raise DomainError(_("The SKU {} repeats line {}.").format(import_values.quoted(cell.sku), line))
    return product, target.value(cell.text)


def packed(line: Line, target: Target) -> list[Any]:
    """A line for `run`: where it is, the product by its key, the value, and of a count the stock that was seen."""
    seen = line.old if target.column == "stock" else None
    return [line.line, line.product.pk, changes.to_json(line.new), seen]


def run(*, actor: User, given: str) -> Done | Job:
    """Does what was previewed, as far as it can still be done: up to jobs.AT_ONCE lines at once, more of them by a job.

    Raises DomainError `bad_preview` and NotAllowed.
    """
    word, lines = sealed.unseal(actor=actor, purpose=KIND, sealed=given)
    target = allowed(actor, word)
    if len(lines) > jobs.AT_ONCE:
        with transaction.atomic():
            change_set, state = changes.begun(actor=actor, kind=KIND), {"word": word, "lines": lines, "at": 0}
            return jobs.start(actor=actor, kind=KIND, task=go_on, total=len(lines), state=state, change_set=change_set)
    with changes.recorded(actor=actor, kind=KIND) as recorder:
        changed, skipped = applied(recorder, actor, target, lines)
    return Done(recorder.change_set, changed, skipped)


def applied(
    recorder: changes.Recorder, actor: User, target: Target, lines: Iterable[list[Any]]
) -> tuple[int, list[Remark]]:
    """Locks the products of these lines and sets what differs; how many changed, and the lines that were left out."""
    wanted = {key: (line, value, seen) for line, key, value, seen in lines}
    rows = changes.lock(Product.objects.visible_to(actor).filter(pk__in=wanted))
    products = {product.pk: product for product in rows}
    edits, skipped = [], []
    for key, (line, value, seen) in wanted.items():
        product = products.get(key)
        try:
            edits.append(decided(product, target, value, seen))
        except DomainError as refusal:
            label = product.name if product else _("Line {}").format(line)
            skipped.append(Remark(line, label, refusal.message))
    edits = [(product, values) for product, values in edits if getattr(product, target.column) != values[target.column]]
    catalogue.write(recorder, edits)
    return len(edits), skipped


def decided(product: Product | None, target: Target, value: Any, seen: int | None) -> tuple[Product, dict[str, Any]]:
    if product is None:
        raise Conflict(_("It is not there any more, or not shared with you."), code="gone")
    if seen is not None and product.stock != seen:
        sentence = _("Stock is now {now}, not {seen}: units moved while you counted. Count again.")
        raise Conflict(sentence.format(now=product.stock, seen=seen), code="stock_changed")
    return product, {target.column: changes.from_json(target.column, value)}


def step(job: Job) -> bool:
    """The next lines, by the rights and the stock of now."""
    target, at = allowed(job.actor, job.state["word"]), job.state["at"]
    lines = job.state["lines"][at : at + jobs.STEP]
    with changes.recorded(actor=job.actor, kind=KIND, into=job.change_set) as recorder:
        _changed, skipped = applied(recorder, job.actor, target, lines)
    for remark in skipped:
        jobs.note(job, remark.label, target.column, remark.why)
    job.done += len(lines)
    job.state["at"] = at + jobs.STEP
    return job.state["at"] < len(job.state["lines"]) or batch.finished(job)


@task()
def go_on(pk: int) -> None:
    jobs.run(pk, step)
