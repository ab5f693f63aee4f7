"""Long acts in the worker: in whole steps, with progress to look at, and taken up again when a worker dies."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import User
from products.models import ChangeSet, Job
from products.models.jobs import Status
from products.models.notifications import Kind
from products.services import notifications, watching
from site_config.lib.errors import DomainError

# Products a step deals with: a second or so of work, so that progress moves and no lock is held for long.
STEP = 500
# Up to so many an act is done while the person waits; more go to the worker.
AT_ONCE = 1000
# A running job whose last step is this long ago has lost its worker.
LOST = timedelta(minutes=5)
KEPT = timedelta(days=30)
MOST_NOTES = 100

# Takes the next step of a locked job, inside its transaction: writes, raises `done` and keeps its place in `state`.
# Returns whether there is more to do.
Step = Callable[[Job], bool]


def start(
    *, actor: User, kind: str, task: Any, total: int, state: dict[str, Any], change_set: ChangeSet | None = None
) -> Job:
    """A job that the worker begins once the transaction is committed; `task` takes the job's key and calls `run`."""
    job = Job.objects.create(
        actor=actor, kind=kind, task=f"{task.func.__module__}.{task.func.__name__}", total=total, state=state
    )
    job.change_set = change_set
    job.save(update_fields=["change_set"])
    transaction.on_commit(lambda: task.enqueue(job.pk))
    return job


def run(pk: int, step: Step) -> None:
    """Takes step after step until nothing is left. A refusal or a mistake ends the job as failed; what is done stays."""
    try:
        while advance(pk, step):
            pass
    except DomainError as refusal:
        end(pk, error=refusal.message)
    except Exception:
        end(pk, error="internal")
        raise


def advance(pk: int, step: Step) -> bool:
    """One step in a transaction of its own; whether another must follow. A job that is over, or gone, is left alone."""
    with transaction.atomic():
        job = Job.objects.select_for_update(of=("self",)).select_related("actor", "change_set").filter(pk=pk).first()
        if job is None or job.is_over:
            return False
        more = step(job)
        job.status = Status.RUNNING if more else Status.DONE
        job.beat_at = timezone.now()
        job.finished_at = None if more else job.beat_at
        job.save()
        if not more:
            ended(job)
    return more


def end(pk: int, *, error: str) -> None:
    open_jobs = Job.objects.unfinished().filter(pk=pk)
    with transaction.atomic():
        if open_jobs.update(status=Status.FAILED, error=error[:300], finished_at=timezone.now()):
            ended(Job.objects.select_related("actor", "change_set").get(pk=pk))


def ended(job: Job) -> None:
    """Tells its maker, and who watches what it wrote: where it failed, what it wrote until then.

    One that wrote nothing leaves no change set, so that an undo that failed at once can be tried again.
    """
    change_set = job.change_set
    if change_set and not change_set.changes.exists() and not change_set.movements.exists():
        change_set.delete()
        job.change_set = None
    notifications.tell(kind=Kind.JOB_ENDED, people=[job.actor], job=job)
    if job.change_set:
        watching.announce(job.change_set)


def note(job: Job, label: str, field: str, why: str) -> None:
    """Counts something that was left as it was, and keeps the first of them to be read."""
    job.skipped += 1
    if len(job.notes) < MOST_NOTES:
        job.notes.append([label, field, why])


def sweep() -> int:
    """Gives unfinished jobs that nobody works at a new task; how many. One too many finds the job done, or waits for it."""
    lost = Job.objects.unfinished().filter(beat_at__lt=timezone.now() - LOST)
    for job in lost:
        import_string(job.task).enqueue(job.pk)
    return len(lost)


def prune() -> int:
    number, _models = Job.objects.filter(finished_at__lt=timezone.now() - KEPT).delete()
    return number
