"""The ledger: what may be posted, what a count means, and that the balance is the sum."""

import pytest
from django.db import IntegrityError, transaction

from products.models import ChangeSet, Product, StockMovement
from products.models.catalogue import MAX_STOCK
from products.services import changes, stock, trash
from products.services.stock import Line
from site_config.lib.errors import Conflict, DomainError
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "delta"),
    [("received", 3), ("returned", 3), ("sold", -3), ("damaged", -3), ("correction", 3), ("correction", -3)],
)
def test_each_kind_moves_its_way(kind, delta, sam, mug):
    jug = ProductFactory(stock=10)
    change_set = stock.adjust(actor=sam, product=mug, delta=delta, kind=kind, note="n" * 200)
    line = change_set.movements.get()
    assert (line.product, line.kind, line.delta, line.balance, line.note) == (mug, kind, delta, 10 + delta, "n" * 200)
    assert str(line) == f"Enamel mug {delta:+d}"
    mug.refresh_from_db()
    jug.refresh_from_db()
    assert (mug.stock, mug.version, jug.stock) == (10 + delta, 2, 10)


REFUSED = [
    ("stolen", -1, "", "kind", "Choose one of: received, sold, returned, damaged, correction, count."),
    ("count", 1, "", "kind", "Send a count as counted and expected."),
    ("sold", 0, "", "delta", "Enter how many units came or went."),
    ("correction", MAX_STOCK + 1, "", "delta", "Enter a number up to 1,000,000,000."),
    ("correction", -MAX_STOCK - 1, "", "delta", "Enter a number up to 1,000,000,000."),
    ("sold", 1, "", "delta", "This kind of movement goes the other way."),
    ("damaged", 1, "", "delta", "This kind of movement goes the other way."),
    ("received", -1, "", "delta", "This kind of movement goes the other way."),
    ("returned", -1, "", "delta", "This kind of movement goes the other way."),
    ("sold", -1, "n" * 201, "note", "Keep the note under 200 characters."),
]


@pytest.mark.parametrize(("kind", "delta", "note", "field", "sentence"), REFUSED)
def test_a_movement_that_makes_no_sense_is_refused_with_its_reason(kind, delta, note, field, sentence, sam, mug):
    with pytest.raises(DomainError) as refusal:
        stock.adjust(actor=sam, product=mug, delta=delta, kind=kind, note=note)
    assert (refusal.value.field, refusal.value.message) == (field, sentence)
    assert StockMovement.objects.count() == 1


def test_nothing_can_be_taken_that_is_not_there(sam, mug):
    with pytest.raises(Conflict) as refusal:
        stock.adjust(actor=sam, product=mug, delta=-11, kind="sold")
    assert refusal.value.message == "Only 10 in stock: 11 cannot be taken out."
    assert (refusal.value.code, refusal.value.extra) == ("not_enough_stock", {"stock": 10})
    stock.adjust(actor=sam, product=mug, delta=-10, kind="sold")
    mug.refresh_from_db()
    assert mug.stock == 0


def test_stock_has_a_ceiling(sam, mug):
    stock.adjust(actor=sam, product=mug, delta=MAX_STOCK - 10, kind="received")
    with pytest.raises(DomainError, match="cannot exceed 1,000,000,000"):
        stock.adjust(actor=sam, product=mug, delta=1, kind="received")
    mug.refresh_from_db()
    assert mug.stock == MAX_STOCK


def test_lines_are_posted_together_or_not_at_all(sam, mug):
    jug = ProductFactory(name="Jug", stock=2)
    with pytest.raises(Conflict, match="Only 2 in stock"):
        stock.post(actor=sam, lines=[Line(mug.pk, -1, "sold"), Line(jug.pk, -3, "sold")])
    assert not ChangeSet.objects.filter(kind="stock.adjusted").exists()
    change_set = stock.post(
        actor=sam,
        lines=[Line(mug.pk, -1, "sold"), Line(jug.pk, -2, "sold"), Line(mug.pk, -4, "damaged", "dropped")],
        reason="Saturday",
    )
    lines = change_set.movements.order_by("pk").values_list("product", "delta", "balance", "note")
    assert list(lines) == [(mug.pk, -1, 9, ""), (jug.pk, -2, 0, ""), (mug.pk, -4, 5, "dropped")]
    assert change_set.reason == "Saturday"
    assert not stock.mismatches()


