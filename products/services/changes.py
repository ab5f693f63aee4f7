"""The one place that writes the catalogue: each act is a change set, from which it can be read and undone."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from products.models import Category, Change, ChangeSet, Product, StockMovement, Tag
from products.models.catalogue import recording
from products.models.changes import ITSELF
from products.services import watching
from site_config.lib import origin
from site_config.lib.errors import Conflict, DomainError, refuse_duplicates

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
    "tags",
    "is_public",
    "owner_id",
    "archived_at",
    "trashed_at",
)
ROWS_PER_STATEMENT = 500
# Who acts where nobody does: the nightly work.
NOBODY = "Stockroom"


def to_json(value: Any) -> Any:
    """A field's value as history keeps it; amounts as text with two places, times in ISO 8601."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, datetime) else value


def from_json(name: str, value: Any) -> Any:
    model_field: Any = Product._meta.get_field(name)
    return None if value is None else model_field.to_python(value)


def state(product: Product) -> dict[str, Any]:
    """Everything that history follows, as it keeps it; what is empty is left out."""
    values = {name: to_json(getattr(product, name)) for name in (*FIELDS, "stock")}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def sku_taken() -> DomainError:
    return DomainError(_("This SKU already belongs to another product."), field="sku", code="already_exists")


def unique() -> refuse_duplicates:
    return refuse_duplicates({"product_sku_unique": ("sku", sku_taken().message)})


