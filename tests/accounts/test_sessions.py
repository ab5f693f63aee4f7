"""Where a person is signed in: every browser has its row, and whatever ends a session takes it off the list at once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Activity
from accounts.services import passwords, people, sessions, tokens
from site_config.lib.errors import Conflict
from tests.factories import PASSWORD

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.fixture(autouse=True, params=["django.contrib.sessions.backends.db", "site_config.lib.sessions"])
def _nine_o_clock(request, settings, time_machine):
    """With sessions in the database alone and with a cache in front of it."""
    settings.SESSION_ENGINE = request.param
    time_machine.move_to(NOW, tick=False)


def signed_in(username: str, **headers) -> Client:
    """By the sign-in page."""
    browser = Client(headers=headers)
    assert browser.post("/accounts/login/", {"login": username, "password": PASSWORD}).status_code == 302
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def listed(person) -> list[str]:
    person.refresh_from_db()
    return [one.device for one in sessions.shown(person, current=None)]


def key_of(browser: Client):
    return sessions.key_of(browser.session[sessions.NUMBER])


def test_a_sign_in_is_listed_with_its_device_address_and_times(sam, cleo):
    browser = signed_in("sam", user_agent=IPHONE)
    signed_in("cleo")
    (one,) = sessions.shown(sam, current=key_of(browser))
    assert (one.kind, one.device, one.address, one.icon) == ("browser", "Safari on iPhone", "127.0.0.1", "phone")
    assert (one.current, one.pk) == (True, key_of(browser))
    assert one.created_at == one.last_seen_at == NOW
    assert one.expires_at == NOW + timedelta(days=3)


def test_a_browser_that_was_signed_in_some_other_way_gets_its_row_with_its_first_page(page_of, sam):
    browser = page_of(sam)
    assert listed(sam) == []
    page = browser.get("/account/", headers={"user-agent": FIREFOX})
    assert "This session" in page.content.decode()
    assert listed(sam) == ["Firefox on Linux"]
    assert UserSession.objects.get().session_key == browser.session.session_key


def test_the_list_has_browsers_and_scripts_this_one_first_then_the_last_seen(sam, time_machine, settings):
    settings.SESSION_IDLE_MINUTES = 0
    signed_in("sam", user_agent=FIREFOX)
    for hours in (1, 2):
        time_machine.move_to(NOW + timedelta(hours=hours), tick=False)
        tokens.sign_in(person=sam)
    time_machine.move_to(NOW + timedelta(hours=3), tick=False)
    signed_in("sam", user_agent=IPHONE)
    first = UserSession.objects.earliest("pk")
    rows = sessions.shown(sam, current=sessions.key_of(first.pk))
    assert [one.device for one in rows] == ["Firefox on Linux", "Safari on iPhone", "API sign-in", "API sign-in"]
    assert rows[2].last_seen_at == NOW + timedelta(hours=2)
    assert rows[0].expires_at == NOW + timedelta(days=14)


def test_a_browser_without_an_address_says_none(sam):
    number = sessions.enroll(person=sam.pk, session_key="k" * 32, address=None, agent="x" * 999)
    row = UserSession.objects.get(pk=number)
    assert (sessions.by_browser(row, None).address, len(row.user_agent)) == (None, 200)


@pytest.mark.parametrize("way", ["page", "signed_out", "deactivated", "password", "expired", "deleted"])
def test_whatever_ends_a_session_takes_it_off_the_list_at_once(way, ada, sam, cleo, time_machine):
    browser = signed_in("sam")
    assert listed(sam) == ["Unknown device"]
    acts = {
        "page": lambda: browser.post("/accounts/logout/"),
        "signed_out": lambda: people.sign_out(actor=ada, person=sam),
        "deactivated": lambda: people.set_active(actor=ada, person=sam, active=False),
        "password": lambda: passwords.change(person=sam, current=PASSWORD, new="four plain words here"),
        "expired": lambda: time_machine.move_to(NOW + timedelta(days=15), tick=False),
        "deleted": lambda: Session.objects.all().delete(),
    }
    acts[way]()
    assert listed(sam) == []
    if way == "deactivated":
        people.set_active(actor=ada, person=sam, active=True)
        assert listed(sam) == []


def test_signing_out_takes_the_row_with_it_and_nobody_elses(sam, cleo):
    browser, other = signed_in("sam"), signed_in("cleo")
    browser.post("/accounts/logout/")
    assert [row.user for row in UserSession.objects.all()] == [cleo]
    assert is_in(other)


def test_a_changed_password_keeps_the_row_of_this_browser_with_its_new_key(sam):
    browser, other = signed_in("sam", user_agent=FIREFOX), signed_in("sam", user_agent=IPHONE)
    old, number = browser.session.session_key, browser.session[sessions.NUMBER]
    form = {"current_password": PASSWORD, "new_password": "four plain words here"}
    assert browser.post("/account/password/", form).status_code == 302
    row = UserSession.objects.get(pk=number)
    assert row.session_key == browser.session.session_key != old
    assert listed(sam) == ["Firefox on Linux"]
    assert (is_in(browser), is_in(other)) == (True, False)
    assert UserSession.objects.count() == 1


def test_ending_one_holds_at_its_next_request_and_is_written_down(ada, sam):
    lost, mine = signed_in("sam", user_agent=IPHONE), signed_in("sam")
    assert is_in(lost)
    ended = sessions.end_one(actor=ada, person=sam, key=key_of(lost))
    assert ended.device == "Safari on iPhone"
    assert (is_in(lost), is_in(mine)) == (False, True)
    line = Activity.objects.get(kind="session.ended")
    assert (line.actor, line.person, line.details) == (ada, sam, {"device": ["Safari on iPhone", ""]})


def test_a_session_is_ended_once_and_only_by_its_own_key(sam, cleo):
    browser = signed_in("sam")
    key = key_of(browser)
    for person, wrong in ((cleo, key), (sam, uuid4()), (sam, sessions.key_of(2**62)), (sam, sessions.key_of(0))):
        with pytest.raises(sessions.Unknown) as refusal:
            sessions.end_one(actor=person, person=person, key=wrong)
        assert (refusal.value.status, refusal.value.code) == (404, "not_found")
    assert is_in(browser)
    sessions.end_one(actor=sam, person=sam, key=key)
    with pytest.raises(sessions.Unknown):
        sessions.end_one(actor=sam, person=sam, key=key)
    assert Activity.objects.filter(kind="session.ended").count() == 1


def test_an_api_sign_in_is_ended_by_the_same_door(sam):
    pair = tokens.sign_in(person=sam)
    (one,) = sessions.shown(sam, current=None)
    assert (one.kind, one.pk) == ("api", tokens.verify(token=pair["access"])[1].pk)
    sessions.end_one(actor=sam, person=sam, key=one.pk)
    with pytest.raises(tokens.Refused):
        tokens.verify(token=pair["access"])
    assert Activity.objects.filter(kind="api.session_ended").count() == 1


def test_ending_the_others_leaves_this_one_and_nothing_that_the_list_did_not_know(page_of, sam, cleo):
    mine, lost, hers = signed_in("sam"), signed_in("sam", user_agent=IPHONE), signed_in("cleo")
    unlisted, pair = page_of(sam), tokens.sign_in(person=sam)
    sam.refresh_from_db()
    sessions.end_others(actor=sam, current=key_of(mine))
    session = mine.session
    session["_auth_user_hash"] = sam.get_session_auth_hash()
    session.save()
    assert [is_in(browser) for browser in (mine, lost, unlisted, hers)] == [True, False, False, True]
    with pytest.raises(tokens.Refused):
        tokens.verify(token=pair["access"])
    line = Activity.objects.get(kind="session.ended")
    assert sorted(line.details["device"][0].split(", ")) == ["API sign-in", "Safari on iPhone"]


def test_with_no_others_nothing_is_written_down(sam):
    mine = signed_in("sam")
    sam.refresh_from_db()
    sessions.end_others(actor=sam, current=key_of(mine))
    assert not Activity.objects.filter(kind="session.ended").exists()
    signed_in("sam")
    sessions.end_others(actor=sam, current=None)
    assert Activity.objects.get(kind="session.ended").details == {"device": ["Unknown device", ""]}


@pytest.mark.parametrize("rival", ["signed_out", "password"])
def test_a_session_that_was_ended_cannot_come_back_by_ending_the_others(rival, ada, sam):
    signed_in("sam")
    sam.refresh_from_db()
    stale = type(sam).objects.get(pk=sam.pk)
    if rival == "password":
        passwords.change(person=sam, current=PASSWORD, new="four plain words here")
    else:
        people.sign_out(actor=ada, person=sam)
    with pytest.raises(Conflict) as refusal:
        sessions.end_others(actor=stale, current=None)
    assert refusal.value.code == "session_ended"
    assert stale.session_epoch == 0


def test_rows_of_sessions_that_are_gone_are_purged_and_no_others(sam, cleo, time_machine):
    signed_in("sam")
    gone = signed_in("cleo")
    Session.objects.filter(session_key=gone.session.session_key).delete()
    assert sessions.purge() == 1
    assert [row.user for row in UserSession.objects.all()] == [sam]
    assert sessions.purge() == 0
    time_machine.move_to(NOW + timedelta(days=3, seconds=1), tick=False)
    assert sessions.purge() == 1


def test_a_session_of_somebody_who_was_deleted_signs_nobody_in(page_of, ada, sam):
    browser = page_of(sam)
    sam.delete()
    assert not is_in(browser)
    assert not UserSession.objects.exists()


def test_a_row_that_allauth_made_for_the_new_key_gives_way(sam):
    number = signed_in("sam", user_agent=FIREFOX).session[sessions.NUMBER]
    given = {"person": sam.pk, "session_key": "n" * 32, "address": "127.0.0.1", "agent": FIREFOX}
    sessions.enroll(**given)
    assert sessions.keep(number=number, **given) == number
    assert [(row.pk, row.session_key) for row in UserSession.objects.all()] == [(number, "n" * 32)]
