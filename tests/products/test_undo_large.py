"""Undo of thousands of changes: by the worker, in steps that are whole or not at all, and never over what came since."""

import json
from decimal import Decimal

import pytest

from accounts.models import Activity
from accounts.policy import Role
from products.models import Category, ChangeSet, Job, Notification, Product, StockMovement
from products.services import catalogue, categories, changes, jobs, stock, trash, undo, undo_large
from site_config.lib.errors import Conflict, NotAllowed
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    monkeypatch.setattr(jobs, "STEP", 3)
    monkeypatch.setattr(jobs, "AT_ONCE", 4)


def edited(actor, products, **values):
    with changes.recorded(actor=actor, kind="product.batch_edited") as recorder:
        recorder.update([(product, dict(values)) for product in changes.lock(products)])
    return recorder.change_set


@pytest.fixture
def raised(sam):
    """Seven public products whose price and name sam changed at once."""
    for n in range(7):
        ProductFactory(name=f"Mug {n}", sku=f"M-{n}", stock=n)
    return edited(sam, Product.objects.filter(sku__startswith="M-"), price=Decimal(99), name="Cup")


def work(job, step=undo_large.step):
    jobs.run(job.pk, step)
    job.refresh_from_db()
    return job


def prices():
    return sorted(set(Product.objects.values_list("price", flat=True)))


class TestItGoesBack:
    def test_every_change_in_one_change_set_that_can_be_undone(self, sam, raised):
        job = work(undo_large.start(actor=sam, change_set=raised))
        assert (job.status, job.total, job.done, job.skipped, job.error) == ("done", 14, 14, 0, "")
        assert (prices(), Product.objects.filter(name="Cup").count()) == ([Decimal(10)], 0)
        assert ChangeSet.objects.get(undoes=raised) == job.change_set
        assert (job.change_set.kind, job.change_set.actor) == ("changes.undone", sam)
        again = work(undo_large.start(actor=sam, change_set=job.change_set))
        assert (again.status, prices()) == ("done", [Decimal(99)])

    def test_stock_by_a_movement_and_a_product_twice_in_one_act(self, sam):
        pots = [ProductFactory(stock=5) for _n in range(4)]
        lines = [stock.Line(pot.pk, delta, "correction") for delta in (-5, 7) for pot in pots]
        act = stock.post(actor=sam, lines=lines)
        job = work(undo_large.start(actor=sam, change_set=act))
        assert (job.done, job.skipped) == (8, 0)
        assert {pot.stock for pot in Product.objects.all()} == {5}
        assert not stock.mismatches()
        assert StockMovement.objects.filter(change_set=job.change_set).count() == 8

    def test_categories_before_and_after_the_products_in_them(self, ada):
        with changes.recorded(actor=ada, kind="product.imported") as recorder:
            shelf = categories.at_paths(recorder, [("Kitchen",)])[("Kitchen",)]
            catalogue.insert(
                recorder, [catalogue.build(actor=ada, name=f"Pot {n}", price=Decimal(1)) for n in range(5)]
            )
        job = work(undo_large.start(actor=ada, change_set=recorder.change_set))
        assert (job.skipped, Category.objects.count(), Product.objects.filter(trashed_at=None).count()) == (0, 0, 0)
        back = work(undo_large.start(actor=ada, change_set=job.change_set))
        assert (back.skipped, Category.objects.get().pk) == (0, shelf.pk)
        assert Product.objects.filter(trashed_at=None).count() == 5

    def test_what_was_changed_since_is_left_and_listed(self, ada, sam, raised):
        odd = Product.objects.get(sku="M-3")
        catalogue.edit(actor=ada, product=odd, price=Decimal(5))
        job = work(undo_large.start(actor=sam, change_set=raised))
        assert (job.done, job.skipped, job.notes) == (14, 1, [["Mug 3", "price", "It was changed since."]])
        odd.refresh_from_db()
        assert (odd.price, odd.name) == (Decimal(5), "Mug 3")

    def test_where_nothing_can_go_back_the_one_undo_is_not_used_up(self, ada, sam, raised):
        edited(ada, Product.objects.all(), price=Decimal(5), name="Pot")
        job = work(undo_large.start(actor=sam, change_set=raised))
        assert (job.status, job.skipped, job.change_set) == ("done", 14, None)
        assert not ChangeSet.objects.filter(undoes=raised).exists()
        assert not Activity.objects.filter(kind="changes.undone").exists()

    def test_it_is_written_down_and_its_maker_is_told(self, ada, sam, raised):
        job = work(undo_large.start(actor=ada, change_set=raised))
        line = Activity.objects.get(kind="changes.undone")
        assert (line.actor, line.person, line.details["change"]) == (ada, sam, ["", str(raised.pk)])
        assert Notification.objects.get(person=ada).job == job

    @pytest.mark.timeout(300)
    def test_ten_thousand_rows_go_back_within_the_memory_of_a_step(
        self, sam, monkeypatch, django_assert_max_num_queries
    ):
        monkeypatch.setattr(jobs, "STEP", 500)
        with changes.recorded(actor=sam, kind="product.imported") as recorder:
            many = [catalogue.build(actor=sam, looked_up=True, name="Bulk", price=Decimal(1)) for _n in range(10_000)]
            catalogue.insert(recorder, many)
        act = edited(sam, Product.objects.filter(name="Bulk"), price=Decimal(2))
        job = undo_large.start(actor=sam, change_set=act)
        assert jobs.advance(job.pk, undo_large.step)  # the categories
        with django_assert_max_num_queries(24):
            assert jobs.advance(job.pk, undo_large.step)
        job.refresh_from_db()
        assert (job.done, job.percent, job.is_over) == (500, 5, False)
        work(job)
        assert (job.status, job.done, prices()) == ("done", 10_000, [Decimal(1)])


