"""Stock: adjusting and counting in two browsers at once, the ledger, and what is to be reordered."""

import pytest
from playwright.sync_api import expect

from products.services import stock as rules
from tests.e2e.conftest import assert_nothing_to_find


@pytest.fixture
def open_as(new_context, url, as_person):
    """A window of somebody's own, at some address."""

    def open_window(person, path, **options):
        context = new_context(**options)
        as_person(person, into=context)
        window = context.new_page()
        window.goto(f"{url}{path}")
        window.wait_for_load_state()
        return window

    return open_window


def adjust(window, kind, units):
    """In the open dialog, by the keyboard alone: the units have the focus, the kind is one of the radios before."""
    dialog = window.get_by_role("dialog", name="Adjust stock")
    expect(dialog.get_by_label("Units")).to_be_focused()
    dialog.get_by_text(kind, exact=True).click()
    dialog.get_by_label("Units").fill(str(units))
    window.keyboard.press("Enter")


def test_two_people_change_one_shelf_and_both_see_the_right_number(open_as, ada, sam, catalogue, guard):
    guard.allow_status(409)
    mug = catalogue["mug"]
    adas, sams = open_as(ada, f"/products/{mug.pk}/"), open_as(sam, f"/products/{mug.pk}/")
    for window in (adas, sams):
        window.get_by_role("link", name="Adjust stock").click()
    adjust(adas, "Received", 24)
    expect(adas.get_by_role("status", name="Notifications")).to_contain_text("changed from 148 to 172")
    adjust(sams, "Sold", 2)
    expect(sams.get_by_role("status", name="Notifications")).to_contain_text("changed from 172 to 170")
    adas.reload()
    expect(adas.get_by_label("Shelf label")).to_contain_text("170")
    assert guard.problems() == []


def test_a_count_over_a_shelf_that_moved_is_refused_and_counted_again(open_as, sam, ada, catalogue, guard):
    guard.allow_status(409)
    mug = catalogue["mug"]
    window = open_as(sam, "/products/?q=mug-1")
    window.get_by_role("link", name="Stock of Enamel mug").click()
    dialog = window.get_by_role("dialog", name="Adjust stock")
    expect(dialog).to_be_visible()
    rules.adjust(actor=ada, product=mug, delta=-8, kind="sold")
    adjust(window, "Counted", 147)
    expect(dialog).to_contain_text("Stock is now 140, not 148")
    dialog.get_by_label("Units").fill("139")
    window.keyboard.press("Enter")
    expect(window.get_by_role("status", name="Notifications")).to_contain_text("changed from 140 to 139")
    mug.refresh_from_db()
    assert mug.stock == 139
    assert guard.problems() == []


def test_a_shelf_is_counted_on_a_phone(open_as, sam, catalogue, guard):
    kettle = catalogue["kettle"]
    window = open_as(sam, f"/products/{kettle.pk}/")
    window.set_viewport_size({"width": 390, "height": 844})
    window.get_by_role("link", name="Adjust stock").click()
    adjust(window, "Counted", 7)
    expect(window.get_by_role("status", name="Notifications")).to_contain_text("changed from 9 to 7")
    window.get_by_role("link", name="All movements").click()
    expect(window.get_by_role("link", name="Counted")).to_be_visible()
    assert_nothing_to_find(window)
    assert guard.problems() == []


def test_the_ledger_is_narrowed_and_leads_to_its_acts(page, url, as_person, sam, catalogue):
    mug = catalogue["mug"]
    rules.adjust(actor=sam, product=mug, delta=-3, kind="sold", note="Market stall")
    rules.adjust(actor=sam, product=mug, delta=24, kind="received", note="DN-20418")
    as_person(sam)
    page.goto(f"{url}/products/{mug.pk}/stock/")
    expect(page.get_by_role("table", name="Movements").get_by_role("row")).to_have_count(4)
    page.get_by_label("What").select_option("Sold")
    page.get_by_role("button", name="Show").click()
    rows = page.get_by_role("table", name="Movements").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("Market stall")
    assert_nothing_to_find(page)
    page.get_by_role("link", name="Sold", exact=True).click()
    expect(page.get_by_role("heading", name="Sam Reyes adjusted the stock of Enamel mug")).to_be_visible()


def test_what_runs_out_is_found_and_adjusted_in_place(page, url, as_person, sam, cleo, catalogue, guard):
    as_person(sam)
    page.goto(f"{url}/stock/")
    expect(page.get_by_role("link", name="Serving bowl", exact=True)).to_be_visible()
    assert_nothing_to_find(page)
    page.get_by_role("link", name="Stock of Serving bowl").click()
    adjust(page, "Received", 30)
    expect(page.get_by_role("link", name="Stock of Serving bowl: 30")).to_be_visible()


def test_cleo_reads_her_ledger_and_is_told_why_she_cannot_write_it(page, url, as_person, cleo, catalogue, guard):
    as_person(cleo)
    page.goto(f"{url}/products/{catalogue['kettle'].pk}/stock/")
    expect(page.get_by_role("button", name="Adjust stock")).to_be_disabled()
    page.get_by_role("button", name="Why?").click()
    expect(page.get_by_text("Clients cannot change stock.")).to_be_visible()
    assert_nothing_to_find(page)
    guard.allow_status(403)
    page.goto(f"{url}/stock/")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Reorder")
