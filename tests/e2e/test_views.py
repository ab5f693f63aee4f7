"""The list as a place to work: saved views, columns, cells that are edited in place, the row's menu and its keys."""

import re

import pytest
from playwright.sync_api import expect

from products.models import Product, SavedView
from products.services import catalogue as rules
from products.services import views_saved
from tests.e2e.conftest import WIDTHS, axe

pytestmark = pytest.mark.usefixtures("catalogue")


def open_list(page, url, query=""):
    page.goto(f"{url}/products/{query}")
    page.wait_for_load_state()


def notice(page):
    return page.get_by_role("status", name="Notifications")


# --- Saved views -----------------------------------------------------------------------------------------------------


def test_sam_keeps_a_search_under_a_name_and_shares_it(page, new_context, url, as_person, sam, cleo):
    as_person(sam)
    open_list(page, url)
    page.get_by_role("searchbox", name="Search products").press_sequentially("kettle")
    expect(page).to_have_url(re.compile("q=kettle"))
    page.get_by_role("link", name="Save view").click()
    dialog = page.get_by_role("dialog", name="Save this view")
    expect(dialog.get_by_label("Name")).to_be_focused()
    assert axe(page) == []
    dialog.get_by_label("Name").fill("Kettles")
    dialog.get_by_label("Share with everybody").check()
    dialog.get_by_role("button", name="Save view").click()
    expect(page).to_have_url(re.compile(r"\?view=kettles$"))
    expect(notice(page)).to_contain_text("View Kettles saved")
    tab = page.get_by_role("link", name="Kettles")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab).to_contain_text("1")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    other = new_context()
    as_person(cleo, other)
    theirs = other.new_page()
    theirs.goto(f"{url}/products/?view=kettles")
    expect(theirs.locator("#rows tbody tr")).to_have_count(1)
    expect(theirs.get_by_role("button", name="Update “Kettles”")).to_have_count(0)


def test_a_view_that_was_changed_offers_to_be_updated(page, url, as_person, sam):
    views_saved.create(actor=sam, name="Low", query="stock=low")
    as_person(sam)
    open_list(page, url, "?view=low-2")
    update = page.get_by_role("button", name="Update “Low”")
    expect(update).to_be_hidden()
    page.get_by_role("searchbox", name="Search products").press_sequentially("kettle")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    update.click()
    expect(notice(page)).to_contain_text("View Low updated")
    assert sorted(SavedView.objects.get().query.split("&")) == ["q=kettle", "stock=low"]
    expect(update).to_be_hidden()


def test_a_client_begins_with_the_default_of_their_role_and_is_refused_a_view_by_cost(
    page, url, as_person, ada, cleo, guard
):
    guard.allow_status(403)
    views_saved.create(actor=ada, name="Running low", query="stock=low", default_for="client")
    views_saved.create(actor=ada, name="By cost", query="cost__lt=5", is_shared=True)
    as_person(cleo)
    open_list(page, url)
    expect(page.get_by_role("link", name="Running low")).to_have_attribute("aria-current", "page")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_role("link", name="All products").click()
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    page.get_by_role("link", name="By cost").click()
    expect(page.get_by_role("alert")).to_contain_text("This view uses a filter that your role does not include.")


# --- Columns ---------------------------------------------------------------------------------------------------------


