"""An invitation from the users page to the new person's first page, and the links that no longer work."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Invitation, Mail
from accounts.services import invitations, mails
from tests.e2e.conftest import assert_nothing_to_find, axe
from tests.factories import PASSWORD, invited

pytestmark = pytest.mark.usefixtures("catalogue")


def mailed_link(url, outbox):
    """As a person finds it: in the newest mail."""
    assert mails.attempt(Mail.objects.latest("pk").pk)
    [line] = [line for line in outbox[-1].body.splitlines() if "/invitations/" in line]
    return url + line[line.index("/invitations/") :]


def test_ada_invites_by_dialog_and_noor_comes_in(page, url, as_person, ada, new_context, guard, mailoutbox):
    guard.allow_status(422)
    as_person(ada)
    page.goto(f"{url}/users/")
    page.get_by_role("link", name="Invite a user").click()
    dialog = page.get_by_role("dialog", name="Invite a user")
    expect(dialog.get_by_label("Email address")).to_be_focused()
    assert axe(page) == []
    dialog.get_by_label("Email address").fill("sam@example.com")
    dialog.get_by_role("button", name="Send invitation").click()
    expect(dialog).to_contain_text("Somebody with this address has an account already.")
    assert page.url == f"{url}/users/"
    assert axe(page) == []
    dialog.get_by_label("Email address").fill("noor@example.com")
    dialog.get_by_label("Client").check()
    dialog.get_by_label("Name").fill("Noor Haddad")
    dialog.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("Invitation sent to noor@example.com")
    expect(page.get_by_role("row", name="noor@example.com")).to_contain_text("Client")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(f"{url}/users/invitations/")
    expect(page).to_have_title("Invited users · Stockroom")
    assert_nothing_to_find(page)

    noor = new_context().new_page()
    noor.goto(mailed_link(url, mailoutbox))
    expect(noor.get_by_label("Username")).to_have_value("noor")
    assert_nothing_to_find(noor)
    noor.get_by_label("Password", exact=True).fill("short")
    noor.get_by_role("button", name="Create account").click()
    expect(noor.get_by_role("alert")).to_contain_text("Password")
    assert_nothing_to_find(noor)
    noor.get_by_label("Password", exact=True).fill(PASSWORD)
    noor.get_by_role("button", name="Create account").click()
    expect(noor.get_by_role("heading", level=1)).to_be_visible()
    expect(noor.get_by_role("status", name="Notifications")).to_contain_text("Welcome, Noor Haddad.")
    expect(noor.locator("button.me")).to_contain_text("Client")
    page.reload()
    expect(page.get_by_role("heading", name="Nobody is invited")).to_be_visible()


def test_a_revoked_link_and_a_replaced_one_say_so(page, url, as_person, ada, new_context, guard, mailoutbox):
    guard.allow_status(410)
    guard.allow_status(404)
    invited(actor=ada)
    first = mailed_link(url, mailoutbox)
    as_person(ada)
    page.goto(f"{url}/users/invitations/")
    page.get_by_role("button", name="Send again noor@example.com").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("noor@example.com again")
    second = mailed_link(url, mailoutbox)
    page.get_by_role("button", name="Revoke noor@example.com").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("Invitation of noor@example.com revoked")
    assert_nothing_to_find(page)
    visitor = new_context().new_page()
    for link, sentence in ((first, "leads to no invitation"), (second, "was withdrawn. Ask for a new one")):
        visitor.goto(link)
        expect(visitor.get_by_role("heading", name="This link no longer works")).to_be_visible()
        expect(visitor.locator("main")).to_contain_text(sentence)
        assert_nothing_to_find(visitor)


def test_somebody_else_who_is_signed_in_signs_out_first(page, url, as_person, ada, sam):
    _invitation, secret = invited(actor=ada)
    as_person(sam)
    page.goto(f"{url}/invitations/{secret}/")
    expect(page.get_by_role("heading", name="You are signed in as Sam Reyes")).to_be_visible()
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Sign out and go on").click()
    expect(page.get_by_label("Username")).to_have_value("noor")


def test_inviting_and_the_list_work_with_script_switched_off(new_context, url, as_person, ada, guard):
    context = new_context(java_script_enabled=False)
    as_person(ada, context)
    page = context.new_page()
    page.goto(f"{url}/users/")
    page.get_by_role("link", name="Invite a user").click()
    page.get_by_label("Email address").fill("noor@example.com")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("row", name="noor@example.com")).to_contain_text("Staff")
    assert guard.problems() == []


def test_the_page_of_the_form_and_a_list_with_an_expired_one_have_nothing_to_find(page, url, as_person, ada):
    invitations.create(actor=ada, email="a.name.that.is.rather.long@a-domain-that-is-long.example.com", role="admin")
    expired, _secret = invited(actor=ada, name="Noor Haddad")
    Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    as_person(ada)
    for path in ("/users/invite/", "/users/invitations/"):
        page.goto(url + path)
        assert_nothing_to_find(page)
