"""The page of a product's prices, and what is said of one below cost."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone
from django.utils.html import strip_tags

from products.services import catalogue
from products.views import prices as pages
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
NOW = timezone.datetime(2026, 11, 23, 12, tzinfo=timezone.get_current_timezone())


def at(product, query=""):
    return f"/products/{product.pk}/prices/{query}"


def text(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


@pytest.fixture
def priced(ada, sam, cleo):
    """cleo's, for 10 twenty days ago, 20 ten days ago and 15 now; its cost was raised once."""
    with time_machine.travel(NOW - timedelta(days=20), tick=False):
        mug = ProductFactory(name="Mug", price="10.00", cost="4.00", owner=cleo)
    for days, values in ((10, {"price": "20.00"}), (5, {"cost": "5.00"}), (0, {"price": "15.00"})):
        with time_machine.travel(NOW - timedelta(days=days), tick=False):
            catalogue.edit(actor=sam, product=mug, **{name: Decimal(value) for name, value in values.items()})
    return mug


@time_machine.travel(NOW, tick=False)
def test_the_table_tells_when_what_and_who(page_of, sam, priced):
    page = page_of(sam).get(at(priced))
    rows = re.findall(r"<tr role=\"row\"><td.*?</tr>", page.content.decode())
    assert [re.sub(r"\s+", " ", strip_tags(row.replace("</td>", " "))).strip() for row in rows] == [
        "Just now £20.00 £15.00 \u221225.0% Sam Reyes",
        "13 Nov £10.00 £20.00 +100.0% Sam Reyes",
        "3 Nov — £10.00 Ada Okafor",
    ]


@time_machine.travel(NOW, tick=False)
def test_the_steps_are_as_long_as_each_price_held(page_of, sam, priced):
    page = page_of(sam).get(at(priced))
    chart = page.context["chart"]
    steps = [(step.x, step.width, step.y, step.height) for step in chart.steps]
    assert steps == [
        ("0.0", "300.0", "60.0", "60.0"),
        ("300.0", "300.0", "0.0", "120.0"),
        ("600.0", "0.5", "30.0", "90.0"),
    ]
    said = "Price from 3 Nov 2026 to 23 Nov 2026: from £10.00 to £15.00, never below £10.00 and never above £20.00."
    assert f'role="img" aria-label="{said}"' in page.content.decode()


def test_a_single_price_needs_no_drawing_and_nothing_is_no_scale(page_of, sam):
    assert page_of(sam).get(at(ProductFactory())).context["chart"] is None
    gift = ProductFactory(price="0.00")
    catalogue.edit(actor=sam, product=gift, price=Decimal("1.00"))
    catalogue.edit(actor=sam, product=gift, price=Decimal("0.00"))
    assert page_of(sam).get(at(gift)).context["chart"].top == 1
    lines = pages.prices.Line
    assert pages.chart([lines(None, None, None), lines(None, None, Decimal(1))], NOW) is None


def test_costs_are_a_page_of_their_own_for_who_may_see_them(page_of, sam, cleo, priced):
    page = page_of(sam).get(at(priced, "?of=cost"))
    assert [line.new for line in page.context["lines"]] == [Decimal("5.00"), Decimal("4.00")]
    assert "?of=cost" in page_of(sam).get(at(priced)).content.decode()
    mine = page_of(cleo).get(at(priced))
    assert [line.new for line in mine.context["lines"]] == [Decimal("15.00"), Decimal("20.00"), Decimal("10.00")]
    assert "ost" not in text(mine).replace("most", "").replace("lost", "")
    for query in ("?of=cost", "?of=note", "?of="):
        assert page_of(cleo).get(at(priced, query)).status_code == 404


def test_of_what_was_never_entered_nothing_is_known(page_of, sam):
    assert "Nothing is known yet" in text(page_of(sam).get(at(ProductFactory(), "?of=cost")))


def test_it_is_paged(page_of, sam, priced, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    client = page_of(sam)
    first = client.get(at(priced))
    [older] = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
    second = client.get(at(priced, older))
    assert [line.new for line in second.context["lines"]] == [Decimal("10.00")]
    assert client.get(at(priced, "?cursor=x")).headers["Location"] == at(priced)


def test_a_page_in_the_past_is_drawn_to_its_own_end(page_of, sam, priced, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    catalogue.edit(actor=sam, product=priced, price=Decimal("16.00"))
    client = page_of(sam)
    [older] = re.findall(r'rel="next" href="([^"]+)"', client.get(at(priced)).content.decode())
    chart = client.get(at(priced, older)).context["chart"]
    assert chart.until == NOW - timedelta(days=10)


def test_it_costs_the_same_queries_however_many(page_of, sam, priced, django_assert_max_num_queries):
    for n in range(20):
        catalogue.edit(actor=sam, product=priced, price=Decimal(30 + n))
    client = page_of(sam)
    client.get(at(priced))
    with django_assert_max_num_queries(6):
        client.get(at(priced))


def test_what_one_does_not_see_has_no_prices(page_of, cleo, sam):
    assert page_of(cleo).get(at(ProductFactory())).status_code == 404
    assert page_of(sam).get(at(ProductFactory(is_public=False))).status_code == 404


def test_the_product_leads_there(page_of, sam, cleo, priced):
    for person in (sam, cleo):
        assert at(priced) in page_of(person).get(f"/products/{priced.pk}/").content.decode()


@pytest.mark.parametrize(("price", "warned"), [("6.00", True), ("6.10", False)])
def test_a_price_below_cost_is_saved_and_said(price, warned, page_of, sam, mug):
    data = {"name": "Enamel mug", "price": price, "cost": "6.10", "version": 1}
    page = page_of(sam).post(f"/products/{mug.pk}/edit/", data, follow=True)
    mug.refresh_from_db()
    assert mug.price == Decimal(price)
    assert ("Below cost: it is sold for less than it costs." in text(page)) is warned
    page = page_of(sam).post("/products/new/", {"name": "Jug", "price": price, "cost": "6.10"}, follow=True)
    assert ("Below cost" in text(page)) is warned
