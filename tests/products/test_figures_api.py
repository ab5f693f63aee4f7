"""The figures by the API: the same as on the page, without value for a client."""

import pytest

from tests.factories import CategoryFactory, ProductFactory


@pytest.fixture
def kitchen(ada):
    kitchen = CategoryFactory(name="Kitchen")
    ProductFactory(owner=ada, category=kitchen, stock=3, cost="2.50", low_stock_threshold=3)
    ProductFactory(owner=ada, stock=0, is_public=False)
    return kitchen


def test_an_admin_reads_all_of_it(ada, api_of, kitchen):
    answer = api_of(ada).get("/api/figures/")
    body = answer.json()
    days = body.pop("days")
    assert (len(days), days[-1]["came"], days[-1]["went"]) == (30, 3, 0)
    assert body == {
        "products": 2,
        "visible": 1,
        "drafts": 1,
        "low": 1,
        "out": 1,
        "units": 3,
        "value": "7.50",
        "categories": [{"category": kitchen.pk, "value": "7.50"}],
        "at": None,
    }


def test_staff_read_those_of_what_they_see(sam, api_of, kitchen):
    assert api_of(sam).get("/api/figures/").json()["products"] == 1


def test_a_client_reads_no_value(cleo, api_of, kitchen):
    ProductFactory(owner=cleo, stock=2, cost="9.00")
    body = api_of(cleo).get("/api/figures/").json()
    assert (body["products"], body["units"], body["value"], body["categories"]) == (1, 2, None, [])


def test_nobody_else_reads_them(db, api_of):
    assert api_of().get("/api/figures/").status_code == 401
