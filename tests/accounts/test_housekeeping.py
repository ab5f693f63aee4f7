"""What is past its time goes, and the worker sees to it every day."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import ApiSession, KeptAnswer, Mail, PersonalToken
from accounts.services import housekeeping, mails, personal_tokens, sessions, tokens


@pytest.fixture
def remains(sam):
    """One expired and one living row of each kind."""
    now = timezone.now()
    for past in (True, False):
        when = now + (timedelta(hours=-1) if past else timedelta(hours=1))
        tokens.sign_in(person=sam)
        ApiSession.objects.filter(pk=ApiSession.objects.latest("created_at").pk).update(expires_at=when)
        Session.objects.create(session_key=f"key{past}", session_data="", expire_date=when)
        sessions.enroll(person=sam.pk, session_key=f"key{past}", address=None, agent="")
        attempt = AccessAttempt.objects.create(username=f"user:{past}", failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - timedelta(hours=1) if past else now)
        KeptAnswer.objects.create(user=sam, key=f"key{past}", claimed_at=when - timedelta(days=1))
        token, _secret = personal_tokens.create(actor=sam, name=f"Token {past}", scopes=["read"])
        PersonalToken.objects.filter(pk=token.pk).update(expires_at=when - timedelta(days=30))
        mail = mails.send("test", to=sam.email, person=sam)
        Mail.objects.filter(pk=mail.pk).update(sent_at=when - timedelta(days=30))
        job = mails.deliver.enqueue(mail.pk)
        done = {"status": "SUCCESSFUL", "finished_at": when - timedelta(days=14)}
        DBTaskResult.objects.filter(pk=job.id).update(**done)


GONE = {
    "api_sessions": 1,
    "personal_tokens": 1,
    "sessions": 1,
    "listed_sessions": 1,
    "attempts": 1,
    "kept_answers": 1,
    "mails": 1,
    "jobs": 1,
}


def test_only_what_has_expired_goes(remains):
    assert housekeeping.clean() == GONE
    kinds = (ApiSession, PersonalToken, Session, UserSession, AccessAttempt, KeptAnswer, Mail, DBTaskResult)
    assert [kind.objects.count() for kind in kinds] == [1] * len(kinds)
    assert housekeeping.clean() == dict.fromkeys(GONE, 0)


def waiting() -> dict[str, timedelta]:
    """What waits in the queue, and for how long."""
    jobs = DBTaskResult.objects.filter(status="READY")
    pauses = {job.task_path.rpartition(".")[2]: job.run_after - timezone.now() for job in jobs}
    assert len(pauses) == jobs.count(), "one waits twice"
    return pauses


def test_one_cleaning_and_one_sweep_wait_in_the_queue_and_never_two(db):
    assert housekeeping.schedule()
    assert not housekeeping.schedule()
    pauses = waiting()
    assert set(pauses) == {"nightly", "sweeping"}
    assert timedelta(hours=23) < pauses["nightly"] <= timedelta(days=1)
    assert timedelta(minutes=14) < pauses["sweeping"] <= timedelta(minutes=15)


def test_a_chain_that_broke_is_taken_up_by_the_other(db):
    housekeeping.schedule()
    DBTaskResult.objects.filter(task_path__endswith="sweeping").delete()
    housekeeping.nightly.func()
    assert set(waiting()) == {"nightly", "sweeping"}


def test_the_task_cleans_and_asks_for_its_next_run(remains):
    assert housekeeping.nightly.func() == GONE
    assert set(waiting()) == {"nightly", "sweeping"}


def test_the_sweep_finds_a_mail_without_a_task_and_asks_for_its_next_run(sam):
    mail = mails.send("test", to=sam.email)
    Mail.objects.filter(pk=mail.pk).update(created_at=timezone.now() - timedelta(hours=1))
    assert housekeeping.sweeping.func() == 1
    assert set(waiting()) == {"nightly", "sweeping", "deliver"}


def test_a_job_that_waits_or_runs_is_kept_whatever_its_age(db):
    long_ago = timezone.now() - timedelta(days=400)
    for status in ("READY", "RUNNING", "FAILED"):
        job = mails.deliver.enqueue(1)
        finished = long_ago if status == "FAILED" else None
        DBTaskResult.objects.filter(pk=job.id).update(status=status, enqueued_at=long_ago, finished_at=finished)
    assert housekeeping.clean()["jobs"] == 1
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["READY", "RUNNING"]


def test_the_command_says_what_it_deleted(remains, capsys):
    call_command("housekeeping")
    said = (
        "1 api sessions, 1 personal tokens, 1 sessions, 1 listed sessions, 1 attempts, 1 kept answers, 1 mails, 1 jobs"
    )
    assert capsys.readouterr().out == f"{said} deleted.\n"
