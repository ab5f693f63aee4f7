"""Undo: every act goes back as an act of its own, except where somebody has changed the same since."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, Decision, can
from accounts.services import activity
from products.models import Category, Change, ChangeSet, Job, Product
from products.models.catalogue import MAX_STOCK
from products.models.changes import ITSELF
from products.models.stock import UNDO
from products.services import catalogue, categories, changes
from site_config.lib.errors import Conflict, DomainError, NotAllowed

# A product that came to be, and an undo of that, which moves it to the trash or back.
LIFE = (ITSELF, "trashed_at")
# What takes a right of its own to set, by an undo too. Cost, note and stock are for all who may undo.
RIGHTS = {"owner_id": Action.PRODUCT_CHANGE_OWNER, "trashed_at": Action.TRASH_MANAGE}


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
    """The policy's decision: admins undo any change set, staff their own and what they approved; what is deleted for
    good, nobody.
    """
    if change_set.kind == "product.purged":
        return Decision(False, "deleted_for_good", _("What was deleted for good cannot be brought back."))
    decision = can(person, Action.CHANGES_UNDO)
    own = person.pk in (change_set.actor_id, decider(change_set))
    return decision if own or not decision else can(person, Action.CHANGES_UNDO_ANY)


def decider(change_set: Any) -> int | None:
    """Who approved what it wrote in its author's name: theirs to undo (decision 0016). Lists have it at hand."""
    if change_set.kind != "proposal.approved":
        return None
    if hasattr(change_set, "decider"):
        return cast(int | None, change_set.decider)
    return cast(int | None, change_set.proposals.values_list("decided_by", flat=True).first())


def undo(*, actor: User, change_set: ChangeSet) -> Undone:
    """Sets everything the change set wrote back to what it was, as a change set of its own.

    What has been changed since is left alone and listed, and so is what the actor may not see or do any more. A
    created product goes to the trash, a created category is deleted, a deleted one put back; stock goes back by a
    counter-movement. Raises NotAllowed by the role table and by the token's scopes, and Conflict when it is undone
    already or nothing of it can be.
    """
    insist(may_undo(actor, change_set))
    with transaction.atomic():
        change_set = claimed(change_set)
        # The last first: units that came and went in one act go back without passing below zero.
        rows = list(change_set.changes.order_by("-pk"))
        if any(row.field == "stock" for row in rows):
            insist(can(actor, Action.STOCK_ADJUST))
        with changes.recorded(actor=actor, kind="changes.undone", undoes=change_set) as recorder:
            skipped = take_back(recorder, change_set, rows)
            if len(skipped) == len(rows):
                # Refused whole, so that the one undo is not used up by nothing.
                why = f"{skipped[0].label}: {skipped[0].why}" if skipped else _("It changed nothing.")
                raise Conflict(_("Nothing was undone. {}").format(why), code="nothing_to_undo")
        activity.record("changes.undone", actor=actor, person=change_set.actor, change=["", str(change_set.pk)])
    return Undone(recorder.change_set, len(rows) - len(skipped), skipped)


def claimed(change_set: ChangeSet) -> ChangeSet:
    """The change set, locked; raises Conflict where it is undone already, or a job is still writing it."""
    change_set = ChangeSet.objects.select_for_update().get(pk=change_set.pk)
    if ChangeSet.objects.filter(undoes=change_set).exists():
        raise Conflict(_("This change is undone already."), code="undone_already")
    if Job.objects.unfinished().filter(change_set=change_set).exists():
        raise Conflict(_("This change is still being made. Undo it once it is done."), code="at_work")
    return change_set


def insist(decision: Any) -> None:
    if not decision:
        raise NotAllowed(str(decision.reason), code=decision.code)


