"""The tree of categories while others change it, and fill it, at the same time."""

import pytest
from django.db import IntegrityError, connection, transaction

from products.models import Category, ChangeSet, Product
from products.services import catalogue, categories, changes, undo
from site_config.lib.errors import Conflict, DomainError
from tests.factories import CategoryFactory, ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def above(category):
    """The categories above it; a circle would go on for ever."""
    parents, found, place = dict(Category.objects.values_list("pk", "parent")), [], category.pk
    while (place := parents[place]) is not None:
        assert place not in found, "a circle"
        found.append(place)
    return found


# --- Names -----------------------------------------------------------------------------------------------------------


def test_ten_equal_categories_are_one_and_nine_clear_refusals(sam):
    parent = CategoryFactory()
    for place in (None, parent):
        made = at_once(lambda _n, place=place: categories.create(actor=sam, name="Mugs", parent=place), times=10)
        refused = [result.code for result in made if isinstance(result, DomainError)]
        assert refused == ["already_exists"] * 9
    assert Category.objects.filter(name="Mugs").count() == ChangeSet.objects.count() == 2


def test_of_two_who_take_one_name_the_second_is_refused(ada, sam):
    mugs, cups = CategoryFactory(name="Mugs"), CategoryFactory(name="Cups")
    with before_commit(lambda: categories.edit(actor=sam, category=cups, name="POTS")) as rival:
        categories.edit(actor=ada, category=mugs, name="Pots")
    assert (rival.result().code, rival.result().field) == ("already_exists", "name")
    assert set(Category.objects.values_list("name", flat=True)) == {"Pots", "Cups"}


def test_a_deleted_category_comes_back_only_if_nobody_took_its_name_meanwhile(ada, sam):
    mugs = categories.create(actor=sam, name="Mugs")
    gone = categories.delete(actor=sam, category=mugs)
    with before_commit(lambda: undo.undo(actor=sam, change_set=gone)) as rival:
        categories.create(actor=ada, name="mugs")
    assert rival.result().code == "nothing_to_undo"
    assert not ChangeSet.objects.filter(undoes=gone).exists()


def test_a_path_that_a_rival_is_making_is_waited_for_and_found(ada, sam):
    path = ("Kitchen", "Mugs")
    with before_commit(lambda: categories.ensure(actor=sam, paths=[path])) as rival:
        made = categories.ensure(actor=ada, paths=[path])
    assert rival.result()[path] == made[path]
    assert ChangeSet.objects.get().actor == ada


# --- Places ----------------------------------------------------------------------------------------------------------


def test_two_who_move_each_category_into_the_other_make_no_circle(ada, sam):
    mugs, cups = CategoryFactory(name="Mugs"), CategoryFactory(name="Cups")
    with before_commit(lambda: categories.edit(actor=sam, category=cups, parent=mugs)) as rival:
        categories.edit(actor=ada, category=mugs, parent=cups)
    assert rival.result().code == "cycle"
    assert (above(mugs), above(cups)) == ([cups.pk], [])


def test_many_who_move_at_random_make_no_circle(sam):
    tree = [CategoryFactory() for _number in range(5)]
    at_once(lambda n: categories.edit(actor=sam, category=tree[n % 5], parent=tree[(n * 3 + 1) % 5]), times=40)
    assert all(len(above(category)) < 5 for category in tree)


def test_without_the_lock_there_would_be_a_circle(ada, sam, monkeypatch):
    """Proof that the tests above bite: both read the tree before either writes."""
    mugs, cups = CategoryFactory(name="Mugs"), CategoryFactory(name="Cups")
    read = [{row.pk: row for row in Category.objects.all()} for _person in range(2)]
    monkeypatch.setattr(categories, "locked", lambda **_how: read.pop())
    categories.edit(actor=ada, category=mugs, parent=cups)
    categories.edit(actor=sam, category=cups, parent=mugs)
    with pytest.raises(AssertionError, match="a circle"):
        above(mugs)


def test_the_locks_are_the_databases_where_it_has_them(django_assert_num_queries, sam):
    with changes.recorded(actor=sam, kind="x"), django_assert_num_queries(2) as queries:
        categories.locked()
        categories.locked(to_delete=True)
    sql = [query["sql"].rpartition("ORDER BY")[2] for query in queries.captured_queries]
    ends = [[words for words in ("FOR UPDATE", "FOR NO KEY UPDATE") if words in text] for text in sql]
    if connection.vendor == "postgresql":
        assert ends == [["FOR NO KEY UPDATE"], ["FOR UPDATE"]]
    else:
        assert connection.transaction_mode == "IMMEDIATE"


