"""The session ends under an open page: sign-in opens over it, and what was being done goes on. Nothing is lost."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.core.cache import cache
from playwright.sync_api import expect

from accounts.services import people
from products.models import Product
from tests.e2e.conftest import assert_nothing_to_find
from tests.factories import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SAVED = re.compile("Undo")


@pytest.fixture
def guard(guard):
    """Asking, and a wrong password, are answered by what is meant to be refused."""
    guard.allow_status(401)
    guard.allow_status(422)
    return guard


@pytest.fixture
def mug(catalogue):
    return catalogue["mug"]


@pytest.fixture(autouse=True)
def _sam(mug, as_person, sam):
    as_person(sam)


def sign_out_elsewhere():
    Session.objects.all().delete()
    cache.clear()  # where Redis stands in front, it would still know them


def sign_in(page, name="sam", password=PASSWORD):
    dialog = page.locator("#resume")
    dialog.get_by_label("Username or email").fill(name)
    dialog.get_by_label("Password", exact=True).fill(password)
    dialog.get_by_role("button", name="Sign in", exact=True).click()


def open_product(page, url, mug, price="13.20"):
    """The product's form, filled in and sent after the session has ended."""
    page.goto(f"{url}/products/{mug.pk}/")
    page.get_by_role("textbox", name="Price", exact=True).fill(price)
    page.get_by_label("Name").fill("Enamel mug, large")
    sign_out_elsewhere()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#resume")).to_be_visible()


def stored(mug):
    mug.refresh_from_db()
    return mug.name, str(mug.price), mug.stock


def notice(page):
    return page.get_by_role("status", name="Notifications")


def test_a_form_that_was_filled_in_is_saved_after_signing_in_over_it(page, url, mug):
    open_product(page, url, mug)
    dialog = page.get_by_role("dialog", name="Sign in")
    expect(dialog).to_contain_text("Sign in again as Sam Reyes to go on: what you typed is still here.")
    expect(dialog.get_by_label("Username or email")).to_be_focused()
    assert_nothing_to_find(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, password="wrong")
    expect(dialog.get_by_role("alert")).to_contain_text("Username or password is wrong")
    assert_nothing_to_find(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="Enamel mug, large", level=1)).to_be_visible()
    expect(notice(page).get_by_role("button", name="Undo")).to_be_visible()
    assert stored(mug) == ("Enamel mug, large", "13.20", 148)
    notice(page).get_by_role("button", name="Undo").click()
    expect(notice(page)).to_contain_text("Undone")


def test_a_dialog_that_is_closed_leaves_the_form_as_it_is_to_be_sent_again(page, url, mug):
    open_product(page, url, mug)
    page.keyboard.press("Escape")
    expect(page.locator("#resume")).to_be_hidden()
    expect(page.get_by_role("textbox", name="Price", exact=True)).to_have_value("13.20")
    expect(page.locator("[data-dirty-text]")).to_have_text("Unsaved changes")
    page.get_by_role("button", name="Save").click()
    sign_in(page)
    expect(notice(page)).to_contain_text(SAVED)
    assert stored(mug)[1] == "13.20"


def test_a_price_that_was_typed_in_its_cell_is_saved(page, url, mug):
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("link", name="Price of Enamel mug").click()
    cell = page.get_by_role("textbox", name="Price of Enamel mug")
    cell.fill("13.20")
    sign_out_elsewhere()
    cell.press("Enter")
    sign_in(page)
    expect(page.get_by_role("link", name="Price of Enamel mug: £13.20. Edit")).to_be_visible()
    expect(notice(page)).to_contain_text(SAVED)
    expect(page).to_have_url(f"{url}/products/?q=mug-1")


def test_a_stock_dialog_stays_open_under_the_other_and_is_done(page, url, mug):
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("link", name="Stock of Enamel mug: 148. Adjust").click()
    dialog = page.get_by_role("dialog", name="Adjust stock")
    dialog.get_by_text("Counted").click()
    dialog.get_by_label("Units").fill("140")
    sign_out_elsewhere()
    dialog.get_by_role("button", name="Adjust stock").click()
    sign_in(page)
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Stock of Enamel mug: 140. Adjust")).to_be_visible()
    assert stored(mug)[2] == 140


def test_a_search_goes_on_too(page, url, mug):
    page.goto(f"{url}/products/")
    sign_out_elsewhere()
    page.get_by_role("searchbox", name="Search products").press_sequentially("mug-1")
    sign_in(page)
    expect(page.locator("#rows tbody tr")).to_have_count(1)


