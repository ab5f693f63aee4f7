"""A browser session ends when it is idle or old, costs no query to watch, and no act brings an ended one back."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as configured
from django.contrib.auth import login
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from accounts.services import passwords, sessions
from accounts.session_limits import SessionLimitsMiddleware
from tests.factories import PASSWORD

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REDIS = "django.core.cache.backends.redis.RedisCache"
FORM = {"login": "sam", "password": PASSWORD}


@pytest.fixture(autouse=True, params=["django.contrib.sessions.backends.db", "site_config.lib.sessions"])
def _nine_o_clock(request, settings, time_machine):
    settings.SESSION_ENGINE = request.param
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def browser(sam) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {**FORM, "remember": "on"})
    return browser


@pytest.fixture
def after(time_machine):
    return lambda **span: time_machine.move_to(NOW + timedelta(**span), tick=False)


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def test_a_session_in_use_goes_on_and_an_idle_one_ends(browser, after, settings):
    settings.SESSION_IDLE_MINUTES = 12 * 60
    for hours in (11, 22, 33):
        after(hours=hours)
        assert is_in(browser)
    after(hours=45, seconds=1)
    assert not is_in(browser)
    assert not UserSession.objects.exists()
    assert not Session.objects.filter(session_key=browser.cookies[configured.SESSION_COOKIE_NAME].value).exists()
    after(hours=34)
    assert not is_in(browser)


def test_the_idle_time_is_a_setting_and_can_be_none(browser, after, settings):
    settings.SESSION_IDLE_MINUTES = 0
    after(days=13)
    assert is_in(browser)
    settings.SESSION_IDLE_MINUTES = 30
    after(days=13, minutes=31)
    assert not is_in(browser)


def test_however_much_it_is_used_a_session_ends_after_its_days(browser, after, settings):
    settings.SESSION_IDLE_MINUTES = 0
    for days in range(1, 14):
        after(days=days)
        session = browser.session
        session["any"] = days  # each change gives the stored session and its cookie another two weeks
        session.save()
        assert is_in(browser)
    browser.cookies[configured.SESSION_COOKIE_NAME]["expires"] = ""
    after(days=14, seconds=1)
    assert not is_in(browser)


def test_a_usual_request_costs_no_query_and_one_write_a_minute(browser, after, django_assert_num_queries):
    url = "/resume/"
    reads = 1 if configured.SESSION_ENGINE == "site_config.lib.sessions" else 2  # the session and the person
    with django_assert_num_queries(reads):
        assert browser.get(url).status_code == 200
    after(seconds=61)
    with django_assert_num_queries(reads + 1) as queries:
        browser.get(url)
    assert queries[-1]["sql"].startswith('UPDATE "usersessions_usersession"')
    with django_assert_num_queries(reads):
        browser.get(url)
    assert UserSession.objects.get().last_seen_at == NOW + timedelta(seconds=61)


def test_where_and_with_what_it_was_last_seen_is_noted(browser, after):
    after(minutes=2)
    browser.get("/account/", REMOTE_ADDR="198.51.100.7", headers={"user-agent": "Firefox"})
    row = UserSession.objects.get()
    assert (row.ip, row.user_agent, row.created_at) == ("198.51.100.7", "Firefox", NOW)


def test_who_is_signed_out_has_no_row_and_costs_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get("/accounts/login/")
    bogus = Client()
    bogus.cookies[configured.SESSION_COOKIE_NAME] = "x" * 32
    assert not is_in(bogus)
    assert not UserSession.objects.exists()


def test_the_api_takes_no_part(browser, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert browser.get("/api/products/").status_code == 401


# --- Ended elsewhere -------------------------------------------------------------------------------------------------


def end(browser, sam):
    number = browser.session[sessions.NUMBER]
    sessions.end_one(actor=sam, person=sam, key=sessions.key_of(number))


def test_an_ended_session_is_refused_at_the_next_page_and_by_htmx(browser, sam):
    end(browser, sam)
    again = Client()
    again.cookies = browser.cookies.copy()
    page = browser.get("/account/")
    assert (page.status_code, page["Location"]) == (302, "/accounts/login/?next=/account/")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/products/?q=mug"}
    fragment = again.get("/products/", headers=headers)
    assert (fragment.status_code, fragment["HX-Redirect"]) == (401, "/accounts/login/?next=/products/%3Fq%3Dmug")
    assert fragment.content == b""


def test_a_session_that_a_cache_brought_back_stays_ended(browser, sam, django_capture_on_commit_callbacks, after):
    """A reader that met the end half-way may store the session once more: its row is gone, and with it the session."""
    kept = Session.objects.get()
    data = dict(browser.session)
    with django_capture_on_commit_callbacks(execute=True):
        end(browser, sam)
    Session.objects.create(session_key=kept.session_key, session_data=kept.session_data, expire_date=kept.expire_date)
    cache.set(f"django.contrib.sessions.cached_db{kept.session_key}", data)
    assert not is_in(browser)
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()


def test_a_touch_in_the_middle_of_an_end_revives_nothing(browser, sam, django_capture_on_commit_callbacks):
    """Noted first and written then: what is written comes too late, and takes the note back."""
    number, note = browser.session[sessions.NUMBER], sessions.note

    def ended_in_between(number):
        with django_capture_on_commit_callbacks(execute=True):
            end(browser, sam)
        note(number)

    sessions.forget(number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "note", ended_in_between)
        assert not sessions.touch(number=number, address=None, agent="")
    assert not sessions.is_noted(number)
    assert not UserSession.objects.exists()


def test_a_key_that_changes_while_the_session_is_ended_does_not_save_it(browser, sam, monkeypatch):
    change = passwords.change

    def ended_in_between(**given):
        end(browser, sam)
        return change(**given)

    monkeypatch.setattr(passwords, "change", ended_in_between)
    form = {"current_password": PASSWORD, "new_password": "four plain words here"}
    browser.post("/account/password/", form)
    assert not is_in(browser)
    assert not UserSession.objects.exists()


def test_a_page_that_was_opening_while_its_session_ended_makes_no_row(browser, sam):
    number, key = browser.session[sessions.NUMBER], browser.session.session_key
    client = {"address": None, "agent": ""}
    end(browser, sam)
    assert sessions.keep(number=number, person=sam.pk, session_key=key, **client) is None
    assert not UserSession.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_for_somebody_who_is_deleted_at_this_moment_no_row_is_made(sam):
    gone = sam.pk
    sam.delete()
    assert sessions.keep(number=None, person=gone, session_key="k" * 32, address=None, agent="") is None


# --- Who was here before ---------------------------------------------------------------------------------------------


def test_a_key_that_was_planted_before_the_sign_in_is_another_afterwards(page_of, sam):
    planted = Client()
    session = planted.session
    session["cart"] = "theirs"
    session.save()
    key = session.session_key
    planted.cookies[configured.SESSION_COOKIE_NAME] = key
    planted.post("/accounts/login/", FORM)
    assert planted.session.session_key != key
    assert not Session.objects.filter(session_key=key).exists()
    attacker = Client()
    attacker.cookies[configured.SESSION_COOKIE_NAME] = key
    assert not is_in(attacker)
    assert UserSession.objects.get().session_key == planted.session.session_key


def test_nothing_of_one_person_is_left_in_the_session_of_the_next(browser, cleo):
    session = browser.session
    session["mine"] = "secret"
    session.save()
    number = session[sessions.NUMBER]
    browser.force_login(cleo, backend="accounts.backends.IdentifierBackend")
    assert is_in(browser)
    assert "mine" not in browser.session
    assert browser.session[sessions.NUMBER] != number
    assert UserSession.objects.get(pk=browser.session[sessions.NUMBER]).user == cleo


def test_a_sign_in_that_takes_the_place_of_another_takes_its_row_too(browser, sam, cleo, rf):
    """In one request, as an invitation does that is accepted at a screen where somebody else was."""
    request = rf.post("/invitations/x/", REMOTE_ADDR="127.0.0.1")
    request.COOKIES[configured.SESSION_COOKIE_NAME] = browser.session.session_key
    request.session = browser.session

    def accept(request):
        login(request, cleo, backend="accounts.backends.IdentifierBackend")
        return "done"

    assert SessionLimitsMiddleware(accept)(request) == "done"
    assert [row.user for row in UserSession.objects.all()] == [cleo]
    assert UserSession.objects.get().session_key == request.session.session_key


# --- Redis -----------------------------------------------------------------------------------------------------------


def test_while_redis_is_away_the_limits_hold_all_the_same(browser, after, settings):
    """To end a session takes Redis where it is in front, so an idle one is told to come back; never let in."""
    settings.CACHES = {"default": {"BACKEND": REDIS, "LOCATION": "redis://127.0.0.1:1/0"}}
    settings.SESSION_IDLE_MINUTES = 12 * 60
    browser.raise_request_exception = False
    after(hours=1)
    assert is_in(browser)
    assert UserSession.objects.get().last_seen_at == NOW + timedelta(hours=1)
    after(hours=14)
    cached = configured.SESSION_ENGINE == "site_config.lib.sessions"
    assert browser.get("/account/").status_code == (503 if cached else 302)
