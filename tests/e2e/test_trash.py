"""The trash and the archive in the browser: several back at once, deleted for good with the right word, undone."""

import pytest
from playwright.sync_api import expect

from products.models import Product
from products.services import trash
from tests.e2e.conftest import assert_nothing_to_find, cookie_of


@pytest.fixture
def binned(catalogue, ada):
    for name in ("mug", "bowl", "clock"):
        trash.discard(actor=ada, product=catalogue[name])
    return catalogue


def toasts(page):
    return page.get_by_role("status", name="Notifications")


def test_ada_brings_several_back_at_once(page, url, as_person, ada, binned):
    as_person(ada)
    page.goto(f"{url}/trash/")
    page.wait_for_load_state()
    page.get_by_label("Select Enamel mug").check()
    page.get_by_label("Select Wall clock").check()
    expect(page.get_by_text("Selected 2")).to_be_visible()
    assert_nothing_to_find(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("button", name="Restore selected").click()
    expect(toasts(page)).to_contain_text("2 products restored")
    expect(page.get_by_role("table", name="Trash").get_by_role("row")).to_have_count(2)
    toasts(page).get_by_role("button", name="Undo").click()
    expect(toasts(page)).to_contain_text("Undone: 2 changes")
    page.goto(f"{url}/trash/")
    expect(page.get_by_role("table", name="Trash").get_by_role("row")).to_have_count(4)


def test_one_is_deleted_for_good_by_its_sku(page, url, as_person, ada, binned, guard):
    guard.allow_status(422)
    as_person(ada)
    page.goto(f"{url}/trash/?q=mug")
    page.get_by_role("button", name="Delete Enamel mug for good…").click()
    expect(page.get_by_role("heading", name="Delete Enamel mug for good?")).to_be_visible()
    expect(page.get_by_text("This cannot be undone")).to_be_visible()
    assert_nothing_to_find(page)
    page.get_by_label("Type the SKU MUG-1 to confirm").fill("mug")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("alert")).to_contain_text("Type MUG-1 to confirm.")
    assert_nothing_to_find(page)
    page.get_by_label("Type the SKU MUG-1 to confirm").fill("mug-1")
    page.keyboard.press("Enter")
    expect(toasts(page)).to_contain_text("1 product deleted for good")
    expect(toasts(page).get_by_role("button", name="Undo")).to_have_count(0)
    assert not Product.objects.filter(sku="MUG-1").exists()
    page.goto(f"{url}/changes/")
    expect(page.get_by_text("deleted Enamel mug for good")).to_be_visible()


def test_the_trash_is_emptied_without_a_script(new_context, url, ada, binned, guard):
    context = new_context(java_script_enabled=False)
    context.add_cookies([cookie_of(ada, url)])
    plain = context.new_page()
    plain.goto(f"{url}/trash/")
    plain.get_by_role("button", name="Empty the trash…").click()
    plain.get_by_label("Type the number 3 to confirm").fill("3")
    plain.get_by_role("button", name="Delete for good").click()
    expect(plain.get_by_role("heading", name="The trash is empty")).to_be_visible()
    assert guard.problems() == []


def test_sam_has_no_trash_and_is_told_who_has(page, url, as_person, sam, ada, catalogue):
    as_person(sam)
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.get_by_role("button", name="More actions").click()
    expect(page.get_by_role("button", name="Move to trash")).to_be_disabled()
    page.get_by_role("button", name="Why?").click()
    expect(page.get_by_text("Only an admin can move products to the trash or bring them back.")).to_be_visible()
    expect(page.get_by_text("Ada Okafor can give you these rights")).to_be_visible()


def test_sam_archives_a_product_and_takes_it_back_by_undo(page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(toasts(page)).to_contain_text("Enamel mug archived")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Archived")
    toasts(page).get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Active")


def test_cleo_can_neither_archive_nor_delete(page, url, as_person, cleo, catalogue, guard):
    as_person(cleo)
    page.goto(f"{url}/products/{catalogue['kettle'].pk}/")
    page.get_by_role("button", name="More actions").click()
    for name in ("Archive", "Move to trash"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    guard.allow_status(403)
    assert page.goto(f"{url}/trash/").status == 403