def test_no_lines_are_no_act(sam):
    assert stock.post(actor=sam, lines=[]).pk is None
    assert not ChangeSet.objects.exists()


def test_what_is_in_the_trash_does_not_move(ada, sam, mug):
    jug = ProductFactory(stock=1)
    trash.discard(actor=ada, product=mug)
    for act in (
        lambda: stock.post(actor=sam, lines=[Line(jug.pk, -1, "sold"), Line(mug.pk, -1, "sold")]),
        lambda: stock.count(actor=sam, product=mug, counted=1, expected=10),
    ):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.code == "trashed"
    jug.refresh_from_db()
    assert jug.stock == 1


@pytest.mark.parametrize("counted", [0, 4, 17, MAX_STOCK])
def test_a_count_sets_stock_to_what_was_counted(counted, sam, mug):
    line = stock.count(actor=sam, product=mug, counted=counted, expected=10, note="shelf 3").movements.get()
    assert (line.kind, line.delta, line.balance, line.note) == ("count", counted - 10, counted, "shelf 3")
    mug.refresh_from_db()
    assert mug.stock == counted


def test_a_count_that_finds_what_was_expected_is_still_a_line(sam, mug):
    change_set = stock.count(actor=sam, product=mug, counted=10, expected=10)
    mug.refresh_from_db()
    assert (change_set.movements.get().delta, mug.version) == (0, 1)


def test_a_count_during_which_units_moved_is_refused(sam, mug):
    stock.adjust(actor=sam, product=mug, delta=-1, kind="sold")
    with pytest.raises(Conflict) as refusal:
        stock.count(actor=sam, product=mug, counted=10, expected=10)
    assert refusal.value.message == "Stock is now 9, not 10: units moved while you counted. Count again."
    assert (refusal.value.field, refusal.value.extra) == ("counted", {"stock": 9})
    mug.refresh_from_db()
    assert mug.stock == 9


@pytest.mark.parametrize(
    ("counted", "note", "field"), [(-1, "", "counted"), (MAX_STOCK + 1, "", "counted"), (1, "n" * 201, "note")]
)
def test_an_impossible_count_is_refused(counted, note, field, sam, mug):
    with pytest.raises(DomainError) as refusal:
        stock.count(actor=sam, product=mug, counted=counted, expected=10, note=note)
    assert refusal.value.field == field
    assert mug.movements.count() == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("stock", -1), ("price", -1), ("cost", -1), ("low_stock_threshold", -1), ("name", ""), ("sku", "")],
)
def test_the_database_itself_refuses_what_no_service_would_write(name, value, mug):
    setattr(mug, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        mug.save()
    assert Product.objects.filter(pk=mug.pk).exclude(**{name: value}).exists()


@pytest.mark.parametrize("line", [{"delta": 0}, {"balance": -1}, {"kind": "stolen"}])
def test_the_database_itself_refuses_a_false_line(line, mug):
    movement = mug.movements.get()
    for name, value in line.items():
        setattr(movement, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        movement.save()


def test_a_planted_lie_is_found_and_only_it(sam, mug):
    ProductFactory(stock=0)
    ProductFactory(stock=5)
    stock.adjust(actor=sam, product=mug, delta=-3, kind="sold")
    assert not stock.mismatches()
    liar = ProductFactory(name="Liar", stock=2)
    ghost = ProductFactory(name="Ghost")
    with changes.recorded(actor=sam, kind="lie"):
        Product.objects.filter(pk=liar.pk).update(stock=3)
        Product.objects.filter(pk=ghost.pk).update(stock=1)
    assert [(p.name, p.stock, p.ledger) for p in stock.mismatches()] == [("Liar", 3, 2), ("Ghost", 1, 0)]
