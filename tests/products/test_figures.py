"""The figures of the overview: true for whom they are shown to, and never added up twice for a large catalogue."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from products.models import ChangeSet, Figures, Product, StockMovement
from products.services import catalogue, changes, figures, stock, trash
from site_config.lib import paging
from tests.factories import CategoryFactory, ProductFactory

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def shelf(ada, sam):
    """Two public products, a draft of ada's, a draft of sam's."""
    tools = CategoryFactory(name="Tools")
    hammers = CategoryFactory(name="Hammers", parent=tools)
    one = {"owner": ada, "low_stock_threshold": 5, "price": "9.00"}
    return {
        "hammer": ProductFactory(name="Hammer", stock=10, cost="4.00", category=hammers, **one),
        "saw": ProductFactory(name="Saw", stock=3, cost="1.50", category=tools, **one),
        "draft": ProductFactory(name="Draft", stock=2, cost="10.00", is_public=False, **one),
        "sams": ProductFactory(name="Sam's", stock=0, owner=sam, is_public=False, price="1.00"),
    }


def numbers(totals):
    return {name: getattr(totals, name) for name in figures.NUMBERS}


@pytest.mark.postgresql
def test_what_came_and_went_lately_is_found_by_its_time(ada, shelf):
    """Beside some thousands of long ago: a ledger of years only makes the choice clearer."""
    act = ChangeSet.objects.latest("pk")
    line = {"change_set": act, "kind": "received", "delta": 1, "balance": 1, "at": act.at - timedelta(days=400)}
    StockMovement.objects.bulk_create(
        StockMovement(product=product, **line) for product in shelf.values() for _n in range(1500)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products_stockmovement, products_product")
    assert "movement_by_time" in figures.lately(Product.objects.visible_to(ada)).explain()


class TestWhatTheySay:
    def test_an_admin_sees_the_figures_of_everything(self, ada, shelf):
        totals = figures.of(ada)
        assert numbers(totals) == {"products": 4, "visible": 2, "drafts": 2, "low": 2, "out": 1, "units": 15}
        assert totals.value == Decimal("64.50")
        assert totals.at is None

    def test_staff_see_those_of_public_products_and_their_own(self, sam, shelf):
        assert numbers(figures.of(sam)) == {"products": 3, "visible": 2, "drafts": 1, "low": 1, "out": 1, "units": 13}

    def test_a_client_sees_their_own_without_any_value(self, cleo, shelf):
        ProductFactory(owner=cleo, stock=7, cost="3.00")
        totals = figures.of(cleo)
        assert (totals.products, totals.units, totals.value, totals.categories) == (1, 7, None, [])

    def test_value_is_added_up_in_the_topmost_category_the_largest_first(self, ada, shelf):
        tools = shelf["saw"].category_id
        assert figures.of(ada).categories == [(tools, Decimal("44.50")), (None, Decimal("20.00"))]

    def test_what_is_archived_is_neither_visible_nor_a_draft(self, ada, shelf):
        with changes.recorded(actor=ada, kind="product.archived") as recorder:
            recorder.update([(changes.lock_one(shelf["hammer"], ada), {"archived_at": recorder.change_set.at})])
        totals = figures.of(ada)
        assert (totals.products, totals.visible, totals.drafts) == (4, 1, 2)

    def test_what_is_in_the_trash_counts_nowhere(self, ada, shelf):
        trash.discard(actor=ada, product=shelf["hammer"])
        totals = figures.of(ada)
        assert (totals.products, totals.units, totals.value) == (3, 5, Decimal("24.50"))

    def test_an_empty_catalogue_has_figures_too(self, ada):
        totals = figures.of(ada)
        assert set(numbers(totals).values()) == {0}
        assert (totals.value, totals.categories) == (0, [])


class TestMovements:
    def test_each_day_of_the_last_thirty_has_what_came_and_went(self, ada, sam):
        with time_machine.travel(NOON - timedelta(days=40), tick=False):
            mug = ProductFactory(owner=ada, stock=100)
        with time_machine.travel(NOON - timedelta(days=1), tick=False):
            stock.adjust(actor=ada, product=mug, delta=-4, kind="sold")
            stock.adjust(actor=ada, product=mug, delta=9, kind="received")
            stock.adjust(actor=ada, product=mug, delta=-1, kind="damaged")
        with time_machine.travel(NOON, tick=False):
            days = figures.of(sam).days
        assert len(days) == 30
        assert days[-1] == figures.Day(NOON.date(), 0, 0)
        assert days[-2] == figures.Day(NOON.date() - timedelta(days=1), 9, 5)
        assert sum(day.came + day.went for day in days) == 14

    def test_movements_of_what_one_cannot_see_are_not_counted(self, ada, sam):
        ProductFactory(owner=ada, stock=100, is_public=False)
        assert sum(day.came for day in figures.of(sam).days) == 0
        assert sum(day.came for day in figures.of(ada).days) == 100


class TestLargeCatalogues:
    @pytest.fixture(autouse=True)
    def _two_is_large(self, monkeypatch):
        monkeypatch.setattr(paging, "COUNT_LIMIT", 2)

    def test_the_worker_adds_up_and_the_page_says_of_when(self, ada, shelf):
        with time_machine.travel(NOON, tick=False):
            assert figures.refresh() == 2
        with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
            catalogue.edit(actor=ada, product=shelf["hammer"], cost=Decimal(0))
            totals = figures.of(ada)
        assert (totals.value, totals.at) == (Decimal("64.50"), NOON)

    def test_the_first_who_asks_has_them_added_up(self, ada, shelf, django_assert_num_queries):
        assert figures.of(ada).products == 4
        assert Figures.objects.get().scope == figures.ALL
        with django_assert_num_queries(3):  # is it large, what was kept, the categories
            figures.of(ada)

    def test_staff_have_the_public_ones_and_their_own_drafts_as_they_are_now(self, ada, sam, shelf):
        assert numbers(figures.of(sam)) == {"products": 3, "visible": 2, "drafts": 1, "low": 1, "out": 1, "units": 13}
        ProductFactory(owner=sam, is_public=False, stock=1)
        assert figures.of(sam).products == 4
        assert figures.of(sam).at is not None

    def test_refreshing_writes_over_what_was_kept(self, ada, shelf):
        figures.refresh()
        catalogue.edit(actor=ada, product=shelf["hammer"], cost=Decimal(0))
        figures.refresh()
        assert figures.of(ada).value == Decimal("24.50")

    def test_a_small_catalogue_is_not_kept(self, ada):
        assert figures.refresh() == 0
        assert not Figures.objects.exists()

    def test_a_client_has_theirs_added_up_at_once(self, ada, cleo, shelf):
        for name in "abc":
            ProductFactory(name=name, owner=cleo, stock=1)
        assert figures.of(cleo).products == 3
        assert not Figures.objects.exists()


def test_figures_are_shown_by_their_scope():
    assert str(Figures(scope="all")) == "all"


def test_days_without_a_ledger_are_none(ada):
    assert [day.came for day in figures.of(ada).days] == [0] * 30
    assert Product.objects.count() == 0
