"""The one place that writes the catalogue: each act is a change set, from which it can be read and undone."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can, hidden_fields
from products.models import Change, ChangeSet, Product, StockMovement
from products.models.catalogue import MAX_STOCK, recording
from products.models.changes import CREATED
from site_config.lib import origin
from site_config.lib.errors import Conflict, NotAllowed, refuse_duplicates

# Fields of a product that history follows. Stock is recorded through the ledger.
FIELDS = (
    "name",
    "sku",
    "barcode",
    "description",
    "note",
    "price",
    "cost",
    "low_stock_threshold",
    "category_id",
    "is_public",
    "owner_id",
    "archived_at",
    "trashed_at",
)
ROWS_PER_STATEMENT = 500


def to_json(value: Any) -> Any:
    """A field's value as history keeps it; amounts as text with two places, times in ISO 8601."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, datetime) else value


def from_json(name: str, value: Any) -> Any:
    model_field: Any = Product._meta.get_field(name)
    return None if value is None else model_field.to_python(value)


def unique() -> refuse_duplicates:
    return refuse_duplicates({"product_sku_unique": ("sku", _("This SKU already belongs to another product."))})


@dataclass
class Recorder:
    """Writes products and remembers what it wrote; made by `recorded`."""

    change_set: ChangeSet
    changes: list[Change] = field(default_factory=list)
    movements: list[StockMovement] = field(default_factory=list)
    created: set[int] = field(default_factory=set)

    def note(self, product: Product, name: str, old: Any, new: Any) -> None:
        self.changes.append(
            Change(
                change_set=self.change_set,
                object_id=product.pk,
                label=product.name,
                field=name,
                old=to_json(old),
                new=to_json(new),
                version=product.version,
            )
        )

    def create(self, products: list[Product]) -> None:
        """Inserts new products; each gets one change that holds its first state."""
        for product in products:
            product.created_at = product.updated_at = self.change_set.at
        with unique():
            Product.objects.bulk_create(products, batch_size=ROWS_PER_STATEMENT)
        for product in products:
            state = {name: to_json(getattr(product, name)) for name in (*FIELDS, "stock")}
            self.created.add(product.pk)
            self.note(product, CREATED, None, {name: value for name, value in state.items() if value not in (None, "")})

    def update(self, updates: Iterable[tuple[Product, dict[str, Any]]]) -> list[Product]:
        """Sets fields of locked products and raises their version; those where nothing differs are left alone."""
        written, names = [], {"version", "updated_at"}
        for product, values in updates:
            changed = {name: value for name, value in values.items() if getattr(product, name) != value}
            if not changed:
                continue
            product.version += 1
            product.updated_at = self.change_set.at
            for name, value in changed.items():
                self.note(product, name, getattr(product, name), value)
                setattr(product, name, value)
            names |= changed.keys()
            written.append(product)
        with unique():
            if len(written) == 1:
                written[0].save(update_fields=names)
            elif written:
                Product.objects.bulk_update(written, sorted(names), batch_size=ROWS_PER_STATEMENT)
        return written

    def move(self, product: Product, *, delta: int, kind: str, note: str = "") -> None:
        """Adds a line to the ledger and sets the balance; the caller has locked the row and checked the number.

        A product created in this change set already has its first balance.
        """
        if product.pk not in self.created:
            self.update([(product, {"stock": product.stock + delta})])
        movement = StockMovement(product=product, change_set=self.change_set, kind=kind, delta=delta)
        movement.balance, movement.note, movement.at = product.stock, note, self.change_set.at
        self.movements.append(movement)


@contextmanager
def recorded(
    *, actor: User, kind: str, reason: str = "", undoes: ChangeSet | None = None, at: datetime | None = None
) -> Iterator[Recorder]:
    """Opens a change set, atomic: what its block writes through the Recorder is written whole or not at all.

    An act that changes nothing leaves no change set. `at` is for catalogues that bring a past of their own.
    """
    here = origin.current()
    with transaction.atomic():
        change_set = ChangeSet.objects.create(
            actor=actor,
            actor_name=str(actor),
            kind=kind,
            at=at or timezone.now(),
            reason=reason,
            source=here.source,
            address=here.address,
            request_id=here.request_id,
            undoes=undoes,
        )
        recorder = Recorder(change_set)
        token = recording.set(True)
        try:
            yield recorder
        finally:
            recording.reset(token)
        Change.objects.bulk_create(recorder.changes, batch_size=ROWS_PER_STATEMENT)
        StockMovement.objects.bulk_create(recorder.movements, batch_size=ROWS_PER_STATEMENT)
        if not recorder.changes and not recorder.movements and undoes is None:
            change_set.delete()


def lock(products: "models.QuerySet[Product]") -> list[Product]:
    """The rows, locked in the order of their keys, so that two acts on the same rows cannot wait for each other."""
    return list(products.select_for_update(of=("self",)).order_by("pk"))


def lock_one(product: Product) -> Product:
    """The product as it stands now, locked; raises Conflict when it is gone or in the trash."""
    rows = lock(Product.objects.filter(pk=product.pk, trashed_at=None))
    if not rows:
        raise Conflict(_("This product was moved to the trash."), code="trashed")
    return rows[0]


# --- Undo ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Skipped:
    """What an undo left as it is, and why."""

    label: str
    field: str
    why: str


@dataclass(frozen=True)
class Undone:
    change_set: ChangeSet
    restored: int
    skipped: list[Skipped]


def may_undo(person: User, change_set: ChangeSet) -> Any:
    """The policy's decision: admins undo any change set, staff their own."""
    own = change_set.actor_id == person.pk
    return can(person, Action.CHANGES_UNDO if own else Action.CHANGES_UNDO_ANY)