def take_back(recorder: changes.Recorder, change_set: ChangeSet, rows: list[Change]) -> list[Skipped]:
    """What could not be taken back. Categories come back before the products that were in them, and go after them."""
    of_products = [row for row in rows if row.object_type == "product"]
    of_categories = [row for row in rows if row.object_type == "category"]
    # Products are locked before categories, as by everybody who puts the one into the other.
    products = {row.pk: row for row in changes.lock(Product.objects.filter(pk__in={c.object_id for c in of_products}))}
    tree = categories.locked(to_delete=True) if of_categories else {}
    return [
        *categories_back(recorder, [row for row in of_categories if row.new is None and row.field == ITSELF], tree),
        *products_back(recorder, change_set, of_products, products),
        *categories_back(recorder, [row for row in of_categories if row.new is not None or row.field != ITSELF], tree),
    ]


# --- Products --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Today:
    """What the rows of an undo meet: asked once for all of them, when the products are locked."""

    actor: User
    open: set[int]  # products that the actor may see, or hid by this very act
    made: set[int]  # products that the actor made by it, or by the one that it undoes in the end
    holders: dict[str, int]
    targets: dict[str, dict[int, Any]]


def today(actor: User, change_set: ChangeSet, rows: list[Change], products: dict[int, Product]) -> Today:
    keys = {row.object_id for row in rows}
    seen = Product.objects.in_sight_of(actor).filter(pk__in=keys)
    return Today(
        actor=actor,
        open={*seen.values_list("pk", flat=True), *hidden(rows, products)},
        made=made(actor, change_set, keys) if any(row.field in LIFE for row in rows) else set(),
        holders=catalogue.holders([cast(str, row.old) for row in rows if row.field == "sku"]),
        targets={name: targets(name, rows) for name in ("owner_id", "category_id")},
    )


def hidden(rows: list[Change], products: dict[int, Product]) -> set[int]:
    """The products that this act made private and that nobody has written since: there is nothing new to see."""
    left = {row.object_id: row.version for row in reversed(rows)}
    keys = {row.object_id for row in rows if row.field == "is_public" and row.old}
    return {key for key in keys if key in products and products[key].version == left[key]}


def made(actor: User, change_set: ChangeSet, keys: set[int]) -> set[int]:
    """Those of the products that the actor made: by this act, or by the one at the end of the undos of undos."""
    while change_set.undoes is not None:
        change_set = change_set.undoes
    if change_set.actor_id != actor.pk:
        return set()
    births = change_set.changes.filter(object_type="product", object_id__in=keys, field=ITSELF)
    return set(births.values_list("object_id", flat=True))


def targets(name: str, rows: list[Change]) -> dict[int, Any]:
    """What a foreign key was set to before, as far as it is still there."""
    model: Any = Product._meta.get_field(name).related_model
    found: dict[int, Any] = model._default_manager.in_bulk({row.old for row in rows if row.field == name and row.old})
    return found


def products_back(
    recorder: changes.Recorder, change_set: ChangeSet, rows: list[Change], products: dict[int, Product]
) -> list[Skipped]:
    now = today(cast(User, recorder.change_set.actor), change_set, rows, products)
    return [skipped for some in rounds(rows) for skipped in round_back(recorder, now, some, products)]


def rounds(rows: list[Change]) -> Iterable[list[Change]]:
    """The rows, so that a round moves the stock of each product once; mostly there is one."""
    moved, found = Counter[int](), defaultdict[int, list[Change]](list)
    for row in rows:
        found[moved[row.object_id] if row.field == "stock" else 0].append(row)
        moved[row.object_id] += row.field == "stock"
    return found.values()


def round_back(
    recorder: changes.Recorder, now: Today, rows: list[Change], products: dict[int, Product]
) -> list[Skipped]:
    skipped: list[Skipped] = []
    updates: dict[int, tuple[Product, dict[str, Any]]] = {}
    for row in rows:
        product = products.get(row.object_id)
        why = obstacle(now, product, row)
        if product is None or why:
            # By the name of then, which the actor knows; not by the one that it may have now.
            skipped.append(Skipped(row.label, row.field, why))
        else:
            values = updates.setdefault(product.pk, (product, {}))[1]
            values |= former(product, row, recorder.change_set.at)
    before = {key: product.stock for key, (product, _values) in updates.items()}
    for product in recorder.update(updates.values()):
        if product.stock != before[product.pk]:
            recorder.enter(product, delta=product.stock - before[product.pk], kind="correction", note=UNDO)
    return skipped


