"""Signing in by password and code, or by passkey: the second step cannot be skipped, guessed, replayed or led astray."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Activity, Mail, User
from accounts.services import lockouts, passwords, people
from tests.factories import PASSWORD
from tests.passkeys import Passkey, added, asked

SIGN_IN, STEP, PASSKEY = "/accounts/login/", "/accounts/code/", "/accounts/passkey/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime(2026, 3, 2, 9, 0, 5, tzinfo=UTC)


def code_now():
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def wrong_code():
    return f"{(int(code_now()) + 1) % 10**6:06}"


@pytest.fixture(autouse=True)
def _nine_o_clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def codes(sam):
    """sam has an app and ten codes on paper."""
    TOTP.activate(sam, SECRET)
    return RecoveryCodes.activate(sam).get_unused_codes()


@pytest.fixture
def half(codes):
    """A browser that gave sam's password and waits for the code."""
    return with_password()


def with_password(**fields):
    browser = Client()
    answer = browser.post(SIGN_IN, {"login": "sam", "password": PASSWORD, **fields})
    assert answer["Location"] == STEP
    return browser


def is_in(browser):
    return "_auth_user_id" in browser.session


def sign_ins():
    return Activity.objects.filter(kind="person.signed_in").count()


# --- A code ----------------------------------------------------------------------------------------------------------


def test_password_then_code_signs_in_once_with_a_new_session_key(half):
    page = half.get(STEP)
    assert "Signing in as" in page.content.decode()
    assert (sign_ins(), is_in(half)) == (0, False)
    before = half.session.session_key
    done = half.post(STEP, {"code": code_now()})
    assert (done.status_code, done["Location"]) == (302, "/")
    assert is_in(half)
    assert half.session.session_key != before
    assert sign_ins() == 1
    assert half.get("/account/").status_code == 200


def test_signing_in_with_a_password_alone_is_written_down_once_too(cleo):
    Client().post(SIGN_IN, {"login": "cleo", "password": PASSWORD})
    assert sign_ins() == 1


def test_between_the_steps_nothing_is_open(half, api_of):
    for path in ("/", "/products/", "/account/", "/account/second-factor/app/", "/accounts/confirm/"):
        assert half.get(path)["Location"].startswith(SIGN_IN)
    assert half.get("/api/users/me/").status_code == 401
    assert not is_in(half)


def test_the_sign_in_page_begins_anew(half):
    assert half.get(SIGN_IN).status_code == 200
    assert half.post(STEP, {"code": code_now()})["Location"] == SIGN_IN
    assert not is_in(half)


def test_the_second_step_without_the_first_leads_to_it(db, codes):
    browser = Client()
    for answer in (browser.get(STEP), browser.post(STEP, {"code": code_now()})):
        assert answer["Location"] == SIGN_IN
    assert not is_in(browser)