def undo(*, actor: User, change_set: ChangeSet) -> Undone:
    """Sets every field the change set wrote back to what it was, as a change set of its own.

    What has been changed since is left alone and listed. A created product goes to the trash; stock goes back by a
    counter-movement. Raises NotAllowed by the role table, and Conflict when it is undone already or nothing of it can be.
    """
    decision = may_undo(actor, change_set)
    if not decision:
        raise NotAllowed(str(decision.reason), code=decision.code)
    with transaction.atomic():
        change_set = ChangeSet.objects.select_for_update().get(pk=change_set.pk)
        if ChangeSet.objects.filter(undoes=change_set).exists():
            raise Conflict(_("This change is undone already."), code="undone_already")
        # The last first: units that came and went in one act go back without passing below zero.
        changes = list(change_set.changes.order_by("-pk"))
        products = {p.pk: p for p in lock(Product.objects.filter(pk__in={c.object_id for c in changes}))}
        with recorded(actor=actor, kind="changes.undone", undoes=change_set) as recorder:
            skipped: list[Skipped] = []
            updates: dict[int, tuple[Product, dict[str, Any]]] = {}
            for change in changes:
                product = products.get(change.object_id)
                why = obstacle(product, change)
                if product is None or why:
                    skipped.append(Skipped(change.label, change.field, why))
                elif change.field == "stock":
                    recorder.move(product, delta=taken_back(change), kind="correction", note=_("Undo"))
                else:
                    values = updates.setdefault(product.pk, (product, {}))[1]
                    values |= former(change, recorder.change_set.at)
            recorder.update(updates.values())
            if len(skipped) == len(changes):
                # Refused whole, so that the one undo is not used up by nothing.
                why = f"{skipped[0].label}: {skipped[0].why}" if skipped else _("It changed nothing.")
                raise Conflict(_("Nothing was undone. {}").format(why), code="nothing_to_undo")
    return Undone(recorder.change_set, len(changes) - len(skipped), skipped)


def obstacle(product: Product | None, change: Change) -> str:
    """Why this one change must not be put back; empty when it may."""
    if product is None:
        return _("It was deleted for good.")
    if change.field == "stock":
        left = product.stock + taken_back(change)
        if left > MAX_STOCK:
            return _("It would be more than stock can hold.")
        return _("Fewer are left than would be taken out.") if left < 0 else ""
    if change.field == CREATED:
        return "" if product.version == change.version else _("It was changed since.")
    if getattr(product, change.field) != from_json(change.field, change.new):
        return _("It was changed since.")
    target = Product._meta.get_field(change.field).related_model
    if target and change.old and not target._default_manager.filter(pk=change.old).exists():
        return _("What it was set to was deleted.")
    rivals = Product.objects.filter(sku__iexact=change.old) if change.field == "sku" else Product.objects.none()
    return _("Another product has this SKU now.") if rivals.exclude(pk=product.pk).exists() else ""


def taken_back(change: Change) -> int:
    old, new = cast(int, change.old), cast(int, change.new)
    return old - new


def former(change: Change, now: datetime) -> dict[str, Any]:
    """The field to set and its value before the change."""
    if change.field == CREATED:
        return {"trashed_at": now}
    return {change.field: from_json(change.field, change.old)}


# --- Reading ---------------------------------------------------------------------------------------------------------


def latest(product: Product) -> ChangeSet:
    """The last act that wrote this product."""
    last = Change.objects.filter(object_type="product", object_id=product.pk).select_related("change_set__actor")
    return last.order_by("-pk")[0].change_set


def written_now(product: Product) -> ChangeSet | None:
    """What the request at hand wrote on this product; None when nothing differed."""
    last = latest(product)
    return last if last.request_id == origin.current().request_id else None


@dataclass(frozen=True)
class FieldDiff:
    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Entry:
    """A change set as one product's history shows it, without what the reader may not see."""

    change_set: ChangeSet
    diffs: list[FieldDiff]
    created: bool
    undone: bool
    movements: list[StockMovement]


def history(*, product: Product, reader: User, before: int | None = None, size: int = 20) -> list[Entry]:
    """The product's change sets, the newest first, in four queries; hidden fields are left out at the source."""
    rows = Change.objects.filter(object_type="product", object_id=product.pk).exclude(field__in=hidden_fields(reader))
    keys = rows.order_by("-change_set_id").values_list("change_set_id", flat=True).distinct()
    ids = list((keys.filter(change_set_id__lt=before) if before else keys)[:size])
    sets = ChangeSet.objects.select_related("actor", "undone_by").in_bulk(ids)
    changes: dict[int, list[Change]] = {pk: [] for pk in ids}
    for change in rows.filter(change_set_id__in=ids).order_by("pk"):
        changes[change.change_set_id].append(change)
    movements: dict[int, list[StockMovement]] = {pk: [] for pk in ids}
    for movement in product.movements.filter(change_set_id__in=ids).order_by("pk"):
        movements[movement.change_set_id].append(movement)
    return [entry(sets[pk], changes[pk], movements[pk]) for pk in ids]


def entry(change_set: ChangeSet, changes: list[Change], movements: list[StockMovement]) -> Entry:
    diffs = [FieldDiff(c.field, c.old, c.new) for c in changes if c.field != CREATED]
    created = any(c.field == CREATED for c in changes)
    return Entry(change_set, diffs, created, hasattr(change_set, "undone_by"), movements)


def base_values(product: Product, version: int) -> dict[str, Any]:
    """The fields changed since a version, with the value each had then: the base of a three-way merge."""
    rows = Change.objects.filter(object_type="product", object_id=product.pk, version__gt=version).order_by("-pk")
    return {row.field: from_json(row.field, row.old) for row in rows if row.field != CREATED}
