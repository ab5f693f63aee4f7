"""Every page as every person, wide and narrow, light and dark: nothing to find for axe, the console or the CSP."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from products.services import trash
from tests.e2e.conftest import WIDTHS, assert_nothing_to_find, axe

PAGES = {
    "products": ("/products/", "ada sam cleo"),
    "no match": ("/products/?q=teapot", "sam cleo"),
    "filtered": ("/products/?price__gt=20&category__empty=no&owner__not={cleo}", "sam"),
    "filters": ("/products/filters/?q=mug", "sam cleo"),
    "filter": ("/products/filters/?q=mug&field=category", "sam"),
    "product of a list": ("/products/{kettle}/?in=q%3De", "sam cleo"),
    "low stock": ("/products/?stock=low&status=active", "sam"),
    "new product": ("/products/new/", "sam"),
    "product": ("/products/{kettle}/", "ada sam cleo"),
    "history": ("/products/{kettle}/history/", "sam cleo"),
    "ledger": ("/products/{kettle}/stock/", "sam cleo"),
    "adjust": ("/products/{kettle}/stock/adjust/", "sam"),
    "reorder": ("/stock/", "ada sam"),
    "access": ("/products/{kettle}/access/?person=sam", "ada sam"),
    "price": ("/products/{kettle}/price/edit/", "sam"),
    "batch acts": ("/products/batch/?ids={kettle}&in=q%3Dmug", "ada sam"),
    "batch form": ("/products/batch/?ids={kettle}&ids={mug}&act=price", "sam"),
    "batch preview": ("/products/batch/preview/?all=1&act=price&by=amount&value=-9&rounding=.99", "sam"),
    "paste": ("/products/paste/", "sam"),
    "reorder level": ("/products/{kettle}/threshold/edit/", "sam"),
    "visibility": ("/products/{kettle}/visibility/edit/", "sam"),
    "every column": (
        "/products/?columns=barcode,status,category,tags,stock,threshold,price,cost,margin,owner,changed,added",
        "ada",
    ),
    "views": ("/views/", "sam cleo"),
    "save a view": ("/views/add/", "sam cleo"),
    "view": ("/views/{view}/", "ada sam"),
    "a view’s list": ("/products/?view={view}&q=notebook", "sam"),
    "trash": ("/trash/", "ada"),
    "categories": ("/categories/", "sam cleo"),
    "category": ("/categories/{kitchen}/", "sam cleo"),
    "new category": ("/categories/new/", "sam"),
    "move category": ("/categories/{kitchen}/edit/", "sam"),
    "merge category": ("/categories/{kitchen}/merge/", "sam"),
    "tags": ("/tags/", "sam"),
    "rename tag": ("/tags/{tag}/rename/", "sam"),
    "prices": ("/products/{kettle}/prices/", "sam cleo"),
    "products like it": ("/products/duplicates/?name=Enamel+mug", "sam"),
    "products of a category": ("/products/?category={kitchen}", "cleo"),
    "home": ("/", "cleo"),
    "proposals": ("/proposals/", "ada cleo"),
    "propose": ("/products/{kettle}/propose/", "cleo"),
    "questions": ("/products/{kettle}/comments/", "sam cleo"),
    "inbox": ("/inbox/", "sam cleo"),
    "watched": ("/inbox/watched/", "cleo"),
    "changes": ("/changes/", "ada sam cleo"),
    "changes narrowed": ("/changes/?kind=product.created&since=2026-01-01", "sam"),
    "no changes": ("/changes/?kind=product.imported", "ada"),
    "jobs": ("/jobs/", "sam"),
    "users": ("/users/", "ada"),
    "new user": ("/users/new/", "ada"),
    "user": ("/users/{sam}/", "ada"),
    "delete user": ("/users/{sam}/delete/", "ada"),
    "account": ("/account/", "ada cleo"),
}
CASES = [(name, who) for name, (_path, people) in PAGES.items() for who in people.split()]


@pytest.mark.parametrize(("name", "who"), CASES)
def test_a_page_has_nothing_to_find(name, who, page, url, as_person, catalogue, places, ada):
    people = get_user_model().objects.in_bulk(field_name="id")
    person = next(p for p in people.values() if p.username == who)
    if name == "trash":
        trash.discard(actor=ada, product=catalogue["bowl"])
    as_person(person)
    assert page.goto(url + PAGES[name][0].format(**places)).status == 200
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
