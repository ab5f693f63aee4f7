"""An admin looks at Stockroom as a client does, and back."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import assert_nothing_to_find

pytestmark = pytest.mark.usefixtures("catalogue")


def start(page, url, person):
    page.goto(f"{url}/users/{person.pk}/")
    page.get_by_role("button", name="View as").click()
    sentence = f"You see Stockroom as {person} ({person.role}). Nothing can be changed."
    expect(page.get_by_role("complementary", name=sentence)).to_be_visible()


def test_ada_views_as_cleo_and_is_ada_again(page, url, as_person, ada, cleo):
    as_person(ada)
    start(page, url, cleo)
    expect(page.get_by_role("heading", name="Hello Cleo Martin", level=1)).to_be_visible()
    assert_nothing_to_find(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="My products", exact=True).first.click()
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="Users", exact=True)).to_have_count(0)
    assert_nothing_to_find(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="Cleo Martin", level=1)).to_be_visible()
    expect(page.locator("#activity")).to_contain_text("An admin looked at Stockroom as this person, by Ada Okafor")
    page.goto(f"{url}/products/")
    expect(page.locator("#rows tbody tr")).to_have_count(20)
    expect(page.get_by_role("link", name="Users", exact=True)).to_have_count(1)


def test_a_write_while_viewing_is_refused_with_a_toast_and_by_a_page(page, url, as_person, ada, sam, catalogue, guard):
    guard.allow_status(403)
    guard.allow("Response Status Error Code 403")
    as_person(ada)
    start(page, url, sam)
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("link", name="Price of Enamel mug").click()
    cell = page.get_by_role("textbox", name="Price of Enamel mug")
    cell.fill("13.20")
    cell.press("Enter")
    refusal = "You are viewing as Sam Reyes: nothing can be changed."
    expect(page.get_by_role("status", name="Notifications")).to_contain_text(refusal)
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.get_by_role("textbox", name="Price", exact=True).fill("13.20")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text(refusal)
    catalogue["mug"].refresh_from_db()
    assert str(catalogue["mug"].price) == "12.50"
