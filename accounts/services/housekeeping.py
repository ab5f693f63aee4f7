"""What is past its time goes: ended API sign-ins and tokens, ended browser sessions, counted tries that lock nobody
any more, answers kept for retries, mails and jobs that are done. Mails that lost their job get another."""

from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from accounts.services import idempotency, limits, mails, personal_tokens, sessions, tokens

EVERY, SWEEP_EVERY = timedelta(days=1), timedelta(minutes=15)
JOBS_KEPT = timedelta(days=14)


def clean() -> dict[str, int]:
    """Deletes what has expired; how many rows of each kind."""
    ended, _models = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    attempts, _models = AccessAttempt.objects.filter(attempt_time__lt=limits.since()).delete()
    return {
        "api_sessions": tokens.purge_expired(),
        "personal_tokens": personal_tokens.purge_ended(),
        "sessions": ended,
        "listed_sessions": sessions.purge(),
        "attempts": attempts,
        "kept_answers": idempotency.purge(),
        "mails": mails.prune(),
        "jobs": prune_jobs(),
    }


def prune_jobs() -> int:
    jobs, _models = DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - JOBS_KEPT).delete()
    return jobs


def schedule() -> bool:
    """Puts the next cleaning and the next sweep in the worker's queue unless they wait there; whether it did."""
    return any([queued(nightly, EVERY), queued(sweeping, SWEEP_EVERY)])


def queued(job: Any, pause: timedelta) -> bool:
    waiting = DBTaskResult.objects.filter(task_path=job.module_path, status="READY")
    if waiting.exists():
        return False
    job.using(run_after=timezone.now() + pause).enqueue()
    return True


@task()
def nightly() -> dict[str, int]:
    """Runs by the worker and asks for its own next run first, so that a failure does not end the chain."""
    schedule()
    return clean()


@task()
def sweeping() -> int:
    """The same, more often: a mail whose worker was killed must not wait for the night."""
    schedule()
    return mails.sweep()
