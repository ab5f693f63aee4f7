"""A forgotten password from the sign-in page to a new one, and another e-mail address confirmed elsewhere."""

import re

import pytest
from django.conf import settings
from django.core import mail as outbox
from playwright.sync_api import expect

from accounts.models import Mail, User
from accounts.services import mails, resets
from tests.e2e.conftest import assert_nothing_to_find

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "four unrelated words together"


def sent_link(url):
    """Sends the newest mail as the worker does; its link, on the server of the test."""
    assert mails.attempt(Mail.objects.filter(kind__in=["password_reset", "email_confirm"]).latest("pk").pk)
    link = re.search(rf"{re.escape(settings.SITE_URL)}(/account\S+)", outbox.outbox[-1].body)[1]
    return url + link


def ask(page, url, name):
    page.goto(f"{url}/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Username or email address").fill(name)
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()


def set_password(page, new):
    page.get_by_label("New password", exact=True).fill(new)
    page.get_by_role("button", name="Set new password").click()


def test_sam_forgets_his_password_and_sets_another(page, url, sam, guard):
    guard.allow_status(422)
    guard.allow_status(410)
    ask(page, url, "SAM@example.com")
    resets.answer(sam.pk)
    link = sent_link(url)
    page.goto(link)
    expect(page).to_have_url(f"{url}/accounts/reset/{sam.pk}/new/")
    set_password(page, "short")
    expect(page.get_by_role("alert")).to_contain_text("at least 15 characters")
    page.get_by_role("button", name="Show password").click()
    set_password(page, NEW)
    expect(page.get_by_role("status")).to_contain_text("Your new password is set. Sign in with it.")
    page.get_by_label("Username or email address").fill("sam")
    page.get_by_label("Password", exact=True).fill(NEW)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    page.goto(link)
    page.get_by_role("link", name="Ask for a new link").click()
    expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()


def test_a_password_is_reset_with_script_switched_off(new_context, url, sam, guard):
    page = new_context(java_script_enabled=False).new_page()
    ask(page, url, "sam")
    resets.answer(sam.pk)
    page.goto(sent_link(url))
    set_password(page, NEW)
    expect(page.get_by_role("status")).to_contain_text("Your new password is set.")
    assert guard.problems() == []


def test_cleo_confirms_another_address_in_another_browser(page, new_context, url, as_person, cleo, guard):
    guard.allow_status(410)
    as_person(cleo)
    page.goto(f"{url}/account/")
    page.get_by_role("link", name="Change email address").click()
    page.get_by_label("New email address").fill("cleo.martin@example.com")
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("mail to cleo.martin@example.com")
    expect(page.locator("#profile")).to_contain_text("cleo@example.com")
    Mail.objects.exclude(kind="email_confirm").delete()
    link = sent_link(url)
    other = new_context().new_page()
    other.goto(link)
    assert User.objects.get(pk=cleo.pk).email == "cleo@example.com"
    other.get_by_role("button", name="Confirm address").click()
    expect(other.get_by_role("status")).to_contain_text("Your email address is now cleo.martin@example.com")
    page.reload()
    expect(page.locator("#profile")).to_contain_text("cleo.martin@example.com")
    other.goto(link)
    expect(other.get_by_role("heading", name="The address was not changed")).to_be_visible()


def test_every_page_has_nothing_to_find(page, url, as_person, sam, guard):
    guard.allow_status(422)
    guard.allow_status(410)
    ask(page, url, "sam")
    resets.answer(sam.pk)
    link = sent_link(url)
    paths = ["/accounts/reset/", "/accounts/reset/sent/", "/accounts/reset/1/x-y/", "/account/email/confirm/x/"]
    for path in [*paths, link.removeprefix(url)]:
        page.goto(url + path)
        assert_nothing_to_find(page)
    set_password(page, "short")
    assert_nothing_to_find(page)
    set_password(page, NEW)
    assert_nothing_to_find(page)


def test_the_pages_of_an_address_have_nothing_to_find(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/account/email/")
    assert_nothing_to_find(page)
    page.get_by_label("New email address").fill("sam.reyes@example.com")
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("heading", name="Account settings")).to_be_visible()
    page.goto(sent_link(url))
    assert_nothing_to_find(page)
