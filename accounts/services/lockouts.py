"""Wrong passwords and codes: counted by django-axes for the sign-in page and the API together.

Three sums over 15 minutes lock: 5 per account and address, 30 per address over all accounts (spraying), 60 per account
over all addresses (botnets). Nobody locks another out of the address they normally use below the 60, and trying
again while locked does not lengthen a lock. NIST SP 800-63B 5.2.2 asks for at most 100 failures per account.
"""

import hashlib
import logging
import math
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Max, Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import User
from accounts.models.user import fold
from accounts.services import activity
from site_config.lib.origin import client_network

LIMIT_PER_PAIR = settings.AXES_FAILURE_LIMIT
LIMIT_PER_ADDRESS = 30
LIMIT_PER_ACCOUNT = 60

# A lock is asked for again after so many seconds: `manage.py axes_reset` tells no cache.
REMEMBERED = 60
UNLOCKED = "lockouts:unlocked"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lock:
    """Why nobody may try now, and until when. `scope` is "pair", "address" or "account"."""

    scope: str
    failures: int
    until: datetime

    @property
    def seconds_left(self) -> int:
        return max(1, math.ceil((self.until - timezone.now()).total_seconds()))


def key_of(identifier: str) -> str:
    """The canonical account of what was typed: every spelling of a name or address counts as one."""
    person = User.objects.identified_by(identifier) if len(identifier) <= 254 and "\0" not in identifier else None
    return f"user:{person.pk}" if person else f"name:{fold(identifier)[:200]}".replace("\0", "")