def obstacle(now: Today, product: Product | None, change: Change) -> str:
    """Why this one change must not be put back; empty when it may."""
    if product is None:
        return _("It was deleted for good.")
    # First of all, so that no other reason tells anything of what is not for the actor's eyes.
    return denied(now, change) or differing(product, change) or unfit(now, product, change)


def denied(now: Today, change: Change) -> str:
    """What the actor may not see or do as things are now, whatever was so then."""
    if change.field in LIFE and change.object_id in now.made:
        return ""
    if change.object_id not in now.open:
        return _("It is not shared with you any more.")
    if change.field not in RIGHTS:
        return ""
    decision = can(now.actor, RIGHTS[change.field])
    return "" if decision else str(decision.reason)


def differing(product: Product, change: Change) -> str:
    """What somebody did to the same since."""
    if change.field == "stock":
        left = product.stock + taken_back(change)
        if left > MAX_STOCK:
            return _("It would be more than stock can hold.")
        return _("Fewer are left than would be taken out.") if left < 0 else ""
    if change.field == ITSELF:
        return "" if changes.state(product) == change.new else _("It was changed since.")
    same = getattr(product, change.field) == changes.from_json(change.field, change.new)
    return "" if same else _("It was changed since.")


def unfit(now: Today, product: Product, change: Change) -> str:
    """A value of then that cannot be set any more."""
    if change.field in now.targets and change.old:
        target = now.targets[change.field].get(cast(int, change.old))
        if target is None:
            return _("What it was set to was deleted.")
        if change.field == "owner_id" and not target.is_active:
            return _("Its former owner is inactive now.")
    if change.field == "sku" and now.holders.get(cast(str, change.old).lower(), product.pk) != product.pk:
        return _("Another product has this SKU now.")
    return ""


def taken_back(change: Change) -> int:
    old, new = cast(int, change.old), cast(int, change.new)
    return old - new


def former(product: Product, change: Change, now: datetime) -> dict[str, Any]:
    """The field to set and its value before the change; stock goes back from what is there now."""
    if change.field == ITSELF:
        return {"trashed_at": now}
    if change.field == "stock":
        return {"stock": product.stock + taken_back(change)}
    return {change.field: changes.from_json(change.field, change.old)}


# --- Categories ------------------------------------------------------------------------------------------------------


def categories_back(recorder: changes.Recorder, rows: Iterable[Change], tree: categories.Tree) -> list[Skipped]:
    """By the rules of their own acts: what those refuse is left as it is, for the reason they give."""
    groups: dict[int, list[Change]] = {}
    for row in rows:
        groups.setdefault(row.object_id, []).append(row)
    skipped: list[Skipped] = []
    for group in groups.values():
        try:
            category_back(recorder, group, tree)
        except DomainError as refusal:
            skipped += [Skipped(row.label, row.field, refusal.message) for row in group]
    return skipped


def category_back(recorder: changes.Recorder, group: list[Change], tree: categories.Tree) -> None:
    """One category: it came to be or went, or its fields changed, all in one act."""
    row = group[0]
    if row.field == ITSELF and row.new is None:
        categories.add(recorder, Category(pk=row.object_id, **cast(dict[str, Any], row.old)), tree)
        return
    category = categories.found(tree, row.object_id)
    now = {**categories.state(category), ITSELF: categories.state(category)}
    if any(now[row.field] != row.new for row in group):
        raise Conflict(_("It was changed since."), code="changed_since")
    if row.field == ITSELF:
        categories.remove(recorder, category, tree)
    else:
        categories.change(recorder, category, {row.field: row.old for row in group}, tree)
