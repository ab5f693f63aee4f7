"""Writing down what happens to people and their access."""

from typing import Any

from django.db import models

from accounts.models import Activity, User
from site_config.lib import origin


def record(kind: str, *, actor: User | None, person: User | None, **details: Any) -> Activity:
    """One line of the log; `details` holds [old, new] per field. The names stay when the people are gone."""
    here = origin.current()
    return Activity.objects.create(
        kind=kind,
        actor=actor,
        actor_name=str(actor or ""),
        person=person,
        person_name=str(person or ""),
        details=details,
        source=here.source,
        address=here.address,
        request_id=here.request_id,
    )


def about(person: User) -> models.QuerySet[Activity]:
    """All that happened to this person and their access."""
    return Activity.objects.filter(person=person)


def recent(person: User, limit: int = 20) -> list[Activity]:
    """The last lines about this person, the newest first."""
    return list(about(person).order_by("-id")[:limit])
