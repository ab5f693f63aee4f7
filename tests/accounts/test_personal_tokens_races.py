"""Two hands on one account's tokens. Row locks keep the rules on PostgreSQL; on SQLite writers take turns."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.models import Activity, PersonalToken, User
from accounts.services import people, personal_tokens
from site_config.lib.errors import DomainError
from tests.parallel import SECONDS, at_once, before_commit, outcome

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def made(person, name):
    return personal_tokens.create(actor=person, name=name, scopes=["read"])


def codes(results):
    return sorted(result.code for result in results if isinstance(result, DomainError))


def test_many_at_once_never_pass_the_limit(sam):
    for number in range(personal_tokens.LIMIT - 2):
        made(sam, f"Token {number}")
    results = at_once(lambda number: made(sam, f"Another {number}"), times=8, workers=8)
    assert codes(results) == ["too_many_tokens"] * 6
    assert PersonalToken.objects.living().count() == personal_tokens.LIMIT


def test_the_same_name_is_given_once(sam):
    with before_commit(lambda: made(sam, "till sync")) as rival:
        made(sam, "Till sync")
    assert (rival.result().field, rival.result().code) == ("name", "already_exists")
    assert PersonalToken.objects.count() == 1


def test_it_is_the_lock_that_gives_it_once(sam, monkeypatch):
    """The same act with the lock taken away: on PostgreSQL both get the name; on SQLite writers still take turns."""
    monkeypatch.setattr(User.objects, "select_for_update", lambda **_options: User.objects.all())
    locks_rows = connection.vendor == "postgresql"
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            made(sam, "Till sync")
            rival = pool.submit(outcome, lambda: made(sam, "Till sync"))
            if locks_rows:
                rival.result(SECONDS)
        refused = isinstance(rival.result(SECONDS), DomainError)
    assert (refused, PersonalToken.objects.count()) == ((False, 2) if locks_rows else (True, 1))


def test_nobody_gets_a_token_while_being_deactivated(ada, sam):
    with before_commit(lambda: made(sam, "Late")) as rival:
        people.set_active(actor=ada, person=sam, active=False)
    assert rival.result().code == "permission_denied"
    assert not PersonalToken.objects.exists()


def test_a_token_made_just_before_ends_with_the_others(ada, sam):
    with before_commit(lambda: people.set_active(actor=ada, person=sam, active=False)) as rival:
        made(sam, "Just in time")
    assert rival.result().is_active is False
    assert not PersonalToken.objects.living().exists()


def test_of_two_who_revoke_one_did(ada, sam):
    token, _secret = made(sam, "Till sync")
    actors = [ada, sam]
    results = at_once(lambda n: personal_tokens.revoke(actor=actors[n % 2], token=token), times=8, workers=4)
    assert sorted(results) == [False] * 7 + [True]
    assert Activity.objects.filter(kind="token.revoked").count() == 1