@dataclass
class Recorder:
    """Writes products and remembers what was written; made by `recorded`."""

    change_set: ChangeSet
    changes: list[Change] = field(default_factory=list)
    movements: list[StockMovement] = field(default_factory=list)
    created: set[int] = field(default_factory=set)

    def note(self, thing: Product | Category, name: str, old: Any, new: Any) -> None:
        self.changes.append(
            Change(
                change_set=self.change_set,
                object_type=str(thing._meta.model_name),
                object_id=thing.pk,
                label=thing.name,
                field=name,
                old=to_json(old),
                new=to_json(new),
                version=getattr(thing, "version", 0),
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
            self.note(
                product, ITSELF, None, {name: value for name, value in state.items() if value not in (None, "", [])}
            )

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

    def purge(self, products: list[Product]) -> None:
        """Deletes locked products for good, with all that hangs on them; one change of each holds its last state."""
        for product in products:
            self.note(product, ITSELF, state(product), None)
        Product.objects.filter(pk__in=[product.pk for product in products]).delete()

    def move(self, product: Product, *, delta: int, kind: str, note: str = "") -> None:
        """Adds a line to the ledger and sets the balance; the caller has locked the row and checked the number.

        A product created in this change set already has its first balance.
        """
        if product.pk not in self.created:
            self.update([(product, {"stock": product.stock + delta})])
        self.enter(product, delta=delta, kind=kind, note=note)

    def enter(self, product: Product, *, delta: int, kind: str, note: str = "") -> None:
        """Adds the line alone, for a balance that is set already."""
        movement = StockMovement(product=product, change_set=self.change_set, kind=kind, delta=delta)
        movement.balance, movement.note, movement.at = product.stock, note, self.change_set.at
        self.movements.append(movement)


def begun(
    *, actor: User | None, kind: str, reason: str = "", undoes: ChangeSet | None = None, at: datetime | None = None
) -> ChangeSet:
    """A change set that holds nothing yet: who acts, from where and why. Without an actor Stockroom itself does."""
    here = origin.current()
    return ChangeSet.objects.create(
        actor=actor,
        actor_name=str(actor or NOBODY),
        kind=kind,
        at=at or timezone.now(),
        reason=reason,
        source=here.source,
        address=here.address,
        request_id=here.request_id,
        undoes=undoes,
    )


@contextmanager
def recorded(
    *,
    actor: User | None,
    kind: str,
    reason: str = "",
    undoes: ChangeSet | None = None,
    at: datetime | None = None,
    into: ChangeSet | None = None,
) -> Iterator[Recorder]:
    """Opens a change set, atomic: what its block writes through the Recorder is written whole or not at all.

    An act that changes nothing leaves no change set. `at` is for catalogues that bring a past of their own; `into` goes
    on with a change set that `begun` opened, for an act that a job writes in steps.
    Raises Conflict `gone` where a rival deleted what the act refers to.
    """
    with refuse_missing(), transaction.atomic():
        change_set = into or begun(actor=actor, kind=kind, reason=reason, undoes=undoes, at=at)
        recorder = Recorder(change_set)
        token = recording.set(True)
        try:
            yield recorder
        finally:
            recording.reset(token)
        Change.objects.bulk_create(recorder.changes, batch_size=ROWS_PER_STATEMENT)
        StockMovement.objects.bulk_create(recorder.movements, batch_size=ROWS_PER_STATEMENT)
        if not recorder.changes and not recorder.movements and undoes is None and into is None:
            change_set.delete()
        keep_tags(recorder)
        check_keys(recorder)
        if recorder.changes and into is None:  # a job tells once, when it ends
            watching.announce(change_set)


@contextmanager
def refuse_missing() -> Iterator[None]:
    """A broken foreign key, as a refusal."""
    try:
        yield
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != "23503" and "FOREIGN KEY" not in str(error):
            raise
        sentence = _("Something that this refers to was deleted just now. Read it again.")
        raise Conflict(sentence, code="gone") from error


def keep_tags(recorder: Recorder) -> None:
    """Offers the tags that were set from now on. Last of all, and in one order, so that rivals wait but never for ever.

    Those that are there are inserted too, in vain: it holds off `tags.prune`, which would find them unused as yet.
    """
    given = [row.new if row.field == "tags" else told(row).get("tags") for row in recorder.changes]
    words = sorted({str(tag) for tags in given if isinstance(tags, list) for tag in tags})
    rows = [Tag(name=tag) for tag in words]
    Tag.objects.bulk_create(rows, batch_size=ROWS_PER_STATEMENT, ignore_conflicts=True)


def told(row: Change) -> dict[str, Any]:
    """The first values of what came to be; of any other change nothing."""
    return row.new if row.field == ITSELF and isinstance(row.new, dict) else {}


def check_keys(recorder: Recorder) -> None:
    """PostgreSQL checks foreign keys when it commits, outside the act; this makes it check them, and lock what they name.

    On SQLite writers take turns, so that what was there when the act began still is.
    """
    keys = any(change.field == ITSELF or change.field.endswith("_id") for change in recorder.changes)
    if keys and connection.vendor == "postgresql":
        connection.check_constraints()


def lock(products: "models.QuerySet[Product]") -> list[Product]:
    """The rows, locked in the order of their keys, so that two acts on the same rows cannot wait for each other."""
    return list(products.select_for_update(of=("self",)).order_by("pk"))


def lock_one(product: Product, actor: User) -> Product:
    """The product as it stands now, locked; raises Conflict `trashed`, or `gone` where it is out of the actor's sight.

    Asked again under the lock: while the actor waited for it, somebody may have hidden it or handed it over.
    """
    rows = lock(Product.objects.filter(pk=product.pk, trashed_at=None))
    if not rows:
        raise Conflict(_("This product was moved to the trash."), code="trashed")
    if not Product.objects.visible_to(actor).filter(pk=product.pk).exists():
        raise Conflict(_("This product is not shared with you any more."), code="gone")
    return rows[0]


def written_now(thing: Product | Category) -> ChangeSet | None:
    """What the request at hand wrote on this product or category; None when nothing differed."""
    here = ChangeSet.objects.filter(request_id=origin.current().request_id)
    return here.filter(changes__object_type=thing._meta.model_name, changes__object_id=thing.pk).order_by("-pk").first()
