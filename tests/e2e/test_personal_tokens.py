"""An API token from the page to a script and back: made, copied, used, revoked."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import PersonalToken
from accounts.services import personal_tokens
from tests.e2e.conftest import assert_nothing_to_find, axe

pytestmark = pytest.mark.usefixtures("catalogue")


def open_form(page, url):
    page.goto(f"{url}/account/#tokens")
    page.get_by_text("New token", exact=True).click()
    return page.locator("#tokens")


def fill(section, name="Till sync"):
    section.get_by_role("textbox", name="Name").fill(name)
    section.get_by_label("Change stock").check()
    section.get_by_label("It works for").select_option("30 days")
    section.get_by_role("button", name="Create token").click()


def status_with(page, url, secret):
    """What a script that carries the token is answered."""
    return page.request.get(f"{url}/api/products/", headers={"Authorization": f"Bearer {secret}"}).status


def test_sam_makes_a_token_for_a_script_and_ends_it(page, context, url, as_person, sam):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    as_person(sam)
    fill(open_form(page, url))
    field = page.get_by_label("Copy your new token now.")
    expect(field).to_be_in_viewport()
    secret = field.input_value()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#tokens").get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert status_with(page, url, secret) == 200
    page.goto(f"{url}/account/")
    expect(page.locator("main")).not_to_contain_text(secret)
    row = page.get_by_role("row", name=re.compile("^Till sync"))
    expect(row).to_contain_text("Change stock")
    expect(row).to_contain_text("Just now")
    page.get_by_role("button", name="Revoke Till sync").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("Till sync revoked")
    expect(page.get_by_role("button", name="Revoke Till sync")).to_have_count(0)
    assert status_with(page, url, secret) == 401


def test_ada_ends_the_token_of_another_on_their_page(page, url, as_person, ada, sam):
    _token, secret = personal_tokens.create(actor=sam, name="Till sync", scopes=["read"])
    as_person(ada)
    page.goto(f"{url}/users/{sam.pk}/")
    page.get_by_role("button", name="Revoke Till sync").click()
    expect(page.get_by_role("row", name=re.compile("^Till sync"))).to_contain_text("Revoked by an admin")
    assert status_with(page, url, secret) == 401
    assert axe(page) == []


def test_a_token_is_made_with_script_switched_off(new_context, url, as_person, sam, guard):
    context = new_context(java_script_enabled=False)
    as_person(sam, context)
    page = context.new_page()
    fill(open_form(page, url))
    secret = page.get_by_label("Copy your new token now.").input_value()
    assert status_with(page, url, secret) == 200
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_hidden()
    assert guard.problems() == []


def test_a_new_token_a_full_list_and_a_refused_form_have_nothing_to_find(page, url, as_person, ada, guard):
    guard.allow_status(422)
    for name in ("A name that is as long as names may be, which is sixty letters", "Ended"):
        personal_tokens.create(actor=ada, name=name[:60], scopes=["read", "products", "stock", "admin"], days=365)
    personal_tokens.revoke(actor=ada, token=PersonalToken.objects.get(name="Ended"))
    as_person(ada)
    fill(open_form(page, url))
    expect(page.get_by_label("Copy your new token now.")).to_be_visible()
    assert_nothing_to_find(page)
    section = open_form(page, url)
    section.get_by_role("textbox", name="Name").fill("No scope")
    section.get_by_role("button", name="Create token").click()
    section.get_by_role("link", name="It may: Choose at least one.").click()
    expect(section.get_by_role("group", name="It may")).to_be_in_viewport()
    assert_nothing_to_find(page)