def test_sam_chooses_columns_and_they_stay(page, url, as_person, sam):
    as_person(sam)
    open_list(page, url)
    head = page.get_by_role("columnheader", name="Margin in percent")
    expect(head).to_have_count(0)
    page.get_by_role("button", name="Columns").click()
    menu = page.get_by_role("form", name="Columns")
    menu.get_by_label("Margin in percent").check()
    expect(head).to_be_visible()
    menu.get_by_label("Category").uncheck()
    expect(page.get_by_role("columnheader", name="Category")).to_have_count(0)
    menu.get_by_label("Compact rows").check()
    expect(page.locator("table.compact")).to_be_visible()
    assert axe(page) == []
    page.reload()
    expect(head).to_be_visible()
    expect(page.locator("table.compact")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Category")).to_have_count(0)


# --- Cells -----------------------------------------------------------------------------------------------------------


def test_sam_sets_when_to_reorder_and_undoes_it(page, url, as_person, sam):
    as_person(sam)
    open_list(page, url, "?q=mug-1&columns=stock,threshold")
    page.get_by_role("link", name="Reorder level of Enamel mug: 20. Edit").click()
    cell = page.get_by_role("textbox", name="Reorder at of Enamel mug")
    expect(cell).to_be_focused()
    cell.fill("25")
    cell.press("Enter")
    expect(page.get_by_role("link", name="Reorder level of Enamel mug: 25. Edit")).to_be_focused()
    expect(notice(page)).to_contain_text("Enamel mug is now reordered at 25")
    notice(page).get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Reorder level of Enamel mug: 20. Edit")).to_be_visible()


def test_sam_publishes_a_draft_from_its_row_and_escape_leaves_it(page, url, as_person, ada, catalogue):
    as_person(ada)
    open_list(page, url, "?q=clk-1")
    cell = page.get_by_role("link", name="Visibility of Wall clock: Draft. Edit")
    cell.click()
    choice = page.get_by_role("combobox", name="Visibility of Wall clock")
    expect(choice).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell).to_be_focused()
    cell.click()
    choice.select_option("Active")
    expect(page.get_by_role("link", name="Visibility of Wall clock: Active. Edit")).to_be_focused()
    expect(notice(page)).to_contain_text("Wall clock is now: Active")
    assert Product.objects.get(sku="CLK-1").is_public


def test_what_another_set_meanwhile_is_said_at_the_cell(page, url, as_person, sam, ada, catalogue, guard):
    guard.allow_status(422)
    as_person(sam)
    open_list(page, url, "?q=mug-1")
    page.get_by_role("link", name="Price of Enamel mug").click()
    cell = page.get_by_role("textbox", name="Price of Enamel mug")
    expect(cell).to_be_focused()
    rules.edit(actor=ada, product=catalogue["mug"], price="12.95")
    cell.fill("13.20")
    cell.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Somebody else set it to £12.95 meanwhile.")
    cell.press("Enter")
    expect(page.get_by_role("link", name="Price of Enamel mug: £13.20. Edit")).to_be_focused()


# --- The row ---------------------------------------------------------------------------------------------------------


def test_a_rows_menu_does_what_it_says_and_says_why_not(page, url, as_person, sam, ada):
    as_person(sam)
    open_list(page, url, "?q=mug-1")
    page.get_by_role("button", name="Actions for Enamel mug").click()
    menu = page.locator("#m-row")
    expect(menu.get_by_role("button", name="Move to trash")).to_be_disabled()
    expect(menu).to_contain_text("Only an admin can move products to the trash")
    assert axe(page) == []
    menu.get_by_role("link", name="Adjust stock").click()
    expect(page.get_by_role("dialog", name="Adjust stock")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Actions for Enamel mug").click()
    menu.get_by_role("button", name="Archive").click()
    expect(notice(page)).to_contain_text("Enamel mug archived")
    expect(page).to_have_url(re.compile(r"\?q=mug-1$"))
    expect(page.locator("#rows tbody tr")).to_contain_text("Archived")


def test_the_rows_answer_to_keys(page, url, as_person, sam):
    as_person(sam)
    open_list(page, url, "?sort=name&q=mug-1")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Enamel mug", exact=True)).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="Select Enamel mug")).to_be_checked()
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Price of Enamel mug")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Enamel mug", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Enamel mug", level=1)).to_be_visible()


def test_on_a_phone_a_row_is_a_card_with_its_menu(page, url, as_person, sam):
    page.set_viewport_size({"width": WIDTHS[-1], "height": 844})
    as_person(sam)
    open_list(page, url, "?q=mug-1")
    page.get_by_role("button", name="Actions for Enamel mug").click()
    expect(page.locator("#m-row").get_by_role("link", name="Open")).to_be_visible()
    assert axe(page) == []


def test_without_script_columns_are_chosen_and_views_are_kept(new_context, url, as_person, sam):
    context = new_context(java_script_enabled=False)
    as_person(sam, context)
    page = context.new_page()
    page.goto(f"{url}/products/?q=mug")
    expect(page.get_by_role("button", name="Actions for Enamel mug")).to_be_hidden()
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Margin in percent").check()
    page.get_by_role("button", name="Show these columns").click()
    expect(page.get_by_role("columnheader", name="Margin in percent")).to_be_visible()
    page.get_by_role("link", name="Save view").click()
    page.get_by_label("Name").fill("Mugs")
    page.get_by_role("button", name="Save view").click()
    expect(page).to_have_url(re.compile(r"\?view=mugs$"))
    assert SavedView.objects.get().query == "q=mug"
