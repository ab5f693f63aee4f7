"""Which columns the list shows and how close together: kept in the browser, or with the view."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from products.services import exports, views_saved
from products.views.columns import COLUMNS, DENSITY
from tests.factories import CategoryFactory, ProductFactory

LIST = reverse("products:catalogue-list")
CHOOSE = reverse("products:columns-choose")
HTMX = {"HTTP_HX_REQUEST": "true"}


def shown(response):
    return response.context["keys"]


def test_everybody_begins_with_the_usual_columns(page_of, sam, cleo, mug):
    assert shown(page_of(sam).get(LIST)) == ["status", "category", "stock", "price", "owner", "changed"]
    assert shown(page_of(cleo).get(LIST)) == ["status", "category", "stock", "price", "changed"]


def test_a_choice_is_kept_in_the_browser(page_of, sam, mug):
    client = page_of(sam)
    answer = client.post(CHOOSE, {"column": ["price", "cost", "margin"], "next": f"{LIST}?q=mug"})
    assert answer.url == f"{LIST}?q=mug"
    assert (answer.cookies[COLUMNS].value, answer.cookies[COLUMNS]["httponly"]) == ("price.cost.margin", True)
    response = client.get(LIST)
    assert shown(response) == ["price", "cost", "margin"]
    assert "£6.10" in response.text
    assert "columns=price%2Ccost%2Cmargin" in response.text, "the export has the columns of the list"


def test_a_choice_on_a_view_goes_into_the_address(page_of, sam, mug):
    views_saved.create(actor=sam, name="Mugs", query="q=mug", columns=["price"])
    client = page_of(sam)
    here = {"HTTP_HX_CURRENT_URL": f"http://testserver{LIST}?view=mugs"}
    answer = client.post(CHOOSE, {"column": ["stock"]}, **HTMX, **here)
    assert answer.url == f"{LIST}?view=mugs&columns=stock"
    assert COLUMNS not in answer.cookies
    response = client.get(answer.url)
    assert (shown(response), response.context["view_changed"]) == (["stock"], True)
    assert shown(client.get(f"{LIST}?view=mugs")) == ["price"]


def test_no_column_at_all_is_a_list_of_names(page_of, sam, mug):
    client = page_of(sam)
    client.post(CHOOSE, {"next": LIST})
    response = client.get(LIST)
    assert shown(response) == []
    assert "Enamel mug" in response.text
    assert "columns=name" in response.text


def test_hidden_columns_are_neither_offered_nor_taken(page_of, cleo):
    ProductFactory(owner=cleo, cost="641.17")
    client = page_of(cleo)
    client.post(CHOOSE, {"column": ["cost", "margin", "secret", "price"], "next": LIST})
    client.cookies[COLUMNS] = "cost.margin.price"
    for query in ({}, {"columns": "cost,margin,price"}):
        response = client.get(LIST, query)
        assert shown(response) == ["price"]
        assert {"cost", "margin"}.isdisjoint(key for key, _label, _shown in response.context["columns"])
        assert "641.17" not in response.text


@pytest.mark.parametrize(
    "next_", ["https://elsewhere.example/products/", "//elsewhere.example", "/users/", "", "nonsense"]
)
def test_a_choice_leads_to_the_list_and_nowhere_else(next_, page_of, sam):
    assert page_of(sam).post(CHOOSE, {"column": "price", "next": next_}).url == LIST


def test_rows_stand_closer_together_where_one_wants_them(page_of, sam, mug):
    client = page_of(sam)
    assert "table stick cards compact" not in client.get(LIST).text
    client.post(CHOOSE, {"column": "price", "density": "compact", "next": LIST})
    assert "table stick cards compact" in client.get(LIST).text
    assert client.post(CHOOSE, {"column": "price", "next": LIST}).cookies[DENSITY].value == ""
    assert "table stick cards compact" not in client.get(LIST).text


def test_a_column_that_is_not_shown_is_not_asked_for(page_of, sam):
    ProductFactory(category=CategoryFactory())
    client = page_of(sam)
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST, {"columns": "status"})
    asked = [query["sql"] for query in queries if 'archived_at"' in query["sql"] and "COUNT" not in query["sql"]]
    assert len(asked) == 1
    for absent in ("products_category", "accounts_user", '"price"', '"cost"', '"description"', '"note"'):
        assert absent not in asked[0]


def test_more_columns_than_fit_scroll_by_themselves(page_of, sam, mug):
    client = page_of(sam)
    assert 'class="scroll"' not in client.get(LIST).text
    assert 'class="scroll"' in client.get(LIST, {"columns": ",".join(exports.COLUMNS)}).text
