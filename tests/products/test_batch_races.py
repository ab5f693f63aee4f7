"""Batches beside each other and beside single edits: nobody's work is lost, and nobody waits in a circle.

On PostgreSQL rows are locked; on SQLite writers take turns because a transaction begins IMMEDIATE. The rules are the same.
"""

from decimal import Decimal

import pytest

from products.models import Change, ChangeSet, Product
from products.services import batch, catalogue, changes, jobs, paste, stock
from products.services.batch import Selection
from products.services.batch_values import Edit, PriceRule
from tests.factories import CategoryFactory, ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PLUS = Edit(price=PriceRule("amount", Decimal(1)))
EVERYTHING = Selection(query="")


@pytest.fixture
def shelf(ada):
    return [ProductFactory(name=f"Tin {n}", sku=f"T-{n}", owner=ada, stock=5) for n in range(8)]


def prices():
    return sorted(Product.objects.values_list("price", flat=True))


def explained():
    """Every price is the first one and the changes since, one after the other."""
    for product in Product.objects.all():
        told = list(Change.objects.filter(object_id=product.pk, field="price").order_by("pk").values_list("old", "new"))
        assert told[-1][1] == str(product.price)
        assert [new for _old, new in told[:-1]] == [old for old, _new in told[1:]]


def test_two_batches_over_the_same_rows_both_count_and_cannot_block_each_other(ada, shelf):
    def act(number):
        keys = [product.pk for product in (shelf if number % 2 else shelf[::-1])]
        return batch.run(actor=ada, selection=Selection(tuple(keys)) if number % 3 else EVERYTHING, edit=PLUS)

    results = at_once(act, times=12, workers=4)
    assert [result.tally.changed for result in results] == [8] * 12
    assert prices() == [Decimal(22)] * 8
    explained()


def test_a_batch_waits_for_an_edit_and_starts_from_what_it_left(ada, sam, shelf):
    with before_commit(lambda: batch.run(actor=sam, selection=EVERYTHING, edit=PLUS)) as rival:
        catalogue.edit(actor=ada, product=shelf[0], price=Decimal(50))
    assert rival.result().tally.changed == 8
    assert prices() == [Decimal(11)] * 7 + [Decimal(51)]
    explained()


def test_an_edit_waits_for_a_batch_and_is_told_of_it(ada, sam, shelf):
    with before_commit(lambda: catalogue.edit(actor=sam, product=shelf[0], version=1, price=Decimal(9))) as rival:
        batch.run(actor=ada, selection=EVERYTHING, edit=PLUS)
    assert rival.result().code == "stale"
    assert prices() == [Decimal(11)] * 8


def test_a_product_that_leaves_the_list_while_a_batch_waits_is_not_edited(ada, sam, shelf):
    chosen = Selection(query="price_max=20")
    with before_commit(lambda: batch.run(actor=sam, selection=chosen, edit=PLUS)) as rival:
        catalogue.edit(actor=ada, product=shelf[0], price=Decimal(50))
    assert rival.result().tally.changed == 7
    assert prices() == [Decimal(11)] * 7 + [Decimal(50)]


def test_a_product_hidden_while_a_batch_waits_is_not_edited(ada, sam, shelf):
    with before_commit(lambda: batch.run(actor=sam, selection=EVERYTHING, edit=PLUS)) as rival:
        catalogue.edit(actor=ada, product=shelf[0], is_public=False)
    assert rival.result().tally.changed == 7
    assert prices() == [Decimal(10)] + [Decimal(11)] * 7


def test_a_category_deleted_meanwhile_refuses_the_whole_batch(ada, sam, shelf):
    category = CategoryFactory()
    edit = Edit({"category": category.pk})
    with before_commit(lambda: batch.run(actor=sam, selection=EVERYTHING, edit=edit)) as rival:
        changes.lock(Product.objects.all())
        category.delete()
    assert rival.result().code in ("gone", "does_not_exist")
    assert not Product.objects.exclude(category=None).exists()
    assert not ChangeSet.objects.filter(kind="product.batch_edited").exists()


def test_two_workers_at_one_job_edit_every_product_once(ada, shelf, monkeypatch):
    monkeypatch.setattr(jobs, "STEP", 2)
    monkeypatch.setattr(jobs, "AT_ONCE", 4)
    job = batch.run(actor=ada, selection=EVERYTHING, edit=PLUS)
    at_once(lambda _number: jobs.run(job.pk, batch.step), times=4, workers=4)
    job.refresh_from_db()
    assert (job.status, job.done, prices()) == ("done", 8, [Decimal(11)] * 8)
    explained()


def test_of_two_pasted_counts_over_one_stock_the_second_is_left_out(ada, sam, shelf):
    pasted = [
        (who, paste.preview(actor=who, word="stock", text=f"T-0\t{units}\nT-1\t{units}").sealed)
        for who, units in ((ada, 7), (sam, 9))
    ]
    results = at_once(lambda n: paste.run(actor=pasted[n][0], given=pasted[n][1]), times=2, workers=2)
    assert sorted((done.changed, len(done.skipped)) for done in results) == [(0, 2), (2, 0)]
    assert not stock.mismatches()
    assert Product.objects.exclude(stock=5).values("stock").distinct().count() == 1


def test_a_pasted_count_waits_for_a_sale_and_is_left_out(ada, sam, shelf):
    sealed = paste.preview(actor=sam, word="stock", text="T-0\t7\nT-1\t7").sealed
    with before_commit(lambda: paste.run(actor=sam, given=sealed)) as rival:
        stock.adjust(actor=ada, product=shelf[0], delta=-1, kind="sold")
    done = rival.result()
    assert (done.changed, [remark.label for remark in done.skipped]) == (1, ["Tin 0"])
    assert list(Product.objects.order_by("pk").values_list("stock", flat=True)[:2]) == [4, 7]
    assert not stock.mismatches()


def test_without_the_lock_a_batch_would_lose_an_edit(ada, shelf, monkeypatch):
    """Proof that the tests above bite: two batches of which neither waits before it reads."""
    read = [list(Product.objects.filter(pk=shelf[0].pk)) for _run in range(2)]
    monkeypatch.setattr(changes, "lock", lambda products: read.pop())
    for _run in range(2):
        batch.run(actor=ada, selection=EVERYTHING, edit=PLUS)
    assert Product.objects.get(pk=shelf[0].pk).price == Decimal(11)
