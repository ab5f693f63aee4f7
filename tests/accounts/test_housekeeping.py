"""What is past its time goes, and the worker sees to it every day."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import ApiSession, KeptAnswer, PersonalToken
from accounts.services import housekeeping, personal_tokens, tokens


@pytest.fixture
def remains(sam):
    """One expired and one living row of each kind."""
    now = timezone.now()
    for past in (True, False):
        when = now + (timedelta(hours=-1) if past else timedelta(hours=1))
        tokens.sign_in(person=sam)
        ApiSession.objects.filter(pk=ApiSession.objects.latest("created_at").pk).update(expires_at=when)
        Session.objects.create(session_key=f"key{past}", session_data="", expire_date=when)
        attempt = AccessAttempt.objects.create(username=f"user:{past}", failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - timedelta(hours=1) if past else now)
        KeptAnswer.objects.create(user=sam, key=f"key{past}", claimed_at=when - timedelta(days=1))
        token, _secret = personal_tokens.create(actor=sam, name=f"Token {past}", scopes=["read"])
        PersonalToken.objects.filter(pk=token.pk).update(expires_at=when - timedelta(days=30))


GONE = {"api_sessions": 1, "personal_tokens": 1, "sessions": 1, "attempts": 1, "kept_answers": 1}


def test_only_what_has_expired_goes(remains):
    assert housekeeping.clean() == GONE
    kinds = (ApiSession, PersonalToken, Session, AccessAttempt, KeptAnswer)
    assert [kind.objects.count() for kind in kinds] == [1, 1, 1, 1, 1]
    assert housekeeping.clean() == dict.fromkeys(GONE, 0)


def test_one_cleaning_waits_in_the_queue_and_never_two(db):
    assert housekeeping.schedule()
    assert not housekeeping.schedule()
    waiting = DBTaskResult.objects.get()
    assert waiting.run_after > timezone.now() + timedelta(hours=23)


def test_the_task_cleans_and_asks_for_its_next_run(remains):
    assert housekeeping.nightly.func() == GONE
    assert DBTaskResult.objects.count() == 1


def test_the_command_says_what_it_deleted(remains, capsys):
    call_command("housekeeping")
    assert (
        capsys.readouterr().out
        == "1 api sessions, 1 personal tokens, 1 sessions, 1 attempts, 1 kept answers deleted.\n"
    )
