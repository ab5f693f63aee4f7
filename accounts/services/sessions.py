"""Where a person is signed in, browsers and scripts in one list, and the end of each, which holds at the next request.

A browser session is a row of allauth's UserSession; the session itself holds the row's number, so a row that is gone
ends it, and nothing makes the row anew. `accounts/session_limits.py` keeps the rows in step with the requests.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from accounts.models import ApiSession, User
from accounts.services import activity, tokens
from site_config.lib import devices, paging
from site_config.lib.errors import Conflict, DomainError

# What the session calls the number of its row.
NUMBER = "session_number"
# A row is written, and the limits are asked for, once in so many seconds.
PAUSE = 60
SHOWN = 50
NOWHERE = "0.0.0.0"  # noqa: S104 (the column wants an address, and a Unix socket has none)


class Unknown(DomainError):
    """No sign-in of this person has this key, or it has ended."""

    status = 404


@dataclass(frozen=True)
class SignIn:
    """A browser session or an API sign-in that works now; `pk` is its key in addresses, never a secret."""

    pk: UUID
    kind: str
    device: str
    address: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    last_refresh: datetime | None = None
    icon: str = "key"
    current: bool = False

    @property
    def address_groups(self) -> list[str]:
        """Between the groups of an IPv6 address a narrow page may break the line."""
        return self.address.split(":") if self.address else []


# --- What is signed in -----------------------------------------------------------------------------------------------


def key_of(number: int) -> UUID:
    """The key of a browser session: a number as a UUID, which no random one of an API sign-in can be."""
    return UUID(int=number)


def number_of(key: UUID) -> int:
    """The number of a browser session; 0 for the key of an API sign-in."""
    return key.int if key.int <= paging.LARGEST_KEY else 0


def in_time(rows: QuerySet[UserSession]) -> QuerySet[UserSession]:
    """Those used within SESSION_IDLE_MINUTES and begun within SESSION_DAYS."""
    now, idle = timezone.now(), settings.SESSION_IDLE_MINUTES
    rows = rows.filter(created_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE))
    return rows.filter(last_seen_at__gt=now - timedelta(minutes=idle)) if idle else rows


def browsers(person: User) -> list[UserSession]:
    """The browser sessions that still sign this person in, whatever else may have ended the others."""
    rows = in_time(UserSession.objects.filter(user=person))
    stored = Session.objects.filter(expire_date__gt=timezone.now(), session_key__in=rows.values("session_key"))
    proof = person.get_session_auth_hash()
    living = {
        session.session_key
        for session in stored
        if constant_time_compare(session.get_decoded().get(HASH_SESSION_KEY, ""), proof)
    }
    return [row for row in rows if row.session_key in living]


def by_browser(row: UserSession, current: UUID | None) -> SignIn:
    ends = row.created_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    if idle := settings.SESSION_IDLE_MINUTES:
        ends = min(ends, row.last_seen_at + timedelta(minutes=idle))
    return SignIn(
        pk=key_of(row.pk),
        kind="browser",
        device=devices.name(row.user_agent),
        address=None if row.ip == NOWHERE else row.ip,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=ends,
        icon="phone" if devices.is_handheld(row.user_agent) else "laptop",
        current=key_of(row.pk) == current,
    )


def by_script(row: ApiSession, current: UUID | None) -> SignIn:
    return SignIn(
        pk=row.pk,
        kind="api",
        device=_("API sign-in"),
        address=row.address,
        created_at=row.created_at,
        last_seen_at=row.rotated_at or row.created_at,
        expires_at=row.expires_at,
        last_refresh=row.rotated_at,
        current=row.pk == current,
    )


def shown(person: User, *, current: UUID | None) -> list[SignIn]:
    """What works now, this one and then the last seen first, for a page: as many as anybody reads."""
    scripts = tokens.living(person).order_by(Coalesce("rotated_at", "created_at").desc())[:SHOWN]
    rows = [by_browser(row, current) for row in browsers(person)] + [by_script(row, current) for row in scripts]
    return sorted(rows, key=lambda row: (row.current, row.last_seen_at), reverse=True)[:SHOWN]


def page(
    scripts: paging.Page, *, person: User, sort: paging.Sort, cursor: str | None, size: int, current: UUID | None
) -> paging.Page:
    """A keyset page of `tokens.living`, with the browser sessions that belong between its rows."""
    direction, *last = paging.decode(cursor, ApiSession, sort) if cursor else ("n",)
    backwards = direction == "p"
    downwards = sort.descending != backwards

    def place(row: SignIn) -> tuple[Any, UUID]:
        return getattr(row, sort.field), row.pk

    beside = [by_browser(row, current) for row in browsers(person)]
    if last:
        beside = [row for row in beside if (place(row) < tuple(last) if downwards else place(row) > tuple(last))]
    rows: list[Any] = sorted([by_script(row, current) for row in scripts.rows] + beside, key=place, reverse=downwards)
    more = len(rows) > size or bool(scripts.previous if backwards else scripts.next)
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (backwards or more), (more if backwards else bool(cursor))
    return paging.Page(
        rows,
        paging.encode("n", sort, rows[-1]) if rows and has_next else None,
        paging.encode("p", sort, rows[0]) if rows and has_previous else None,
    )


# --- Ending ----------------------------------------------------------------------------------------------------------


def end_one(*, actor: User, person: User, key: UUID) -> SignIn:
    """Ends one browser session or API sign-in of this person; raises Unknown where there is none (any more)."""
    if number := number_of(key):
        return end_browser(actor=actor, person=person, number=number)
    row = tokens.living(person).filter(pk=key).first()
    if row is None:
        raise unknown()
    tokens.end_one(actor=actor, session=row)
    return by_script(row, None)


def end_browser(*, actor: User, person: User, number: int) -> SignIn:
    """The row is locked, so of two who end it one does; and the key is the last one that the session was given."""
    with transaction.atomic():
        row = UserSession.objects.select_for_update().filter(user=person, pk=number).first()
        if row is None or row not in browsers(person):
            raise unknown()
        ended = by_browser(row, None)
        row.end()
        # After the row is gone for all: until then a request might note it as seen.
        transaction.on_commit(lambda: forget(number), robust=True)
        activity.record("session.ended", actor=actor, person=person, device=[ended.device, ""])
    return ended


def end_others(*, actor: User, current: UUID | None) -> None:
    """Ends all sign-ins of one's own but the current session, also those that no list knows of.

    They end by the epoch that every session is signed with, so the caller signs the current one anew. Raises Conflict
    when that one was ended in the meantime: it must not come back by ending the others.
    """
    with transaction.atomic():
        others = [row.device for row in shown(actor, current=current) if not row.current]
        same = User.objects.filter(pk=actor.pk, session_epoch=actor.session_epoch, password=actor.password)
        if not same.update(session_epoch=F("session_epoch") + 1):
            raise Conflict(_("This session has ended. Sign in again."), code="session_ended")
        UserSession.objects.filter(user=actor).exclude(pk=number_of(current) if current else 0).delete()
        tokens.end_all(person=actor, because="ended_by_hand")
        if others:
            activity.record("session.ended", actor=actor, person=actor, device=[", ".join(others), ""])
    actor.session_epoch += 1


def unknown() -> Unknown:
    return Unknown(_("This sign-in has ended already."), code="not_found")


# --- In step with the requests ---------------------------------------------------------------------------------------


def touch(*, number: int, address: str | None, agent: str) -> bool:
    """Notes that a session is in use, in one statement a minute. False: it was ended, or is past one of its limits."""
    if is_noted(number):
        return True
    # First the note, then the row: who ends the session takes the row away first and then the note.
    note(number)
    seen = {"last_seen_at": timezone.now(), **of_client(address, agent)}
    alive = bool(in_time(UserSession.objects.filter(pk=number)).update(**seen))
    if not alive:
        forget(number)
    return alive


def keep(*, number: int | None, person: int, session_key: str, address: str | None, agent: str) -> int | None:
    """The number of the row of this session, which follows a new key; made where the session has none yet.

    None: it was ended meanwhile, or its person was deleted.
    """
    if number is None:
        return enroll(person=person, session_key=session_key, address=address, agent=agent)
    with transaction.atomic():
        UserSession.objects.filter(session_key=session_key).exclude(pk=number).delete()
        moved = UserSession.objects.filter(pk=number, user=person).update(session_key=session_key)
    return number if moved else None


def enroll(*, person: int, session_key: str, address: str | None, agent: str) -> int | None:
    known = {"user_id": person, **of_client(address, agent)}
    try:
        row, _made = UserSession.objects.get_or_create(session_key=session_key, defaults=known)
    except IntegrityError:
        return None
    note(row.pk)
    return int(row.pk)


def leave(*, session_key: str) -> None:
    """A browser signed out, so its row goes."""
    UserSession.objects.filter(session_key=session_key).delete()


def purge() -> int:
    """Deletes the rows of sessions that are gone or past their limits; how many."""
    stored = Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    late = ~Q(pk__in=in_time(UserSession.objects.all()).values("pk"))
    deleted, _models = UserSession.objects.filter(~stored | late).delete()
    return int(deleted)


def of_client(address: str | None, agent: str) -> dict[str, str]:
    longest = UserSession._meta.get_field("user_agent").max_length
    return {"ip": address or NOWHERE, "user_agent": agent[:longest]}


def is_noted(number: int) -> bool:
    """Whether it was seen a moment ago. While Redis is away nothing is noted, and each request asks the database."""
    try:
        noted = cache.get(f"session-seen:{number}")
    except RedisError:
        return False
    return noted is not None and 0 <= timezone.now().timestamp() - noted < PAUSE


def note(number: int) -> None:
    with suppress(RedisError):
        cache.set(f"session-seen:{number}", timezone.now().timestamp(), PAUSE)


def forget(number: int) -> None:
    with suppress(RedisError):
        cache.delete(f"session-seen:{number}")