def test_who_is_back_in_another_tab_is_not_asked(page, url, mug, as_person, sam):
    page.goto(f"{url}/products/{mug.pk}/")
    page.get_by_role("textbox", name="Price", exact=True).fill("13.20")
    sign_out_elsewhere()
    other = page.context.new_page()
    other.goto(f"{url}/products/")
    other.get_by_label("Username or email").fill("sam")
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("heading", name="Products", level=1)).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(notice(page)).to_contain_text(SAVED)
    assert stored(mug)[1] == "13.20"


@pytest.mark.parametrize("where", ["form", "cell"])
def test_somebody_else_who_signs_in_sends_nothing_and_is_led_to_their_own_page(where, page, url, mug, cleo, guard):
    guard.allow_status(403)  # the old page may still ask whether there is such a product already
    guard.allow("Response Status Error Code 403")
    if where == "form":
        open_product(page, url, mug)
    else:
        page.goto(f"{url}/products/?q=mug-1")
        page.get_by_role("link", name="Price of Enamel mug").click()
        page.get_by_role("textbox", name="Price of Enamel mug").fill("13.20")
        sign_out_elsewhere()
        page.keyboard.press("Enter")
    sign_in(page, "cleo")
    expect(page.get_by_role("heading", name="Hello Cleo Martin", level=1)).to_be_visible()
    assert stored(mug) == ("Enamel mug", "12.50", 148)


def test_a_lock_is_said_in_the_dialog_and_the_form_stays(page, url, mug, guard):
    guard.allow_status(429)
    open_product(page, url, mug)
    alert = page.locator("#resume").get_by_role("alert")
    for tries in range(5):
        sign_in(page, password=f"wrong {tries}")
        expect(alert).to_contain_text(f"You have {4 - tries} tr" if tries < 4 else "Locked for 15 minutes")
    expect(page.locator("#resume").get_by_role("link", name="Use another account")).to_be_visible()
    expect(page.locator("#edit").get_by_label("Name")).to_have_value("Enamel mug, large")
    page.locator("#resume").get_by_role("link", name="Use another account").click()
    expect(page.locator("#resume").get_by_label("Username or email")).to_be_editable()


def test_the_second_step_is_in_the_dialog_too(page, url, mug, sam):
    TOTP.activate(sam, SECRET)
    open_product(page, url, mug)
    sign_in(page)
    dialog = page.get_by_role("dialog", name="Two-step check")
    dialog.get_by_role("textbox").fill("000000")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.locator(".error")).to_be_visible()
    assert_nothing_to_find(page)
    dialog.get_by_role("textbox").fill(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30)))
    dialog.get_by_role("button", name="Continue").click()
    expect(notice(page)).to_contain_text(SAVED)
    assert stored(mug)[1] == "13.20"


def test_who_gives_up_at_the_second_step_begins_anew_in_the_dialog(page, url, mug, sam):
    TOTP.activate(sam, SECRET)
    open_product(page, url, mug)
    sign_in(page)
    page.get_by_role("dialog", name="Two-step check").get_by_role("link", name="Use another account").click()
    dialog = page.get_by_role("dialog", name="Sign in")
    expect(dialog.get_by_label("Username or email")).to_be_visible()
    sign_in(page, "cleo")
    expect(page.get_by_role("heading", name="Hello Cleo Martin", level=1)).to_be_visible()
    assert stored(mug)[1] == "12.50"


def test_a_deactivated_person_cannot_go_on(page, url, mug, ada, sam):
    page.goto(f"{url}/products/{mug.pk}/")
    page.get_by_role("textbox", name="Price", exact=True).fill("13.20")
    people.set_active(actor=ada, person=sam, active=False)
    page.get_by_role("button", name="Save").click()
    sign_in(page)
    expect(page.locator("#resume").get_by_role("alert")).to_contain_text("Username or password is wrong")
    assert stored(mug)[1] == "12.50"


def test_a_server_that_cannot_be_reached_loses_nothing(page, url, mug, guard):
    # The form's own question whether there is such a product already is not answered either.
    guard.allow("request failed", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "htmx:afterRequest", "htmx:sendError")
    page.goto(f"{url}/products/{mug.pk}/")
    page.get_by_role("textbox", name="Price", exact=True).fill("13.20")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(notice(page)).to_contain_text("No connection. Nothing was changed.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Save").click()
    expect(notice(page)).to_contain_text(SAVED)
    assert stored(mug)[1] == "13.20"


def test_signing_out_is_never_asked_to_sign_in(page, url, mug):
    page.goto(f"{url}/products/")
    sign_out_elsewhere()
    page.get_by_role("button", name="Sam Reyes").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    assert Product.objects.filter(pk=mug.pk).exists()
