"""Each person's main job, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from products.models import Product
from tests.factories import PASSWORD

pytestmark = pytest.mark.usefixtures("catalogue")


def sign_in(page, url, name, password=PASSWORD):
    page.goto(url)
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize(
    ("name", "home", "link", "rows"),
    [
        ("ada", "Overview", "Products", 20),
        ("sam", "Overview", "Products", 20),
        ("cleo", "Hello Cleo Martin", "My products", 2),
    ],
)
def test_each_person_signs_in_and_sees_what_is_theirs(name, home, link, rows, page, url):
    sign_in(page, url, name)
    expect(page.get_by_role("heading", name=home, level=1)).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name=link, exact=True).click()
    expect(page.get_by_role("heading", name=link, level=1)).to_be_visible()
    expect(page.locator("#rows tbody tr")).to_have_count(rows)
    expect(page.get_by_role("link", name="Users")).to_have_count(1 if name == "ada" else 0)


def test_sam_signs_in_finds_a_product_and_changes_its_price_in_place(page, url, catalogue):
    sign_in(page, url, "SAM@example.com")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Products", exact=True).click()
    expect(page.get_by_role("heading", name="Products", level=1)).to_be_visible()
    page.get_by_role("searchbox", name="Search products").press_sequentially("mug-1")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=mug-1$"))
    page.get_by_role("link", name="Price of Enamel mug").click()
    cell = page.get_by_role("textbox", name="Price of Enamel mug")
    expect(cell).to_be_focused()
    cell.fill("13.20")
    cell.press("Enter")
    expect(page.get_by_role("link", name="Price of Enamel mug: £13.20. Edit")).to_be_focused()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("Price of Enamel mug is now £13.20")
    page.get_by_role("status", name="Notifications").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("Undone: 1 change")
    expect(page).to_have_url(re.compile(r"\?q=mug-1$"))
    expect(page.get_by_role("link", name="Price of Enamel mug: £12.50. Edit")).to_be_visible()


def test_a_refused_price_says_so_at_the_cell_and_escape_puts_it_back(page, url, as_person, sam, guard):
    guard.allow_status(422)
    as_person(sam)
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("link", name="Price of Enamel mug").click()
    page.get_by_role("textbox", name="Price of Enamel mug").fill("13,2O")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Enter an amount like 12.50.")
    page.get_by_role("textbox", name="Price of Enamel mug").press("Escape")
    expect(page.get_by_role("link", name="Price of Enamel mug: £12.50. Edit")).to_be_focused()


def test_what_is_typed_before_the_field_arrives_is_not_lost(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("link", name="Price of Enamel mug").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("13.20")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Price of Enamel mug: £13.20. Edit")).to_be_focused()


SUBMIT_AT_ONCE = """
new MutationObserver(() => {
  const field = document.querySelector('.cell-form [name=price]');
  if (field && !field.dataset.sent) { field.dataset.sent = 1; field.value = '13.20'; field.form.requestSubmit(); }
}).observe(document.body, {childList: true, subtree: true});
"""


def test_a_form_that_is_sent_the_moment_it_appears_saves_and_leaves_no_page(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/?q=mug-1")
    page.evaluate(SUBMIT_AT_ONCE)
    page.get_by_role("link", name="Price of Enamel mug").click()
    expect(page.get_by_role("link", name="Price of Enamel mug: £13.20. Edit")).to_be_visible()
    expect(page).to_have_url(f"{url}/products/?q=mug-1")


def test_sam_counts_a_shelf_from_the_list_and_undoes_it(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("link", name="Stock of Enamel mug: 148. Adjust").click()
    dialog = page.get_by_role("dialog", name="Adjust stock")
    dialog.get_by_text("Counted").click()
    dialog.get_by_label("Units").fill("140")
    expect(dialog.locator("output ins")).to_have_text("140")
    dialog.get_by_role("button", name="Adjust stock").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Stock of Enamel mug: 140. Adjust")).to_be_focused()
    notice = page.get_by_role("status", name="Notifications")
    expect(notice).to_contain_text("Stock of Enamel mug changed from 148 to 140")
    notice.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Stock of Enamel mug: 148. Adjust")).to_be_visible()


def test_more_than_there_is_cannot_be_sold_and_the_dialog_says_so(page, url, as_person, sam, guard):
    guard.allow_status(409)
    as_person(sam)
    page.goto(f"{url}/products/?q=ket-1")
    page.get_by_role("link", name="Stock of Stovetop kettle: 9. Adjust").click()
    dialog = page.get_by_role("dialog", name="Adjust stock")
    dialog.get_by_text("Sold").click()
    dialog.get_by_label("Units").fill("10")
    dialog.get_by_role("button", name="Adjust stock").click()
    expect(dialog.locator(".error")).to_contain_text("Only 9 in stock: 10 cannot be taken out.")
    expect(dialog.get_by_label("Units")).to_have_value("10")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("link", name="Stock of Stovetop kettle: 9. Adjust")).to_be_visible()


def test_sam_adds_a_product_and_sees_its_history(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/")
    page.get_by_role("link", name="New product").click()
    page.get_by_label("Name").fill("Oak step stool")
    page.get_by_role("textbox", name="Price", exact=True).fill("68")
    page.get_by_label("Stock (optional)").fill("4")
    page.get_by_role("button", name="Create product").click()
    expect(page.get_by_role("heading", name="Oak step stool", level=1)).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("Sam Reyes created this product")
    expect(page.get_by_label("Shelf label")).to_contain_text("4 in stock")
    assert Product.objects.get(name="Oak step stool").owner == sam


def test_a_form_with_mistakes_keeps_what_was_typed_and_names_each(page, url, as_person, sam, guard, catalogue):
    guard.allow_status(422)
    as_person(sam)
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.get_by_label("SKU").fill("ket-1")
    page.get_by_role("textbox", name="Price", exact=True).fill("13.20")
    page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("SKU: This SKU already belongs to another product.")
    expect(page.get_by_role("textbox", name="Price", exact=True)).to_have_value("13.20")
    alert.get_by_role("link").click()
    expect(page.get_by_label("SKU")).to_be_focused()


def test_a_stale_save_merges_what_only_one_touched_and_asks_about_the_rest(
    page, new_context, url, as_person, sam, ada, catalogue, guard
):
    guard.allow_status(409)
    address = f"{url}/products/{catalogue['mug'].pk}/"
    as_person(sam)
    page.goto(address)
    theirs = new_context()
    as_person(ada, theirs)
    other = theirs.new_page()
    other.goto(address)
    other.get_by_role("textbox", name="Price", exact=True).fill("12.95")
    other.get_by_label("Reorder at (optional)").fill("40")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("status", name="Notifications")).to_contain_text("Enamel mug saved")
    page.get_by_role("textbox", name="Price", exact=True).fill("13.20")
    page.get_by_label("Name").fill("Enamel mug, 350 ml")
    page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Ada Okafor saved this product while you were editing")
    expect(alert).to_contain_text("Changed only by others, and merged for you: Reorder at")
    alert.get_by_role("radio", name="£12.95").check()
    page.get_by_role("button", name="Save merged version").click()
    expect(page.get_by_role("heading", name="Enamel mug, 350 ml", level=1)).to_be_visible()
    mug = Product.objects.get(pk=catalogue["mug"].pk)
    assert (mug.name, str(mug.price), mug.low_stock_threshold) == ("Enamel mug, 350 ml", "12.95", 40)


def test_ada_moves_a_product_to_the_trash_and_brings_it_back(page, url, as_person, ada, catalogue):
    as_person(ada)
    page.goto(f"{url}/products/{catalogue['bowl'].pk}/")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("Serving bowl moved to the trash")
    page.get_by_role("link", name="Trash").click()
    page.get_by_role("button", name="Restore Serving bowl").click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    assert Product.objects.visible_to(ada).filter(pk=catalogue["bowl"].pk).exists()


def test_ada_gives_a_client_a_product_and_the_client_sees_it_at_once(
    page, new_context, url, as_person, ada, cleo, catalogue
):
    as_person(ada)
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.get_by_role("combobox", name="Owner").select_option("Cleo Martin")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("About this product")).to_contain_text("Cleo Martin")
    context = new_context()
    as_person(cleo, context)
    home = context.new_page()
    home.goto(f"{url}/products/")
    expect(home.get_by_role("heading", name="My products", level=1)).to_be_visible()
    expect(home.locator("#rows tbody tr")).to_have_count(3)
    home.get_by_role("link", name="Enamel mug").click()
    expect(home.get_by_role("button", name="Adjust stock")).to_be_disabled()
    expect(home.locator("main")).to_contain_text("Clients cannot edit products.")
    expect(home.locator("main")).not_to_contain_text("Ask Jo")
    expect(home.locator("main")).not_to_contain_text("6.10")


def test_signing_out_ends_the_session(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/")
    page.get_by_role("button", name="Sam Reyes").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{url}/products/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
