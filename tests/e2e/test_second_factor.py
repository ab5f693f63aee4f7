"""Second factors in a browser: an app, recovery codes, and a passkey of Chromium's virtual device."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from accounts.services import requirements
from tests.e2e.conftest import assert_nothing_to_find
from tests.factories import PASSWORD

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def _one_half_minute(time_machine):
    """A code that is typed is still the code when it arrives."""
    time_machine.move_to(time.time(), tick=False)


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def forget_the_step(person):
    """The code of this half minute was used: as if the next had begun."""
    app = Authenticator.objects.get(user=person, type="totp")
    app.last_used_at -= timedelta(minutes=1)
    app.save()


def sign_in(page, url, name="sam"):
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("Username or email address").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page, _url):
    page.context.clear_cookies()


@pytest.fixture
def phone(page, context):
    """A device that keeps passkeys and checks who holds it."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session


def test_an_app_is_set_up_and_signs_in_and_so_does_a_recovery_code(page, url, as_person, transactional_db, sam):
    as_person(sam)
    page.goto(f"{url}/account/#two-step")
    page.get_by_role("link", name="Set up an app").click()
    assert page.get_by_role("img", name=re.compile("QR code")).evaluate("image => image.naturalWidth") > 0
    secret = page.get_by_label("Or type this into the app").input_value()
    page.get_by_label("6-digit code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_label("Keep these codes now. They are not shown again.").input_value().split()
    assert len(codes) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == codes
    assert_nothing_to_find(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 codes left")).to_be_visible()
    assert_nothing_to_find(page)

    sign_out(page, url)
    forget_the_step(sam)
    sign_in(page, url)
    expect(page.get_by_role("heading", name="Two-step check")).to_be_visible()
    assert_nothing_to_find(page)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{url}/overview/")

    sign_out(page, url)
    sign_in(page, url)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{url}/overview/")


def test_a_passkey_is_added_signs_in_confirms_and_is_the_other_way(page, url, as_person, phone, transactional_db, sam):
    as_person(sam)
    page.goto(f"{url}/account/second-factor/passkeys/")
    assert_nothing_to_find(page)
    page.get_by_label("Name").fill("Pixel 9")
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("#two-step").get_by_text("Passkey: Pixel 9", exact=True).first).to_be_visible()

    sign_out(page, url)
    page.goto(f"{url}/accounts/login/?next=/account/")
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{url}/account/")

    page.goto(f"{url}/accounts/confirm/passkey/?next=/account/second-factor/codes/")
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{url}/account/second-factor/codes/")

    sign_out(page, url)
    sign_in(page, url)
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page).to_have_url(f"{url}/overview/")


def test_a_passkey_that_is_not_given_is_told_beside_the_button(page, url, transactional_db):
    page.goto(f"{url}/accounts/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')) }")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("The browser gave no passkey. Try again, or use another way.")
    assert_nothing_to_find(page)


def test_the_pages_of_admins_and_of_those_who_must_set_one_up(page, url, as_person, transactional_db, ada, guard):
    as_person(ada)
    page.goto(f"{url}/accounts/confirm/?next=/users/")
    assert_nothing_to_find(page)
    page.goto(f"{url}/users/second-factor/")
    assert_nothing_to_find(page)
    requirements.require(actor=ada, roles=["admin"])
    page.goto(f"{url}/users/")
    expect(page).to_have_url(f"{url}/account/second-factor/app/")
    expect(page.get_by_text("Your role needs a second factor")).to_be_visible()
    assert_nothing_to_find(page)
