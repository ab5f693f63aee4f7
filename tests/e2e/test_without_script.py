"""The main jobs with script switched off, and by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from products.models import Product
from tests.factories import PASSWORD

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def plain(new_context, guard):
    context = new_context(java_script_enabled=False)
    yield context.new_page()
    assert guard.problems() == []


def test_everything_works_with_script_switched_off(plain, url):
    plain.goto(url)
    plain.get_by_label("Username or email").fill("ada")
    plain.get_by_label("Password", exact=True).fill(PASSWORD)
    plain.get_by_role("button", name="Sign in", exact=True).click()
    plain.get_by_role("link", name="Products", exact=True).first.click()
    plain.get_by_role("searchbox", name="Search products").fill("mug-1")
    plain.keyboard.press("Enter")
    expect(plain.locator("#rows tbody tr")).to_have_count(1)
    plain.get_by_role("link", name="Price of Enamel mug").click()
    plain.get_by_label("Price").fill("13.20")
    plain.get_by_role("button", name="Save price").click()
    expect(plain.get_by_role("heading", name="Enamel mug", level=1)).to_be_visible()
    plain.get_by_role("link", name="Adjust stock").click()
    plain.get_by_label("Units").fill("2")
    plain.get_by_role("button", name="Adjust stock").click()
    expect(plain.get_by_label("Shelf label")).to_contain_text("150 in stock")
    plain.get_by_role("status", name="Notifications").get_by_role("button", name="Undo").click()
    expect(plain.get_by_label("Shelf label")).to_contain_text("148 in stock")
    plain.get_by_label("Name").fill("Enamel mug, 350 ml")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_role("heading", name="Enamel mug, 350 ml", level=1)).to_be_visible()
    plain.get_by_role("button", name="More actions").click()
    plain.get_by_role("button", name="Move to trash").click()
    plain.goto(f"{url}/trash/")
    plain.get_by_role("button", name="Restore Enamel mug, 350 ml").click()
    expect(plain.get_by_role("heading", name="The trash is empty")).to_be_visible()
    mug = Product.objects.get(sku="MUG-1")
    assert (str(mug.price), mug.stock, mug.trashed_at) == ("13.20", 148, None)


def test_the_main_job_by_keyboard_alone(page, url):
    page.goto(url)
    page.keyboard.press("Tab")
    page.get_by_label("Username or email").focus()
    page.keyboard.type("sam")
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.type") != "password":
        page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    page.wait_for_load_state()  # by then the scripts that listen to keys have run
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Products", level=1)).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search products")).to_be_focused()
    page.keyboard.type("mug-1")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=mug-1$"))
    page.keyboard.press("Tab")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Enamel mug", exact=True)).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Price of Enamel mug")).to_be_focused()
    page.keyboard.type("13.20")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Price of Enamel mug: £13.20. Edit")).to_be_focused()
    page.get_by_role("link", name="Enamel mug", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Enamel mug", level=1)).to_be_visible()
    page.wait_for_load_state()
    page.get_by_label("Name").focus()
    page.keyboard.press("End")
    page.keyboard.type(", 350 ml")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("heading", name="Enamel mug, 350 ml", level=1)).to_be_visible()


def test_the_skip_link_goes_to_the_content(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_paging_forward_and_back_keeps_its_place_in_the_address(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/?sort=name")
    expect(page.locator("#rows tbody tr")).to_have_count(20)
    first = page.locator("#rows tbody tr").first.inner_text()
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("cursor="))
    expect(page.locator("#rows tbody tr")).to_have_count(5)
    page.reload()
    expect(page.locator("#rows tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#rows tbody tr")).to_have_count(20)
    assert page.locator("#rows tbody tr").first.inner_text() == first


def test_filters_stand_in_the_address_and_leave_one_by_one(page, url, as_person, ada):
    as_person(ada)
    page.goto(f"{url}/products/")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.locator("#m-filter").get_by_role("link", name="Status").click()
    page.get_by_label("Value").select_option("Draft")
    page.get_by_role("button", name="Add filter").click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?status=draft$"))
    page.get_by_role("link", name="Remove filter Status: Draft").click()
    expect(page.locator("#rows tbody tr")).to_have_count(20)
    expect(page).to_have_url(re.compile(r"/products/\??$"))