def account_key(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """For django-axes: whom this try was about."""
    return key_of(typed(credentials))


def since() -> datetime:
    return timezone.now() - settings.AXES_COOLOFF_TIME


def lock_of(key: str, address: str | None) -> Lock | None:
    """The lock that holds for this account from this address, the longest one first."""
    recent = AccessAttempt.objects.filter(attempt_time__gt=since())
    scopes = {
        "pair": (Q(username=key, ip_address=address), LIMIT_PER_PAIR),
        "address": (Q(ip_address=address), LIMIT_PER_ADDRESS),
        "account": (Q(username=key), LIMIT_PER_ACCOUNT),
    }
    sums = recent.aggregate(
        **{f"{name}_sum": Sum("failures_since_start", filter=rows) for name, (rows, _limit) in scopes.items()},
        **{f"{name}_last": Max("attempt_time", filter=rows) for name, (rows, _limit) in scopes.items()},
    )
    locks = [
        Lock(name, sums[f"{name}_sum"], sums[f"{name}_last"] + settings.AXES_COOLOFF_TIME)
        for name, (_rows, limit) in scopes.items()
        if (sums[f"{name}_sum"] or 0) >= limit
    ]
    return max(locks, key=lambda lock: lock.until, default=None)


def lock_now(identifier: str, address: str | None) -> Lock | None:
    """The lock that meets this try; whoever keeps trying costs no query.

    A lock, never that there is none, is remembered in the cache that all processes share: until it ends, somebody is
    unlocked or a minute is over.
    """
    name = "lock:" + hashlib.sha256(f"{fold(identifier)}\n{address}".encode(errors="replace")).hexdigest()
    known = from_cache(name, UNLOCKED)
    parts, unlocked = known.get(name, (None, None))
    if parts is not None and unlocked == known.get(UNLOCKED) and (lock := Lock(*parts)).until > timezone.now():
        return lock
    found = lock_of(key_of(identifier), address)
    if found is not None:
        to_cache(name, (astuple(found), known.get(UNLOCKED)), min(REMEMBERED, found.seconds_left))
    return found


def from_cache(*names: str) -> dict[str, Any]:
    try:
        return dict(cache.get_many(names))
    except RedisError as error:
        logger.warning("Locks are read from the database: %s", error)
        return {}


def to_cache(name: str, value: Any, seconds: int | None) -> None:
    try:
        cache.set(name, value, seconds)
    except RedisError as error:
        logger.warning("A lock could not be remembered: %s", error)


def lock_of_try(request: HttpRequest, credentials: dict[str, Any] | None) -> Lock | None:
    """The lock that meets this request's try; found once, its answer need not look again."""
    met: dict[str, Lock] = request.__dict__.setdefault("locks_met", {})
    identifier = typed(credentials)
    if identifier not in met and (lock := lock_now(identifier, client_network(request))):
        met[identifier] = lock
    return met.get(identifier)


def typed(credentials: dict[str, Any] | None) -> str:
    return str((credentials or {}).get("username") or "")


def tries_left(identifier: str, address: str | None) -> int:
    """How many wrong passwords this account may still see from this address before it locks."""
    rows = AccessAttempt.objects.filter(username=key_of(identifier), ip_address=address, attempt_time__gt=since())
    return max(0, LIMIT_PER_PAIR - (rows.aggregate(n=Sum("failures_since_start"))["n"] or 0))


class Handler(AxesDatabaseHandler):
    """django-axes with the two sums over all accounts and all addresses."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return lock_of_try(request, credentials) is not None

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """A try that met a lock is not counted, so there is nothing to look up for it."""
        if getattr(request, "axes_locked_out", False):
            request.axes_credentials = credentials  # type: ignore[union-attr]
        else:
            super().user_login_failed(sender, credentials, request, **kwargs)


def counted(request: HttpRequest, person: User, guess: Callable[[], bool]) -> bool:
    """Whether a guess at the person's second factor was right; a wrong one counts as a wrong password does.

    Guesses at one person take turns and each looks at the count first, so that no number of parallel ones gets more
    tries than the limit; while it is locked nothing is tried. django-axes then answers in the place of the view.
    """
    credentials = {"username": person.username}
    with transaction.atomic():
        wait_for_turn(person)
        if AxesProxyHandler.is_locked(request, credentials):
            request.axes_locked_out = True  # type: ignore[attr-defined]
        elif guess():
            return True
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    return False


def wait_for_turn(person: User) -> None:
    User.objects.select_for_update(no_key=True).filter(pk=person.pk).first()


def locked_people(only: Iterable[int] | None = None) -> dict[int, Lock]:
    """Everyone (or those of `only`) who cannot sign in from somewhere now, by primary key; for lists and badges."""
    attempts = AccessAttempt.objects.filter(attempt_time__gt=since(), username__startswith="user:")
    if only is not None:
        attempts = attempts.filter(username__in=[f"user:{pk}" for pk in only])
    rows = (
        attempts.values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .order_by("last")
    )
    locks: dict[int, Lock] = {}
    sums: dict[int, int] = defaultdict(int)
    for row in rows:
        pk, until = int(row["username"].removeprefix("user:")), row["last"] + settings.AXES_COOLOFF_TIME
        sums[pk] += row["failures"]
        if sums[pk] >= LIMIT_PER_ACCOUNT:
            locks[pk] = Lock("account", sums[pk], until)
        elif row["failures"] >= LIMIT_PER_PAIR:
            locks[pk] = Lock("pair", row["failures"], until)
    return locks


def attempts_on(person: User) -> list[dict[str, Any]]:
    """Where the counted tries on this account came from, the latest first."""
    return list(
        AccessAttempt.objects.filter(username=f"user:{person.pk}", attempt_time__gt=since())
        .values("ip_address")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .order_by("-last", F("ip_address"))[:20]
    )


def unlock(*, actor: User, person: User) -> int:
    """Forgets the counted tries on this account, so the person can sign in again; how many there were."""
    attempts = AccessAttempt.objects.filter(username=f"user:{person.pk}")
    with transaction.atomic():
        wait_for_turn(person)
        failures = attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0
        attempts.delete()
        activity.record("person.unlocked", actor=actor, person=person, failures=[failures, 0])
        transaction.on_commit(forget_locks)
    return failures


def forget_locks() -> None:
    """No lock in the cache holds any longer; those that still stand are read anew at the next try."""
    to_cache(UNLOCKED, uuid.uuid4().hex, None)
