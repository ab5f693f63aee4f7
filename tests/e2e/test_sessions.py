"""Two browsers of one person: the one ends the other, whose next click leads to the sign-in page."""

import os

import pytest
from playwright.sync_api import expect

from accounts.services import tokens
from site_config.lib.origin import Origin, acting_from
from tests.e2e.conftest import WIDTHS, assert_nothing_to_find, axe

pytestmark = pytest.mark.usefixtures("catalogue")
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.fixture
def phone(new_context, url, as_person, sam):
    """Sam's telephone, signed in and on the list of products."""
    context = new_context(user_agent=IPHONE)
    as_person(sam, context)
    page = context.new_page()
    page.goto(f"{url}/products/?q=enamel")
    return page


def test_sam_ends_the_session_on_a_lost_phone(page, phone, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/account/#sessions")
    section = page.locator("#sessions")
    expect(section.get_by_role("row")).to_have_count(3)
    expect(section.get_by_role("row", name="This session")).to_contain_text("Chrome")
    section.get_by_role("button", name="Sign out Safari on iPhone").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("Safari on iPhone signed out")
    expect(section.get_by_role("row")).to_have_count(2)
    phone.get_by_role("link", name="Enamel mug", exact=True).click()
    expect(phone).to_have_url(f"{url}/accounts/login/?next=/products/{phone.url.rpartition('/products/')[2]}")
    expect(phone.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Account settings")).to_be_visible()


def test_ada_signs_sam_out_everywhere(page, phone, url, as_person, ada, sam):
    as_person(ada)
    page.goto(f"{url}/users/{sam.pk}/")
    section = page.locator("#sessions")
    expect(section).to_contain_text("Safari on iPhone")
    section.get_by_role("button", name="Sign out everywhere").click()
    expect(section).to_contain_text("Signed in nowhere.")
    assert axe(page) == []
    phone.goto(f"{url}/products/")
    expect(phone).to_have_url(f"{url}/accounts/login/?next=/products/")


def test_the_others_are_signed_out_with_script_switched_off(phone, new_context, url, as_person, sam, guard):
    context = new_context(java_script_enabled=False)
    as_person(sam, context)
    page = context.new_page()
    page.goto(f"{url}/account/")
    page.get_by_role("button", name="Sign out all others").click()
    expect(page.locator("#sessions").get_by_role("row")).to_have_count(2)
    phone.goto(f"{url}/account/")
    expect(phone).to_have_url(f"{url}/accounts/login/?next=/account/")
    assert guard.problems() == []


def test_a_list_of_sessions_has_nothing_to_find(page, phone, url, as_person, sam):
    with acting_from(Origin("api", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff")):
        tokens.sign_in(person=sam)
    as_person(sam)
    page.goto(f"{url}/account/#sessions")
    expect(page.locator("#sessions").get_by_role("row")).to_have_count(4)
    assert_nothing_to_find(page)
    if folder := os.environ.get("SHOTS"):
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 844})
                page.emulate_media(color_scheme=scheme)
                page.locator("#sessions").screenshot(path=f"{folder}/sessions-{width}-{scheme}.png")
