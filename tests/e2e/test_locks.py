"""Five wrong passwords in the browser: the lock that runs down, and the admin who lifts it."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Activity
from accounts.services import activity
from tests.e2e.conftest import assert_nothing_to_find
from tests.factories import PASSWORD

pytestmark = pytest.mark.usefixtures("catalogue")


def sign_in(page, url, password):
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("Username or email address").fill("sam")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def lock_out(page, url, guard):
    guard.allow_status(422)
    guard.allow_status(429)
    for _try in range(5):
        sign_in(page, url, "wrong")
        expect(page.get_by_role("alert")).to_be_visible()


def test_a_lock_counts_down_until_an_admin_lifts_it(page, new_context, url, as_person, ada, sam, guard):
    page.clock.install()
    lock_out(page, url, guard)
    timer = page.get_by_role("timer")
    expect(timer).to_have_text(re.compile(r"^1[45]:\d\d$"))
    page.clock.fast_forward("10:00")
    expect(timer).to_have_text(re.compile(r"^[45]:\d\d$"))
    expect(page.get_by_role("link", name="Reset your password by mail")).to_be_visible()
    assert_nothing_to_find(page)
    page.clock.fast_forward("06:00")
    expect(timer).to_have_text("Ended")

    desk = new_context()
    as_person(ada, desk)
    admin = desk.new_page()
    admin.goto(f"{url}/users/locks/")
    row = admin.get_by_role("row", name=re.compile("Sam Reyes"))
    expect(row.get_by_role("timer")).to_have_text(re.compile(r"^1[45]:\d\d$"))
    row.get_by_text("Unlock Sam Reyes").click()
    row.get_by_label("Reason").fill("Rang from the shop")
    assert_nothing_to_find(admin)
    row.get_by_role("button", name="Unlock now").click()
    expect(admin.get_by_role("status", name="Notifications")).to_contain_text("Sam Reyes can sign in again")
    expect(admin.get_by_role("heading", name="Nobody is locked out")).to_be_visible()

    sign_in(page, url, PASSWORD)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    admin.goto(f"{url}/activity/?person=sam")
    expect(admin.get_by_text("Unlocked: Rang from the shop")).to_be_visible()


def test_the_lock_centre_without_script(new_context, url, as_person, ada, sam, guard):
    stranger = new_context(java_script_enabled=False)
    lock_out(stranger.new_page(), url, guard)
    expect(stranger.pages[0].get_by_role("timer")).to_have_text("15 minutes")
    desk = new_context(java_script_enabled=False)
    as_person(ada, desk)
    admin = desk.new_page()
    admin.goto(f"{url}/users/locks/")
    row = admin.get_by_role("row", name=re.compile("Sam Reyes"))
    expect(row.get_by_role("timer")).to_have_text(re.compile("^1[45] minutes$"))
    row.get_by_text("Unlock Sam Reyes").click()
    row.get_by_label("Reason").fill("Rang")
    row.get_by_role("button", name="Unlock now").click()
    expect(admin.get_by_role("heading", name="Nobody is locked out")).to_be_visible()
    assert guard.problems() == []


def test_the_activity_pages_have_nothing_to_find(page, url, as_person, ada, sam, guard):
    guard.allow_status(422)
    for number in range(60):
        activity.record("person.edited", actor=ada, person=sam, name=["", f"N{number}"])
    activity.record("sign_in.failed", actor=None, person=sam)
    Activity.objects.filter(kind="sign_in.failed").update(
        address="2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", source="api"
    )
    as_person(ada)
    for path in ("/activity/", "/activity/?address=here", "/activity/?person=nobody", "/users/locks/"):
        page.goto(f"{url}{path}")
        assert_nothing_to_find(page)
    page.goto(f"{url}/activity/?person=sam")
    page.get_by_role("link", name="Older").click()
    page.get_by_label("What").select_option("Wrong password or code")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2)
    with page.expect_download() as file:
        page.get_by_role("link", name="Export CSV").click()
    assert len(file.value.path().read_text().splitlines()) == 2


def test_ones_own_activity_has_nothing_to_find(page, url, as_person, sam):
    activity.record("person.signed_in", actor=sam, person=sam)
    as_person(sam)
    page.goto(f"{url}/account/")
    page.get_by_role("link", name="See all").click()
    expect(page.get_by_role("heading", name="Your activity")).to_be_visible()
    assert_nothing_to_find(page)
