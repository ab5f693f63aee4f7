"""Selecting rows, editing them together and pasting a column: in the browser, as the right people."""

import pytest
from playwright.sync_api import expect

from products.models import ChangeSet, Product
from products.services import batch as rules
from products.services import catalogue as catalogue_rules
from products.services import jobs, stock
from tests.e2e.conftest import assert_nothing_to_find, axe, overflows


def toast(page):
    return page.get_by_role("status", name="Notifications")


def bar(page):
    return page.get_by_role("form", name="Bulk actions")


def tick(page, *names):
    for name in names:
        page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()


def price_of(product):
    product.refresh_from_db()
    return str(product.price)


@pytest.fixture
def listed(page, url, as_person, sam, catalogue):
    """Sam's list, the newest first."""
    as_person(sam)
    page.goto(f"{url}/products/?sort=name")
    page.wait_for_load_state()
    return page


def test_the_prices_of_two_products_are_raised_after_a_preview_and_taken_back(listed, url, catalogue, guard):
    guard.allow_status(422)
    listed.goto(f"{url}/products/?sort=name&price_min=12")
    listed.wait_for_load_state()
    page, mug, kettle = listed, catalogue["mug"], catalogue["kettle"]
    expect(bar(page)).to_be_hidden()
    tick(page, "Enamel mug", "Stovetop kettle")
    expect(bar(page)).to_contain_text("2 selected")
    assert axe(page) == []
    bar(page).get_by_role("button", name="Price").click()
    dialog = page.get_by_role("dialog", name="Change prices")
    expect(dialog).to_contain_text("2 products")
    assert axe(page) == []
    dialog.get_by_label("Number").fill("1O")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog).to_contain_text("Enter a number like 12.50")
    dialog.get_by_label("Number").fill("10")
    dialog.get_by_label("Round").select_option("Ending in .99")
    dialog.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("dialog", name="Preview of the change")
    expect(preview).to_contain_text("£12.50 £13.99")
    expect(preview).to_contain_text("£45.50 £49.99")
    assert axe(page) == []
    assert (price_of(mug), price_of(kettle)) == ("12.50", "45.50")
    preview.get_by_label("Why").fill("Spring prices")
    preview.get_by_role("button", name="Change 2 products").click()
    expect(toast(page)).to_contain_text("2 products changed")
    assert "price_min=12" in page.url
    assert (price_of(mug), price_of(kettle)) == ("13.99", "49.99")
    assert ChangeSet.objects.latest("pk").reason == "Spring prices"
    toast(page).get_by_role("button", name="Undo").click()
    expect(toast(page)).to_contain_text("Undone: 2 changes")
    assert (price_of(mug), price_of(kettle)) == ("12.50", "45.50")


def test_all_that_match_are_offered_once_the_page_is_ticked(listed, ada, sam):
    page = listed
    matching = bar(page).get_by_label("All 25 matching")
    tick(page, "Notebook 00")
    expect(matching).to_be_hidden()
    page.get_by_role("checkbox", name="Select all products on this page").check()
    expect(bar(page)).to_contain_text("20 selected")
    matching.check()
    expect(bar(page)).to_contain_text("25 selected")
    page.get_by_role("checkbox", name="Select Notebook 00").uncheck()
    expect(bar(page)).to_contain_text("19 selected")
    expect(matching).to_be_hidden()
    page.get_by_role("checkbox", name="Select all products on this page").check()
    expect(matching).not_to_be_checked()
    matching.check()
    bar(page).get_by_role("button", name="Archive").click()
    preview = page.get_by_role("dialog", name="Preview of the change")
    preview.get_by_role("button", name="Change 25 products").click()
    expect(toast(page)).to_contain_text("25 products changed")
    assert Product.objects.exclude(archived_at=None).count() == 25
    assert Product.objects.get(archived_at=None).name == "Wall clock"  # ada's draft, which sam does not see


def test_rows_are_selected_by_keyboard_and_in_ranges(listed):
    page = listed
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar(page)).to_contain_text("1 selected")
    for _row in range(3):
        page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(bar(page)).to_contain_text("4 selected")
    page.keyboard.press("x")
    expect(bar(page)).to_contain_text("3 selected")
    page.get_by_role("checkbox", name="Select Notebook 10").click(modifiers=["Shift"])
    expect(bar(page)).not_to_contain_text("3 selected")
    bar(page).get_by_role("button", name="Clear selection").click()
    expect(bar(page)).to_be_hidden()
    page.get_by_role("searchbox", name="Search products").press("x")
    expect(bar(page)).to_be_hidden()


def test_acts_beyond_sams_rights_say_so(listed):
    tick(listed, "Enamel mug")
    bar(listed).get_by_role("button", name="More bulk actions").click()
    dialog = listed.get_by_role("dialog", name="Change several products")
    expect(dialog).to_contain_text("Only an admin can change a product’s owner.")
    expect(dialog.get_by_role("link", name="Move to the trash")).to_have_count(0)
    assert axe(listed) == []
    dialog.get_by_role("link", name="Change tags").click()
    listed.get_by_role("dialog", name="Change tags").get_by_label("Tags").fill("Oak, New")
    listed.get_by_role("button", name="Preview").click()
    listed.get_by_role("button", name="Change 1 product").click()
    expect(toast(listed)).to_contain_text("1 product changed")
    assert Product.objects.get(name="Enamel mug").tags == ["new", "oak"]