class TestItIsRefused:
    def test_to_staff_for_what_others_did(self, ada, sam, raised):
        act = edited(ada, Product.objects.all(), price=Decimal(1))
        with pytest.raises(NotAllowed):
            undo_large.start(actor=sam, change_set=act)
        assert not Job.objects.exists()

    def test_to_a_client(self, cleo, raised):
        with pytest.raises(NotAllowed):
            undo_large.start(actor=cleo, change_set=raised)

    def test_a_second_time(self, sam, raised):
        undo_large.start(actor=sam, change_set=raised)
        with pytest.raises(Conflict) as refusal:
            undo_large.start(actor=sam, change_set=raised)
        assert refusal.value.code == "undone_already"
        assert Job.objects.count() == 1

    def test_to_a_token_that_may_not_move_stock(self, sam):
        act = stock.post(actor=sam, lines=[stock.Line(ProductFactory(stock=1).pk, 1, "correction") for _n in range(5)])
        sam.scopes = frozenset({"products"})
        with pytest.raises(NotAllowed) as refusal:
            undo_large.start(actor=sam, change_set=act)
        assert refusal.value.code == "scope_missing"

    def test_in_the_middle_when_the_right_is_taken_away(self, sam, raised):
        job = undo_large.start(actor=sam, change_set=raised)
        for _step in range(2):
            jobs.advance(job.pk, undo_large.step)
        sam.role = Role.CLIENT
        sam.save()
        work(job)
        assert (job.status, job.error) == ("failed", "Clients cannot undo changes. Ask staff or an admin.")
        assert 0 < job.done < job.total
        assert len(prices()) == 2  # what was done stays, and is a change set like any other
        assert job.change_set.changes.count() == job.done

    def test_before_the_first_change_and_can_then_be_tried_again(self, ada, sam, raised):
        job = undo_large.start(actor=sam, change_set=raised)
        sam.role = Role.CLIENT
        sam.save()
        assert (work(job).status, job.change_set) == ("failed", None)
        assert work(undo_large.start(actor=ada, change_set=raised)).status == "done"

    @pytest.mark.parametrize("act", [undo.undo, undo_large.start])
    def test_while_it_is_still_being_made(self, act, sam, raised):
        job = undo_large.start(actor=sam, change_set=raised)
        for _step in range(2):
            jobs.advance(job.pk, undo_large.step)
        with pytest.raises(Conflict) as refusal:
            act(actor=sam, change_set=job.change_set)
        assert refusal.value.code == "at_work"
        assert (work(job).skipped, prices()) == (0, [Decimal(10)])

    def test_when_what_it_would_undo_is_gone(self, sam, raised):
        job = undo_large.start(actor=sam, change_set=raised)
        job.change_set.delete()
        assert (work(job).status, job.error) == ("failed", "What was to be undone is gone.")

    def test_stock_in_the_middle_when_the_scope_is_gone(self, sam, monkeypatch):
        pots = [ProductFactory(stock=1) for _n in range(5)]
        act = stock.post(actor=sam, lines=[stock.Line(pot.pk, 1, "correction") for pot in pots])
        job = undo_large.start(actor=sam, change_set=act)
        monkeypatch.setattr(undo_large, "can", lambda person, action: undo_large.undo.can(None, action))
        assert (work(job).status, job.error) == ("failed", "Sign in to go on.")


