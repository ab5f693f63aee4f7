"""Categories: a tree of names, whose every change is on record and can be undone."""

import pytest

from products.models import Category, ChangeSet, Product
from products.services import catalogue, categories, changes, trash, undo
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kitchen(sam):
    return categories.create(actor=sam, name="Kitchen")


@pytest.fixture
def mugs(sam, kitchen):
    return categories.create(actor=sam, name="Mugs", parent=kitchen)


def latest():
    return ChangeSet.objects.latest("pk")


def rows():
    return list(Category.objects.order_by("pk").values_list("pk", "name", "parent"))


def refused(act, **what):
    """The refusal of an act that must leave everything as it was."""
    before, acts = rows(), ChangeSet.objects.count()
    with pytest.raises(DomainError) as refusal:
        act(**what)
    assert (rows(), ChangeSet.objects.count()) == (before, acts)
    return refusal.value


# --- Making and changing ---------------------------------------------------------------------------------------------


def test_a_new_category_is_on_record(sam, kitchen, mugs):
    assert (mugs.name, mugs.parent) == ("Mugs", kitchen)
    change = latest().changes.get()
    assert (change.object_type, change.object_id, change.label, change.field) == ("category", mugs.pk, "Mugs", "")
    assert (change.old, change.new, change.version) == (None, {"name": "Mugs", "parent_id": kitchen.pk}, 0)
    assert (latest().kind, latest().actor, str(change)) == ("category.created", sam, "Mugs: created")


def test_a_category_is_renamed_moved_or_both(sam, kitchen, mugs):
    assert categories.edit(actor=sam, category=mugs, name="  Cups ").name == "Cups"
    assert categories.edit(actor=sam, category=mugs, parent=None).parent is None
    both = categories.edit(actor=sam, category=mugs, name="Mugs", parent=kitchen)
    assert (both.name, both.parent_id) == ("Mugs", kitchen.pk)
    assert latest().kind == "category.edited"
    assert set(latest().changes.values_list("label", "field", "old", "new")) == {
        ("Cups", "name", "Cups", "Mugs"),
        ("Cups", "parent_id", None, kitchen.pk),
    }


def test_an_edit_that_changes_nothing_leaves_no_trace(sam, mugs):
    before = latest()
    categories.edit(actor=sam, category=mugs, name="Mugs")
    assert latest() == before


@pytest.mark.parametrize("name", ["Mugs", "mUGS", " mugs "])
def test_a_name_is_taken_once_among_siblings_in_any_case(name, sam, kitchen, mugs):
    cups = categories.create(actor=sam, name="Cups", parent=kitchen)
    elsewhere = categories.create(actor=sam, name=name)  # the root is another place
    for refusal in (
        refused(categories.create, actor=sam, name=name, parent=kitchen),
        refused(categories.create, actor=sam, name=name),
        refused(categories.edit, actor=sam, category=cups, name=name),
        refused(categories.edit, actor=sam, category=elsewhere, parent=kitchen),
    ):
        assert (refusal.status, refusal.code, refusal.field) == (400, "already_exists", "name")
    assert categories.edit(actor=sam, category=mugs, name="MUGS").name == "MUGS"


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_name_is_neither_empty_nor_endless(name, sam, kitchen):
    assert refused(categories.create, actor=sam, name=name).field == "name"
    assert refused(categories.edit, actor=sam, category=kitchen, name=name).field == "name"


def test_a_category_is_never_inside_itself(sam, kitchen, mugs):
    for category, parent in ((kitchen, kitchen), (kitchen, mugs), (mugs, mugs)):
        refusal = refused(categories.edit, actor=sam, category=category, parent=parent)
        assert (refusal.status, refusal.code, refusal.field) == (409, "cycle", "parent")


def test_there_are_six_levels_and_no_more(sam, kitchen):
    place, chain = kitchen, [kitchen]
    for depth in range(2, categories.DEEPEST + 1):
        place = categories.create(actor=sam, name=f"Level {depth}", parent=place)
        chain.append(place)
    assert refused(categories.create, actor=sam, name="Too deep", parent=place).code == "too_deep"
    above = categories.create(actor=sam, name="House")
    assert refused(categories.edit, actor=sam, category=kitchen, parent=above).code == "too_deep"
    categories.delete(actor=sam, category=chain.pop())
    categories.edit(actor=sam, category=kitchen, parent=above)
    assert refused(categories.edit, actor=sam, category=above, parent=chain[-1]).code == "cycle"


class Looked(dict[int, Category]):
    """A tree that counts how often it is looked through."""

    times = 0

    def values(self):
        self.times += 1
        return super().values()


