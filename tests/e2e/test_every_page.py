"""Every page as every person, wide and narrow, light and dark: nothing to find for axe, the console or the CSP."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from products.services import trash
from tests.e2e.conftest import WIDTHS, assert_nothing_to_find, axe

PAGES = {
    "products": ("/products/", "ada sam cleo"),
    "no match": ("/products/?q=teapot", "sam cleo"),
    "low stock": ("/products/?stock=low&status=active", "sam"),
    "new product": ("/products/new/", "sam"),
    "product": ("/products/{kettle}/", "ada sam cleo"),
    "history": ("/products/{kettle}/history/", "sam cleo"),
    "ledger": ("/products/{kettle}/stock/", "sam cleo"),
    "adjust": ("/products/{kettle}/stock/adjust/", "sam"),
    "price": ("/products/{kettle}/price/edit/", "sam"),
    "trash": ("/trash/", "ada"),
    "users": ("/users/", "ada"),
    "new user": ("/users/new/", "ada"),
    "user": ("/users/{sam}/", "ada"),
    "delete user": ("/users/{sam}/delete/", "ada"),
    "account": ("/account/", "ada cleo"),
}
CASES = [(name, who) for name, (_path, people) in PAGES.items() for who in people.split()]


@pytest.mark.parametrize(("name", "who"), CASES)
def test_a_page_has_nothing_to_find(name, who, page, url, as_person, catalogue, ada, sam):
    people = get_user_model().objects.in_bulk(field_name="id")
    person = next(p for p in people.values() if p.username == who)
    if name == "trash":
        trash.discard(actor=ada, product=catalogue["bowl"])
    as_person(person)
    keys = {key: product.pk for key, product in catalogue.items()}
    path = PAGES[name][0].format(**keys, sam=sam.pk)
    assert page.goto(url + path).status == 200
    assert_nothing_to_find(page)


@pytest.mark.timeout(180)  # the API reference is long, and axe reads every line of it
@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/", "/api/docs/"])
def test_a_page_for_everyone_has_nothing_to_find(path, page, url, transactional_db, guard):
    guard.allow_status(404)
    page.goto(url + path)
    assert_nothing_to_find(page)


def test_dialogs_menus_and_toasts_have_nothing_to_find(page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("button", name="Filter", exact=True).click()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Stock of Enamel mug").click()
    expect(page.get_by_role("dialog", name="Adjust stock")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("Units").fill("2")
    page.get_by_role("dialog").get_by_role("button", name="Adjust stock").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("148 to 150")
    assert axe(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert axe(page) == []


def test_the_narrow_menu_opens_as_a_drawer(page, url, as_person, ada, catalogue):
    page.set_viewport_size({"width": WIDTHS[-1], "height": 844})
    as_person(ada)
    page.goto(f"{url}/products/")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Users")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Users").click()
    expect(page.get_by_role("heading", name="Users", level=1)).to_be_visible()


def test_errors_of_a_form_have_nothing_to_find(page, url, as_person, sam, catalogue, guard):
    guard.allow_status(422)
    as_person(sam)
    page.goto(f"{url}/products/new/")
    page.get_by_role("button", name="Create product").click()
    expect(page.get_by_role("alert")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert axe(page) == []
