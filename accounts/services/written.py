"""What the request at hand has written so far, read from the logs that each app keeps; a dry run answers with it."""

from collections.abc import Callable
from typing import Any

from accounts.models import Activity, User
from site_config.lib import origin

Line = dict[str, Any]


def about_people(reader: User) -> list[Line]:
    """The activity of this request, a line per field; only admins and the person themselves cause any.

    An undo is told by what it writes in the catalogue.
    """
    rows = Activity.objects.filter(request_id=origin.current().request_id).exclude(kind="changes.undone").order_by("pk")
    return [line for row in rows for line in lines(row)]


def lines(row: Activity) -> list[Line]:
    head = {"object": "person", "id": row.person_id, "label": row.person_name}
    if not row.details:
        return [{**head, "field": row.kind, "old": None, "new": None}]
    return [{**head, "field": name, "old": row.pair(name)[0], "new": row.pair(name)[1]} for name in row.details]


# Each app adds the log it keeps; called with the reader, so that no log tells what the reader may not see.
logs: list[Callable[[User], list[Line]]] = [about_people]


def by_request(reader: User) -> list[Line]:
    """{"object", "id", "label", "field", "old", "new"} for every field written; field "" is the object itself."""
    return [line for log in logs for line in log(reader)]
