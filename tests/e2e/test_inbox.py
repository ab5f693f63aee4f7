"""Watching a product, being told of it, and reading that: in the browser, as the right people."""

import pytest
from playwright.sync_api import expect

from products.models import Notification
from products.models.notifications import Kind
from products.services import catalogue as catalogue_rules
from products.services import digest, notifications, watching
from products.services.history import latest
from tests.e2e.conftest import assert_nothing_to_find


@pytest.fixture
def told(catalogue, sam, cleo):
    """A line of cleo's about her kettle, made as the worker makes it."""
    watching.add(actor=cleo, product=catalogue["kettle"])
    catalogue_rules.edit(actor=sam, product=catalogue["kettle"], price="47.00", cost="31.17")
    assert watching.tell(latest(catalogue["kettle"])) == 1


def test_cleo_watches_her_kettle_and_reads_what_became_of_it(page, url, as_person, sam, cleo, catalogue):
    kettle = catalogue["kettle"]
    as_person(cleo)
    page.goto(f"{url}/products/{kettle.pk}/")
    page.get_by_role("button", name="Watch", exact=True).click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("You watch Stovetop kettle")
    expect(page.get_by_role("button", name="Stop watching")).to_be_visible()
    catalogue_rules.edit(actor=sam, product=kettle, price="47.00", cost="31.17")
    watching.tell(latest(kettle))
    page.reload()
    page.get_by_role("link", name="Inbox 1 unread").click()
    line = page.get_by_role("link", name="Sam Reyes changed Stovetop kettle: price")
    expect(line).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("cost")
    assert_nothing_to_find(page)


def test_opening_what_a_line_is_about_marks_it_as_read(page, url, as_person, cleo, told):
    as_person(cleo)
    page.goto(f"{url}/inbox/")
    page.wait_for_load_state()
    with page.expect_response(lambda response: response.url.endswith("/read/")):
        page.get_by_role("link", name="Sam Reyes changed Stovetop kettle").click()
    expect(page.get_by_role("heading", name="Stovetop kettle", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Inbox", exact=True)).to_be_visible()
    assert Notification.objects.get().read_at is not None


def test_one_and_all_are_marked_without_a_script(new_context, url, as_person, sam, cleo, catalogue, told):
    notifications.tell(kind=Kind.PRODUCT_LOW, people=[cleo], product=catalogue["bowl"])
    notifications.tell(kind=Kind.PRODUCT_LOW, people=[cleo], product=catalogue["kettle"])
    context = new_context(java_script_enabled=False)
    as_person(cleo, into=context)
    page = context.new_page()
    page.goto(f"{url}/inbox/?unread=1")
    page.get_by_role("button", name="Mark as read: Serving bowl is out of stock").click()
    expect(page.get_by_role("list", name="Notifications").get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("heading", name="Nothing unread")).to_be_visible()


def test_a_line_about_what_cleo_no_longer_sees_is_gone(page, url, as_person, ada, cleo, catalogue, told):
    catalogue_rules.edit(actor=ada, product=catalogue["kettle"], owner=ada)
    as_person(cleo)
    page.goto(f"{url}/inbox/")
    expect(page.get_by_role("heading", name="Nothing to tell yet")).to_be_visible()
    expect(page.get_by_role("link", name="Inbox", exact=True)).to_be_visible()
    assert_nothing_to_find(page)


def test_what_is_watched_is_listed_and_given_up(page, url, as_person, cleo, told):
    as_person(cleo)
    page.goto(f"{url}/inbox/")
    page.get_by_role("link", name="Watched").click()
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Stop watching Stovetop kettle").click()
    expect(page.get_by_role("heading", name="You watch nothing yet")).to_be_visible()
    assert_nothing_to_find(page)


def test_sam_asks_for_the_digest_and_a_stranger_with_the_link_ends_it(
    page, new_context, url, as_person, sam, catalogue
):
    as_person(sam)
    page.goto(f"{url}/inbox/")
    page.get_by_role("button", name="Get the digest").click()
    expect(page.get_by_role("status", name="Notifications")).to_contain_text("You get the weekly digest")
    stranger = new_context().new_page()
    stranger.goto(f"{url}/unsubscribe/{digest.token_of(sam)}/")
    assert_nothing_to_find(stranger)
    assert digest.subscribed(sam)
    stranger.get_by_role("button", name="Stop the digest").click()
    expect(stranger.get_by_role("status")).to_contain_text("no longer get the weekly digest")
    assert_nothing_to_find(stranger)
    page.reload()
    expect(page.get_by_role("button", name="Get the digest")).to_be_visible()
