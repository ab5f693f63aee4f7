"""One edit of many products, ticked or all that a list finds: told first, then done as one change set.

What is edited is decided when it runs: a product by its values of then (10 % of the price that it has by then), and of a list
what it finds by then, but nothing that was made after the preview, and not more products than the preview told of.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import User
from products.filters import selected
from products.models import ChangeSet, Job, Product
from products.models.catalogue import ProductQuerySet
from products.services import batch_values, changes, jobs, sealed
from products.services.batch_values import Edit, Ready
from products.services.history import FieldDiff
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError

KIND = "product.batch_edited"
SHOWN, MOST_REFUSED = 20, 100


@dataclass(frozen=True)
class Selection:
    """Products by their keys or, with a `query`, all that a list with this address finds; none with a key after `last`."""

    keys: tuple[int, ...] = ()
    query: str | None = None
    last: int | None = None

    def rows(self, reader: User) -> ProductQuerySet:
        """Those of them that exist for the person."""
        if self.query is None:
            if len(self.keys) > jobs.AT_ONCE:
                raise DomainError(
                    _("Choose at most {:,} products, or all that a list finds.").format(jobs.AT_ONCE), code="too_many"
                )
            return Product.objects.visible_to(reader).filter(pk__in=self.keys)
        rows = selected(reader, self.query)
        return rows if self.last is None else rows.filter(pk__lte=self.last)

    def missing(self, reader: User) -> list[int]:
        """Keys that are not there, or not for this person, which reads the same."""
        seen = set(self.rows(reader).values_list("pk", flat=True)) if self.query is None else set()
        return [key for key in self.keys if key not in seen]


@dataclass(frozen=True)
class Refused:
    """A product that is left as it is, and why."""

    key: int
    label: str
    field: str
    code: str
    why: str


@dataclass(frozen=True)
class Line:
    product: Product
    diffs: list[FieldDiff]


@dataclass
class Tally:
    """What becomes of the products: how many change, are so already or are refused, the first of them and all reasons."""

    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    lines: list[Line] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def looked_at(self) -> int:
        return self.changed + self.unchanged + self.refused

    def weigh(self, ready: Ready, product: Product, now: datetime) -> dict[str, Any]:
        """What this product would be set to, and counts it."""
        try:
            values = ready.wanted(product, now)
        except DomainError as refusal:
            self.refuse(Refused(product.pk, product.name, refusal.field or "", refusal.code, refusal.message))
            return {}
        self.changed += bool(values)
        self.unchanged += not values
        if values and len(self.lines) < SHOWN:
            diffs = [FieldDiff(name, getattr(product, name), value) for name, value in values.items()]
            self.lines.append(Line(product, diffs))
        return values

    def refuse(self, refused: Refused) -> None:
        self.refused += 1
        self.reasons[refused.why] += 1
        if len(self.refusals) < MOST_REFUSED:
            self.refusals.append(refused)

    def miss(self, keys: list[int]) -> None:
        why = _("There is no such product, or it is not shared with you.")
        for key in keys:
            self.refuse(Refused(key, "", "", "not_found", why))


@dataclass(frozen=True)
class Preview:
    """`tally` is of all products, up to paging.COUNT_LIMIT; of more it is of the first ones, and `count` an estimate."""

    tally: Tally
    count: paging.Count
    ready: Ready

    @property
    def expected(self) -> int | None:
        """How many there are, where that is known."""
        return self.count.number if self.count.exact else None


@dataclass(frozen=True)
class Done:
    """`change_set` has no key where nothing was different."""

    change_set: ChangeSet
    tally: Tally


def preview(*, actor: User, selection: Selection, edit: Edit) -> Preview:
    """What would become of the products, by the code that does it; nothing is written.

    Raises what the act would raise: NotAllowed, DomainError on a field of the edit, `bad_filter`.
    """
    ready = batch_values.ready(actor=actor, edit=edit)
    rows, tally, now = selection.rows(actor), Tally(), timezone.now()
    first = rows.select_related("category", "owner").defer("description", "note", "search").order_by("pk")
    for product in first[: paging.COUNT_LIMIT].iterator(jobs.STEP):
        tally.weigh(ready, product, now)
    tally.miss(selection.missing(actor))
    exact = tally.looked_at < paging.COUNT_LIMIT
    return Preview(tally, paging.Count(tally.looked_at, exact=True) if exact else paging.count(rows), ready)


def run(*, actor: User, selection: Selection, edit: Edit, reason: str = "", expected: int | None = None) -> Done | Job:
    """Edits every product that it can and leaves out the others: up to jobs.AT_ONCE at once, more of them by a job.

    With `expected`, raises Conflict `changed` where more products are selected by now than a preview told of.
    """
    ready = batch_values.ready(actor=actor, edit=edit)
    rows = selection.rows(actor)
    number = paging.counted(rows)
    if expected is not None and number > expected:
        raise Conflict(_("More products match by now than you were shown. Look at the change again."), code="changed")
    if number > jobs.AT_ONCE:
        return start(actor, selection, edit, reason, paging.count(rows).number)
    tally = Tally()
    tally.miss(selection.missing(actor))
    with changes.recorded(actor=actor, kind=KIND, reason=reason) as recorder:
        apply(recorder, ready, rows, tally)
    return Done(recorder.change_set, tally)


def apply(recorder: changes.Recorder, ready: Ready, rows: ProductQuerySet, tally: Tally) -> None:
    """Locks the products and sets what differs, in a constant number of statements."""
    products = changes.lock(rows.defer("description", "note", "search"))
    recorder.update([(product, tally.weigh(ready, product, recorder.change_set.at)) for product in products])


def newest() -> int:
    """The highest key there is: what gets a higher one was made later."""
    return Product.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


# --- From the preview to the act ---------------------------------------------------------------------------------------


def seal(*, actor: User, selection: Selection, edit: Edit, expected: int | None) -> str:
    """What was previewed, for `unseal` to give back to the same person within the hour."""
    content = [selection.keys, selection.query, newest(), edit.packed(), expected]
    return sealed.seal(actor=actor, purpose=KIND, content=content)


def unseal(*, actor: User, given: str) -> tuple[Selection, Edit, int | None]:
    """Raises DomainError `bad_preview`."""
    keys, query, last, edit, expected = sealed.unseal(actor=actor, purpose=KIND, sealed=given)
    return Selection(tuple(keys), query, last), batch_values.unpacked(edit), expected


# --- In the worker -----------------------------------------------------------------------------------------------------


def start(actor: User, selection: Selection, edit: Edit, reason: str, total: int) -> Job:
    """A job that goes through the keys, so that an edit which takes a product out of its own list skips none."""
    last = newest() if selection.last is None else selection.last
    state = {"query": selection.query, "last": last, "after": 0, "edit": edit.packed()}
    with transaction.atomic():
        change_set = changes.begun(actor=actor, kind=KIND, reason=reason)
        return jobs.start(actor=actor, kind=KIND, task=go_on, total=total, state=state, change_set=change_set)


def step(job: Job) -> bool:
    """The next products in the order of their keys, by the rights and the list of now."""
    ready = batch_values.ready(actor=job.actor, edit=batch_values.unpacked(job.state["edit"]))
    rows = Selection(query=job.state["query"], last=job.state["last"]).rows(job.actor)
    if not job.state["after"]:  # nobody waits here, and what was known until now is an estimate
        job.total = rows.count()
    rows = rows.filter(pk__gt=job.state["after"])
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[: jobs.STEP])
    tally = Tally()
    with changes.recorded(actor=job.actor, kind=KIND, into=job.change_set) as recorder:
        apply(recorder, ready, rows.filter(pk__in=keys), tally)
    for refused in tally.refusals:
        jobs.note(job, refused.label, refused.field, refused.why)
    job.skipped += tally.refused - len(tally.refusals)
    # Only what changes or cannot is counted, so that the end tells how many were changed.
    job.done += tally.changed + tally.refused
    job.total = max(job.total - tally.unchanged, job.done)
    job.state["after"] = keys[-1] if keys else job.state["last"]
    return len(keys) == jobs.STEP or finished(job)


def finished(job: Job) -> bool:
    """At the end: how many there were, and no change set that holds nothing."""
    job.total = job.done
    if job.change_set and not job.change_set.changes.exists():
        job.change_set.delete()
        job.change_set = None
    return False


@task()
def go_on(pk: int) -> None:
    jobs.run(pk, step)
