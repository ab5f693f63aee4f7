"""The tree of categories: named once among siblings, never a circle, and deleted only when nothing is in it."""

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import User
from products.models import Category, ChangeSet, Product
from products.models.changes import ITSELF
from products.services import changes
from site_config.lib.errors import Conflict, DomainError, from_validation, refuse_duplicates
from site_config.lib.paging import COUNT_LIMIT

# What history follows of a category.
FIELDS = ("name", "parent_id")
# Levels from the root; nobody finds anything further down.
DEEPEST = 6
Path = tuple[str, ...]
Tree = dict[int, Category]


# --- The acts --------------------------------------------------------------------------------------------------------


def create(*, actor: User, name: str, parent: Category | None = None) -> Category:
    """A new category; raises DomainError `already_exists` on `name` where its parent has one of this name, in any case."""
    with changes.recorded(actor=actor, kind="category.created") as recorder:
        category = Category(name=name, parent=parent)
        add(recorder, category, locked())
    return category


def edit(*, actor: User, category: Category, **fields: Any) -> Category:
    """Renames a category (`name`), moves it (`parent`, None is the root), or both.

    Raises Conflict `cycle` for a place inside itself, and DomainError `already_exists` on `name`.
    """
    values = {"parent_id" if name == "parent" else name: fields[name] for name in fields}
    if "parent_id" in values:
        values["parent_id"] = getattr(values["parent_id"], "pk", None)
    with changes.recorded(actor=actor, kind="category.edited") as recorder:
        tree = locked()
        change(recorder, found(tree, category.pk), values, tree)
    return tree[category.pk]


def delete(*, actor: User, category: Category) -> ChangeSet:
    """Deletes an empty category for good; raises Conflict `not_empty`. Undo puts it back under its old id."""
    with changes.recorded(actor=actor, kind="category.deleted") as recorder:
        tree = locked(to_delete=True)
        remove(recorder, found(tree, category.pk), tree)
    return recorder.change_set


def ensure(*, actor: User, paths: Iterable[Path], at: datetime | None = None) -> dict[Path, Category | None]:
    """The category at each of these paths, as an act of its own where some of them are missing."""
    with changes.recorded(actor=actor, kind="category.created", at=at) as recorder:
        return at_paths(recorder, paths)


def at_paths(recorder: changes.Recorder, paths: Iterable[Path]) -> dict[Path, Category | None]:
    """The category at each of these paths from the root, whatever its case; made where it is missing, in the open act.

    One query and one insert a level, however many. The first spelling is kept; None is at the empty path.
    """
    made: dict[Path, Category | None] = {(): None}
    wanted = dict.fromkeys(path[:depth] for path in paths for depth in range(1, len(path) + 1))
    for depth in range(1, max(map(len, wanted), default=0) + 1):
        level = [path for path in wanted if len(path) == depth]
        try:
            made |= on_level(recorder, level, made)
        except DomainError:  # a rival made one of them just now, so it is there to be found
            made |= on_level(recorder, level, made)
    return made


def on_level(recorder: changes.Recorder, level: list[Path], made: dict[Path, Category | None]) -> dict[Path, Category]:
    """The categories at these paths, whose parents are made; inserted in one order, so that rivals do not deadlock."""

    def key_of(path: Path) -> tuple[int | None, str]:
        return getattr(made[path[:-1]], "pk", None), path[-1].lower()

    spellings = {key_of(path): path for path in reversed(level)}  # the first spelling is the one that is kept
    parents = {key for key, _name in spellings}
    rows = Category.objects.filter(Q(parent=None) if parents == {None} else Q(parent__in=parents))
    there = {(row.parent_id, row.name.lower()): row for row in rows}
    missing = sorted(spellings.keys() - there.keys(), key=lambda key: (key[0] or 0, key[1]))
    new = [Category(name=spellings[key][-1], parent_id=key[0]) for key in missing]
    with unique():
        Category.objects.bulk_create(new, batch_size=changes.ROWS_PER_STATEMENT)
    for category in new:
        recorder.note(category, ITSELF, None, state(category))
    there |= dict(zip(missing, new, strict=True))
    return {path: there[key_of(path)] for path in level}


# --- The tree as somebody reads it -----------------------------------------------------------------------------------