def test_a_tree_is_looked_through_once_however_wide_or_deep(sam):
    """For as long as it takes nobody else can change a category."""
    top = CategoryFactory(name="Top")
    place = CategoryFactory(name="Level 2", parent=top)
    rows = [Category(name=f"Shelf {n}", parent=parent) for n in range(2000) for parent in (top, place)]
    Category.objects.bulk_create(rows)
    Category.objects.create(name="Box", parent=rows[-1])
    tree = Looked({row.pk: row for row in Category.objects.all()})
    assert [categories.height(tree[row.pk], tree) for row in (top, place, rows[0])] == [4, 3, 1]
    assert tree.times == 3
    chain = Looked({key: Category(pk=key, parent_id=key - 1 or None) for key in range(1, 2001)})
    assert categories.height(chain[1], chain) == 2000


def test_a_new_name_asks_nothing_about_the_levels_below(sam, kitchen, mugs, monkeypatch):
    monkeypatch.setattr(categories, "DEEPEST", 1)
    assert categories.edit(actor=sam, category=kitchen, name="Cook", parent=None).name == "Cook"
    assert categories.edit(actor=sam, category=mugs, name="Cups", parent=kitchen).name == "Cups"
    other = categories.create(actor=sam, name="Other")
    assert refused(categories.edit, actor=sam, category=kitchen, parent=other).code == "too_deep"


def test_what_is_gone_is_said(sam, kitchen, mugs):
    categories.delete(actor=sam, category=mugs)
    for refusal in (
        refused(categories.delete, actor=sam, category=mugs),
        refused(categories.edit, actor=sam, category=mugs, name="Cups"),
        refused(categories.edit, actor=sam, category=kitchen, parent=mugs),
        refused(categories.create, actor=sam, name="Cups", parent=mugs),
    ):
        assert (refusal.status, refusal.code) == (409, "gone")


# --- Deleting --------------------------------------------------------------------------------------------------------


def test_only_an_empty_category_is_deleted(ada, sam, kitchen, mugs):
    mug = ProductFactory(category=mugs)
    refusals = [refused(categories.delete, actor=sam, category=category) for category in (kitchen, mugs)]
    trash.discard(actor=ada, product=mug)
    refusals.append(refused(categories.delete, actor=sam, category=mugs))
    assert {(refusal.status, refusal.code) for refusal in refusals} == {(409, "not_empty")}
    assert "perhaps in the trash" in refusals[2].message
    trash.restore(actor=ada, products=Product.objects.filter(pk=mug.pk))
    catalogue.edit(actor=sam, product=mug, category=None)
    change_set = categories.delete(actor=sam, category=mugs)
    change = change_set.changes.get()
    assert (change_set.kind, str(change)) == ("category.deleted", "Mugs: deleted")
    assert (change.field, change.old, change.new) == ("", {"name": "Mugs", "parent_id": kitchen.pk}, None)
    assert list(Category.objects.all()) == [kitchen]


# --- Undo ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        lambda who, mugs: categories.create(actor=who, name="Cups", parent=mugs),
        lambda who, mugs: categories.edit(actor=who, category=mugs, name="Cups"),
        lambda who, mugs: categories.edit(actor=who, category=mugs, parent=None),
        lambda who, mugs: categories.edit(actor=who, category=mugs, name="Cups", parent=None),
        lambda who, mugs: categories.delete(actor=who, category=mugs),
    ],
    ids=["create", "rename", "move", "both", "delete"],
)
def test_everything_goes_back_under_its_old_id_and_undoing_the_undo_does_it_again(act, sam, mugs):
    before = rows()
    act(sam, mugs)
    done, after = latest(), rows()
    assert after != before
    undone = undo.undo(actor=sam, change_set=done)
    assert (rows(), undone.skipped, undone.restored) == (before, [], done.changes.count())
    undo.undo(actor=sam, change_set=undone.change_set)
    assert rows() == after


def nothing(person, change_set):
    return refused(undo.undo, actor=person, change_set=change_set).message.removeprefix("Nothing was undone. ")


def test_what_was_changed_since_is_left(ada, sam, mugs):
    made = latest()
    categories.edit(actor=sam, category=mugs, name="Cups")
    renamed = latest()
    categories.edit(actor=ada, category=mugs, name="Pots")
    assert nothing(sam, made) == "Mugs: It was changed since."
    assert nothing(sam, renamed) == "Mugs: It was changed since."


def test_a_created_category_that_is_in_use_stays(sam, mugs):
    made = latest()
    ProductFactory(category=mugs)
    assert nothing(sam, made).startswith("Mugs: Products are in it")


