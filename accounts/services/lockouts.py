"""Wrong passwords and codes: counted by django-axes for the sign-in page and the API together, by services/limits.py.

Trying again while locked does not lengthen a lock. What is counted and every lock that begins is written down.
"""

import hashlib
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.contrib.auth.signals import user_login_failed
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from accounts.models import User
from accounts.models.user import fold
from accounts.services import activity
from accounts.services.limits import (
    LIMIT_PER_PAIR,
    LIMITS,
    Lock,
    Tries,
    grouped,
    holding,
    lock_by,
    locks_met,
    since,
    tries,
)
from site_config.lib.origin import client_network, network_of

# A lock is asked for again after so many seconds: `manage.py axes_reset` tells no cache.
REMEMBERED = 60
UNLOCKED = "lockouts:unlocked"
FAILURES = "failures_since_start"
logger = logging.getLogger(__name__)


def identified(identifier: str) -> User | None:
    return User.objects.identified_by(identifier) if len(identifier) <= 254 and "\0" not in identifier else None


def key_of(identifier: str) -> str:
    """The canonical account of what was typed: every spelling of a name or address counts as one.

    Of a name that nobody has, a digest alone is kept: people type passwords into the wrong field.
    """
    person = identified(identifier)
    return f"user:{person.pk}" if person else "name:" + salted_hmac(__name__, fold(identifier)).hexdigest()


