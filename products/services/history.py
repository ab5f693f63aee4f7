"""What was written, as somebody may read it: a product's history, a change set's rows, what this request did."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from accounts.policy import Action, can, hidden_fields
from products.models import Change, ChangeSet, Product, Proposal, StockMovement
from products.models.changes import ITSELF, ChangeSetQuerySet
from site_config.lib import origin

# Of what a request wrote; a dry run of a bulk edit need not tell more to be believed.
MOST_LINES = 1000
# Who approved what an act wrote in its author's name: they may undo it.
DECIDER = Subquery(Proposal.objects.filter(change_set=OuterRef("pk")).values("decided_by")[:1])


def latest(product: Product) -> ChangeSet:
    """The last act that wrote this product."""
    last = Change.objects.filter(object_type="product", object_id=product.pk).select_related("change_set__actor")
    return last.order_by("-pk")[0].change_set


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


def of(*, product: Product, reader: User) -> QuerySet[ChangeSet]:
    """The change sets of one product, each with what it wrote on this product; `entry` makes them readable.

    Three queries whatever their number; hidden fields are left out at the source.
    """
    rows = Change.objects.in_fields_of(reader).filter(object_type="product", object_id=product.pk)
    sets = ChangeSet.objects.filter(pk__in=rows.values("change_set_id")).select_related("actor", "undone_by")
    return sets.annotate(decider=DECIDER).prefetch_related(
        Prefetch("changes", rows.order_by("pk"), to_attr="seen"),
        Prefetch("movements", product.movements.order_by("pk"), to_attr="moved"),
    )


def history(*, product: Product, reader: User, before: int | None = None, size: int = 20) -> list[Entry]:
    """The product's change sets, the newest first."""
    sets = of(product=product, reader=reader).order_by("-pk")
    return [entry(change_set) for change_set in (sets.filter(pk__lt=before) if before else sets)[:size]]


def entry(change_set: Any) -> Entry:
    diffs = [FieldDiff(c.field, c.old, c.new) for c in change_set.seen if c.field != ITSELF]
    created = any(c.field == ITSELF for c in change_set.seen)
    return Entry(change_set, diffs, created, hasattr(change_set, "undone_by"), change_set.moved)


def told(sets: ChangeSetQuerySet, reader: User) -> ChangeSetQuerySet:
    """Each with what a list says of it: `thing`, the first that it changed of what the reader may see, `field` if that
    is all it changed of it, and whether it changed `others` too. Bounded: an import of a million costs what an edit does.
    """
    rows = Change.objects.visible_to(reader).filter(change_set=OuterRef("pk"))
    first = rows.order_by("pk")
    # A count that found no difference changed nothing; its line in the ledger says what was counted.
    seen = Product.objects.visible_to(reader)
    counted = StockMovement.objects.filter(change_set=OuterRef("pk"), product__in=seen).order_by("pk")
    sets = sets.annotate(
        thing=Coalesce(Subquery(first.values("label")[:1]), Subquery(counted.values("product__name")[:1])),
        first_key=Subquery(first.values("object_id")[:1]),
        first_row=Subquery(first.values("pk")[:1]),
        first_field=Subquery(first.values("field")[:1]),
        decider=DECIDER,
    )
    second = rows.filter(object_id=OuterRef("first_key"), pk__gt=OuterRef("first_row"))
    return sets.annotate(
        others=Exists(rows.exclude(object_id=OuterRef("first_key"))), several=Exists(second)
    ).select_related("actor", "undone_by")


def found(
    *,
    reader: User,
    kind: str = "",
    source: str = "",
    actor: User | None = None,
    since: date | None = None,
    until: date | None = None,
) -> ChangeSetQuerySet:
    """The acts that exist for the reader, narrowed; `since` and `until` are whole days of the site's time zone."""
    sets = ChangeSet.objects.visible_to(reader)
    wanted = {
        "kind": kind,
        "source": source,
        "actor": actor,
        "at__gte": since and start_of(since),
        "at__lt": until and start_of(until + timedelta(days=1)),
    }
    return sets.filter(**{name: value for name, value in wanted.items() if value})


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def movements(rows: list[Change]) -> list[StockMovement]:
    """What came and went of the products whose stock these changes of one act are of."""
    keys = {row.object_id for row in rows if row.object_type == "product" and row.field in ("stock", ITSELF)}
    sets = {row.change_set_id for row in rows}
    return list(StockMovement.objects.filter(change_set__in=sets, product__in=keys).order_by("pk")) if keys else []


def reason(change_set: ChangeSet, reader: User) -> str:
    """Why, for those it may be meant for: a file's name or a supplier's is not for a client, what they asked for is."""
    own = change_set.actor_id == reader.pk
    return change_set.reason if own or can(reader, Action.PRODUCT_VIEW_PUBLIC) else ""


def counts(*, change_set: ChangeSet, reader: User) -> dict[str, int]:
    """How much of the change set there is for this person: fields, and the things they are of."""
    rows = Change.objects.visible_to(reader).filter(change_set=change_set)
    things = {
        name: Count("object_id", distinct=True, filter=Q(object_type=kind))
        for name, kind in (("products", "product"), ("categories", "category"))
    }
    return rows.aggregate(changes=Count("pk"), **things)


def line(row: Change, hidden: frozenset[str]) -> dict[str, Any]:
    """A change in the API's words; the first or last values of an object come without those that are hidden."""
    return {"field": word(row.field), "old": shown(row.old, hidden), "new": shown(row.new, hidden)}


def word(column: str) -> str:
    """A foreign key is called by its column here, and by its name elsewhere."""
    return column.removesuffix("_id")


def shown(value: Any, hidden: frozenset[str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {word(name): kept for name, kept in value.items() if name not in hidden}


def written_by_request(reader: User) -> list[dict[str, Any]]:
    """What the request at hand has written so far, for a dry run to tell; what it created has no id yet.

    Of a product only where the reader may see it, or might until this request made it private. Nothing at all for who
    may see no products, as with a token for the administration of people. One query.
    """
    here, hidden = origin.current(), hidden_fields(reader)
    if not here.request_id or not can(reader, Action.PRODUCT_VIEW):
        return []
    written = Change.objects.filter(change_set__request_id=here.request_id)
    known = Q(field=ITSELF) | Q(field="is_public", old=True)
    products = Product.objects.in_sight_of(reader).filter(pk=OuterRef("object_id"))
    own = written.filter(known, object_type="product", object_id=OuterRef("object_id"))
    rows = written.in_fields_of(reader).filter(~Q(object_type="product") | Exists(products) | Exists(own))
    return [
        {
            "object": row.object_type,
            "id": None if row.field == ITSELF and row.old is None else row.object_id,
            "label": row.label,
            **line(row, hidden),
        }
        for row in rows.order_by("pk")[:MOST_LINES]
    ]
