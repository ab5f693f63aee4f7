"""Tokens at once: one winner per rotation, and no sign-in that outlives what ended it."""

from threading import Barrier

import pytest
from django.db import connection
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import Activity, ApiSession, User
from accounts.services import passwords, people, tokens
from tests.factories import PASSWORD
from tests.parallel import SECONDS, at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ENDS = {
    "a new password": lambda ada, sam: passwords.change(person=sam, current=PASSWORD, new="four words in a row"),
    "a new role": lambda ada, sam: people.change_role(actor=ada, person=sam, role="client"),
    "deactivation": lambda ada, sam: people.set_active(actor=ada, person=sam, active=False),
    "signing out everywhere": lambda ada, sam: people.sign_out(actor=sam, person=sam),
}


def fresh(person) -> User:
    return User.objects.get(pk=person.pk)


def works(pair) -> bool:
    try:
        tokens.session_of(tokens.parse(pair["access"], AccessToken))
    except tokens.Refused:
        return False
    return True


def test_of_twenty_parallel_refreshes_one_wins(sam):
    pair = tokens.sign_in(person=sam)
    results = at_once(lambda _number: tokens.refresh(token=pair["refresh"]), times=20, workers=10)
    winners = [result for result in results if isinstance(result, dict)]
    losers = {result.code for result in results if isinstance(result, tokens.Refused)}
    assert (len(winners), losers) == (1, {"token_rotated"})
    assert works(winners[0])


def test_it_is_the_lock_that_leaves_one_winner(sam, monkeypatch):
    """The same with the lock taken away: on PostgreSQL both win; on SQLite writers still take turns."""
    session_of, rotate = tokens.session_of, tokens.rotate
    locks_rows = connection.vendor == "postgresql"
    together = Barrier(2)

    def rotate_together(session):
        if locks_rows:
            together.wait(SECONDS)
        return rotate(session)

    monkeypatch.setattr(tokens, "session_of", lambda claims, lock=False: session_of(claims))
    monkeypatch.setattr(tokens, "rotate", rotate_together)
    pair = tokens.sign_in(person=sam)
    results = at_once(lambda _number: tokens.refresh(token=pair["refresh"]), times=2, workers=2)
    assert sum(isinstance(result, dict) for result in results) == (2 if locks_rows else 1)


@pytest.mark.parametrize("end", ENDS)
def test_a_refresh_under_way_gives_nothing_that_outlives_the_end(end, ada, sam):
    pair = tokens.sign_in(person=sam)
    with before_commit(lambda: ENDS[end](ada, fresh(sam))):
        newer = tokens.refresh(token=pair["refresh"])
    assert not works(newer)
    assert ApiSession.objects.get().ended_at is not None


@pytest.mark.parametrize("end", ENDS)
def test_a_refresh_that_comes_while_everything_ends_is_refused(end, ada, sam):
    pair = tokens.sign_in(person=sam)
    with before_commit(lambda: tokens.refresh(token=pair["refresh"])) as rival:
        ENDS[end](ada, fresh(sam))
    assert rival.result().code == "session_ended"


@pytest.mark.parametrize("end", ["a new password", "deactivation"])
def test_a_sign_in_checked_before_and_made_after_is_refused(end, ada, sam):
    checked = fresh(sam)
    with before_commit(lambda: tokens.sign_in(person=checked)) as rival:
        ENDS[end](ada, fresh(sam))
    assert rival.result().code == "session_ended"
    assert not ApiSession.objects.exists()


@pytest.mark.parametrize("end", ENDS)
def test_a_sign_in_under_way_does_not_outlive_the_end(end, ada, sam):
    with before_commit(lambda: ENDS[end](ada, fresh(sam))):
        pair = tokens.sign_in(person=fresh(sam))
    assert not works(pair)


def test_a_stolen_token_used_twice_at_once_is_written_down_once(sam):
    first = tokens.sign_in(person=sam)
    tokens.refresh(token=tokens.refresh(token=first["refresh"])["refresh"])
    results = at_once(lambda _number: tokens.refresh(token=first["refresh"]), times=10, workers=10)
    assert {result.code for result in results} == {"token_blacklisted"}
    assert Activity.objects.filter(kind="api.token_reused").count() == 1


def test_of_two_new_passwords_at_once_one_is_set(sam):
    words = [f"four unrelated words number {number}" for number in range(4)]
    change = passwords.change
    results = at_once(lambda n: change(person=fresh(sam), current=PASSWORD, new=words[n]), times=4, workers=4)
    codes = [getattr(result, "code", "") for result in results]
    assert sorted(codes) == ["", *["wrong_password"] * 3]
    assert fresh(sam).check_password(words[codes.index("")])


def test_parallel_guesses_at_the_current_password_share_five_tries(sam):
    results = at_once(
        lambda _number: passwords.change(person=fresh(sam), current="wrong", new="x" * 20), times=20, workers=10
    )
    assert sorted({result.code for result in results}) == ["throttled", "wrong_password"]
    assert sum(result.code == "wrong_password" for result in results) == 5
