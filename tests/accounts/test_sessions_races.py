"""A session is used, given a new key or ended at the same moment: whatever comes first, an ended one stays ended."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import Activity, User
from accounts.services import people, sessions
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CLIENT = {"address": "127.0.0.1", "agent": "Firefox"}


@pytest.fixture
def number(sam, page_of) -> int:
    browser = page_of(sam)
    browser.get("/account/")
    return browser.session[sessions.NUMBER]


def end(sam, number):
    return sessions.end_one(actor=sam, person=sam, key=sessions.key_of(number))


def test_a_touch_that_waits_for_the_end_comes_too_late(sam, number):
    sessions.forget(number)
    with before_commit(lambda: sessions.touch(number=number, **CLIENT)) as rival:
        end(sam, number)
    assert rival.result() is False
    assert not UserSession.objects.exists()
    assert not sessions.is_noted(number)


def test_a_new_key_that_waits_for_the_end_comes_too_late(sam, number):
    def cycle():
        return sessions.keep(number=number, person=sam.pk, session_key="n" * 32, **CLIENT)

    with before_commit(cycle) as rival:
        end(sam, number)
    assert rival.result() is None
    assert not UserSession.objects.exists()


def test_an_end_that_waits_for_a_new_key_ends_the_session_of_that_key(sam, number):
    store = SessionStore(UserSession.objects.get().session_key)
    with before_commit(lambda: end(sam, number)) as rival:
        store.cycle_key()
        store.save()
        sessions.keep(number=number, person=sam.pk, session_key=store.session_key, **CLIENT)
    assert rival.result().kind == "browser"
    assert not store.exists(store.session_key)
    assert not UserSession.objects.exists()


def test_of_many_who_end_it_at_once_one_does(sam, number):
    outcomes = at_once(lambda _number: end(sam, number), times=8, workers=8)
    assert sorted(type(outcome) is sessions.SignIn for outcome in outcomes) == [False] * 7 + [True]
    assert Activity.objects.filter(kind="session.ended").count() == 1


def test_first_pages_that_open_at_once_share_one_row(sam, page_of):
    key = page_of(sam).session.session_key
    given = {"number": None, "person": sam.pk, "session_key": key, **CLIENT}
    made = at_once(lambda _number: sessions.keep(**given), times=8, workers=8)
    assert made == [UserSession.objects.get().pk] * 8


def test_who_ends_the_others_while_an_admin_signs_them_out_does_not_stay(ada, sam, number):
    thief = User.objects.get(pk=sam.pk)
    with before_commit(lambda: sessions.end_others(actor=thief, current=sessions.key_of(number))) as rival:
        people.sign_out(actor=ada, person=sam)
    assert rival.result().code == "session_ended"
    sam.refresh_from_db()
    assert thief.get_session_auth_hash() != sam.get_session_auth_hash()
