"""A batch of thousands: by the worker, in steps by key, none skipped, none twice, nothing that came later."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from accounts.policy import Role
from products.models import ChangeSet, Job, Product
from products.services import batch, catalogue, jobs, undo_large
from products.services.batch import Selection
from products.services.batch_values import Edit, PriceRule
from site_config.lib import paging
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
UP = Edit(price=PriceRule("percent", Decimal(10)))
DRAFT = Edit({"is_public": False})
EVERYTHING = Selection(query="")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    monkeypatch.setattr(jobs, "STEP", 3)
    monkeypatch.setattr(jobs, "AT_ONCE", 4)


@pytest.fixture
def tins(ada):
    """Ten public products at 10."""
    return [ProductFactory(name=f"Tin {n}", owner=ada) for n in range(10)]


def begin(actor, selection=EVERYTHING, edit=UP, **options):
    job = batch.run(actor=actor, selection=selection, edit=edit, **options)
    assert isinstance(job, Job)
    return job


def work(job):
    batch.go_on.func(job.pk)
    job.refresh_from_db()
    return job


def prices():
    return sorted(Product.objects.values_list("price", flat=True))


def test_more_than_is_done_at_once_goes_to_the_worker_as_one_change_set(sam, tins, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = begin(sam, reason="Spring")
    assert (job.kind, job.status, job.total, job.done) == ("product.batch_edited", "waiting", 10, 0)
    assert prices() == [Decimal(10)] * 10
    assert DBTaskResult.objects.get().task_path == "products.services.batch.go_on"
    work(job)
    assert (job.status, job.done, job.total, job.skipped, job.notes) == ("done", 10, 10, 0, [])
    assert prices() == [Decimal(11)] * 10
    assert (job.change_set.reason, job.change_set.changes.count()) == ("Spring", 10)
    back = undo_large.start(actor=sam, change_set=job.change_set)
    jobs.run(back.pk, undo_large.step)
    assert prices() == [Decimal(10)] * 10


def test_an_edit_that_takes_products_out_of_its_own_list_skips_none(sam, tins):
    job = work(begin(sam, Selection(query="status=active"), DRAFT))
    assert (job.done, Product.objects.filter(is_public=False).count()) == (10, 10)


def test_the_worker_counts_them_all_where_nobody_waits(sam, tins, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 5)
    job = begin(sam)
    jobs.advance(job.pk, batch.step)
    job.refresh_from_db()
    assert (job.total, job.done) == (10, 3)


def test_a_product_made_after_the_preview_is_not_edited(sam, tins):
    job = begin(sam, Selection(query="", last=batch.newest()))
    late = ProductFactory()
    work(job)
    late.refresh_from_db()
    assert (late.price, job.done) == (Decimal(10), 10)


def test_one_made_while_it_runs_is_not_edited_either(sam, tins):
    job = begin(sam)
    jobs.advance(job.pk, batch.step)
    late = ProductFactory()
    work(job)
    late.refresh_from_db()
    assert (late.price, job.done) == (Decimal(10), 10)


def test_a_worker_that_died_goes_on_where_it_was_and_edits_nothing_twice(sam, tins):
    job = begin(sam)
    jobs.advance(job.pk, batch.step)
    jobs.advance(job.pk, batch.step)
    job.refresh_from_db()
    assert (job.status, job.done) == ("running", 6)
    work(job)
    work(job)
    assert (job.done, prices()) == (10, [Decimal(11)] * 10)


def test_what_is_so_already_is_not_counted_and_what_cannot_be_is_listed(sam, ada, tins):
    catalogue.edit(actor=ada, product=tins[0], price=Decimal(3))
    catalogue.edit(actor=ada, product=tins[5], price=Decimal(5))
    job = work(begin(sam, edit=Edit(price=PriceRule("amount", Decimal(-5)))))
    assert (job.done, job.total, job.skipped) == (10, 10, 1)
    assert job.notes == [["Tin 0", "price", "Its price would be below zero."]]
    job = work(begin(sam, edit=Edit(price=PriceRule("set", Decimal(5)))))
    assert (job.done, job.total, job.change_set.changes.count()) == (2, 2, 2)


def test_where_all_is_so_already_no_change_set_is_left(sam, tins):
    before = ChangeSet.objects.count()
    job = work(begin(sam, edit=Edit({"is_public": True})))
    assert (job.status, job.done, job.total, job.change_set) == ("done", 0, 0, None)
    assert ChangeSet.objects.count() == before


def test_a_product_that_somebody_hid_meanwhile_is_left_alone(sam, ada, tins):
    job = begin(sam)
    jobs.advance(job.pk, batch.step)
    catalogue.edit(actor=ada, product=tins[9], is_public=False)
    work(job)
    tins[9].refresh_from_db()
    assert (tins[9].price, job.done) == (Decimal(10), 9)


def test_who_loses_the_right_meanwhile_goes_no_further(sam, tins):
    job = begin(sam)
    jobs.advance(job.pk, batch.step)
    type(sam).objects.filter(pk=sam.pk).update(role=Role.CLIENT)
    work(job)
    assert (job.status, job.done) == ("failed", 3)
    assert job.error == "Clients cannot edit products. Ask staff or an admin to change it."
    assert prices().count(Decimal(11)) == 3


def test_a_category_that_is_deleted_meanwhile_ends_it(ada, tins):
    shelf = CategoryFactory()
    job = begin(ada, edit=Edit({"category": shelf.pk}))
    shelf.delete()
    work(job)
    assert (job.status, job.error) == ("failed", "What it is set to is not there any more.")
    assert not Product.objects.exclude(category=None).exists()


def test_a_step_is_whole_or_not_at_all(sam, tins, monkeypatch):
    job = begin(sam)
    monkeypatch.setattr(batch.changes.Recorder, "note", lambda *_given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        work(job)
    assert prices() == [Decimal(10)] * 10


def test_a_step_costs_the_same_number_of_statements_whatever_is_behind_it(sam, monkeypatch):
    def cost(number):
        ProductFactory.create_batch(number)
        monkeypatch.setattr(jobs, "STEP", number)
        job = begin(sam)
        with CaptureQueriesContext(connection) as queries:
            jobs.advance(job.pk, batch.step)
        return len(queries)

    assert cost(6) == cost(30)


def test_refusals_beyond_those_that_are_kept_are_counted(sam, tins, monkeypatch):
    monkeypatch.setattr(batch, "MOST_REFUSED", 1)
    job = work(begin(sam, edit=Edit(price=PriceRule("amount", Decimal(-50)))))
    assert (job.skipped, job.done, len(job.notes), job.change_set) == (10, 10, 4, None)
