"""A large undo beside others: it is claimed once, and what is written meanwhile is never overwritten.

On PostgreSQL rows are locked; on SQLite writers take turns because a transaction begins IMMEDIATE. The rules are the same.
"""

from decimal import Decimal

import pytest

from products.models import ChangeSet, Job, Product
from products.services import catalogue, changes, jobs, stock, undo, undo_large
from tests.factories import ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    monkeypatch.setattr(jobs, "STEP", 4)
    monkeypatch.setattr(jobs, "AT_ONCE", 4)


@pytest.fixture
def raised(ada):
    for number in range(12):
        ProductFactory(sku=f"T-{number}", owner=ada, stock=5)
    with changes.recorded(actor=ada, kind="product.batch_edited") as recorder:
        recorder.update([(row, {"price": Decimal(99)}) for row in changes.lock(Product.objects.all())])
    return recorder.change_set


def codes(results):
    return sorted(getattr(result, "code", "claimed") for result in results)


def test_of_many_who_ask_for_one_undo_one_gets_the_job(ada, raised):
    results = at_once(lambda _number: undo_large.start(actor=ada, change_set=raised), times=6, workers=6)
    assert codes(results) == ["claimed", *["undone_already"] * 5]
    assert (Job.objects.count(), ChangeSet.objects.filter(undoes=raised).count()) == (1, 1)


def test_two_workers_at_one_undo_take_back_everything_once(ada, raised):
    job = undo_large.start(actor=ada, change_set=raised)
    at_once(lambda _worker: jobs.run(job.pk, undo_large.step), times=2, workers=2)
    job.refresh_from_db()
    assert (job.status, job.done, job.skipped) == ("done", 12, 0)
    assert job.change_set.changes.count() == 12
    assert set(Product.objects.values_list("price", "version")) == {(Decimal(10), 3)}


def test_an_edit_that_commits_first_is_left_and_listed(ada, raised):
    job = undo_large.start(actor=ada, change_set=raised)
    tin = Product.objects.get(sku="T-11")
    jobs.advance(job.pk, undo_large.step)
    with before_commit(lambda: jobs.run(job.pk, undo_large.step)):
        catalogue.edit(actor=ada, product=tin, price=Decimal(3))
    job.refresh_from_db()
    tin.refresh_from_db()
    assert (job.status, job.done, job.skipped, tin.price) == ("done", 12, 1, Decimal(3))


def test_a_sale_meanwhile_is_not_lost(ada):
    tins = [ProductFactory(owner=ada, stock=5) for _number in range(6)]
    act = stock.post(actor=ada, lines=[stock.Line(tin.pk, 10, "received") for tin in tins])
    job = undo_large.start(actor=ada, change_set=act)

    def both(number):
        if number == 0:
            return jobs.run(job.pk, undo_large.step)
        return stock.adjust(actor=ada, product=tins[number - 1], delta=-2, kind="sold")

    at_once(both, times=7, workers=7)
    job.refresh_from_db()
    assert (job.status, job.skipped) == ("done", 0)
    assert [tin.stock for tin in Product.objects.all()] == [3] * 6
    assert not stock.mismatches()


def test_the_undo_of_an_undo_waits_for_its_end(ada, raised):
    """While the worker's step is open, its change set is being made; when it is committed, it is not."""
    job = undo_large.start(actor=ada, change_set=raised)

    def again(number):
        return jobs.run(job.pk, undo_large.step) if number == 0 else undo.undo(actor=ada, change_set=job.change_set)

    _done, refused = at_once(again, times=2, workers=2)
    job.refresh_from_db()
    # Either it came while the job was at work, or it took everything back that was done; never a part.
    taken = ChangeSet.objects.filter(undoes=job.change_set).first()
    assert job.status == "done"
    assert taken.changes.count() == 12 if taken else refused.code == "at_work"
