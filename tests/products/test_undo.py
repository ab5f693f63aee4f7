"""Undo: every kind of act goes back, except where somebody has changed the same since."""

from decimal import Decimal

import pytest

from accounts.services import people
from products.models import Category, ChangeSet, Product
from products.services import catalogue, changes, stock, trash
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
    return changes.undo(actor=person, change_set=change_set or latest())


def refusal(person, change_set):
    """The sentence of an undo that could put nothing back; it leaves no change set."""
    before = ChangeSet.objects.count()
    with pytest.raises(Conflict) as refused:
        undo(person, change_set)
    assert (refused.value.code, ChangeSet.objects.count()) == ("nothing_to_undo", before)
    return refused.value.message


ACTS = {
    "edit": lambda who, mug, jug: catalogue.edit(actor=who, product=mug, name="Pot", price=Decimal(9), is_public=False),
    "counted edit": lambda who, mug, jug: catalogue.edit(actor=who, product=mug, name="Pot", counted=3),
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
    jug = ProductFactory(name="Jug")
    with changes.recorded(actor=sam, kind="product.bulk_edited") as recorder:
        rows = changes.lock(Product.objects.all())
        recorder.update([(row, {"price": Decimal(2), "is_public": False}) for row in rows])
    catalogue.edit(actor=ada, product=jug, price=Decimal(3))
    undone = undo(sam, recorder.change_set)
    assert undone.skipped == [changes.Skipped("Jug", "price", "It was changed since.")]
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
    assert undone.skipped == [changes.Skipped("Enamel mug", "sku", "Another product has this SKU now.")]
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
