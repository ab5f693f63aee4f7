"""People, by an admin: a role told and given, access taken at once, many at a time, and the file of the list."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from accounts.models import User
from accounts.services import people, tokens
from tests.e2e.conftest import assert_nothing_to_find, axe
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def his(new_context, as_person, sam):
    """Sam's own browser, signed in."""
    context = new_context()
    as_person(sam, context)
    return context.new_page()


def toast(page):
    return page.get_by_role("status", name="Notifications")


def test_a_role_is_told_then_given_and_in_force_at_the_very_next_request(
    page, url, as_person, his, api_of, ada, sam, guard
):
    guard.allow_status(403)
    script = api_of(sam)
    his.goto(f"{url}/products/new/")
    expect(his.get_by_role("button", name="Create product")).to_be_visible()
    assert script.get("/api/protected/").status_code == 200
    as_person(ada)
    page.goto(f"{url}/users/{sam.pk}/")
    page.get_by_label("Client").check()
    page.get_by_role("button", name="Preview change").click()
    dialog = page.get_by_role("dialog", name="Sam Reyes becomes: Client")
    for part in ("Loses 11 rights", "Adjust and count stock", "25 products become hidden", "1 API sign-in ends"):
        expect(dialog).to_contain_text(part)
    assert User.objects.get(pk=sam.pk).role == "staff"
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Preview change").click()
    dialog.get_by_role("button", name="Change role").click()
    expect(toast(page)).to_contain_text("Sam Reyes is now: Client")
    his.goto(f"{url}/products/new/")
    expect(his.get_by_role("button", name="Create product")).to_have_count(0)
    his.goto(f"{url}/products/")
    expect(his.get_by_role("link", name="My products")).to_be_visible()
    assert script.get("/api/protected/").status_code == 401


def test_a_role_that_another_changed_meanwhile_is_told_anew(page, url, as_person, ada, sam, guard):
    guard.allow_status(409)
    as_person(ada)
    page.goto(f"{url}/users/{sam.pk}/role/?role=client")
    people.change_role(actor=UserFactory(role="admin"), person=sam, role="admin")
    page.get_by_role("button", name="Change role").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this role a moment ago.")
    assert User.objects.get(pk=sam.pk).role == "admin"
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Change role").click()
    expect(toast(page)).to_contain_text("Sam Reyes is now: Client")


def test_who_is_deactivated_while_signed_in_is_out_at_the_next_click(page, url, as_person, his, ada, sam):
    secret = tokens.sign_in(person=sam)["access"]
    his.goto(f"{url}/products/?q=mug-1")
    as_person(ada)
    page.goto(f"{url}/users/")
    page.get_by_role("button", name="Actions for Sam Reyes").click()
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(toast(page)).to_contain_text("Sam Reyes deactivated and signed out everywhere")
    his.get_by_role("link", name="Enamel mug", exact=True).click()
    expect(his.get_by_role("heading", name="Sign in")).to_be_visible()
    answer = page.request.get(f"{url}/api/protected/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status == 401


def test_many_are_ticked_told_and_changed(page, url, as_person, ada, sam, cleo):
    for number in range(3):
        UserFactory(username=f"kim{number}", name=f"Kim {number}")
    as_person(ada)
    page.goto(f"{url}/users/")
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    page.get_by_label("Select Kim 0").check()
    page.get_by_label("Select Kim 2").click(modifiers=["Shift"])
    expect(bar.get_by_label("Selected")).to_be_visible()
    expect(bar).to_contain_text("Selected 3")
    page.get_by_label("Select every user on this page").check()
    expect(bar).to_contain_text("Selected 6")
    bar.get_by_label("Selected").select_option("Make client")
    bar.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Make client: 4 users")).to_be_visible()
    expect(page.get_by_role("heading", name="2 users are left out")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Nobody changes themselves among others.")
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Change 4 users").click()
    expect(toast(page)).to_contain_text("4 users changed")
    assert set(User.objects.filter(role="client").values_list("username", flat=True)) == {
        *("sam", "cleo", "kim0", "kim1", "kim2")
    }


def test_the_list_is_narrowed_and_its_file_is_what_it_shows(page, url, as_person, ada, sam, cleo):
    Authenticator.objects.create(user=sam, type="totp", data={})
    as_person(ada)
    page.goto(f"{url}/users/")
    expect(page.get_by_role("row", name="Sam Reyes")).to_contain_text("Authenticator app")
    page.get_by_label("Two-step").select_option("Without two-step")
    expect(page.get_by_role("row", name="Sam Reyes")).to_have_count(0)
    with page.expect_download() as file:
        page.get_by_role("link", name="Export").click()
    lines = file.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert file.value.suggested_filename == "users.csv"
    assert [line.split(",")[0] for line in lines] == ["Username", "ada", "cleo"]


def test_roles_and_many_at_once_work_with_script_switched_off(new_context, url, as_person, ada, sam, cleo, guard):
    context = new_context(java_script_enabled=False)
    as_person(ada, context)
    page = context.new_page()
    page.goto(f"{url}/users/{sam.pk}/")
    page.get_by_label("Client").check()
    page.get_by_role("button", name="Preview change").click()
    expect(page.get_by_role("heading", name="Loses 11 rights")).to_be_visible()
    page.get_by_role("button", name="Change role").click()
    assert User.objects.get(pk=sam.pk).role == "client"
    page.goto(f"{url}/users/")
    page.get_by_label("Select Sam Reyes").check()
    page.get_by_label("Selected").select_option("Deactivate")
    page.get_by_role("button", name="Preview", exact=True).click()
    page.get_by_role("button", name="Change 1 user").click()
    assert not User.objects.get(pk=sam.pk).is_active
    assert guard.problems() == []


def test_the_list_ticked_its_menu_and_the_dialog_have_nothing_to_find(page, url, as_person, ada, sam, cleo):
    as_person(ada)
    page.goto(f"{url}/users/")
    assert_nothing_to_find(page)
    page.get_by_label("Select Sam Reyes").check()
    page.get_by_role("button", name="Actions for Cleo Martin").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert axe(page) == []
    page.goto(f"{url}/users/{sam.pk}/role/?role=admin")
    assert_nothing_to_find(page)
    page.goto(f"{url}/users/{sam.pk}/")
    assert_nothing_to_find(page)
    page.get_by_label("Client").check()
    page.get_by_role("button", name="Preview change").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_nothing_to_find(page)
