"""Filters with an operator: what is not so, what holds a text, what is under, over or empty."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.http import QueryDict
from django.test import override_settings

from products.filters import ALL, OPEN, ProductFilter, selected
from products.models import Product
from products.services import changes
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


def found(reader, query):
    return sorted(selected(reader, query).values_list("name", flat=True))


def refused(reader, query):
    with pytest.raises(DomainError) as error:
        selected(reader, query)
    return error.value


@pytest.fixture
def shelf(ada, sam):
    """Four products: Cup, Pot, Tin and Éclair."""
    kitchen = CategoryFactory(name="Kitchen")
    cups = CategoryFactory(name="Cups", parent=kitchen)
    rows = [
        {"name": "Cup", "sku": "CUP-10", "barcode": "96385074", "price": "5", "cost": "4", "category": cups},
        {"name": "Pot 100%", "sku": "P_OT", "price": "20", "cost": "30", "stock": 2, "low_stock_threshold": 2},
        {"name": "Tin", "sku": "T\\IN", "price": "0", "cost": "1", "stock": 9, "owner": sam, "is_public": False},
        {"name": "Éclair", "sku": "E-1", "price": "7.25", "category": kitchen, "tags": ["blue", "red"], "stock": 4},
    ]
    made = {row["name"]: ProductFactory(**row) for row in rows}
    with changes.recorded(actor=ada, kind="product.archived") as recorder:
        recorder.update([(made["Éclair"], {"archived_at": recorder.change_set.at})])
    return {**made, "kitchen": kitchen.pk, "cups": cups.pk, "sam": sam.pk, "ada": ada.pk}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name__contains=cu", ["Cup"]),
        ("name__contains=T", ["Pot 100%", "Tin"]),
        ("name__contains=100%25", ["Pot 100%"]),
        ("name__contains=CUP-10", []),
        ("name__contains=clair", ["Éclair"]),
        ("name__not_contains=pot", ["Cup", "Tin", "Éclair"]),
        ("name__not_contains=t", ["Cup", "Éclair"]),
        ("sku__not=cup-10", ["Pot 100%", "Tin", "Éclair"]),
        ("sku__contains=_", ["Pot 100%"]),
        ("sku__contains=\\", ["Tin"]),
        ("sku__contains=up-1", ["Cup"]),
        ("sku__not_contains=up-1", ["Pot 100%", "Tin", "Éclair"]),
        ("barcode__contains=6385", ["Cup"]),
        ("barcode__contains=cup", []),
        ("barcode__empty=yes", ["Pot 100%", "Tin", "Éclair"]),
        ("barcode__empty=no", ["Cup"]),
        ("status__not=active", ["Tin", "Éclair"]),
        ("status__not=draft", ["Cup", "Pot 100%", "Éclair"]),
        ("status__not=archived", ["Cup", "Pot 100%", "Tin"]),
        ("archived=yes", ["Éclair"]),
        ("archived=no", ["Cup", "Pot 100%", "Tin"]),
        ("stock__lt=4", ["Cup", "Pot 100%"]),
        ("stock__gt=4", ["Tin"]),
        ("threshold__lt=2", ["Cup", "Tin", "Éclair"]),
        ("threshold__gt=1", ["Pot 100%"]),
        ("category__empty=yes", ["Pot 100%", "Tin"]),
        ("category__empty=no", ["Cup", "Éclair"]),
        ("category__not=kitchen", ["Pot 100%", "Tin"]),
        ("category__not=cups", ["Pot 100%", "Tin", "Éclair"]),
        ("tag=red", ["Éclair"]),
        ("tag=%20RED ", ["Éclair"]),
        ("tag=re", []),
        ("tag=%22red%22", []),
        ("tag__not=red", ["Cup", "Pot 100%", "Tin"]),
        ("tag__empty=yes", ["Cup", "Pot 100%", "Tin"]),
        ("tag__empty=no", ["Éclair"]),
        ("owner__not=ada", ["Tin"]),
        ("owner__not=sam", ["Cup", "Pot 100%", "Éclair"]),
        ("price__lt=7.25", ["Cup", "Tin"]),
        ("price__gt=7.25", ["Pot 100%"]),
        ("cost__lt=4", ["Tin"]),
        ("cost__gt=4", ["Pot 100%"]),
        ("cost__empty=yes", ["Éclair"]),
        ("cost__empty=no", ["Cup", "Pot 100%", "Tin"]),
        ("margin__lt=0", ["Pot 100%"]),
        ("margin__gt=19.9", ["Cup"]),
        ("margin__lt=20", ["Pot 100%"]),
        ("price__gt=1&category__not=cups&stock__lt=9", ["Pot 100%", "Éclair"]),
        ("name__contains=&price__lt=", ["Cup", "Pot 100%", "Tin", "Éclair"]),
    ],
)
def test_operators_narrow_alone_and_together(query, names, ada, shelf):
    for word in ("kitchen", "cups", "sam", "ada"):
        query = query.replace(f"={word}", f"={shelf[word]}")
    assert found(ada, query) == names


def test_each_offered_operator_was_tried():
    """A new filter gets its line above, or in test_filters.py."""
    marked = test_operators_narrow_alone_and_together.pytestmark[0].args[1]
    tried = {part.split("=")[0] for query, _names in marked for part in query.split("&")}
    elsewhere = {"q", "sku", "barcode", "status", "stock", "category", "owner", "price_min", "price_max"}
    assert ALL - tried - elsewhere == {"updated_after", "updated_before", "created_after", "created_before"}


def test_added_since_and_until_are_whole_days_by_the_clock_of_the_site(ada):
    with time_machine.travel(datetime(2026, 3, 3, 23, 30, tzinfo=UTC), tick=False):
        ProductFactory(name="Late")
    assert found(ada, "created_after=2026-03-03&created_before=2026-03-03") == ["Late"]
    with override_settings(TIME_ZONE="Europe/Berlin"):
        assert found(ada, "created_after=2026-03-04") == ["Late"]
        assert found(ada, "created_before=2026-03-03") == []
    for query in ("created_after=0001-01-01", "created_before=9999-12-31"):
        assert found(ada, query) == ["Late"]


# --- What does not exist for somebody --------------------------------------------------------------------------------


def test_filters_by_cost_exist_for_those_who_see_cost(ada, sam, cleo, shelf):
    assert found(sam, "cost__lt=5") == found(ada, "cost__lt=5") == ["Cup", "Tin"]
    made_up = refused(cleo, "colour__lt=5")
    for name in sorted(ALL - OPEN):
        error = refused(cleo, f"{name}=5")
        assert (
            (error.code, error.message) == (made_up.code, made_up.message) == ("bad_filter", "There is no such filter.")
        )
    assert {name.split("__")[0] for name in ALL - OPEN} == {"cost", "margin"}


def test_a_mistyped_operator_is_no_wish_for_everything(ada, shelf):
    assert refused(ada, "price__over=5").fields == {"price__over": ["There is no such filter."]}
    assert refused(ada, "price__lt=x&name__is=1").fields.keys() == {"price__lt", "name__is"}
    # Words of the list itself are none of the filters' business.
    assert found(ada, "sort=name&cursor=x&view=y&columns=z&in=a") == found(ada, "")


@pytest.mark.parametrize(
    "query",
    [
        "stock__lt=1.5",
        "stock__gt=-1",
        "threshold__lt=x",
        "threshold__gt=9999999999",
        "price__lt=NaN",
        "price__gt=1e-20000",
        "cost__gt=-1",
        "cost__empty=maybe",
        "margin__gt=1e9",
        "margin__lt=Infinity",
        "archived=1",
        "status__not=gone",
        "category__not=999999",
        "owner__not=x",
        "tag=" + "x" * 41,
        "tag__not=a%00b",
        "name__contains=" + "x" * 201,
        "created_after=yesterday",
        "barcode__contains=" + "1" * 15,
    ],
)
def test_an_operator_that_cannot_be_answered_is_named(query, ada, shelf):
    error = refused(ada, query)
    assert (error.code, [*error.fields]) == ("bad_filter", [query.split("=")[0]])


def test_one_does_not_ask_about_owners_one_does_not_see(sam, cleo, shelf):
    hidden = ProductFactory(owner=cleo, is_public=False)
    assert refused(sam, f"owner__not={hidden.owner_id}").fields == refused(sam, "owner__not=999999").fields


def test_a_list_makes_no_more_filters_than_are_given(ada, shelf, django_assert_num_queries):
    with django_assert_num_queries(0):
        made = ProductFilter(QueryDict("price__lt=5&sort=name"), Product.objects.visible_to(ada), reader=ada)
        assert made.is_valid()
    assert [*made.filters] == [*made.form.fields] == ["price__lt"]


# --- By the API ------------------------------------------------------------------------------------------------------


def test_the_api_has_the_same_filters(api_of, sam, shelf):
    for query in ("price__gt=7.25", "tag=red", "category__empty=yes", "margin__lt=0", "name__contains=cu"):
        rows = api_of(sam).get(f"/api/products/?{query}").json()["results"]
        assert sorted(row["name"] for row in rows) == found(sam, query), query


def test_for_a_client_the_api_has_no_filter_by_cost(api_of, sam, cleo, shelf):
    for path in ("/api/products/", "/api/products/export/"):
        made_up = api_of(cleo).get(f"{path}?colour__lt=5")
        for name in sorted(ALL - OPEN):
            answer = api_of(cleo).get(f"{path}?{name}=5")
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter"), name
            assert answer.json()["detail"] == made_up.json()["detail"]
        assert api_of(sam).get(f"{path}?cost__lt=5").status_code == 200


def test_the_page_names_a_refused_filter_and_keeps_it_as_a_chip(page_of, cleo, shelf):
    response = page_of(cleo).get("/products/?cost__lt=5&price__lt=x&status=active")
    assert response.status_code == 422
    assert b"cost__lt: There is no such filter." in response.content
    assert b"Price: Enter a number." in response.content
    chips = {chip.label: (chip.value, chip.without) for chip in response.context["chips"]}
    assert chips["cost__lt"] == ("5", "?price__lt=x&status=active")
    assert chips["Price"] == ("x", "?cost__lt=5&status=active")
