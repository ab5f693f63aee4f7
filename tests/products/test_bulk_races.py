"""Bulk calls beside each other and beside single writes.

On PostgreSQL rows are locked; on SQLite writers take turns because a transaction begins IMMEDIATE. The rules are the same.
"""

import pytest

from products.models import ChangeSet, Product
from products.services import bulk, catalogue, changes, stock
from products.services.bulk import Item
from tests.factories import ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def updates(products, version=None, **fields):
    return [Item("update", n, dict(fields), key=product.pk, version=version) for n, product in enumerate(products)]


def new(*skus):
    return [Item("create", n, {"name": sku, "price": "4", "sku": sku}) for n, sku in enumerate(skus)]


def refusals(result):
    return [outcome.refusal.code for outcome in getattr(result, "outcomes", []) if outcome.refusal]


@pytest.fixture
def shelf(ada):
    return [ProductFactory(name=f"Tin {number}", owner=ada, stock=5) for number in range(8)]


def test_two_calls_over_the_same_rows_cannot_block_each_other(ada, shelf):
    """Rows are locked in the order of their keys, whatever the order of the items."""

    def act(number):
        rows = shelf if number % 2 else shelf[::-1]
        return bulk.run(actor=ada, items=updates(rows, description=f"by {number}"))

    results = at_once(act, times=12, workers=4)
    assert [refusals(result) for result in results] == [[]] * 12
    assert set(Product.objects.values_list("version", flat=True)) == {13}
    assert len(set(Product.objects.values_list("description", flat=True))) == 1


def test_of_many_calls_with_one_version_one_wins_whole(ada, shelf):
    def act(number):
        return bulk.run(actor=ada, items=updates(shelf, version=1, stock=number, name=f"by {number}"))

    results = at_once(act, times=8, workers=4)
    [winner] = [result for result in results if isinstance(result, bulk.Report)]
    assert [refusals(result) for result in results].count(["version_mismatch"] * 8) == 7
    written = {(one.product.name, one.product.stock, one.product.version) for one in winner.outcomes}
    assert set(Product.objects.values_list("name", "stock", "version")) == written
    assert len(written) == 1
    assert not stock.mismatches()


def test_a_call_waits_for_an_edit_and_is_told_what_it_changed(ada, sam, shelf):
    items = updates(shelf[:2], version=1, name="New", price=9)
    with before_commit(lambda: bulk.run(actor=sam, items=items, atomic=False)) as rival:
        catalogue.edit(actor=ada, product=shelf[0], name="Mine")
    late, done = rival.result().outcomes
    assert [(clash.name, clash.theirs, clash.yours) for clash in late.refusal.clashes] == [("name", "Mine", "New")]
    assert done.refusal is None
    assert list(
        Product.objects.filter(pk__in=[shelf[0].pk, shelf[1].pk]).order_by("pk").values_list("name", "version")
    ) == [
        ("Mine", 2),
        ("New", 2),
    ]


def test_an_edit_waits_for_a_call(ada, sam, shelf):
    with before_commit(
        lambda: catalogue.edit(actor=sam, product=shelf[0], version=1, exact=True, name="Late")
    ) as rival:
        bulk.run(actor=ada, items=updates(shelf, version=1, name="New"))
    assert rival.result().code == "version_mismatch"
    assert set(Product.objects.values_list("name", flat=True)) == {"New"}


def test_a_sku_that_a_rival_has_inserted_but_not_committed_refuses_its_item(ada, sam, shelf):
    with before_commit(lambda: bulk.run(actor=sam, items=new("FREE-1", "race-1"))) as rival:
        ProductFactory(sku="RACE-1")
    refused = rival.result()
    assert [(one.item.index, one.refusal.code, one.refusal.field) for one in refused.outcomes] == [
        (1, "already_exists", "sku")
    ]
    assert not Product.objects.filter(sku="FREE-1").exists()


def test_calls_that_want_each_others_skus_all_end(ada, shelf):
    """One creates what the other renames to, and the other way round: the database ends one, which starts over."""

    def act(number):
        pair = [f"A-{number // 2}", f"B-{number // 2}"]
        made, renamed = pair if number % 2 else pair[::-1]
        items = [*new(made), Item("update", 0, {"sku": renamed}, key=shelf[number].pk)]
        return bulk.run(actor=ada, items=items)

    results = at_once(act, times=8, workers=2)
    assert [refusals(result) for result in results].count([]) == 4
    assert [refusals(result) for result in results].count(["already_exists"] * 2) == 4
    assert Product.objects.count() == 12


def test_without_the_lock_the_last_call_would_win(ada, shelf, monkeypatch):
    """Proof that the tests above bite: two calls of which neither waits before it reads."""
    read = [list(Product.objects.filter(pk=shelf[0].pk)) for _call in range(2)]
    monkeypatch.setattr(changes, "lock", lambda products: read.pop())
    for number in range(2):
        report = bulk.run(actor=ada, items=updates(shelf[:1], version=1, name=f"by {number}"))
        assert refusals(report) == []
    assert ChangeSet.objects.filter(kind="product.bulk_edited").count() == 2
    assert Product.objects.get(pk=shelf[0].pk).version == 2
