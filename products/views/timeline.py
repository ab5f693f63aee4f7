"""How pages tell what was written: a change set as a sentence, its fields as people read them."""

from dataclasses import dataclass
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.policy import hidden_fields
from accounts.templatetags.ui import money
from products.models import Category, Change, ChangeSet, Product, StockMovement
from products.models.changes import ITSELF
from products.models.stock import Kind
from products.services import history, undo

NOTHING = "\u2014"


@dataclass(frozen=True)
class Line:
    """One change set as a product's timeline shows it."""

    change_set: ChangeSet
    who: str
    initials: str
    what: str
    diffs: list[tuple[str, str, str]]
    notes: list[str]
    undo: Any  # the policy's decision, or False where there is nothing to undo


def timeline(entries: list[history.Entry], reader: User) -> list[Line]:
    fields = [(diff.name, diff.old, diff.new) for entry in entries for diff in entry.diffs]
    people, categories = named(fields, "owner_id", User), named(fields, "category_id", Category)
    return [line(entry, reader, {**people, **categories}) for entry in entries]


def line(entry: history.Entry, reader: User, names: dict[tuple[str, Any], str]) -> Line:
    change_set = entry.change_set
    who = change_set.actor_name
    return Line(
        change_set=change_set,
        who=who,
        initials=initials(who),
        what=sentence(entry),
        diffs=[(label(d.name), shown(d.name, d.old, names), shown(d.name, d.new, names)) for d in entry.diffs],
        notes=[*(m.note_label for m in entry.movements if m.note), *filter(None, [history.reason(change_set, reader)])],
        undo=not entry.undone and undo.may_undo(reader, change_set),
    )


MOVED = {
    Kind.RECEIVED: gettext_lazy("received {}"),
    Kind.SOLD: gettext_lazy("sold {}"),
    Kind.RETURNED: gettext_lazy("took back {}"),
    Kind.DAMAGED: gettext_lazy("wrote off {} damaged"),
    Kind.CORRECTION: gettext_lazy("corrected stock by {}"),
}


# Acts on many products that are an edit to each of them.
TOGETHER = {"product.bulk_edited", "product.batch_edited", "product.pasted"}


def sentence(entry: history.Entry) -> str:
    """What happened, after the name of who did it."""
    kind, fields = entry.change_set.kind, [diff.name for diff in entry.diffs]
    if kind in TOGETHER:  # of many products at once; of this one it was a single act
        kind = "product.created" if entry.created else "product.edited"
        kind = "product.trashed" if fields == ["trashed_at"] else kind
    if kind == "product.edited":
        if len(fields) == 1:
            return _("changed {}").format(label(fields[0]).lower())
        return ngettext("changed {} field", "changed {} fields", len(fields)).format(len(fields))
    if kind == "stock.adjusted" and entry.movements:
        return ", ".join(moved(m.kind, m.delta) for m in entry.movements)
    if kind == "stock.counted" and entry.movements:
        return _("counted {}").format(entry.movements[0].balance)
    return {
        "product.archived": _("archived it"),
        "product.unarchived": _("took it from the archive"),
        "product.purged": _("deleted it for good"),
        "proposal.approved": _("proposed this, and it was approved"),
        "category.merged": _("merged its category into another"),
        "tag.renamed": _("renamed one of its tags"),
        "tag.merged": _("merged two of its tags"),
        "tag.removed": _("removed one of its tags"),
        "product.created": _("created this product"),
        "product.imported": _("imported this product"),
        "product.trashed": _("moved it to the trash"),
        "product.restored": _("restored it from the trash"),
        "product.handed_over": _("handed it over"),
        "changes.undone": _("undid a change"),
    }.get(kind, kind)


def posted(movement: StockMovement) -> str:
    """A line of the ledger as a sentence, with its note."""
    counted = _("counted {}").format(movement.balance)
    said = counted if movement.kind == Kind.COUNT else moved(movement.kind, movement.delta)
    return f"{said}: {movement.note_label}" if movement.note else said


def moved(kind: str, delta: int) -> str:
    number = f"{delta:+d}".replace("-", "\u2212") if kind == Kind.CORRECTION else str(abs(delta))
    return str(MOVED.get(Kind(kind), "{}")).format(number)


def label(column: str) -> str:
    names = {
        "stock": _("Stock"),
        "trashed_at": _("In the trash"),
        "archived_at": _("Archived"),
        "is_public": _("Public"),
    }
    if column in names:
        return names[column]
    if column == "parent_id":
        return _("Parent category")
    if column == "low_stock_threshold":
        return _("Reorder at")
    name = str(getattr(Product._meta.get_field(column), "verbose_name", column))
    return name[0].upper() + name[1:]


def shown(column: str, value: Any, names: dict[tuple[str, Any], str]) -> str:
    """A stored value as people read it."""
    if column.endswith("_at"):
        return _("Yes") if value else _("No")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        value = ", ".join(value)
    if value in (None, ""):
        return NOTHING
    if column in ("price", "cost"):
        return money(value)
    return names.get((column, value), str(value))


# --- Change sets by themselves ---------------------------------------------------------------------------------------