def test_a_deleted_category_does_not_come_back_where_its_place_or_its_name_is_taken(sam, kitchen, mugs):
    gone = categories.delete(actor=sam, category=mugs)
    rival = categories.create(actor=sam, name="MUGS", parent=kitchen)
    assert nothing(sam, gone) == "Mugs: There is a category of this name here already."
    categories.delete(actor=sam, category=rival)
    categories.delete(actor=sam, category=kitchen)
    assert nothing(sam, gone) == "Mugs: The category that it would go into was deleted."
    undo.undo(actor=sam, change_set=latest())
    assert undo.undo(actor=sam, change_set=gone).restored == 1
    assert nothing(sam, ChangeSet.objects.get(kind="category.created", changes__object_id=rival.pk)).endswith(
        "This category was deleted."
    )


def test_a_move_does_not_go_back_into_a_circle(sam, kitchen, mugs):
    categories.edit(actor=sam, category=mugs, parent=None)
    moved = latest()
    categories.edit(actor=sam, category=kitchen, parent=mugs)
    assert nothing(sam, moved) == "Mugs: A category cannot be moved into itself."


def test_categories_come_back_before_products_and_go_after_them(sam, mugs):
    """One act that makes a category and puts a product into it, there and back and there again."""
    mug = ProductFactory(category=mugs)
    with changes.recorded(actor=sam, kind="product.bulk_edited") as recorder:
        cups = categories.at_paths(recorder, [("Kitchen", "Cups")])["Kitchen", "Cups"]
        recorder.update([(changes.lock_one(mug, sam), {"category_id": cups.pk})])
    undone = undo.undo(actor=sam, change_set=recorder.change_set)
    mug.refresh_from_db()
    assert (undone.restored, undone.skipped, mug.category) == (2, [], mugs)
    assert not Category.objects.filter(name="Cups").exists()
    undone = undo.undo(actor=sam, change_set=undone.change_set)
    mug.refresh_from_db()
    assert (undone.skipped, mug.category_id) == ([], cups.pk)


# --- Paths of an import ----------------------------------------------------------------------------------------------


def test_a_path_is_found_or_made_from_the_root(sam):
    kitchen = CategoryFactory(name="Kitchen")
    CategoryFactory(name="Mugs")  # of the same name, elsewhere in the tree
    found = categories.ensure(actor=sam, paths=[("kitchen", "Mugs"), ("KITCHEN", "mugs"), ("Bath",), ()])
    mugs = found["kitchen", "Mugs"]
    assert (mugs.name, mugs.parent) == ("Mugs", kitchen)
    assert found["KITCHEN", "mugs"] == mugs
    assert (found[()], found["KITCHEN",], found["Bath",].name) == (None, kitchen, "Bath")
    assert Category.objects.count() == 4
    assert {change.label for change in latest().changes.all()} == {"Mugs", "Bath"}
    before = latest()
    assert categories.ensure(actor=sam, paths=[("kitchen", "Mugs")])["kitchen", "Mugs"] == mugs
    assert latest() == before


def test_what_a_rival_made_at_the_same_moment_is_found(sam, monkeypatch):
    real, tries = categories.on_level, []

    def too_late(*args):
        tries.append(args)
        if len(tries) == 1:
            CategoryFactory(name="KITCHEN")
            raise DomainError("taken", field="name", code="already_exists")
        return real(*args)

    monkeypatch.setattr(categories, "on_level", too_late)
    found = categories.ensure(actor=sam, paths=[("Kitchen",)])
    assert found["Kitchen",].name == "KITCHEN"
    assert not ChangeSet.objects.exists()


def test_paths_cost_two_statements_a_level_however_many(sam, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        categories.ensure(actor=sam, paths=[(f"A {n % 9}", f"B {n}", "C") for n in range(100)])
    assert Category.objects.count() == 209


# --- The tree as read ------------------------------------------------------------------------------------------------


def test_the_list_tells_path_depth_and_what_is_in_it_for_the_reader(ada, sam, cleo, kitchen, mugs):
    ProductFactory(category=mugs, owner=cleo)
    ProductFactory(category=mugs, owner=ada)
    ProductFactory(category=kitchen, owner=ada, is_public=False)
    trash.discard(actor=ada, product=ProductFactory(category=mugs))

    def told(person):
        return [(row.tree_path, row.tree_depth, row.product_count) for row in categories.listed(person).order_by("pk")]

    root, below = [kitchen.pk], [kitchen.pk, mugs.pk]
    assert told(ada) == [(root, 0, 1), (below, 1, 2)]
    assert told(sam) == [(root, 0, 0), (below, 1, 2)]
    assert told(cleo) == [(root, 0, 0), (below, 1, 1)]


def test_a_large_category_is_counted_up_to_a_limit(ada, mugs, monkeypatch):
    monkeypatch.setattr(categories, "COUNT_LIMIT", 2)
    for _number in range(3):
        ProductFactory(category=mugs)
    assert categories.listed(ada).get(pk=mugs.pk).product_count == 2
