"""Finding in a real browser: a search as one types, filters as chips, and from product to product."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import assert_nothing_to_find, axe
from tests.factories import ProductFactory

pytestmark = pytest.mark.usefixtures("catalogue")


def rows(page):
    return page.locator("#rows tbody tr")


def test_a_search_answers_while_one_types_best_match_first(page, url, as_person, sam):
    ProductFactory(name="Holder for NTB-01", sku="HLD-1")
    as_person(sam)
    page.goto(f"{url}/products/?stock=in")
    page.wait_for_load_state()
    page.keyboard.press("/")
    page.keyboard.type("ntb-01")
    expect(page).to_have_url(re.compile(r"stock=in"))
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Notebook 01")
    page.get_by_role("link", name="Remove filter Stock level: In stock").click()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("Notebook 01")
    expect(page.get_by_role("searchbox", name="Search products")).to_have_value("ntb-01")
    page.get_by_role("button", name="Sort").click()
    expect(page.locator("#m-sort [aria-current]")).to_have_text("Best match")
    page.locator("#m-sort").get_by_role("link", name="Name, A to Z").click()
    expect(rows(page).first).to_contain_text("Holder")
    expect(page).to_have_url(re.compile(r"q=ntb-01&sort=name"))


def test_a_filter_is_chosen_by_field_operator_and_value(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/")
    page.wait_for_load_state()
    page.get_by_role("searchbox", name="Search products").fill("e")
    expect(page).to_have_url(re.compile(r"q=e"))
    page.get_by_role("button", name="Filter", exact=True).click()
    menu = page.locator("#m-filter")
    expect(menu.get_by_role("link", name="Status")).to_be_focused()
    assert axe(page) == []
    menu.get_by_role("link", name="Price").click()
    expect(menu.get_by_label("Value")).to_be_focused()
    assert axe(page) == []
    menu.get_by_label("Operator").select_option("over")
    menu.get_by_label("Value").fill("20")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?q=e&price__gt=20$"))
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#chips")).to_contain_text("Price: over £20.00")
    page.keyboard.press("/")
    page.keyboard.press("End")
    page.keyboard.type("t")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name="Remove filter Price: over £20.00").click()
    expect(page).to_have_url(re.compile(r"\?q=et$"))


def test_a_value_that_cannot_be_is_mended_where_it_is(page, url, as_person, sam, guard):
    guard.allow_status(422)
    as_person(sam)
    page.goto(f"{url}/products/filters/?field=price")
    page.get_by_label("Value").fill("99999999999")
    page.get_by_role("button", name="Add filter").evaluate("button => button.form.noValidate = true")
    page.get_by_role("button", name="Add filter").click()
    expect(page.get_by_label("Value")).to_have_attribute("aria-invalid", "true")
    assert_nothing_to_find(page)


def test_a_client_is_offered_nothing_by_cost(page, url, as_person, cleo):
    as_person(cleo)
    page.goto(f"{url}/products/")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator("#m-filter").get_by_role("link", name="Price")).to_be_visible()
    expect(page.locator("#m-filter").get_by_role("link", name="Cost")).to_have_count(0)


def test_a_list_is_gone_through_product_by_product(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/?q=notebook&sort=name")
    page.get_by_role("link", name="Notebook 01").first.click()
    steps = page.get_by_role("navigation", name="In the list")
    steps.get_by_role("link", name="Next product").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Notebook 02")
    page.get_by_role("textbox", name="Price").fill("8.80")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("Notebook 02 saved")
    steps.get_by_role("link", name="Previous product").click()
    steps.get_by_role("link", name="Previous product").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Notebook 00")
    expect(steps.get_by_role("button", name="Previous product")).to_be_disabled()
    steps.get_by_role("link", name="List").click()
    expect(page).to_have_url(re.compile(r"\?q=notebook&sort=name$"))


def test_without_script_filters_are_chosen_on_a_page(new_context, url, as_person, sam, guard):
    context = new_context(java_script_enabled=False)
    as_person(sam, context)
    page = context.new_page()
    page.goto(f"{url}/products/?q=e")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("link", name="Choose a filter").click()
    page.get_by_role("main").get_by_role("link", name="Category").click()
    page.get_by_label("Operator").select_option("is not empty")
    page.get_by_role("button", name="Add filter").click()
    expect(page).to_have_url(re.compile(r"\?q=e&category__empty=no$"))
    page.get_by_role("link", name="Remove filter Category: not empty").click()
    expect(page).to_have_url(re.compile(r"\?q=e$"))
    assert guard.problems() == []
