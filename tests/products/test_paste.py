"""A pasted column: told line by line, set as one change set, and a count only on the stock that was shown."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from accounts.policy import Role
from products.models import ChangeSet, Job, Product, StockMovement
from products.services import catalogue, jobs, paste, sealed, stock, trash, undo
from site_config.lib.errors import DomainError, NotAllowed
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
COUNTED = "\n".join(f"T-{n}\t9" for n in range(5))


@pytest.fixture
def tins(ada):
    """Five public products with five in stock, and a draft of ada's."""
    rows = [ProductFactory(name=f"Tin {n}", sku=f"T-{n}", owner=ada, stock=5) for n in range(5)]
    return [*rows, ProductFactory(name="Hidden", sku="T-H", owner=ada, stock=5, is_public=False)]


def preview(actor, word="price", text="T-0\t11\nT-1\t12"):
    return paste.preview(actor=actor, word=word, text=text)


def run(actor, *given):
    return paste.run(actor=actor, given=preview(actor, *given).sealed)


def left_out(found):
    return [(remark.line, remark.why) for remark in found.refused]


class TestThePreview:
    def test_tells_old_and_new_and_writes_nothing(self, sam, tins):
        found = preview(sam, "price", "SKU\tPrice\nT-0\t11\nt-1\t10.00\nT-2\t12,50")
        assert [(line.line, line.product.sku, line.old, line.new) for line in found.lines] == [
            (2, "T-0", Decimal(10), Decimal(11)),
            (4, "T-2", Decimal(10), Decimal("12.50")),
        ]
        assert (found.unchanged, found.refused) == (1, [])
        assert set(Product.objects.values_list("price", flat=True)) == {Decimal(10)}

    def test_says_of_each_line_why_it_is_left_out(self, sam, ada, tins):
        trash.discard(actor=ada, product=tins[4])
        text = "T-0\t11\nX-9\t1\nt-0\t12\nT-1\tcheap\nT-2\nT-H\t1\nT-4\t1"
        assert left_out(preview(sam, "price", text)) == [
            (2, "No product that you see has the SKU “X-9”."),
            (3, "The SKU “t-0” repeats line 1."),
            (4, "The price “cheap” is not an amount."),
            (5, "It has one column: paste the SKU and the value."),
            (6, "No product that you see has the SKU “T-H”."),
            (7, "No product that you see has the SKU “T-4”."),
        ]

    def test_an_admin_sees_the_hidden_one(self, ada, tins):
        assert left_out(preview(ada, "price", "T-H\t1")) == []

    @pytest.mark.parametrize("word", ["price", "cost", "threshold", "stock", "barcode", "name", "tags"])
    def test_a_client_may_paste_nothing(self, cleo, word):
        ProductFactory(sku="MINE", owner=cleo)
        with pytest.raises(NotAllowed):
            preview(cleo, word, "MINE\t1")

    def test_costs_the_same_number_of_queries_for_few_and_for_many(self, sam, tins):
        def cost(text):
            with CaptureQueriesContext(connection) as queries:
                preview(sam, "price", text)
            return len(queries)

        assert cost("T-0\t1") == cost("\n".join(f"T-{n}\t1" for n in range(400))) == 1


