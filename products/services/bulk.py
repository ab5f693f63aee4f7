"""Many products in one call and one change set: all of it or nothing, or what can be done and for the rest the reason."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from products.models import ChangeSet, Product
from products.services import catalogue, changes, versions
from site_config.lib.errors import Conflict, DomainError, NotAllowed

MOST_ITEMS = 1000
TRIES = 3
DEADLOCK = "40P01"
RIGHTS = {"create": Action.PRODUCT_CREATE, "update": Action.PRODUCT_EDIT, "trash": Action.TRASH_MANAGE}


@dataclass(frozen=True)
class Item:
    """One product to create, update or trash, or what the door already refuses of it. Without a key it is a new one."""

    op: str
    index: int
    fields: dict[str, Any] = field(default_factory=dict)
    key: int | None = None
    version: int | None = None
    refusal: Exception | None = None


@dataclass
class Outcome:
    """What became of an item: the product as it is now, or why not."""

    item: Item
    product: Product | None = None
    values: dict[str, Any] = field(default_factory=dict)
    refusal: Exception | None = None


@dataclass(frozen=True)
class Report:
    """`change_set` has no key where nothing was different."""

    change_set: ChangeSet
    outcomes: list[Outcome]


class Refused(DomainError):
    """Some of the items cannot be done, so none was; `outcomes` say which and why."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        refused = [outcome for outcome in outcomes if outcome.refusal]
        sentence = _("Nothing was saved: {refused} of {all} items were refused. See errors.")
        super().__init__(sentence.format(refused=len(refused), all=len(outcomes)), code="bulk_refused")
        self.outcomes = refused


class Rival(Exception):
    """What was free while the items were checked is not any more."""


def run(*, actor: User, items: list[Item], atomic: bool = True, reason: str = "") -> Report:
    """Does every item by the rules of the single act, in one change set and a constant number of statements.

    With `atomic`, any refusal raises Refused and nothing is written; else the refused items are left out. A rival that
    takes a SKU between the check and the write makes it start over; raises Conflict `rival` when that does not help.
    """
    for _try in range(TRIES):
        try:
            return attempt(actor, items, atomic, reason)
        except Rival:
            continue
        except OperationalError as error:
            # Two calls that each wait for a SKU of the other: the database ended one of them, which may begin again.
            if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
                raise
    raise Conflict(_("Others are writing the same products. Nothing was saved: try again."), code="rival")


def attempt(actor: User, items: list[Item], atomic: bool, reason: str) -> Report:
    outcomes = [Outcome(item, refusal=item.refusal) for item in items]
    refuse_repeats(outcomes)
    with changes.recorded(actor=actor, kind="product.bulk_edited", reason=reason) as recorder:
        keys = {outcome.item.key for outcome in open_ones(outcomes)}
        rows = changes.lock(Product.objects.filter(pk__in=keys, trashed_at=None))
        locked = {product.pk: product for product in rows}
        for outcome in open_ones(outcomes):
            try:
                plan(actor, outcome, locked, recorder.change_set.at)
            except DomainError as refusal:
                outcome.refusal = refusal
        refuse_taken(outcomes)
        explain(outcomes)
        if atomic and any(outcome.refusal for outcome in outcomes):
            raise Refused(outcomes)
        store(recorder, open_ones(outcomes))
    return Report(recorder.change_set, outcomes)


def open_ones(outcomes: list[Outcome]) -> list[Outcome]:
    """Those that nothing speaks against so far."""
    return [outcome for outcome in outcomes if outcome.refusal is None]


# --- What single acts check ------------------------------------------------------------------------------------------


def plan(actor: User, outcome: Outcome, locked: dict[Any, Product], now: datetime) -> None:
    """Checks the item by every rule of its single act and notes what it would write."""
    item = outcome.item
    decision = can(actor, RIGHTS[item.op])
    if not decision:
        raise NotAllowed(str(decision.reason), code=decision.code)
    if item.key is None:
        outcome.product = catalogue.build(actor=actor, looked_up=True, **item.fields)
        return
    outcome.product = product = present(locked, item)
    outcome.values = {"trashed_at": now}
    if item.op == "update":
        fields, wanted = split(item)
        said = item.version is not None
        outcome.values = catalogue.checked(
            actor=actor, current=product, fields=fields, wanted=wanted, said=said, looked_up=True
        )


def present(locked: dict[Any, Product], item: Item) -> Product:
    """The locked product at the version that the item names, if it names one."""
    product = locked.get(item.key)
    if product is None:
        raise Conflict(_("This product was moved to the trash."), code="trashed")
    if item.version not in (None, product.version):
        raise versions.VersionMismatch(product)
    return product


def split(item: Item) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields without stock, and with it the columns that they set."""
    fields = dict(item.fields)
    counted = fields.pop("stock", None)
    return fields, catalogue.with_stock(catalogue.intended(fields), counted)


# --- What only many together can break -------------------------------------------------------------------------------


def refuse_repeats(outcomes: list[Outcome]) -> None:
    """A product is named once: of two acts on it the second could only follow the first."""
    seen = set()
    for outcome in outcomes:
        key = outcome.item.key
        if key is not None and key in seen:
            sentence = _("This product is named twice. Send it once.")
            outcome.refusal = outcome.refusal or DomainError(sentence, field="id", code="named_twice")
        seen.add(key)


def refuse_taken(outcomes: list[Outcome]) -> None:
    """A SKU belongs to one product, of the catalogue or of this call. It is not free before the call is done."""
    asking = [(outcome, sku) for outcome in open_ones(outcomes) if (sku := new_sku(outcome))]
    held, first = catalogue.holders([sku for _outcome, sku in asking]), dict[str, Outcome]()
    for outcome, sku in asking:
        rival = first.setdefault(sku.lower(), outcome)
        if rival is not outcome or held.get(sku.lower(), outcome.item.key) != outcome.item.key:
            outcome.refusal = changes.sku_taken()


def new_sku(outcome: Outcome) -> str:
    """The SKU that the item brings; empty where it keeps the one there is."""
    product: Any = outcome.product
    sku: str = product.sku if outcome.item.key is None else outcome.values.get("sku", product.sku)
    return "" if outcome.item.key and sku == product.sku else sku


def explain(outcomes: list[Outcome]) -> None:
    """Says to each item with an old version what others changed since, in one query for all."""
    late = [(one, one.refusal) for one in outcomes if isinstance(one.refusal, versions.VersionMismatch)]
    bases = versions.bases({mismatch.product.pk: one.item.version or 0 for one, mismatch in late})
    for outcome, mismatch in late:
        _fields, wanted = split(outcome.item)
        mismatch.clashes = versions.clashes(mismatch.product, bases[mismatch.product.pk], wanted)


# --- Writing ---------------------------------------------------------------------------------------------------------


def store(recorder: changes.Recorder, outcomes: list[Outcome]) -> None:
    """Writes what was checked. New SKUs are taken in their order, so that two calls do not wait for each other."""
    made, edits = [], []
    for outcome in outcomes:
        product: Any = outcome.product
        if outcome.item.key is None:
            made.append(product)
        else:
            edits.append((product, outcome.values))
    try:
        catalogue.insert(recorder, sorted(made, key=lambda product: product.sku.lower()))
        catalogue.write(recorder, edits)
    except DomainError as error:  # a SKU; all else is checked by now
        raise Rival from error
