"""What is past its time goes: ended API sign-ins and tokens, ended browser sessions, counted tries that lock nobody
any more, answers kept for retries."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from accounts.services import idempotency, lockouts, personal_tokens, tokens

EVERY = timedelta(days=1)


def clean() -> dict[str, int]:
    """Deletes what has expired; how many rows of each kind."""
    sessions, _models = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    attempts, _models = AccessAttempt.objects.filter(attempt_time__lt=lockouts.since()).delete()
    return {
        "api_sessions": tokens.purge_expired(),
        "personal_tokens": personal_tokens.purge_ended(),
        "sessions": sessions,
        "attempts": attempts,
        "kept_answers": idempotency.purge(),
    }


def schedule() -> bool:
    """Puts the next cleaning in the worker's queue unless one waits there; whether it did."""
    waiting = DBTaskResult.objects.filter(task_path=nightly.module_path, status="READY")
    if waiting.exists():
        return False
    nightly.using(run_after=timezone.now() + EVERY).enqueue()
    return True


@task()
def nightly() -> dict[str, int]:
    """Runs by the worker and asks for its own next run first, so that a failure does not end the chain."""
    schedule()
    return clean()
