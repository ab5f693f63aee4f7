"""The overview page: every figure leads to its list, and each role reads what is theirs."""

import re

import pytest

from products.models import Job
from tests.factories import CategoryFactory, ProductFactory


@pytest.fixture
def shop(ada, cleo):
    kitchen = CategoryFactory(name="Kitchen")
    ProductFactory(name="Kettle", owner=ada, stock=2, low_stock_threshold=4, cost="20.00", category=kitchen)
    ProductFactory(name="Mug", owner=ada, stock=0, cost="3.00")
    ProductFactory(name="Tray", owner=ada, stock=1200, cost="1.00", is_public=False)
    return kitchen


def figures(page):
    """The key figures as (label, number, where they lead)."""
    section = page.split('aria-label="Key figures"')[1].split("</section>")[0]
    return re.findall(r'<a href="([^"]*)"><span>([^<]*)</span><b>([^<]*)</b>', section)


def test_an_admin_reads_figures_of_everything(ada, page_of, shop):
    page = page_of(ada).get("/overview/").text
    assert figures(page) == [
        ("/products/", "Products", "3"),
        ("/products/?stock=low", "Low stock", "1"),
        ("#categories", "Stock value", "£1,240"),
        ("/proposals/", "Open proposals", "0"),
    ]
    assert "2 active, 1 drafts" in page
    assert f'<a href="/products/?category={shop.pk}">Kitchen</a>' in page
    assert '<a href="/products/?category__empty=yes">No category</a>' in page


def test_staff_read_those_of_what_they_see(sam, page_of, shop):
    assert [number for _href, _label, number in figures(page_of(sam).get("/overview/").text)] == ["2", "1", "£40", "0"]


def test_each_figure_is_the_number_of_rows_in_the_list_it_leads_to(sam, page_of, shop):
    client = page_of(sam)
    for href, label, number in figures(client.get("/overview/").text):
        if label in ("Products", "Low stock"):
            assert client.get(href).context["count"].number == int(number)


def test_a_client_has_a_home_of_their_own(cleo, page_of):
    assert page_of(cleo).get("/overview/").status_code == 403


@pytest.mark.parametrize("who", ["ada", "sam"])
def test_staff_and_admins_begin_there(who, request, page_of):
    answer = page_of(request.getfixturevalue(who)).get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/overview/")


def test_an_empty_shop_says_what_is_missing(ada, page_of):
    page = page_of(ada).get("/overview/").text
    assert "Nothing is low." in page
    assert "No product has a cost and stock yet." in page
    assert "Something needs a hand" not in page


def test_more_categories_than_bars_are_in_a_table(ada, page_of):
    for n in range(10):
        ProductFactory(owner=ada, stock=1, cost="1.00", category=CategoryFactory(name=f"Shelf {n}"))
    page = page_of(ada).get("/overview/").text
    assert "Show the others" in page
    assert page.count("/products/?category=") == 10


def test_what_failed_is_said_first(ada, sam, page_of):
    Job.objects.create(kind="changes.undo", actor=sam, task="x", status="failed")
    for person in (ada, sam):
        assert "1 job failed this week" in page_of(person).get("/overview/").text


def test_it_costs_the_same_however_much_there_is(ada, page_of, shop, django_assert_max_num_queries):
    client = page_of(ada)
    client.get("/overview/")
    for n in range(5):
        ProductFactory(owner=ada, stock=n, low_stock_threshold=9, category=CategoryFactory())
    with django_assert_max_num_queries(24):
        client.get("/overview/")