def test_another_persons_code_is_no_code(half, cleo):
    TOTP.activate(cleo, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    theirs = format_hotp_value(hotp_value("KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU", int(time.time()) // 30))
    assert half.post(STEP, {"code": theirs}).status_code == 422


def test_a_wrong_code_is_refused_and_counted(half):
    refused = half.post(STEP, {"code": wrong_code()})
    assert refused.status_code == 422
    assert "This code is wrong or was used." in refused.content.decode()
    assert lockouts.tries_left("sam", "127.0.0.1") == 4
    assert half.post(STEP, {"code": code_now()}).status_code == 302


@pytest.mark.parametrize("fields", [{}, {"code": ""}, {"code": "1" * 21}, {"code": "12\0"}, {"code": "١٢٣٤٥٦"}])
def test_what_is_no_code_is_refused(fields, half):
    assert half.post(STEP, fields).status_code == 422
    assert not is_in(half)


def test_codes_guessed_by_page_and_api_together_lock_at_five(half):
    api = APIClient()
    for _pair in range(2):
        assert half.post(STEP, {"code": wrong_code()}).status_code == 422
        assert api.post("/api/login/", {"username": "sam", "password": PASSWORD, "otp": "000000"}).status_code == 401
    locked = half.post(STEP, {"code": wrong_code()})
    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert "Locked for 15 minutes" in locked.content.decode()
    assert half.post(STEP, {"code": code_now()}).status_code == 429
    assert api.post("/api/login/", {"username": "sam", "password": PASSWORD, "otp": code_now()}).status_code == 429
    assert not is_in(half)


def test_the_password_again_does_not_forget_wrong_codes(half):
    for _try in range(4):
        half.post(STEP, {"code": wrong_code()})
    assert with_password().post(STEP, {"code": wrong_code()}).status_code == 429


def test_a_code_signs_in_once(half, time_machine):
    used = code_now()
    assert half.post(STEP, {"code": used}).status_code == 302
    again = with_password()
    assert again.post(STEP, {"code": used}).status_code == 422
    time_machine.move_to(NOW + timedelta(seconds=30), tick=False)
    assert again.post(STEP, {"code": code_now()}).status_code == 302


def test_a_recovery_code_signs_in_once_and_the_person_is_told(codes, half, sam):
    assert half.post(STEP, {"code": f"{codes[0][:4]} {codes[0][4:]}"}).status_code == 302
    assert with_password().post(STEP, {"code": codes[0]}).status_code == 422
    assert Activity.objects.filter(kind="factor.code_used", person=sam).count() == 1
    mail = Mail.objects.get(kind="recovery_code_used", to=sam.email)
    assert "9 codes are left" in mail.text
    assert codes[0] not in mail.text + mail.html


@pytest.mark.parametrize("change", ["password", "deactivated", "signed_out"])
def test_what_ended_between_the_steps_stays_ended(change, half, ada, sam):
    if change == "password":
        passwords.change(person=User.objects.get(pk=sam.pk), current=PASSWORD, new="three unrelated words 7")
    elif change == "deactivated":
        people.set_active(actor=ada, person=sam, active=False)
    else:
        people.sign_out(actor=ada, person=sam)
    assert half.post(STEP, {"code": code_now()})["Location"] == SIGN_IN
    assert (is_in(half), sign_ins()) == (False, 0)


def test_the_second_step_waits_a_quarter_of_an_hour(half, time_machine):
    time_machine.move_to(NOW + timedelta(minutes=16), tick=False)
    assert half.post(STEP, {"code": code_now()})["Location"] == SIGN_IN
    assert not is_in(half)


@pytest.mark.parametrize(("target", "lands"), [("/products/?q=mug", "/products/?q=mug"), ("//evil.example", "/")])
def test_next_is_kept_through_both_steps_and_never_leads_elsewhere(target, lands, codes):
    browser = with_password(next=target)
    assert browser.post(f"{STEP}?next=https://evil.example", {"code": code_now()})["Location"] == lands


@pytest.mark.parametrize(("fields", "forever"), [({}, False), ({"remember": "on"}, True)])
def test_staying_signed_in_is_remembered_through_both_steps(fields, forever, codes):
    browser = with_password(**fields)
    browser.post(STEP, {"code": code_now()})
    assert browser.session.get_expire_at_browser_close() is not forever


# --- A passkey -------------------------------------------------------------------------------------------------------


@pytest.fixture
def passkey(page_of, sam):
    made = Passkey()
    added(page_of(sam), made)
    return made


def options_for(browser):
    return browser.get(PASSKEY, headers={"Accept": "application/json"}).json()["request_options"]


def test_a_passkey_alone_signs_in_and_leads_on(passkey):
    browser = Client()
    credential = json.dumps(passkey.get(options_for(browser)))
    done = browser.post(PASSKEY, {"credential": credential, "next": "/products/"})
    assert (done["Location"], is_in(browser), sign_ins()) == ("/products/", True, 1)
    assert browser.get("/account/second-factor/app/").status_code == 200
    assert browser.session.get_expire_at_browser_close()
    assert Authenticator.objects.get(type="webauthn").last_used_at == NOW


def test_a_passkey_is_answered_to_one_question_once(passkey):
    browser = Client()
    credential = json.dumps(passkey.get(options_for(browser)))
    options_for(browser)
    assert browser.post(PASSKEY, {"credential": credential}).status_code == 422
    other = Client()
    options_for(other)
    refused = other.post(PASSKEY, {"credential": credential, "next": "//evil.example"})
    assert refused.status_code == 422
    assert "This passkey was not accepted." in refused.content.decode()
    assert "evil.example" not in refused.content.decode()


def test_a_forged_signature_or_another_persons_handle_signs_nobody_in(passkey, sam, cleo):
    browser = Client()
    for changes in ({"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"}, {"userHandle": str(cleo.pk).encode()}):
        credential = json.dumps(passkey.get(options_for(browser), **changes))
        assert browser.post(PASSKEY, {"credential": credential}).status_code == 422
    assert not is_in(browser)


def test_a_stolen_key_that_checks_nobody_signs_in_by_no_trick(passkey, sam, cleo):
    """Its answer to the second step, which asks for less, is worth nothing at the step that asks for all."""
    passkey.verified = False
    browser = Client()
    assert browser.post(PASSKEY, {"credential": json.dumps(passkey.get(options_for(browser)))}).status_code == 422
    TOTP.activate(cleo, SECRET)
    browser.post(SIGN_IN, {"login": "cleo", "password": PASSWORD})
    browser.get(STEP)
    challenge = {"publicKey": {"challenge": browser.session["mfa.webauthn.state"]["challenge"]}}
    assert browser.post(PASSKEY, {"credential": json.dumps(passkey.get(challenge))}).status_code == 422
    assert not is_in(browser)


def test_a_passkey_of_somebody_deactivated_opens_nothing(passkey, sam):
    User.objects.filter(pk=sam.pk).update(is_active=False)
    browser = Client()
    assert browser.post(PASSKEY, {"credential": json.dumps(passkey.get(options_for(browser)))}).status_code == 422
    assert not is_in(browser)


@pytest.mark.parametrize(
    "credential", ["", "{", "[]", "{}", "null", '"x"', '{"id": 1, "rawId": "x", "response": {}}', '{"response": "x"}']
)
def test_what_no_browser_made_is_refused(credential, passkey):
    browser = Client()
    options_for(browser)
    assert browser.post(PASSKEY, {"credential": credential}).status_code == 422
    half = Client()
    half.post(SIGN_IN, {"login": "sam", "password": PASSWORD})
    half.get(STEP)
    assert half.post(STEP, {"credential": credential}).status_code == 422


def test_a_passkey_is_the_other_way_at_the_second_step(passkey, sam):
    passkey.verified = False  # the password was given, so having it is enough
    browser = with_password()
    page = browser.get(STEP)
    assert "Use a passkey instead" in page.content.decode()
    done = browser.post(STEP, {"credential": json.dumps(passkey.get(asked(page)["request_options"]))})
    assert (done.status_code, is_in(browser), sign_ins()) == (302, True, 1)


def test_who_has_no_passkey_is_not_asked_for_one(half):
    assert "Use a passkey instead" not in half.get(STEP).content.decode()


def test_the_passkey_door_is_no_page(db, page_of, sam):
    assert Client().get(PASSKEY, headers={"Accept": "text/html"})["Location"] == SIGN_IN
    assert page_of(sam).get(PASSKEY)["Location"] == "/"
