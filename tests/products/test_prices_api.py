"""What a product cost at each time, for scripts."""

from decimal import Decimal

import pytest

from products.services import catalogue
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def at(product, query=""):
    return f"/api/products/{product.pk}/prices/{query}"


@pytest.fixture
def raised(sam, cleo):
    mug = ProductFactory(name="Mug", price="12.50", cost="6.10", owner=cleo)
    catalogue.edit(actor=sam, product=mug, price=Decimal("13.20"), cost=None)
    return mug


def test_every_price_is_told_the_newest_first(api_of, sam, raised):
    newest, first = api_of(sam).get(at(raised)).json()["results"]
    assert {name: newest[name] for name in ("actor", "old", "new", "percent")} == {
        "actor": "Sam Reyes",
        "old": "12.50",
        "new": "13.20",
        "percent": "5.6",
    }
    assert (first["old"], first["new"], first["percent"], first["actor"][:3]) == (None, "12.50", None, "Per")
    oldest = api_of(sam).get(at(raised, "?ordering=id&page_size=1")).json()
    assert [row["new"] for row in oldest["results"]] == ["12.50"]
    assert api_of(sam).get(oldest["next"]).json()["results"] == [newest]


def test_costs_are_told_to_who_may_see_them(api_of, sam, cleo, raised):
    told = [(row["old"], row["new"]) for row in api_of(sam).get(at(raised, "?of=cost")).json()["results"]]
    assert told == [("6.10", None), (None, "6.10")]
    assert len(api_of(cleo).get(at(raised)).json()["results"]) == 2
    assert "6.10" not in api_of(cleo).get(at(raised)).content.decode()


@pytest.mark.parametrize("query", ["?of=cost", "?of=note", "?of=", "?price=1"])
def test_a_client_asks_for_nothing_else(query, api_of, cleo, raised):
    answer = api_of(cleo).get(at(raised, query))
    assert answer.status_code == 400
    assert answer.json()["code"] in ("unknown_field", "unknown_parameter")


def test_what_one_does_not_see_has_no_prices(api_of, cleo, sam):
    assert api_of(cleo).get(at(ProductFactory())).status_code == 404


@pytest.mark.parametrize("number", [1, 20])
def test_a_page_takes_as_many_queries_as_a_page_of_one(number, api_of, sam, mug, django_assert_num_queries):
    for n in range(number):
        catalogue.edit(actor=sam, product=mug, price=Decimal(20 + n))
    api = api_of(sam)
    api.get(at(mug))
    with django_assert_num_queries(3):
        assert len(api.get(at(mug)).json()["results"]) == number + 1
