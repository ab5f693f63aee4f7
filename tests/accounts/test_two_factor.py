"""The second factor: whoever has one gives a code of it, at every door and each code once."""

import time
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.adapter import MFAAdapter
from accounts.models import Activity, ApiSession, User
from accounts.services import lockouts, two_factor
from tests.factories import PASSWORD
from tests.parallel import SECONDS, at_once

NOW = datetime(2026, 3, 2, 9, 0, 5, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_now() -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def wrong_code() -> str:
    return f"{(int(code_now()) + 1) % 10**6:06}"


@pytest.fixture(autouse=True)
def _nine_o_clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def recovery_codes(sam) -> list[str]:
    """sam has an app and ten codes on paper."""
    TOTP.activate(sam, SECRET)
    return RecoveryCodes.activate(sam).get_unused_codes()


def log_in(person="sam", password=PASSWORD, address="198.51.100.7", **fields):
    body = {"username": person, "password": password, **fields}
    return APIClient(raise_request_exception=False).post("/api/login/", body, REMOTE_ADDR=address)


def told(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


# --- Logging in to the API -------------------------------------------------------------------------------------------


def test_the_password_alone_is_not_enough_and_the_code_completes_it(recovery_codes, sam):
    asked = log_in()
    assert told(asked) == (401, "otp_required")
    assert asked["WWW-Authenticate"] == 'Bearer realm="api"'
    assert not ApiSession.objects.exists()
    assert set(log_in(otp=code_now()).json()) == {"access", "refresh"}
    assert ApiSession.objects.get().user == sam


def test_asking_for_the_code_is_no_failure_and_counts_nothing(recovery_codes, sam):
    for _try in range(6):
        assert told(log_in()) == (401, "otp_required")
    assert lockouts.tries_left("sam", "198.51.100.7") == 5


@pytest.mark.parametrize("otp", ["{wrong}", "000000x", "١٢٣٤٥٦", "-", "12345678"])
def test_a_wrong_code_is_refused_and_counted(otp, recovery_codes, sam):
    assert told(log_in(otp=otp.format(wrong=wrong_code()))) == (401, "otp_invalid")
    assert lockouts.tries_left("sam", "198.51.100.7") == 4
    assert not ApiSession.objects.exists()


def test_without_the_right_password_nothing_tells_that_there_is_a_second_factor(recovery_codes, sam, cleo):
    for name in ("sam", "cleo", "nobody"):
        for fields in ({}, {"otp": code_now()}, {"otp": wrong_code()}):
            refused = log_in(name, "wrong", **fields)
            assert told(refused) == (401, "no_active_account")
    assert told(log_in("sam", otp=code_now())) == (200, "")


def test_a_code_sent_without_need_is_passed_over(cleo):
    assert log_in("cleo", otp="123456").status_code == 200


@pytest.mark.parametrize("otp", ["", " ", "1" * 21, None, ["123456"], "12\0"])
def test_what_cannot_be_a_code_is_a_malformed_request(otp, recovery_codes, sam):
    refused = log_in(otp=otp)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/otp")
    assert not ApiSession.objects.exists()


def test_five_wrong_codes_lock_as_five_wrong_passwords_do(recovery_codes, sam):
    tries = [log_in(otp=wrong_code()) for _try in range(5)]
    assert [answer.status_code for answer in tries] == [401] * 4 + [429]
    locked = log_in(otp=code_now())
    assert (*told(locked), locked["Retry-After"]) == (429, "locked", "900")
    assert told(log_in(otp=code_now(), address="203.0.113.24")) == (200, "")


def test_wrong_passwords_and_wrong_codes_are_one_count_and_the_page_shares_it(recovery_codes, sam):
    log_in(password="wrong")
    log_in(otp=wrong_code())
    log_in(password="wrong")
    log_in(otp=wrong_code())
    page = Client().post("/accounts/login/", {"login": "sam", "password": "wrong"}, REMOTE_ADDR="198.51.100.7")
    assert page.status_code == 429
    assert told(log_in(otp=code_now())) == (429, "locked")


def test_the_right_password_does_not_forget_wrong_codes_only_a_whole_sign_in_does(recovery_codes, sam):
    for _try in range(4):
        log_in(otp=wrong_code())
        log_in()
    assert lockouts.tries_left("sam", "198.51.100.7") == 1
    assert told(log_in(otp=code_now())) == (200, "")
    assert lockouts.tries_left("sam", "198.51.100.7") == 5


def test_a_used_code_is_refused_and_the_next_one_works(recovery_codes, sam, time_machine):
    used = code_now()
    assert told(log_in(otp=used)) == (200, "")
    assert told(log_in(otp=used)) == (401, "otp_invalid")
    time_machine.move_to(NOW + timedelta(seconds=30), tick=False)
    assert told(log_in(otp=used)) == (401, "otp_invalid")
    assert told(log_in(otp=code_now())) == (200, "")


def test_a_used_code_is_refused_by_a_process_with_a_cache_of_its_own(recovery_codes, sam):
    used = code_now()
    assert told(log_in(otp=used)) == (200, "")
    cache.clear()
    assert told(log_in(otp=used)) == (401, "otp_invalid")


def test_each_recovery_code_works_once_and_beside_the_app(recovery_codes, sam):
    assert told(log_in(otp=code_now())) == (200, "")
    for code in recovery_codes[:2]:
        assert told(log_in(otp=code)) == (200, "")
        assert told(log_in(otp=code)) == (401, "otp_invalid")
    assert Authenticator.objects.get(type="recovery_codes").last_used_at == NOW


def test_somebody_elses_code_is_no_code(recovery_codes, sam, cleo):
    TOTP.activate(cleo, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    assert told(log_in("cleo", otp=code_now())) == (401, "otp_invalid")
    assert told(log_in("cleo", otp=recovery_codes[0])) == (401, "otp_invalid")
    assert told(log_in("sam", otp=recovery_codes[0])) == (200, "")


def test_a_deactivated_person_is_not_even_asked_for_a_code(recovery_codes, sam):
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert told(log_in(otp=code_now())) == (401, "no_active_account")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_forty_parallel_codes_five_are_tried(ada, sam, recovery_codes, monkeypatch):
    tried = []
    validate = TOTP.validate_code
    monkeypatch.setattr(TOTP, "validate_code", lambda self, code: tried.append(code) or validate(self, code))
    wrong = wrong_code()
    answers = at_once(lambda _number: log_in(otp=wrong).status_code, times=40, workers=10)
    assert set(answers) == {401, 429}
    assert len(tried) == 5


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_it_is_the_lock_that_makes_guesses_take_turns(ada, sam, recovery_codes, monkeypatch):
    """Without it ten guesses are all tried before the first is counted; on SQLite writers take turns anyway."""
    monkeypatch.setattr(lockouts, "wait_for_turn", lambda person: None)
    locks_rows = connection.vendor == "postgresql"
    together, tried = Barrier(10), []

    def validate(self, code):
        tried.append(code)
        if locks_rows:
            together.wait(SECONDS)
        return False

    monkeypatch.setattr(TOTP, "validate_code", validate)
    at_once(lambda _number: log_in(otp="123456"), times=10, workers=10)
    assert len(tried) == (10 if locks_rows else 5)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_ten_parallel_sign_ins_with_one_code_one_wins(ada, sam, recovery_codes):
    for code in (code_now(), recovery_codes[0]):
        answers = at_once(lambda _number, code=code: log_in(otp=code).status_code, times=10, workers=10)
        assert answers.count(200) == 1
        lockouts.unlock(actor=ada, person=sam)


# --- Signing in by the page ------------------------------------------------------------------------------------------


def by_page(**fields):
    browser = Client()
    return browser, browser.post("/accounts/login/", {"login": "sam", "password": PASSWORD, **fields})


def test_the_page_signs_nobody_in_by_password_alone(recovery_codes, sam):
    browser, page = by_page()
    assert (page.status_code, page["Location"]) == (302, "/accounts/code/")
    assert "_auth_user_id" not in browser.session
    assert browser.get("/account/").status_code == 302
    assert lockouts.tries_left("sam", "127.0.0.1") == 5
    assert not Activity.objects.filter(kind="person.signed_in").exists()


def test_a_wrong_password_on_the_page_tells_nothing_of_a_second_factor(recovery_codes, sam):
    assert "Username or password is wrong" in by_page(password="wrong")[1].content.decode()


def test_codes_on_paper_without_an_app_are_no_second_factor(sam):
    RecoveryCodes.activate(sam)
    assert not two_factor.is_on(sam)
    assert by_page()[1].status_code == 302
    assert told(log_in()) == (200, "")


def test_a_passkey_alone_is_a_second_factor_that_a_script_cannot_give(sam):
    Authenticator.objects.create(user=sam, type=Authenticator.Type.WEBAUTHN, data={})
    assert told(log_in()) == (401, "otp_required")
    assert told(log_in(otp="123456")) == (401, "otp_invalid")
    assert by_page()[1]["Location"] == "/accounts/code/"


# --- At rest ---------------------------------------------------------------------------------------------------------


def test_secrets_lie_encrypted_in_the_database(recovery_codes, sam):
    app = Authenticator.objects.get(type="totp")
    assert SECRET not in str(app.data)
    assert MFAAdapter().decrypt(app.data["secret"]) == SECRET
    assert MFAAdapter().encrypt(SECRET) != MFAAdapter().encrypt(SECRET)
    paper = Authenticator.objects.get(type="recovery_codes")
    assert not any(code in str(paper.data) for code in recovery_codes)


def test_what_another_key_has_encrypted_fits_no_code_and_says_so_in_the_log(recovery_codes, sam, settings, caplog):
    settings.SECRET_KEY = "another-secret-key-0123456789-zyxwvutsrqponm"
    assert told(log_in(otp=code_now())) == (401, "otp_invalid")
    assert "was encrypted with another SECRET_KEY" in caplog.text


def test_allauth_is_told_of_our_adapter(settings, recovery_codes, sam):
    from allauth.mfa.adapter import get_adapter

    assert isinstance(get_adapter(), MFAAdapter)
    assert get_adapter().is_mfa_enabled(sam)
    assert not get_adapter().is_mfa_enabled(AnonymousUser())
