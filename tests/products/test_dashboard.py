"""The overview shows each person what is theirs to see, and nothing that does not need them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail
from products.models import Job, Proposal
from products.services import dashboard, stock
from tests.factories import CategoryFactory, ProductFactory


def sold(actor, product, *numbers, weeks_ago=1):
    at = timezone.now() - timedelta(weeks=weeks_ago)
    lines = [stock.Line(product.pk, -number, "sold") for number in numbers]
    stock.post(actor=actor, lines=lines, at=at)


class TestReorderNext:
    def test_what_runs_out_first_at_the_rate_of_the_last_weeks_comes_first(self, ada):
        slow = ProductFactory(name="Slow", stock=14, low_stock_threshold=10)
        fast = ProductFactory(name="Fast", stock=90, low_stock_threshold=60)
        still = ProductFactory(name="Still", stock=1, low_stock_threshold=2)
        sold(ada, slow, 4)
        sold(ada, fast, 40)
        found = dashboard.reorder_next(ada)
        assert [each.product for each in found] == [fast, slow, still]
        assert [each.weekly for each in found] == [5, Decimal("0.5"), 0]
        assert [each.weeks_left for each in found] == [10, 20, None]

    def test_of_what_is_out_the_best_seller_comes_first(self, ada):
        few, many = (ProductFactory(stock=number) for number in (2, 20))
        sold(ada, few, 2)
        sold(ada, many, 20)
        assert [each.product for each in dashboard.reorder_next(ada)] == [many, few]

    def test_old_sales_and_other_movements_say_nothing_of_the_rate(self, ada):
        mug = ProductFactory(stock=20, low_stock_threshold=20)
        sold(ada, mug, 8, weeks_ago=9)
        stock.adjust(actor=ada, product=mug, delta=-2, kind="damaged")
        assert dashboard.reorder_next(ada)[0].weekly == 0

    def test_enough_on_the_shelf_archived_or_out_of_sight_is_not_listed(self, ada, sam, cleo):
        ProductFactory(stock=6, low_stock_threshold=5)
        ProductFactory(owner=ada, stock=0, is_public=False)
        assert dashboard.reorder_next(sam) == dashboard.reorder_next(cleo) == []
        assert len(dashboard.reorder_next(ada)) == 1

    def test_it_is_short_and_costs_two_queries(self, ada, django_assert_num_queries):
        for _n in range(8):
            ProductFactory(stock=0)
        with django_assert_num_queries(2):
            assert len(dashboard.reorder_next(ada)) == dashboard.REORDERS


class TestWhatWaits:
    @pytest.fixture
    def open_ones(self, ada, cleo, mug):
        theirs = ProductFactory(owner=cleo, is_public=False)
        made = [
            Proposal.objects.create(product=product, author=cleo, author_name="Cleo", version=1)
            for product in (mug, theirs)
        ]
        Proposal.objects.create(product=mug, author=cleo, author_name="Cleo", version=1, status="refused")
        return made

    def test_open_proposals_are_counted_with_the_oldest(self, ada, open_ones):
        waiting = dashboard.of(ada).waiting
        assert (waiting.count.number, waiting.oldest) == (2, open_ones[0])

    def test_staff_count_those_of_products_they_see(self, sam, open_ones):
        assert dashboard.of(sam).waiting.count.number == 1

    def test_a_client_decides_about_none(self, cleo, open_ones):
        assert dashboard.of(cleo).waiting is None


class TestTroubles:
    @pytest.fixture
    def failed(self, ada, sam):
        for actor, status in ((ada, "failed"), (sam, "failed"), (sam, "done")):
            Job.objects.create(kind="changes.undo", actor=actor, task="x", status=status)
        old = timezone.now() - timedelta(days=8)
        Job.objects.create(kind="changes.undo", actor=ada, task="x", status="failed", beat_at=old)
        Mail.objects.create(kind="test", to="a@example.com", language="en", subject="s", error="550 no")

    def test_an_admin_reads_of_every_failed_job_of_mails_and_locks(self, ada, failed):
        assert dashboard.of(ada).troubles == dashboard.Troubles(jobs=2, mails=1, locked=0)

    def test_staff_read_of_their_own_jobs_alone(self, sam, failed):
        assert dashboard.of(sam).troubles == dashboard.Troubles(jobs=1, mails=0, locked=0)


def test_value_by_category_names_the_topmost_and_what_is_in_none(ada):
    kitchen = CategoryFactory(name="Kitchen")
    ProductFactory(category=kitchen, stock=2, cost="5.00")
    ProductFactory(stock=1, cost="1.00")
    values = [(each.category, each.value) for each in dashboard.of(ada).categories]
    assert values == [(kitchen, Decimal("10.00")), (None, Decimal("1.00"))]


def test_recent_changes_are_those_one_may_see(ada, sam, cleo, mug):
    hidden = ProductFactory(owner=ada, is_public=False)
    assert len(dashboard.of(ada).changes) == 2
    assert [change_set.changes.get().object_id for change_set in dashboard.of(sam).changes] == [mug.pk]
    assert hidden.pk
    assert dashboard.of(cleo).changes == []