# --- Deleting what somebody is filling -------------------------------------------------------------------------------


def test_a_category_that_was_just_filled_is_not_deleted(ada, sam):
    mugs, mug = CategoryFactory(name="Mugs"), ProductFactory()
    with before_commit(lambda: categories.delete(actor=sam, category=mugs)) as rival:
        catalogue.edit(actor=ada, product=mug, category=mugs)
    assert (rival.result().code, rival.result().status) == ("not_empty", 409)
    assert Product.objects.get().category == mugs


@pytest.mark.parametrize("act", ["edit", "create"])
def test_a_product_does_not_go_into_a_category_that_is_just_deleted(act, ada, sam):
    mugs, mug = CategoryFactory(name="Mugs"), ProductFactory()

    def fill():
        if act == "edit":
            return catalogue.edit(actor=sam, product=mug, category=mugs)
        return catalogue.create(actor=sam, name="Jug", price="1", category=mugs)

    with before_commit(fill) as rival:
        categories.delete(actor=ada, category=mugs)
    assert isinstance(rival.result(), DomainError)
    assert list(Product.objects.values_list("category", flat=True)) == [None]


def test_the_api_says_so_too(ada, sam, api_of):
    mugs, api = CategoryFactory(name="Mugs"), api_of(sam)
    with before_commit(lambda: api.post("/api/products/", {"name": "Jug", "price": "1", "category": mugs.pk})) as rival:
        categories.delete(actor=ada, category=mugs)
    answer = rival.result()
    # On SQLite the script could not even begin before the category was gone.
    assert (answer.status_code, answer.json()["code"]) in [(409, "gone"), (400, "invalid")]
    assert not Product.objects.exists()


def test_a_category_does_not_go_into_one_that_is_just_deleted(ada, sam):
    kitchen, mugs = CategoryFactory(name="Kitchen"), CategoryFactory(name="Mugs")
    for act in (
        lambda: categories.create(actor=sam, name="Cups", parent=kitchen),
        lambda: categories.edit(actor=sam, category=mugs, parent=kitchen),
    ):
        with before_commit(act) as rival:
            gone = categories.delete(actor=ada, category=kitchen)
        assert rival.result().code == "gone"
        undo.undo(actor=ada, change_set=gone)
    with before_commit(lambda: categories.delete(actor=ada, category=kitchen)) as rival:
        categories.create(actor=sam, name="Cups", parent=kitchen)
    assert rival.result().code == "not_empty"


def test_what_an_act_refers_to_is_there_when_it_ends(sam):
    """Whatever was checked before: the database has the last word, and it is a refusal, not a crash."""
    nowhere = Category(pk=999_999, name="Nowhere")
    with pytest.raises(Conflict) as refusal:
        catalogue.create_many(
            actor=sam,
            products=[catalogue.build(actor=sam, name="Jug", price="1", category=nowhere, looked_up=True)],
            kind="product.created",
        )
    assert refusal.value.code == "gone"
    assert not Product.objects.exists()


def test_without_the_check_at_its_end_the_act_would_crash_when_it_is_stored(ada, sam, monkeypatch):
    """Proof that the tests above bite, where the database has the race at all."""
    if connection.vendor != "postgresql":
        assert connection.transaction_mode == "IMMEDIATE"
        return
    mugs, mug = CategoryFactory(name="Mugs"), ProductFactory()
    monkeypatch.setattr(changes, "check_keys", lambda recorder: None)
    with pytest.raises(IntegrityError), transaction.atomic():
        catalogue.edit(actor=ada, product=mug, category=mugs)
        at_once(lambda _n: categories.delete(actor=sam, category=mugs), times=1, workers=1)


def test_twins_who_undo_one_deletion_bring_one_category_back(sam):
    gone = categories.delete(actor=sam, category=categories.create(actor=sam, name="Mugs"))
    results = at_once(lambda _n: undo.undo(actor=sam, change_set=gone), times=6, workers=6)
    assert sorted(getattr(result, "code", "undone") for result in results) == ["undone"] + ["undone_already"] * 5
    assert Category.objects.count() == 1
