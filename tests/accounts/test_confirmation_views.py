"""Before a sensitive act somebody confirms that it is still them; then the act goes on by itself."""

import json
import time

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client

from accounts.models import PersonalToken, User
from accounts.services import lockouts
from tests import recent
from tests.factories import PASSWORD
from tests.passkeys import Passkey, added, asked

CONFIRM = "/accounts/confirm/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKEN = {"name": "Nightly", "scopes": ["read"], "days": "90"}


def code_now():
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


@pytest.fixture
def old(page_of, ada):
    """ada's browser, signed in long ago."""
    browser = page_of(ada)
    recent.age(browser)
    return browser


def confirmed(browser, target, **fields):
    return browser.post(CONFIRM, {"password": PASSWORD, "next": target, **fields})


def test_who_signed_in_a_moment_ago_is_not_asked(ada):
    browser = Client()
    browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert browser.get("/account/second-factor/app/").status_code == 200


def test_after_fifteen_minutes_one_is_asked(page_of, ada, time_machine):
    time_machine.move_to(1_770_000_000, tick=False)
    browser = page_of(ada)
    time_machine.move_to(1_770_000_000 + 15 * 60 - 1, tick=False)
    assert browser.get("/account/second-factor/app/").status_code == 200
    time_machine.move_to(1_770_000_000 + 15 * 60, tick=False)
    assert browser.get("/account/second-factor/app/")["Location"].startswith(CONFIRM)


def test_another_persons_confirmation_is_worth_nothing(page_of, ada, sam):
    browser = page_of(ada)
    session = browser.session
    recent.stamp(session, sam)
    session.save()
    assert browser.get("/account/second-factor/app/")["Location"].startswith(CONFIRM)


def test_a_page_that_was_asked_for_comes_after_the_password(old):
    asked_for = old.get("/account/second-factor/app/?x=1")
    assert asked_for["Location"] == f"{CONFIRM}?next=%2Faccount%2Fsecond-factor%2Fapp%2F%3Fx%3D1"
    assert "Confirm it is you" in old.get(asked_for["Location"]).content.decode()
    assert confirmed(old, "/account/second-factor/app/?x=1")["Location"] == "/account/second-factor/app/?x=1"
    assert old.get("/account/second-factor/app/").status_code == 200


def test_an_act_goes_on_by_itself_and_once(old, ada):
    held = old.post("/account/tokens/", TOKEN)
    assert held["Location"] == f"{CONFIRM}?next=%2Faccount%2Ftokens%2F"
    assert not PersonalToken.objects.exists()
    shown = confirmed(old, "/account/tokens/")
    assert shown.status_code == 201
    assert "stockroom_pat_" in shown.content.decode()
    assert confirmed(old, "/account/tokens/")["Location"] == "/account/tokens/"
    assert PersonalToken.objects.count() == 1


def test_an_act_that_is_refused_after_all_says_so(old):
    old.post("/account/tokens/", {**TOKEN, "name": ""})
    assert confirmed(old, "/account/tokens/").status_code == 422


def test_an_act_that_was_given_up_does_not_follow_a_later_visit(old, sam, ada):
    delete = f"/users/{sam.pk}/delete/"
    old.post(delete, {"successor": ada.pk})
    old.get(delete)
    assert confirmed(old, delete)["Location"] == delete
    assert User.objects.filter(pk=sam.pk).exists()


def test_an_act_does_not_go_on_where_next_is_another(old, ada):
    old.post("/account/tokens/", TOKEN)
    assert confirmed(old, "/products/")["Location"] == "/products/"
    assert not PersonalToken.objects.exists()


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "javascript:alert(1)", ""])
def test_it_never_leads_elsewhere(target, old):
    assert "evil" not in old.get(CONFIRM, {"next": target}).content.decode()
    assert confirmed(old, target)["Location"] == "/"


def test_a_fragment_has_htmx_leave_for_the_page(old, ada):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/account/"}
    answer = old.post("/account/tokens/", TOKEN, headers=headers)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"{CONFIRM}?next=/account/")


def test_wrong_passwords_count_with_those_of_the_sign_in(old, ada):
    refused = confirmed(old, "/", password="wrong")
    assert refused.status_code == 422
    assert "This password is wrong." in refused.content.decode()
    for _try in range(3):
        confirmed(old, "/", password="wrong")
    assert lockouts.tries_left("ada", "127.0.0.1") == 1
    assert confirmed(old, "/", password="wrong").status_code == 429
    assert confirmed(old, "/").status_code == 429
    assert old.get("/account/second-factor/app/")["Location"].startswith(CONFIRM)


def test_a_code_of_the_app_confirms_but_no_recovery_code(old, ada):
    assert "Use a code of your app" not in old.get(CONFIRM).content.decode()
    assert old.get(f"{CONFIRM}code/?next=/products/")["Location"] == f"{CONFIRM}?next=%2Fproducts%2F"
    TOTP.activate(ada, SECRET)
    paper = RecoveryCodes.activate(ada).get_unused_codes()
    assert "Use a code of your app" in old.get(CONFIRM).content.decode()
    assert "Use your password" in old.get(f"{CONFIRM}code/").content.decode()
    for code in (paper[0], "000000"):
        assert old.post(f"{CONFIRM}code/", {"code": code}).status_code == 422
    assert lockouts.tries_left("ada", "127.0.0.1") == 3
    assert old.post(f"{CONFIRM}code/", {"code": code_now(), "next": "/account/tokens/"}).status_code == 302
    assert old.get("/account/second-factor/codes/").status_code == 200


def test_a_passkey_confirms(page_of, ada):
    browser, passkey = page_of(ada), Passkey()
    added(browser, passkey)
    recent.age(browser)
    page = browser.get(f"{CONFIRM}passkey/?next=/account/second-factor/codes/")
    assert browser.post(f"{CONFIRM}passkey/", {"credential": "{}"}).status_code == 422
    page = browser.get(f"{CONFIRM}passkey/")
    credential = json.dumps(passkey.get(asked(page)["request_options"]))
    done = browser.post(f"{CONFIRM}passkey/", {"credential": credential, "next": "/account/second-factor/codes/"})
    assert done["Location"] == "/account/second-factor/codes/"
    assert browser.get("/account/second-factor/codes/").status_code == 200


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/account/tokens/", TOKEN),
        ("/users/{sam}/role/", {"role": "client"}),
        ("/users/{sam}/delete/", {"successor": "1"}),
        ("/users/{sam}/second-factor/reset/", {}),
        ("/users/{sam}/view-as/", {}),
        ("/users/second-factor/save/", {"required": "admin"}),
        ("/account/email/", {"email": "new@example.com"}),
    ],
)
def test_every_sensitive_act_asks(path, fields, old, sam):
    path = path.format(sam=sam.pk)
    assert old.post(path, fields)["Location"] == f"{CONFIRM}?next={path.replace('/', '%2F')}"