class Number(Subquery):
    """How many rows a subquery has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def listed(reader: User) -> QuerySet[Category]:
    """Every category with its path, its depth and how many products are directly in it for the reader.

    Counted up to COUNT_LIMIT: a list of categories does not cost more in a larger shop.
    """
    products = Product.objects.visible_to(reader).filter(category=OuterRef("pk")).values("pk")[:COUNT_LIMIT]
    rows = Category.objects.with_tree_fields().annotate(product_count=Number(products))
    return cast(QuerySet[Category], rows)


# --- Written in an open change set, by these acts and by undo --------------------------------------------------------


def locked(*, to_delete: bool = False) -> Tree:
    """The whole tree, locked in the order of its keys: whoever moves a category sees where the others are.

    Products may go on being put into categories meanwhile, except where one is about to be deleted.
    """
    rows = Category.objects.select_for_update(no_key=not to_delete).order_by("pk")
    return {row.pk: row for row in rows}


def found(tree: Tree, key: int) -> Category:
    if key not in tree:
        raise Conflict(_("This category was deleted."), code="gone")
    return tree[key]


def state(category: Category) -> dict[str, Any]:
    return {name: getattr(category, name) for name in FIELDS}


def unique() -> refuse_duplicates:
    taken = ("name", _("There is a category of this name here already."))
    return refuse_duplicates({"category_name_unique": taken, "category_root_name_unique": taken})


def add(recorder: changes.Recorder, category: Category, tree: Tree) -> None:
    """Stores a new category, or one that was deleted under the id it had."""
    check(category, tree, levels=1)  # nothing is below it yet
    with unique():
        category.save(force_insert=True)
    recorder.note(category, ITSELF, None, state(category))
    tree[category.pk] = category


def change(recorder: changes.Recorder, category: Category, values: dict[str, Any], tree: Tree) -> None:
    draft = copy(category)
    for name, value in values.items():
        setattr(draft, name, value)
    # Only a move takes it further down, so that a name is changed however large the tree is.
    check(draft, tree, levels=height(draft, tree) if draft.parent_id != category.parent_id else 0)
    changed = [name for name in FIELDS if getattr(draft, name) != getattr(category, name)]
    if changed:
        with unique():
            draft.save(update_fields=changed)
    for name in changed:
        recorder.note(category, name, getattr(category, name), getattr(draft, name))
    tree[category.pk] = draft


def remove(recorder: changes.Recorder, category: Category, tree: Tree) -> None:
    """Asked anew, under the lock: what was put into it while the lock was waited for is not in the tree."""
    if Category.objects.filter(parent=category).exists():
        raise Conflict(_("Other categories are in it. Move or delete them first."), code="not_empty")
    if Product.objects.filter(category=category).exists():
        sentence = _("Products are in it, perhaps in the trash. Move them to another category first.")
        raise Conflict(sentence, code="not_empty")
    Category.objects.filter(pk=category.pk).delete()
    recorder.note(category, ITSELF, state(category), None)
    del tree[category.pk]


def check(category: Category, tree: Tree, *, levels: int) -> None:
    """A name of its own, a place that is there, not inside itself and not too deep for the levels it brings."""
    category.name = category.name.strip()
    try:
        category.clean_fields(exclude={"parent"})
    except ValidationError as error:
        raise from_validation(error) from error
    above, place = 0, category.parent_id
    while place is not None:
        if place == category.pk:
            raise Conflict(_("A category cannot be moved into itself."), field="parent", code="cycle")
        if place not in tree:
            raise Conflict(_("The category that it would go into was deleted."), field="parent", code="gone")
        above, place = above + 1, tree[place].parent_id
    if above + levels > DEEPEST:
        sentence = _("Categories go {} levels deep, no deeper.").format(DEEPEST)
        raise DomainError(sentence, field="parent", code="too_deep")


def height(category: Category, tree: Tree) -> int:
    """How many levels it is with everything below it; the tree is looked through once, as it is locked meanwhile."""
    below = defaultdict[int | None, list[int]](list)
    for other in tree.values():
        below[other.parent_id].append(other.pk)
    levels, level = 0, [category.pk]
    while level:
        levels += 1
        level = [child for key in level for child in below[key]]
    return levels