# What an act was, by its kind: as a filter names it, and as a sentence after the name of who did it.
KINDS: dict[str, tuple[Any, Any]] = {
    "product.created": (gettext_lazy("Products created"), gettext_lazy("created {}")),
    "product.edited": (gettext_lazy("Products edited"), gettext_lazy("edited {}")),
    "product.bulk_edited": (gettext_lazy("Products edited by the API"), gettext_lazy("edited {}")),
    "product.batch_edited": (gettext_lazy("Products edited together"), gettext_lazy("edited {}")),
    "product.pasted": (gettext_lazy("Values pasted"), gettext_lazy("pasted values for {}")),
    "product.imported": (gettext_lazy("Products imported"), gettext_lazy("imported {}")),
    "product.archived": (gettext_lazy("Products archived"), gettext_lazy("archived {}")),
    "product.unarchived": (gettext_lazy("Products taken from the archive"), gettext_lazy("took {} from the archive")),
    "product.trashed": (gettext_lazy("Moved to the trash"), gettext_lazy("moved {} to the trash")),
    "product.restored": (gettext_lazy("Restored from the trash"), gettext_lazy("restored {} from the trash")),
    "product.purged": (gettext_lazy("Deleted for good"), gettext_lazy("deleted {} for good")),
    "product.handed_over": (gettext_lazy("Handed over"), gettext_lazy("handed {} over")),
    "stock.adjusted": (gettext_lazy("Stock adjusted"), gettext_lazy("adjusted the stock of {}")),
    "stock.counted": (gettext_lazy("Stock counted"), gettext_lazy("counted {}")),
    "category.created": (gettext_lazy("Categories created"), gettext_lazy("created the category {}")),
    "category.edited": (gettext_lazy("Categories changed"), gettext_lazy("changed the category {}")),
    "category.merged": (gettext_lazy("Categories merged"), gettext_lazy("merged categories: {}")),
    "category.deleted": (gettext_lazy("Categories deleted"), gettext_lazy("deleted the category {}")),
    "tag.renamed": (gettext_lazy("Tags renamed"), gettext_lazy("renamed a tag of {}")),
    "tag.merged": (gettext_lazy("Tags merged"), gettext_lazy("merged tags of {}")),
    "tag.removed": (gettext_lazy("Tags removed"), gettext_lazy("removed a tag from {}")),
    "proposal.approved": (gettext_lazy("Proposals approved"), gettext_lazy("had a proposal approved for {}")),
    "changes.undone": (gettext_lazy("Undone"), gettext_lazy("undid a change of {}")),
}


def act(change_set: Any) -> str:
    """What a change set did, after the name of who did it; it comes from `history.told`."""
    if change_set.thing is None:
        return _("did something that is not there any more")
    thing = _("{} and others").format(change_set.thing) if change_set.others else change_set.thing
    single = change_set.first_field and not change_set.several and not change_set.others
    if change_set.kind == "product.edited" and single:
        return _("changed {field} of {thing}").format(field=label(change_set.first_field).lower(), thing=thing)
    _filter, words = KINDS.get(change_set.kind, ("", "{}"))
    return str(words).format(thing)


def initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()


@dataclass(frozen=True)
class Deed:
    """One change set as a list of them shows it."""

    change_set: ChangeSet
    who: str
    initials: str
    what: str
    why: str
    undone_by: ChangeSet | None
    undo: Any  # the policy's decision, or False where it is undone already


def deeds(sets: list[Any], reader: User) -> list[Deed]:
    return [deed(change_set, reader) for change_set in sets]


def deed(change_set: Any, reader: User) -> Deed:
    """Of a change set that comes from `history.told`."""
    name, undone_by = change_set.actor_name, getattr(change_set, "undone_by", None)
    may_undo = undone_by is None and change_set.first_row is not None and undo.may_undo(reader, change_set)
    why = history.reason(change_set, reader)
    return Deed(change_set, name, initials(name), act(change_set), why, undone_by, may_undo)


@dataclass(frozen=True)
class Thing:
    """What one change set did to one product or category."""

    kind: str
    key: int
    label: str
    life: str  # that it came to be, or went for good
    there: bool  # whether it has a page that the reader may open
    diffs: list[tuple[str, str, str]]
    moved: list[str]  # what came and went of it


def things(rows: list[Change], reader: User) -> list[Thing]:
    """A page of changes, by what they are of; the values of one that came to be are changes from nothing."""
    hidden = hidden_fields(reader)
    fields = [(row, field) for row in rows for field in told_fields(row, hidden)]
    names = {
        **named([f for _row, f in fields], "owner_id", User),
        **named([f for _row, f in fields], "category_id", Category),
        **named([f for _row, f in fields], "parent_id", Category),
    }
    products = {row.object_id for row in rows if row.object_type == "product"}
    there = set(Product.objects.visible_to(reader).filter(pk__in=products).values_list("pk", flat=True))
    found: dict[tuple[str, int], Thing] = {}
    for row in rows:
        key = row.object_type, row.object_id
        opens = row.object_type == "product" and row.object_id in there
        found.setdefault(key, Thing(*key, row.label, life(row), opens, [], []))
    for row, (name, old, new) in fields:
        diff = (label(name), shown(name, old, names), shown(name, new, names))
        found[row.object_type, row.object_id].diffs.append(diff)
    for movement in history.movements(rows):
        found["product", movement.product_id].moved.append(posted(movement))
    return list(found.values())


def told_fields(row: Change, hidden: frozenset[str]) -> list[tuple[str, Any, Any]]:
    if row.field != ITSELF:
        return [(row.field, row.old, row.new)]
    old, new = cast(dict[str, Any], row.old or {}), cast(dict[str, Any], row.new or {})
    return [(name, old.get(name), new.get(name)) for name in {**old, **new} if name not in hidden]


def life(row: Change) -> str:
    if row.field != ITSELF:
        return ""
    return _("New") if row.old is None else _("Deleted for good")


def named(fields: list[tuple[str, Any, Any]], name: str, model: type[models.Model]) -> dict[tuple[str, Any], str]:
    """The names behind a foreign key's values, in one query."""
    keys = {value for field, old, new in fields if field == name for value in (old, new) if value}
    found = model._default_manager.in_bulk(keys) if keys else {}
    return {(name, key): str(found.get(key, f"#{key}")) for key in keys}
