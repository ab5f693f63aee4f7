"""Keyset pages and bounded counts, without any door."""

from itertools import pairwise

import pytest
from django.db import connection

from products.filters import SORTS
from products.models import Product
from site_config.lib import paging
from site_config.lib.errors import DomainError
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def names(page):
    return [row.name for row in page.rows]


@pytest.fixture
def five():
    return [ProductFactory(name=name, price=5) for name in "ABCDE"]


def test_a_page_knows_its_neighbours(five):
    rows, sort = Product.objects.all(), SORTS["name"]
    first = paging.page(rows, sort=sort, cursor=None, size=2)
    second = paging.page(rows, sort=sort, cursor=first.next, size=2)
    third = paging.page(rows, sort=sort, cursor=second.next, size=2)
    assert [names(page) for page in (first, second, third)] == [["A", "B"], ["C", "D"], ["E"]]
    assert (first.previous, third.next) == (None, None)
    assert names(paging.page(rows, sort=sort, cursor=third.previous, size=2)) == ["C", "D"]
    back = paging.page(rows, sort=sort, cursor=second.previous, size=2)
    assert (names(back), back.previous, bool(back.next)) == (["A", "B"], None, True)


def test_an_exactly_full_last_page_has_no_next(five):
    page = paging.page(Product.objects.all(), sort=SORTS["name"], cursor=None, size=5)
    assert (len(page.rows), page.next, page.previous) == (5, None, None)


def test_a_page_behind_the_last_row_is_empty(five):
    last = paging.encode("n", SORTS["-name"], five[0])
    assert paging.page(Product.objects.all(), sort=SORTS["-name"], cursor=last, size=2) == paging.Page([], None, None)


def test_a_page_is_one_query_and_seeks_by_key(five, django_assert_num_queries):
    first = paging.page(Product.objects.all(), sort=SORTS["-price"], cursor=None, size=2)
    with django_assert_num_queries(1) as queries:
        paging.page(Product.objects.all(), sort=SORTS["-price"], cursor=first.next, size=2)
    assert "OFFSET" not in queries.captured_queries[0]["sql"]


@pytest.mark.parametrize("key", SORTS)
def test_a_cursor_holds_its_row_exactly(key, five):
    sort = SORTS[key]
    for row in Product.objects.all():
        cursor = paging.encode("n", sort, row)
        assert paging.decode(cursor, Product, sort) == ("n", getattr(row, sort.field), row.pk)
        assert cursor.isascii()
        assert "=" not in cursor


def test_equal_values_are_told_apart_by_their_key(five):
    pages, cursor = [], None
    while not pages or cursor:
        page = paging.page(Product.objects.all(), sort=SORTS["-price"], cursor=cursor, size=1)
        pages, cursor = [*pages, page.rows[0].pk], page.next
    assert len(pages) == 5
    assert all(earlier > later for earlier, later in pairwise(pages))


def test_a_cursor_is_no_way_to_the_database(five, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(DomainError) as refusal:
        paging.page(Product.objects.all(), sort=SORTS["name"], cursor="x", size=2)
    assert (refusal.value.field, refusal.value.code) == ("cursor", "bad_cursor")


def test_a_count_is_exact_up_to_its_limit(five, monkeypatch):
    assert paging.count(Product.objects.all()) == paging.Count(5, exact=True)
    monkeypatch.setattr(paging, "COUNT_LIMIT", 5)
    assert paging.count(Product.objects.order_by("name")) == paging.Count(5, exact=True)


def test_beyond_its_limit_a_count_is_an_estimate_and_never_reads_on(five, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 3)
    counted = paging.count(Product.objects.order_by("name"))
    assert (counted.number >= 3, counted.exact) == (True, False)


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
def test_where_the_planner_knows_the_estimate_is_its_own(vendor, five, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 3)
    monkeypatch.setattr(connection, "vendor", vendor)
    plan = '[{"Plan": {"Plan Rows": 1234567}}]'
    monkeypatch.setattr(type(Product.objects.all()), "explain", lambda self, **options: plan)
    expected = 1_234_567 if vendor == "postgresql" else 3
    assert paging.count(Product.objects.all()) == paging.Count(expected, exact=False)
