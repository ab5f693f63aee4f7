"""Writing down what happens to people and their access, and finding it again."""

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Max, Q
from django.db.models.functions import TruncHour
from django.utils import timezone

from accounts.models import Activity, User
from site_config.lib import origin

# Control characters, line and paragraph separators, and the marks that turn the direction of what follows: with them
# a name could look like another line of the log, or read backwards.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
FAILED = "sign_in.failed"


def record(kind: str, *, actor: User | None, person: User | None, **details: Any) -> Activity:
    """One line of the log; `details` holds [old, new] per field. The names stay when the people are gone."""
    here = origin.current()
    actor = actor.viewed_by or actor if actor else None  # an admin who views as somebody acts as themselves
    return Activity.objects.create(
        kind=kind,
        actor=actor,
        actor_name=one_line(str(actor or "")),
        person=person,
        person_name=one_line(str(person or "")),
        details={name: one_line(value) for name, value in details.items()},
        source=here.source,
        address=here.address,
        request_id=here.request_id,
    )


def one_line(value: Any) -> Any:
    """Text as it may stand in a log: nothing in it can look like a line of its own."""
    if isinstance(value, list | tuple):
        return [one_line(part) for part in value]
    return UNSEEN.sub(" ", value) if isinstance(value, str) else value


def about(person: User) -> models.QuerySet[Activity]:
    """All that happened to this person and their access."""
    return Activity.objects.filter(person=person)


def recent(person: User, limit: int = 20) -> list[Activity]:
    """The last lines about this person, the newest first."""
    return list(about(person).order_by("-id")[:limit])


def found(
    lines: models.QuerySet[Activity] | None = None,
    *,
    person: str = "",
    kind: str = "",
    since: date | None = None,
    until: date | None = None,
    address: str = "",
) -> models.QuerySet[Activity]:
    """The lines (of all, or of those given) that somebody did or that are about them, of a kind, of the days from
    `since` to `until` (both included), or from an address. Who was deleted is found by the name they had.
    """
    rows = Activity.objects.all() if lines is None else lines
    if person:
        them = User.objects.matching(person).values("pk")
        named = Q(actor_name__icontains=person) | Q(person_name__icontains=person)
        rows = rows.filter(named | Q(actor__in=them) | Q(person__in=them))
    if kind:
        rows = rows.filter(kind=kind)
    if since:
        rows = rows.filter(at__gte=midnight(since))
    if until:
        rows = rows.filter(at__lt=midnight(until + timedelta(days=1)))
    return rows.filter(address=address) if address else rows


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def export(*, actor: User, lines: models.QuerySet[Activity], **asked: Any) -> models.QuerySet[Activity]:
    """The lines to write out, the newest first; that somebody took them, and by which filter, is written down too."""
    newest = lines.order_by("-id").first()
    told = " ".join(f"{name}={value}" for name, value in asked.items() if value)
    record("activity.exported", actor=actor, person=None, filter=["", told], count=["", lines.count()])
    return lines.filter(pk__lte=newest.pk if newest else 0).order_by("-id")


def addresses(*, person_id: int, kinds: Collection[str], since: datetime) -> list[str]:
    """Where lines of these kinds about a person came from, the latest first."""
    lines = Activity.objects.filter(person_id=person_id, kind__in=kinds, at__gt=since, address__isnull=False)
    latest = lines.values("address").annotate(last=Max("id")).order_by("-last")
    return [str(row["address"]) for row in latest]


def recent_failures(limit: int = 50) -> list[Activity]:
    """The last wrong passwords and codes, the newest first."""
    return list(Activity.objects.filter(kind=FAILED).order_by("-id")[:limit])


def failures_by_hour(hours: int = 24) -> list[tuple[datetime, int]]:
    """How many wrong passwords and codes there were in each of the last hours, this one last."""
    this_hour = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    starts = [this_hour - timedelta(hours=back) for back in reversed(range(hours))]
    lines = Activity.objects.filter(kind=FAILED, at__gte=starts[0])
    counts = dict(lines.annotate(hour=TruncHour("at")).values_list("hour").annotate(n=Count("pk")))
    return [(start, counts.get(start, 0)) for start in starts]
