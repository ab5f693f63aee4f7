"""Undo: every kind of act goes back, except where somebody has changed the same since."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Activity
from accounts.policy import Role
from accounts.services import people
from products.models import Category, ChangeSet, Product
from products.services import bulk, catalogue, changes, stock, trash
from products.services import undo as undoing
from site_config.lib.errors import Conflict, NotAllowed
from tests.factories import CategoryFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
VOLATILE = {"id", "version", "updated_at", "search"}


def state(product):
    row = Product.objects.filter(pk=product.pk).values().get()
    return {name: value for name, value in row.items() if name not in VOLATILE}


def latest():
    return ChangeSet.objects.latest("pk")


def undo(person, change_set=None):
    return undoing.undo(actor=person, change_set=change_set or latest())


def refusal(person, change_set):
    """The sentence of an undo that could put nothing back; it leaves no change set."""
    before = ChangeSet.objects.count()
    with pytest.raises(Conflict) as refused:
        undo(person, change_set)
    assert (refused.value.code, ChangeSet.objects.count()) == ("nothing_to_undo", before)
    return refused.value.message


ACTS = {
    "edit": lambda who, mug, jug: catalogue.edit(actor=who, product=mug, name="Pot", price=Decimal(9), is_public=False),
    "counted edit": lambda who, mug, jug: catalogue.edit(actor=who, product=mug, name="Pot", counted=3, exact=True),
    "sale": lambda who, mug, jug: stock.adjust(actor=who, product=mug, delta=-4, kind="sold"),
    "delivery": lambda who, mug, jug: stock.post(
        actor=who, lines=[stock.Line(mug.pk, 5, "received"), stock.Line(jug.pk, 6, "received")]
    ),
    "count": lambda who, mug, jug: stock.count(actor=who, product=mug, counted=2, expected=10),
    "trash": lambda who, mug, jug: trash.discard(actor=who, product=mug),
    "category": lambda who, mug, jug: catalogue.edit(actor=who, product=mug, category=CategoryFactory()),
    "owner": lambda who, mug, jug: catalogue.edit(actor=who, product=mug, owner=UserFactory()),
    "sku": lambda who, mug, jug: catalogue.edit(actor=who, product=mug, sku="NEW-1"),
}


@pytest.mark.parametrize("act", ACTS)
def test_everything_goes_back_and_undoing_the_undo_does_it_again(act, ada, mug):
    jug = ProductFactory(stock=1)
    before = [state(mug), state(jug)]
    ACTS[act](ada, mug, jug)
    done, after = latest(), [state(mug), state(jug)]
    assert after != before
    undone = undo(ada, done)
    assert [state(mug), state(jug)] == before
    assert (undone.skipped, undone.change_set.undoes, undone.restored) == ([], done, done.changes.count())
    undo(ada, undone.change_set)
    again = [state(mug), state(jug)]
    if act == "trash":  # the second time it went there later
        assert (again[0].pop("trashed_at"), after[0].pop("trashed_at")) != (None, None)
    assert again == after
    assert not stock.mismatches()


def test_a_bulk_edit_goes_back_row_by_row_except_what_changed_since(ada, sam, mug):
    jug = ProductFactory(name="Jug", owner=sam)
    with changes.recorded(actor=sam, kind="product.bulk_edited") as recorder:
        rows = changes.lock(Product.objects.all())
        recorder.update([(row, {"price": Decimal(2), "is_public": False}) for row in rows])
    catalogue.edit(actor=ada, product=jug, price=Decimal(3))
    undone = undo(sam, recorder.change_set)
    assert undone.skipped == [undoing.Skipped("Jug", "price", "It was changed since.")]
    assert undone.restored == 3
    mug.refresh_from_db()
    jug.refresh_from_db()
    assert (mug.price, mug.is_public, jug.price, jug.is_public) == (Decimal("12.50"), True, Decimal("3.00"), True)


def test_a_created_product_goes_to_the_trash_unless_it_was_changed_since(ada, sam):
    mug = catalogue.create(actor=sam, name="Mug", price="1", stock=3)
    made = latest()
    other = catalogue.create(actor=sam, name="Jug", price="1")
    other_made = latest()
    stock.adjust(actor=sam, product=other, delta=1, kind="received")
    assert undo(sam, made).restored == 1
    assert refusal(sam, other_made) == "Nothing was undone. Jug: It was changed since."
    assert list(Product.objects.exclude(trashed_at=None)) == [mug]
    assert Product.objects.get(pk=mug.pk).stock == 3


def test_a_restore_goes_back_to_the_trash(ada, mug):
    trash.discard(actor=ada, product=mug)
    trash.restore(actor=ada, products=Product.objects.filter(pk=mug.pk))
    undo(ada)
    mug.refresh_from_db()
    assert mug.trashed_at is not None


def test_a_second_undo_of_the_same_is_refused(sam, mug):
    catalogue.edit(actor=sam, product=mug, name="Jug")
    done = latest()
    undo(sam, done)
    with pytest.raises(Conflict) as refusal:
        undo(sam, done)
    assert refusal.value.code == "undone_already"
    assert ChangeSet.objects.filter(undoes=done).count() == 1


def test_admins_undo_everything_staff_their_own_clients_nothing(ada, sam, cleo, mug):
    catalogue.edit(actor=ada, product=mug, name="Jug")
    by_ada = latest()
    catalogue.edit(actor=sam, product=mug, price=Decimal(9))
    by_sam = latest()
    catalogue.edit(actor=sam, product=mug, price=Decimal(8))
    by_sam_too = latest()
    ChangeSet.objects.filter(pk=by_sam_too.pk).update(actor=cleo)
    with pytest.raises(NotAllowed) as refusal:
        undo(sam, by_ada)
    assert (refusal.value.status, "own changes" in refusal.value.message) == (403, True)
    for change_set in (by_ada, by_sam, by_sam_too):
        with pytest.raises(NotAllowed):
            undo(cleo, ChangeSet.objects.get(pk=change_set.pk))
    assert Product.objects.get().name == "Jug"
    undo(ada, by_sam_too)
    assert undo(sam, by_sam).restored == 1
    assert undo(ada, by_ada).restored == 1
    assert state(mug)["name"] == "Enamel mug"


def test_an_undo_is_in_the_activity_log_and_a_refused_one_is_not(ada, sam, mug):
    catalogue.edit(actor=sam, product=mug, name="Pot")
    change_set = latest()
    undo(ada, change_set)
    with pytest.raises(Conflict):
        undo(ada, change_set)
    line = Activity.objects.get(kind="changes.undone")
    assert (line.actor, line.person) == (ada, sam)
    assert line.sentence == f"Change {change_set.pk} of the catalogue was undone"


def test_units_that_are_gone_cannot_be_taken_back(sam, mug):
    stock.adjust(actor=sam, product=mug, delta=5, kind="received")
    delivery = latest()
    stock.adjust(actor=sam, product=mug, delta=-12, kind="sold")
    assert refusal(sam, delivery) == "Nothing was undone. Enamel mug: Fewer are left than would be taken out."
    assert state(mug)["stock"] == 3
    stock.adjust(actor=sam, product=mug, delta=12, kind="returned")
    assert undo(sam, delivery).restored == 1  # what could not be undone then was not used up


def test_stock_taken_back_moves_from_what_is_there_now(sam, mug):
    stock.adjust(actor=sam, product=mug, delta=-4, kind="sold")
    sale = latest()
    stock.adjust(actor=sam, product=mug, delta=100, kind="received")
    undo(sam, sale)
    line = mug.movements.latest("pk")
    assert (line.kind, line.delta, line.balance, line.note) == ("correction", 4, 110, "Undo")


def test_stock_never_rises_over_the_most_it_can_hold(sam, mug):
    stock.adjust(actor=sam, product=mug, delta=-10, kind="sold")
    sale = latest()
    stock.adjust(actor=sam, product=mug, delta=999_999_995, kind="received")
    assert refusal(sam, sale).endswith("It would be more than stock can hold.")
    assert state(mug)["stock"] == 999_999_995


def test_units_that_came_and_went_in_one_act_go_back_in_reverse(sam):
    mug = ProductFactory(stock=0)
    stock.post(actor=sam, lines=[stock.Line(mug.pk, 5, "received"), stock.Line(mug.pk, -5, "sold")])
    undone = undo(sam)
    assert (undone.skipped, undone.restored, state(mug)["stock"]) == ([], 2, 0)
    assert list(mug.movements.order_by("pk").values_list("delta", "balance")) == [(5, 5), (-5, 0), (5, 5), (-5, 0)]


def test_a_sku_that_somebody_took_since_is_left(sam, mug):
    catalogue.edit(actor=sam, product=mug, sku="NEW-1", name="Jug")
    renamed = latest()
    catalogue.create(actor=sam, name="Thief", price="1", sku="mug-1")
    undone = undo(sam, renamed)
    assert undone.skipped == [undoing.Skipped("Enamel mug", "sku", "Another product has this SKU now.")]
    assert (state(mug)["sku"], state(mug)["name"]) == ("NEW-1", "Enamel mug")


def test_what_was_deleted_for_good_is_left(sam, mug):
    jug = ProductFactory()
    with changes.recorded(actor=sam, kind="product.bulk_edited") as recorder:
        recorder.update([(row, {"name": "Pot"}) for row in changes.lock(Product.objects.all())])
    with changes.recorded(actor=sam, kind="product.purged"):
        Product.objects.filter(pk=jug.pk).delete()
    undone = undo(sam, recorder.change_set)
    assert [s.why for s in undone.skipped] == ["It was deleted for good."]
    assert state(mug)["name"] == "Enamel mug"


def test_a_hand_over_goes_back_only_to_somebody_who_is_there(ada, sam):
    mug = ProductFactory(owner=sam)
    people.delete(actor=ada, person=sam, successor=ada)
    handed_over = ChangeSet.objects.get(kind="product.handed_over")
    assert refusal(ada, handed_over).endswith("What it was set to was deleted.")
    assert state(mug)["owner_id"] == ada.pk


def test_a_count_that_found_no_difference_has_nothing_to_undo(sam, mug):
    count = stock.count(actor=sam, product=mug, counted=10, expected=10)
    assert refusal(sam, count) == "Nothing was undone. It changed nothing."


def test_a_category_that_was_deleted_since_is_not_put_back(sam, mug):
    category = CategoryFactory()
    catalogue.edit(actor=sam, product=mug, category=category)
    catalogue.edit(actor=sam, product=mug, category=None)
    Category.objects.all().delete()
    assert refusal(sam, latest()).endswith("What it was set to was deleted.")
    assert state(mug)["category_id"] is None


# --- What the person may see and do now ------------------------------------------------------------------------------


UNSHARED = "Nothing was undone. Enamel mug: It is not shared with you any more."


@pytest.fixture
def eve(ada):
    """An admin once, staff by now; `demote` makes her so."""
    return UserFactory(username="eve", role=Role.ADMIN)


def demote(ada, eve):
    people.change_role(actor=ada, person=eve, role=Role.STAFF)
    eve.refresh_from_db()
    return eve


@pytest.mark.parametrize(
    "act",
    [
        lambda sam, mug: stock.adjust(actor=sam, product=mug, delta=1, kind="received"),
        lambda sam, mug: catalogue.edit(actor=sam, product=mug, description="Blue", sku="MUG-2"),
    ],
    ids=["stock", "fields"],
)
def test_what_is_not_shared_any_more_is_left_under_the_name_of_then(act, ada, sam, mug):
    act(sam, mug)
    done = latest()
    catalogue.edit(actor=ada, product=mug, is_public=False, name="Secret project")
    before = state(mug)
    assert refusal(sam, done) == UNSHARED
    assert state(mug) == before
    catalogue.edit(actor=ada, product=mug, is_public=True)
    assert undo(sam, done).skipped == []


def test_of_many_products_only_those_that_are_still_shared_go_back(ada, sam, mug):
    jug = ProductFactory(name="Jug", stock=10)
    stock.post(actor=sam, lines=[stock.Line(mug.pk, 5, "received"), stock.Line(jug.pk, 6, "received")])
    done = latest()
    catalogue.edit(actor=ada, product=mug, is_public=False, name="Secret project")
    undone = undo(sam, done)
    assert undone.skipped == [undoing.Skipped("Enamel mug", "stock", "It is not shared with you any more.")]
    assert (undone.restored, state(mug)["stock"], state(jug)["stock"]) == (1, 15, 10)


def test_who_made_it_private_may_take_that_back_until_somebody_writes_it(ada, sam, mug):
    catalogue.edit(actor=sam, product=mug, is_public=False, price=Decimal(9))
    hidden = latest()
    shown = undo(sam, hidden).change_set
    assert state(mug)["is_public"]
    hidden = undo(sam, shown).change_set
    catalogue.edit(actor=ada, product=mug, name="Secret project")
    assert refusal(sam, hidden) == UNSHARED
    assert not state(mug)["is_public"]
    assert undo(ada, hidden).skipped == []


def test_ones_own_creation_goes_to_the_trash_and_back_and_there_again(ada, eve, sam):
    for maker, owner in ((sam, sam), (eve, ada)):
        mug = catalogue.create(actor=maker, name="Mug", price="1", owner=owner, is_public=False)
        made = latest()
        person = demote(ada, eve) if maker == eve else sam
        for in_trash in (True, False, True, False):
            made = undo(person, made).change_set
            assert bool(state(mug)["trashed_at"]) is in_trash


@pytest.mark.parametrize("restored", [False, True])
def test_the_trash_is_for_admins_by_an_undo_too(restored, ada, eve, mug):
    trash.discard(actor=eve, product=mug)
    if restored:
        undo(eve)
    done, before = latest(), state(mug)
    sentence = "Nothing was undone. Enamel mug: Only an admin can move products to the trash or bring them back."
    assert refusal(demote(ada, eve), done) == sentence
    assert state(mug) == before
    assert undo(ada, done).restored == 1


def test_another_ones_creation_in_the_trash_stays_there(ada, eve, sam):
    mug = catalogue.create(actor=sam, name="Mug", price="1", is_public=True)
    undone = undo(eve).change_set
    assert refusal(demote(ada, eve), undone).endswith(
        "Only an admin can move products to the trash or bring them back."
    )
    assert state(mug)["trashed_at"]


def test_an_owner_is_put_back_by_admins_alone_and_only_an_active_one(ada, eve, sam):
    mug = ProductFactory(name="Enamel mug", owner=sam)
    catalogue.edit(actor=eve, product=mug, owner=ada)
    done = latest()
    assert refusal(demote(ada, eve), done).endswith("Enamel mug: Only an admin can change a product’s owner.")
    people.set_active(actor=ada, person=sam, active=False)
    assert refusal(ada, done).endswith("Enamel mug: Its former owner is inactive now.")
    assert state(mug)["owner_id"] == ada.pk
    people.set_active(actor=ada, person=sam, active=True)
    assert undo(ada, done).restored == 1
    assert state(mug)["owner_id"] == sam.pk


# --- Many at once ----------------------------------------------------------------------------------------------------


def queries_to_undo(person, products):
    other, category = UserFactory(), CategoryFactory()
    items = {"stock": 9, "owner": other, "category": category}
    rows = [
        bulk.Item("update", n, {**items, "sku": f"NEW-{product.pk}"}, key=product.pk, version=product.version)
        for n, product in enumerate(products)
    ]
    done = bulk.run(actor=person, items=rows).change_set
    with CaptureQueriesContext(connection) as asked:
        assert undo(person, done).restored == 4 * len(products)
    return Counter(query["sql"].split()[0] for query in asked)


def test_an_undo_asks_the_same_however_many_it_puts_back(ada):
    """And writes in statements of many rows, the smaller ones on SQLite."""
    category = CategoryFactory()
    few, many = ([ProductFactory(stock=5, category=category) for _n in range(size)] for size in (20, 200))
    before = [state(product) for product in (few[0], many[-1])]
    for_few, for_many = queries_to_undo(ada, few), queries_to_undo(ada, many)
    assert for_few["SELECT"] == for_many["SELECT"]
    assert (for_few["UPDATE"], for_many["UPDATE"] < 5, for_many["INSERT"] < 15) == (1, True, True)
    assert [state(product) for product in (few[0], many[-1])] == before
    assert not stock.mismatches()
