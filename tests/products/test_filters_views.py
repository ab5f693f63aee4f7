"""The Filter menu: a field, an operator and a value become a chip."""

import pytest

from products.filters import ALL
from products.views.presentation import FIELDS, MADE_OF, WORDS
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
MENU, LIST = "/products/filters/", "/products/"
HTMX = {"HTTP_HX_REQUEST": "true"}


def labels(response):
    return [str(field.label) for field in response.context["fields"]]


def test_the_menu_has_every_filter_there_is():
    assert {"q", *MADE_OF} == ALL
    assert {operator for field in FIELDS for operator in field.operators} | {"filled"} == set(WORDS)


def test_a_person_is_offered_the_fields_that_exist_for_them(page_of, sam, cleo):
    assert {"Cost", "Margin in percent"} <= set(labels(page_of(sam).get(MENU)))
    mine = page_of(cleo).get(MENU)
    assert not {"Cost", "Margin in percent"} & set(labels(mine))
    assert b"Cost" not in mine.content
    # To ask for its form is to ask for the list of fields.
    assert page_of(cleo).get(MENU, {"field": "cost"}).context["form"] is None
    assert page_of(cleo).get(MENU, {"field": "cost", "operator": "lt", "value": "5"}).status_code == 200


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"field": "price", "operator": "gt", "value": " 10 "}, "price__gt=10"),
        ({"field": "price", "operator": "max", "value": "10.50"}, "price_max=10.50"),
        ({"field": "status", "operator": "not", "value": "draft"}, "status__not=draft"),
        ({"field": "barcode", "operator": "empty", "value": ""}, "barcode__empty=yes"),
        ({"field": "barcode", "operator": "filled", "value": "x"}, "barcode__empty=no"),
        ({"field": "barcode", "operator": "filled", "value": "1" * 20}, "barcode__empty=no"),
        ({"field": "name", "operator": "not_contains", "value": "a & b"}, "name__not_contains=a+%26+b"),
        ({"field": "updated", "operator": "after", "value": "2026-01-02"}, "updated_after=2026-01-02"),
    ],
)
def test_what_is_chosen_becomes_part_of_the_lists_address(given, address, page_of, sam, mug):
    response = page_of(sam).get(MENU, given)
    assert (response.status_code, response["Location"]) == (302, f"{LIST}?{address}")
    assert page_of(sam).get(response["Location"]).status_code == 200


def test_the_rest_of_the_list_is_kept_and_its_place_is_not(page_of, sam, mug):
    query = {"q": "mug", "sort": "name", "price__gt": "1", "cursor": "x", "stock": ""}
    response = page_of(sam).get(MENU, {**query, "field": "price", "operator": "gt", "value": "2"})
    assert response["Location"] == f"{LIST}?q=mug&sort=name&price__gt=2"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"field": "price", "operator": "gt", "value": "ten"}, "Enter a number."),
        ({"field": "price", "operator": "gt", "value": ""}, "Give a value."),
        ({"field": "price", "operator": "gt"}, "Give a value."),
        ({"field": "barcode", "operator": "is", "value": ""}, "Give a value."),
        ({"field": "price", "operator": "over", "value": "1"}, "Select a valid choice."),
        ({"field": "barcode", "operator": "is", "value": "1" * 15}, "at most 14 characters"),
        ({"field": "category", "operator": "is", "value": "999"}, "Select a valid choice."),
        ({"field": "stock", "operator": "lt", "value": "1.5"}, "Enter a whole number."),
    ],
)
def test_a_value_that_cannot_be_is_refused_where_it_was_given(given, sentence, page_of, sam, mug):
    response = page_of(sam).get(MENU, given)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode()


def test_a_field_that_is_none_shows_the_fields(page_of, sam):
    for field in ("colour", ""):
        response = page_of(sam).get(MENU, {"field": field, "operator": "is", "value": "x"})
        assert (response.status_code, response.context["form"]) == (200, None)


def test_the_choices_of_a_field_are_those_the_person_sees(page_of, sam, cleo, mug):
    CategoryFactory(name="Kitchen")
    ProductFactory(owner=cleo, is_public=False)
    html = page_of(sam).get(MENU, {"field": "owner"}).content.decode()
    assert "Ada Okafor</option>" in html
    assert "Cleo Martin</option>" not in html
    assert "Kitchen</option>" in page_of(cleo).get(MENU, {"field": "category"}).content.decode()


