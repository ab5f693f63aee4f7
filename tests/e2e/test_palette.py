"""Find or do anything, and the overview, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import assert_nothing_to_find, axe

pytestmark = pytest.mark.usefixtures("catalogue")


def palette(page):
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    found = page.get_by_role("dialog", name="Find or do")
    expect(found.get_by_role("option").first).to_be_visible()
    return found


def test_a_product_is_found_and_opened_without_the_mouse(page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(f"{url}/account/")
    found = palette(page)
    page.keyboard.type("mug-1")
    expect(found.get_by_role("option", name="Enamel mug")).to_have_attribute("aria-selected", "true")
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{url}/products/{catalogue['mug'].pk}/")


def test_enter_waits_for_the_answer_to_what_was_typed_last(page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(f"{url}/products/")
    palette(page)
    page.keyboard.type("mug-1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{url}/products/{catalogue['mug'].pk}/")


def test_arrows_choose_and_escape_leaves(page, url, as_person, ada):
    as_person(ada)
    page.goto(f"{url}/products/")
    found = palette(page)
    expect(found.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(found.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    expect(found.get_by_role("combobox")).to_have_attribute("aria-activedescendant", re.compile("find-"))
    page.keyboard.press("Escape")
    expect(found).to_be_hidden()


def test_an_act_is_done_from_anywhere_with_the_mouse_too(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/account/")
    page.get_by_role("link", name="Find or do…").click()
    found = page.get_by_role("dialog", name="Find or do")
    found.get_by_role("combobox").fill("new")
    found.get_by_role("option", name="New product").click()
    expect(page.get_by_role("heading", name="New product")).to_be_visible()


def test_a_client_finds_their_own_products_and_no_people(page, url, as_person, cleo):
    as_person(cleo)
    page.goto(f"{url}/products/")
    found = palette(page)
    found.get_by_role("combobox").fill("ada")
    expect(found.get_by_role("option", name="Nothing fits")).to_be_visible()
    expect(found.get_by_text("New product")).to_have_count(0)


def test_g_and_a_letter_go_to_a_page(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/")
    page.wait_for_load_state()
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Products", level=1)).to_be_visible()


@pytest.mark.parametrize("who", ["ada", "sam"])
def test_the_overview_leads_to_the_lists_behind_its_figures(who, page, url, as_person, request):
    as_person(request.getfixturevalue(who))
    page.goto(f"{url}/overview/")
    assert_nothing_to_find(page)
    page.get_by_role("region", name="Key figures").get_by_role("link", name="Low stock").click()
    expect(page).to_have_url(re.compile(r"stock=low"))


def test_the_chart_has_a_table_that_says_the_same(page, url, as_person, ada):
    as_person(ada)
    page.goto(f"{url}/overview/")
    expect(page.get_by_role("img", name=re.compile("Units in and out by day"))).to_be_visible()
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("columnheader", name="In", exact=True)).to_be_visible()
    assert axe(page) == []
