"""What the worker does for the catalogue by the clock: each night, each hour and each quarter of an hour.

Every part is a task of its own, so that one that fails is seen as failed and keeps no other from being done.
"""

from collections.abc import Callable
from datetime import timedelta

from django_tasks import task

from accounts.services.housekeeping import queued
from products.services import digest, figures, jobs, notifications, presence, stock, tags, trash

DAILY, HOURLY, OFTEN = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)

PARTS: dict[str, Callable[[], int]] = {
    "stock": stock.verify,
    "trash": trash.expire,
    "notifications": notifications.prune,
    "jobs": jobs.prune,
    "presence": presence.prune,
    "tags": tags.prune,
    "lost jobs": jobs.sweep,
    "figures": figures.refresh,
    "digest": digest.send_due,
}
NIGHTLY = ("stock", "trash", "notifications", "jobs", "presence", "tags")
EACH_HOUR = ("digest",)
EACH_QUARTER = ("lost jobs", "figures")


def schedule() -> bool:
    """Puts the next run of each kind in the worker's queue unless it waits there; whether it did."""
    return any([queued(nightly, DAILY), queued(hourly, HOURLY), queued(quarterly, OFTEN)])


def begin(parts: tuple[str, ...]) -> None:
    """Asks for the next runs first, so that no failure ends the chain."""
    schedule()
    for part in parts:
        do.enqueue(part)


@task()
def nightly() -> None:
    begin(NIGHTLY)


@task()
def hourly() -> None:
    begin(EACH_HOUR)


@task()
def quarterly() -> None:
    begin(EACH_QUARTER)


@task()
def do(part: str) -> int:
    """One part; how much of it there was to do."""
    return PARTS[part]()