class TestTheRun:
    @pytest.mark.parametrize(
        ("word", "text", "column", "value"),
        [
            ("price", "T-0\t12,50", "price", Decimal("12.50")),
            ("cost", "T-0\t6.10", "cost", Decimal("6.10")),
            ("threshold", "T-0\t4", "low_stock_threshold", 4),
            ("barcode", "T-0\t96385074", "barcode", "96385074"),
            ("name", "T-0\tOil, 1 l", "name", "Oil, 1 l"),
            ("tags", "T-0\tnew, food", "tags", ["food", "new"]),
            ("stock", "T-0\t9", "stock", 9),
        ],
    )
    def test_sets_each_field_and_one_undo_takes_it_back(self, sam, tins, word, text, column, value):
        before = getattr(tins[0], column)
        done = run(sam, word, text)
        tins[0].refresh_from_db()
        assert (getattr(tins[0], column), done.changed, done.skipped) == (value, 1, [])
        assert (done.change_set.kind, done.change_set.actor) == ("product.pasted", sam)
        undo.undo(actor=sam, change_set=done.change_set)
        tins[0].refresh_from_db()
        assert getattr(tins[0], column) == before
        assert not stock.mismatches()

    def test_is_one_change_set_for_all_lines(self, sam, tins):
        done = run(sam)
        assert (done.changed, done.change_set.changes.count()) == (2, 2)

    def test_a_count_is_a_line_of_the_ledger(self, sam, tins):
        done = run(sam, "stock", "T-0\t9\nT-1\t2\nT-2\t5")
        moved = StockMovement.objects.filter(change_set=done.change_set).order_by("pk")
        assert list(moved.values_list("kind", "delta", "balance")) == [("count", 4, 9), ("count", -3, 2)]
        assert not stock.mismatches()

    def test_a_count_is_left_out_where_the_stock_moved_since_the_preview(self, sam, ada, tins):
        found = preview(sam, "stock", "T-0\t9\nT-1\t2")
        stock.adjust(actor=ada, product=tins[0], delta=-1, kind="sold")
        done = paste.run(actor=sam, given=found.sealed)
        assert [(remark.label, remark.why) for remark in done.skipped] == [
            ("Tin 0", "Stock is now 4, not 5: units moved while you counted. Count again.")
        ]
        assert list(Product.objects.order_by("pk").values_list("stock", flat=True)[:2]) == [4, 2]

    def test_even_where_it_moved_to_just_the_number_that_was_counted(self, sam, ada, tins):
        found = preview(sam, "stock", "T-0\t4")
        stock.adjust(actor=ada, product=tins[0], delta=-1, kind="sold")
        assert len(paste.run(actor=sam, given=found.sealed).skipped) == 1

    def test_a_value_is_set_whatever_the_field_holds_by_then(self, sam, ada, tins):
        found = preview(sam)
        catalogue.edit(actor=ada, product=tins[0], price=Decimal(99))
        catalogue.edit(actor=ada, product=tins[1], price=Decimal(12))
        done = paste.run(actor=sam, given=found.sealed)
        assert (done.changed, done.skipped) == (1, [])
        assert Product.objects.get(pk=tins[0].pk).price == Decimal(11)

    def test_what_was_hidden_or_trashed_since_is_left_out_without_its_name(self, sam, ada, tins):
        found = preview(sam)
        catalogue.edit(actor=ada, product=tins[0], is_public=False)
        trash.discard(actor=ada, product=tins[1])
        before = ChangeSet.objects.count()
        done = paste.run(actor=sam, given=found.sealed)
        why = "It is not there any more, or not shared with you."
        assert [(remark.label, remark.why) for remark in done.skipped] == [("Line 1", why), ("Line 2", why)]
        assert (done.changed, ChangeSet.objects.count()) == (0, before)

    def test_another_person_cannot_use_the_preview(self, sam, ada, tins):
        with pytest.raises(DomainError) as refused:
            paste.run(actor=ada, given=preview(sam).sealed)
        assert refused.value.code == "bad_preview"

    def test_nor_is_a_preview_of_something_else_one_of_this(self, sam, tins):
        other = sealed.seal(actor=sam, purpose="product.batch_edited", content=["price", []])
        with pytest.raises(DomainError, match="not valid any more"):
            paste.run(actor=sam, given=other)

    def test_who_lost_the_right_meanwhile_changes_nothing(self, sam, tins):
        found = preview(sam)
        sam.role = Role.CLIENT
        with pytest.raises(NotAllowed):
            paste.run(actor=sam, given=found.sealed)

    def test_many_lines_cost_few_statements(self, sam, tins):
        def cost(word, text):
            given = preview(sam, word, text).sealed
            with CaptureQueriesContext(connection) as queries:
                paste.run(actor=sam, given=given)
            return len(queries)

        for word in ("price", "stock"):
            few = cost(word, "T-0\t71\nT-1\t71")
            assert cost(word, "\n".join(f"T-{n}\t72" for n in range(5))) == few


class TestInTheWorker:
    @pytest.fixture(autouse=True)
    def _small_steps(self, monkeypatch):
        monkeypatch.setattr(jobs, "STEP", 2)
        monkeypatch.setattr(jobs, "AT_ONCE", 4)

    def begin(self, actor, word="stock", text=COUNTED):
        job = run(actor, word, text)
        assert isinstance(job, Job)
        return job

    def work(self, job):
        paste.go_on.func(job.pk)
        job.refresh_from_db()
        return job

    def test_it_is_one_change_set(self, sam, tins, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            job = self.begin(sam)
        assert DBTaskResult.objects.get().task_path == "products.services.paste.go_on"
        self.work(job)
        assert (job.kind, job.status, job.done, job.total, job.skipped) == ("product.pasted", "done", 5, 5, 0)
        assert job.change_set.movements.count() == 5
        assert not stock.mismatches()
        undo.undo(actor=sam, change_set=job.change_set)
        assert set(Product.objects.values_list("stock", flat=True)) == {5}

    def test_a_worker_that_died_goes_on_where_it_was(self, sam, ada, tins):
        job = self.begin(sam)
        jobs.advance(job.pk, paste.step)
        stock.adjust(actor=ada, product=tins[3], delta=-1, kind="sold")
        self.work(job)
        assert (job.done, job.skipped) == (5, 1)
        assert job.notes == [["Tin 3", "stock", "Stock is now 4, not 5: units moved while you counted. Count again."]]

    def test_who_loses_the_right_meanwhile_goes_no_further(self, sam, tins):
        job = self.begin(sam)
        jobs.advance(job.pk, paste.step)
        type(sam).objects.filter(pk=sam.pk).update(role=Role.CLIENT)
        self.work(job)
        assert (job.status, job.done) == ("failed", 2)
        assert "Clients cannot change stock" in job.error

    def test_where_nothing_is_left_to_do_no_change_set_stays(self, sam, ada, tins):
        job = self.begin(sam, "price", "\n".join(f"T-{n}\t12" for n in range(5)))
        for tin in tins[:5]:
            catalogue.edit(actor=ada, product=tin, price=Decimal(12))
        assert self.work(job).change_set is None