def test_in_the_menu_it_is_a_fragment(page_of, sam):
    for query in ({}, {"field": "price"}):
        response = page_of(sam).get(MENU, query, **HTMX)
        assert response.status_code == 200
        assert b"<html" not in response.content
    assert b"<html" in page_of(sam).get(MENU).content


def test_without_script_the_list_leads_to_the_page_with_its_query(page_of, sam, mug):
    html = page_of(sam).get(LIST, {"q": "mug", "stock": "in"}).content.decode()
    assert f'href="{MENU}?q=mug&amp;stock=in"' in html
    html = page_of(sam).get(MENU, {"q": "mug", "stock": "in"}).content.decode()
    assert f'href="{MENU}?q=mug&amp;stock=in&amp;field=price"' in html
    html = page_of(sam).get(MENU, {"q": "mug", "stock": "in", "field": "price"}).content.decode()
    assert '<input type="hidden" name="stock" value="in">' in html


def test_the_list_itself_asks_for_no_choices(page_of, sam, django_assert_max_num_queries):
    """What the menu offers is looked up when it is opened: the list is its rows and their count, whatever is on offer."""
    for _number in range(3):
        ProductFactory(category=CategoryFactory(), tags=["red"])
    client = page_of(sam)
    client.get(LIST)
    with django_assert_max_num_queries(4):  # the session and its person, a count, rows
        client.get(LIST, {"q": "x", "price__gt": "1"}, **HTMX)


@pytest.mark.parametrize(
    ("query", "label", "words"),
    [
        ("price__gt=10", "Price", "over £10.00"),
        ("cost__lt=1234.5", "Cost", "under £1,234.50"),
        ("margin__lt=12.5", "Margin in percent", "under 12.5%"),
        ("status=draft", "Status", "Draft"),
        ("status__not=archived", "Status", "not Archived"),
        ("stock=low", "Stock level", "Low"),
        ("stock__lt=5", "Units in stock", "under 5"),
        ("category=KITCHEN", "Category", "Kitchen"),
        ("category__not=KITCHEN", "Category", "not Kitchen"),
        ("category__empty=yes", "Category", "empty"),
        ("category__empty=no", "Category", "not empty"),
        ("tag=red", "Tag", "red"),
        ("owner__not=SAM", "Owner", "not Sam Reyes"),
        ("name__contains=mug", "Name", "contains mug"),
        ("sku__not_contains={}", "SKU", "does not contain {}"),
        ("updated_after=2026-03-01", "Changed", "since 1 Mar 2026"),
        ("created_before=2026-03-01", "Added", "until 1 Mar 2026"),
        ("archived=no", "Archived", "No"),
    ],
)
def test_a_chip_says_the_filter_in_words(query, label, words, page_of, sam):
    ProductFactory(owner=sam)
    query = query.replace("KITCHEN", str(CategoryFactory(name="Kitchen").pk)).replace("SAM", str(sam.pk))
    [chip] = page_of(sam).get(f"{LIST}?{query}").context["chips"]
    assert (chip.label, chip.value, chip.without) == (label, words, "?")


def test_a_chip_is_a_link_to_the_list_without_it(page_of, sam, mug):
    html = page_of(sam).get(f"{LIST}?price__gt=10&tag=red&sort=name").content.decode()
    assert 'aria-label="Remove filter Tag: red"' in html
    assert 'href="?price__gt=10&amp;sort=name"' in html
    # The search's own form keeps them while somebody types.
    for name, value in (("price__gt", "10"), ("tag", "red"), ("sort", "name")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in html


def test_the_orders_keep_the_filters(page_of, sam, mug):
    response = page_of(sam).get(f"{LIST}?price__gt=10&cursor=&sort=name", **HTMX)
    assert ("?price__gt=10&sort=-price", "Price, highest first", False) in response.context["orders"]
    assert ("?price__gt=10&sort=name", "Name, A to Z", True) in response.context["orders"]
    assert b'id="m-sort" popover hx-swap-oob="true"' in response.content