def test_a_client_has_neither_boxes_nor_a_bar(page, url, as_person, cleo, catalogue, guard):
    guard.allow_status(403)
    as_person(cleo)
    page.goto(f"{url}/products/")
    expect(page.get_by_text("Stovetop kettle")).to_be_visible()
    expect(page.locator(".pick, .bulk, [data-all]")).to_have_count(0)
    kettle = catalogue["kettle"]
    for path in (f"/products/batch/?ids={kettle.pk}", f"/products/batch/preview/?ids={kettle.pk}", "/products/paste/"):
        assert page.goto(url + path).status == 403


def test_two_browsers_edit_the_same_products_one_after_the_other(listed, new_context, url, as_person, ada, catalogue):
    """Each preview holds; the second takes its percents from the price that the first left."""
    hers = new_context()
    as_person(ada, hers)
    his, her = listed, hers.new_page()
    query = f"ids={catalogue['mug'].pk}&act=price&by=percent&value=10&rounding=none"
    for page in (his, her):
        page.goto(f"{url}/products/batch/preview/?{query}")
        expect(page.locator("main")).to_contain_text("£12.50 £13.75")
    his.get_by_role("button", name="Change 1 product").click()
    expect(toast(his)).to_contain_text("1 product changed")
    her.get_by_role("button", name="Change 1 product").click()
    expect(toast(her)).to_contain_text("1 product changed")
    assert price_of(catalogue["mug"]) == "15.13"  # 13.75 and a tenth, the half penny up
    her.get_by_role("button", name="Undo").click()
    expect(toast(her)).to_contain_text("Undone: 1 change")
    assert price_of(catalogue["mug"]) == "13.75"


def test_more_products_than_were_shown_are_shown_again(listed, url, guard, ada, catalogue):
    guard.allow_status(409)
    page = listed
    page.goto(f"{url}/products/batch/preview/?all=1&in=q%3Dkettle&act=visibility&is_public=0")
    expect(page.get_by_role("button", name="Change 1 product")).to_be_visible()
    catalogue_rules.edit(actor=ada, product=catalogue["mug"], name="Mug for a kettle")
    page.get_by_role("button", name="Change 1 product").click()
    expect(page.get_by_role("alert")).to_contain_text("More products match by now than you were shown.")
    page.get_by_role("button", name="Change 2 products").click()
    expect(toast(page)).to_contain_text("2 products changed")


def test_very_many_are_edited_by_the_worker_while_sam_looks_on(listed, url, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 10)
    monkeypatch.setattr(jobs, "STEP", 10)
    page = listed
    page.goto(f"{url}/products/batch/preview/?all=1&in=&act=threshold&low_stock_threshold=7")
    page.get_by_role("button", name="Change 25 products").click()
    expect(page.get_by_role("heading", name="Waiting for the worker")).to_be_visible()
    key = int(page.url.rstrip("/").rpartition("/")[2])
    jobs.advance(key, rules.step)
    expect(page.locator("#progress")).to_contain_text("10 of 25")
    jobs.run(key, rules.step)
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert Product.objects.filter(low_stock_threshold=7).count() == 25


def test_it_all_works_without_a_script(new_context, url, as_person, sam, catalogue):
    context = new_context(java_script_enabled=False)
    as_person(sam, into=context)
    page = context.new_page()
    page.goto(f"{url}/products/?q=mug")
    tick(page, "Enamel mug")
    bar(page).get_by_role("button", name="Visibility").click()
    page.get_by_text("Draft", exact=True).click()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Preview of the change")).to_be_visible()
    page.get_by_role("button", name="Change 1 product").click()
    expect(toast(page)).to_contain_text("1 product changed")
    page.get_by_role("button", name="Undo").click()
    expect(toast(page)).to_contain_text("Undone: 1 change")
    page.goto(f"{url}/products/paste/")
    page.get_by_label("SKU and new value").fill("SKU;Price\nMUG-1;13,20\nNOPE;1")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("main")).to_contain_text("No product that you see has the SKU “NOPE”.")
    page.get_by_role("button", name="Change 1 product").click()
    expect(toast(page)).to_contain_text("1 product changed")
    assert price_of(catalogue["mug"]) == "13.20"


def test_a_pasted_count_is_left_out_where_somebody_sold_meanwhile(listed, url, ada, catalogue):
    page = listed
    page.get_by_role("link", name="Paste").click()
    assert_nothing_to_find(page)
    page.get_by_label("What is in the second column?").select_option("Counted stock")
    page.get_by_label("SKU and new value").fill("MUG-1\t150\nKET-1\t8\nMUG-1\t3")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("main")).to_contain_text("Line 3: The SKU “MUG-1” repeats line 1.")
    assert_nothing_to_find(page)
    stock.adjust(actor=ada, product=catalogue["kettle"], delta=-1, kind="sold")
    page.get_by_role("button", name="Change 2 products").click()
    expect(toast(page)).to_contain_text("1 product changed")
    expect(toast(page)).to_contain_text("Stovetop kettle was left as it is. Stock is now 8, not 9")
    assert list(Product.objects.filter(sku__in=["KET-1", "MUG-1"]).order_by("sku").values_list("stock", flat=True)) == [
        8,
        150,
    ]
    assert not stock.mismatches()


def test_on_a_phone_the_bar_stays_in_reach(listed):
    page = listed
    page.set_viewport_size({"width": 390, "height": 844})
    tick(page, "Enamel mug")
    expect(bar(page).get_by_role("button", name="Visibility")).to_be_in_viewport()
    assert not overflows(page)
    bar(page).get_by_role("button", name="Visibility").click()
    dialog = page.get_by_role("dialog", name="Change visibility")
    dialog.get_by_text("Draft", exact=True).click()
    dialog.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("dialog", name="Preview of the change")
    expect(preview.get_by_role("button", name="Change 1 product")).to_be_in_viewport()
    assert axe(page) == []
    assert not overflows(page)
