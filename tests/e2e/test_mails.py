"""A mail that could not be sent, from the banner to the next try; and a page in the language of the account."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Mail
from accounts.services import mails
from tests.e2e.conftest import assert_nothing_to_find

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def failed(sam):
    """One that is tried again and one that was given up."""
    now = timezone.now()
    error = "SMTPRecipientsRefused: 450 4.2.0 Greylisted, try again in five minutes"
    waits = mails.written("test", to="noor@example.com")
    waits.attempts, waits.error, waits.next_try_at = 2, error, now + timedelta(minutes=4)
    given_up = mails.written("test", to="dan@example.com", person=sam)
    given_up.attempts, given_up.failed_at, given_up.error = 6, now, "TimeoutError: timed out"
    Mail.objects.bulk_create([given_up, waits])


def test_ada_sees_why_a_mail_waits_and_has_it_tried(page, url, as_person, ada, failed):
    as_person(ada)
    page.goto(f"{url}/users/")
    expect(page.get_by_text("2 mails could not be sent.")).to_be_visible()
    page.get_by_role("link", name="See why").click()
    assert_nothing_to_find(page)
    row = page.get_by_role("row", name="noor@example.com")
    expect(row).to_contain_text("Greylisted, try again in five minutes")
    row.get_by_role("button", name="Try now").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("is tried again")
    assert Mail.objects.get(to="noor@example.com").attempts == 0


def test_the_page_without_mails_says_so(page, url, as_person, ada):
    as_person(ada)
    page.goto(f"{url}/users/mails/")
    expect(page.get_by_role("heading", name="Every mail was sent")).to_be_visible()
    assert_nothing_to_find(page)


def test_cleo_chooses_spanish_in_an_english_browser(page, url, as_person, cleo):
    as_person(cleo)
    page.goto(f"{url}/account/")
    page.get_by_text("Español", exact=True).click()
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_role("heading", name="Ajustes de la cuenta", level=1)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_label("Perfil guardado").or_(page.get_by_text("Perfil guardado"))).to_be_visible()