def account_key(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """For django-axes: whom this try was about."""
    return key_of(typed(credentials))


def lock_of(key: str, address: str | None) -> Lock | None:
    """The lock that holds for this account from this address, the longest one first."""
    locks = holding(locks_met(key, address), key, address)
    return max(locks, key=lambda lock: lock.until, default=None)


def lock_now(identifier: str, address: str | None) -> Lock | None:
    """The lock that meets this try; whoever keeps trying costs no query.

    A lock, never that there is none, is remembered in the cache that all processes share: until it ends, somebody is
    unlocked or a minute is over.
    """
    name = "lock:" + hashlib.sha256(f"{fold(identifier)}\n{address}".encode(errors="replace")).hexdigest()
    known = from_cache(name, UNLOCKED)
    parts, unlocked, fresh_until = known.get(name, (None, None, None))
    if parts is not None and unlocked == known.get(UNLOCKED) and fresh_until > timezone.now():
        return Lock(*parts)
    found = lock_of(key_of(identifier), address)
    if found is not None:
        seconds = min(REMEMBERED, found.seconds_left)
        fresh_until = min(found.until, timezone.now() + timedelta(seconds=REMEMBERED))
        to_cache(name, (astuple(found), known.get(UNLOCKED), fresh_until), seconds)
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
    seen = tries(Q(username=key_of(identifier), ip_address=address))
    return max(0, LIMIT_PER_PAIR - sum(each.failures for each in seen))


def overtaken(request: HttpRequest, person: User) -> bool:
    """Whether a lock began while this person's right password was being checked: parallel tries win nothing."""
    request.axes_locked_out = lock_of(f"user:{person.pk}", client_network(request)) is not None  # type: ignore[attr-defined]
    return bool(request.axes_locked_out)  # type: ignore[attr-defined]


class Handler(AxesDatabaseHandler):
    """django-axes with the two sums over all accounts and all addresses; what it counts is written down."""

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

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Called once the try is counted: at the limit the answer is the lock.

        So it is for a try that went over one of the wider sums: of any number of parallel ones, no more than the limit
        learn that they were wrong.
        """
        person = identified(typed(credentials))
        key, address = account_key(request, credentials), client_network(request)
        met = locks_met(key, address)
        write_down(person, key, address, met)
        stop = any(lock.scope == "pair" or lock.failures > LIMITS[lock.scope] for lock in holding(met, key, address))
        return LIMIT_PER_PAIR if stop else 0


def write_down(person: User | None, key: str, address: str | None, met: list[Lock]) -> None:
    """The wrong try, and each lock that begins with it, once; of a name that nobody has, nothing that was typed."""
    activity.record("sign_in.failed", actor=None, person=person)
    for lock in met:
        whose = {"pair": f"{key}\n{address}", "address": str(address), "account": key}[lock.scope]
        if begins(lock, whose):
            about = None if lock.scope == "address" else person
            details = {"failures": [0, lock.failures], "scope": ["", lock.scope]}
            activity.record("sign_in.locked", actor=None, person=about, **details)


def begins(lock: Lock, whose: str) -> bool:
    """Whether nobody has said so yet: parallel tries meet a new lock together."""
    name = hashlib.sha256(f"{lock.scope}\n{whose}\n{from_cache(UNLOCKED).get(UNLOCKED)}".encode()).hexdigest()
    try:
        return cache.add(f"lock-begun:{name}", 1, lock.seconds_left)
    except RedisError:
        return lock.failures == LIMITS[lock.scope]


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


@dataclass(frozen=True)
class Standing:
    """A lock that holds now: of a person from one address or from all, or of an address for everybody."""

    lock: Lock
    person: User | None
    address: str | None


def standing() -> list[Standing]:
    """For the lock centre, the latest first. The locks of names that nobody has shut nobody out."""
    locks = [*person_locks(), *address_locks()]
    people = User.objects.in_bulk({pk for pk, _address, _lock in locks if pk})
    shown = [Standing(lock, people.get(pk), address) for pk, address, lock in locks if pk is None or pk in people]
    return sorted(shown, key=lambda each: each.lock.began, reverse=True)


def person_locks(only: Iterable[int] | None = None) -> Iterator[tuple[int | None, str | None, Lock]]:
    """(person, address, lock) of everyone or of those; one lock over all addresses stands for those at each."""
    wanted = Q(username__startswith="user:")
    if only is not None:
        wanted &= Q(username__in=[f"user:{pk}" for pk in only])
    for key, theirs in grouped(tries(wanted), by=lambda each: each.key).items():
        pk = int(key.removeprefix("user:"))
        if over_all := lock_by("account", theirs):
            yield pk, None, over_all
            continue
        yield from ((pk, address, lock) for address, lock in locks_by_address("pair", theirs))


def address_locks() -> Iterator[tuple[int | None, str | None, Lock]]:
    """Summed up by the database: under attack there is a row for each of many addresses."""
    sums = AccessAttempt.objects.filter(attempt_time__gt=since()).values("ip_address").annotate(n=Sum(FAILURES))
    wide = sums.filter(n__gte=LIMITS["address"]).values("ip_address")
    yield from ((None, *found) for found in locks_by_address("address", tries(Q(ip_address__in=wide))))


def locks_by_address(scope: str, seen: list[Tries]) -> Iterator[tuple[str | None, Lock]]:
    for address, here in grouped(seen, by=lambda each: each.address).items():
        if lock := lock_by(scope, here):
            yield address, lock


def locked_people(only: Iterable[int] | None = None) -> dict[int, Lock]:
    """Everyone (or those of `only`) who cannot sign in from somewhere now, by primary key; for lists and badges."""
    latest = sorted(person_locks(only), key=lambda found: found[2].until)
    return {pk: lock for pk, _address, lock in latest if pk}


def attempts_on(person: User) -> list[dict[str, Any]]:
    """Where the counted tries on this account came from, the latest first."""
    theirs = grouped(tries(Q(username=f"user:{person.pk}")), by=lambda each: each.address)
    places: list[dict[str, Any]] = [
        {"ip_address": address, "failures": sum(each.failures for each in here), "last": here[-1].at}
        for address, here in theirs.items()
    ]
    return sorted(places, key=lambda place: place["last"], reverse=True)[:20]


def unlock(*, actor: User, person: User, reason: str = "") -> int:
    """Forgets the counted tries on this account, so the person can sign in again; how many there were."""
    with transaction.atomic():
        wait_for_turn(person)
        failures = forget(Q(username=f"user:{person.pk}"))
        details = because(reason) | {"failures": [failures, 0]}
        activity.record("person.unlocked", actor=actor, person=person, **details)
    return failures


def unlock_address(*, actor: User, address: str, reason: str = "") -> int:
    """Forgets the tries counted from this address, whatever account they were at; how many there were."""
    network = network_of(address)
    with transaction.atomic():
        failures = forget(Q(ip_address=network))
        details = because(reason) | {"failures": [failures, 0], "address": ["", network]}
        activity.record("address.unlocked", actor=actor, person=None, **details)
    return failures


def because(reason: str) -> dict[str, list[Any]]:
    return {"reason": ["", reason.strip()[:200]]} if reason.strip() else {}


def forget(wanted: Q) -> int:
    attempts = AccessAttempt.objects.filter(wanted)
    failures: int = attempts.aggregate(n=Sum(FAILURES))["n"] or 0
    attempts.delete()
    transaction.on_commit(forget_locks)
    return failures


def forget_locks() -> None:
    """No lock in the cache holds any longer; those that still stand are read anew at the next try."""
    to_cache(UNLOCKED, uuid.uuid4().hex, None)