def test_what_is_in_the_trash_by_now_goes_back_for_an_admin(ada, raised):
    for product in Product.objects.filter(sku="M-1"):
        trash.discard(actor=ada, product=product)
    job = work(undo_large.start(actor=ada, change_set=raised))
    assert (job.skipped, prices()) == (0, [Decimal(10)])


def test_a_change_set_is_large_from_one_change_more_than_is_done_at_once(sam, raised, mug):
    assert undo_large.is_large(raised)
    small = edited(sam, Product.objects.filter(pk=mug.pk), price=Decimal(1))
    assert not undo_large.is_large(small)


class TestDoors:
    def test_the_page_leaves_it_to_the_worker_and_shows_how_far_it_is(self, sam, page_of, raised):
        client = page_of(sam)
        answer = client.post(f"/changes/{raised.pk}/undo/")
        job = Job.objects.get()
        assert answer["Location"] == f"/jobs/{job.pk}/"
        page = client.get(answer["Location"])
        assert "Waiting for the worker" in page.text
        assert 'hx-trigger="every 1s"' in page.text
        jobs.advance(job.pk, undo_large.step)
        jobs.advance(job.pk, undo_large.step)
        part = client.get(answer["Location"], headers={"HX-Request": "true"}).text
        assert "<html" not in part
        assert "At work" in part
        work(job)
        done = client.get(answer["Location"]).text
        assert "14 changes made." in done
        assert "every 1s" not in done
        assert f'action="/changes/{job.change_set.pk}/undo/"' in done

    def test_what_was_left_is_listed_with_the_reason(self, ada, sam, page_of, raised):
        catalogue.edit(actor=ada, product=Product.objects.get(sku="M-3"), price=Decimal(5))
        job = work(undo_large.start(actor=sam, change_set=raised))
        page = page_of(sam).get(f"/jobs/{job.pk}/").text
        assert "1 was left as it is" in page
        assert "It was changed since." in page

    def test_a_rehearsal_by_a_script_makes_no_job_and_gives_no_number(self, sam, api_of, raised):
        told = api_of(sam).post(f"/api/changes/{raised.pk}/undo/?dry_run=true").json()
        assert (told["status"], told["result"]["id"], told["result"]["total"]) == (202, None, 14)
        assert not Job.objects.exists()
        assert not ChangeSet.objects.filter(undoes=raised).exists()

    def test_a_repeat_by_key_is_answered_with_the_same_job(self, sam, api_of, raised):
        client = api_of(sam)
        answers = [
            client.post(f"/api/changes/{raised.pk}/undo/", headers={"Idempotency-Key": "again"}) for _try in range(2)
        ]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json() == answers[1].json()
        assert (answers[0]["Location"], Job.objects.count()) == (answers[1]["Location"], 1)

    def test_a_script_gets_the_job_and_where_to_look(self, sam, api_of, raised):
        answer = api_of(sam).post(f"/api/changes/{raised.pk}/undo/")
        job = Job.objects.get()
        assert (answer.status_code, answer["Location"]) == (202, f"/api/jobs/{job.pk}/")
        assert answer.json()["status"] == "waiting"
        work(job)
        body = api_of(sam).get(answer["Location"]).json()
        assert (body["status"], body["done"], body["change_set"]) == ("done", 14, job.change_set.pk)
        assert json.dumps(body["notes"]) == "[]"
