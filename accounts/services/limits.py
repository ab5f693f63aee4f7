"""How many wrong tries lock, whom and for how long.

Three sums over 15 minutes lock: 5 per account and address, 30 per address over all accounts (spraying), 60 per account
over all addresses (botnets). The last does not hold where the person signed in of late (their last 8 networks in 30
days), so nobody can shut another out of where they usually work; the 5 hold there too. One account thus sees at most
60 + 8 × 5 = 100 wrong tries before everybody waits, the number that NIST SP 800-63B 5.2.2 gives.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TypeVar

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.services import activity
from site_config.lib.origin import network_of

LIMIT_PER_PAIR: int = settings.AXES_FAILURE_LIMIT
LIMITS = {"pair": LIMIT_PER_PAIR, "address": 30, "account": 60}
KNOWN_NETWORKS, KNOWN_FOR = 8, timedelta(days=30)
SIGN_INS = ("person.signed_in", "api.signed_in")
Key = TypeVar("Key", str, str | None)


@dataclass(frozen=True)
class Lock:
    """Why nobody may try now, since and until when. `scope` is "pair", "address" or "account"."""

    scope: str
    failures: int
    began: datetime
    until: datetime

    @property
    def seconds_left(self) -> int:
        return max(1, math.ceil((self.until - timezone.now()).total_seconds()))


@dataclass(frozen=True)
class Tries:
    """The wrong tries on one account from one address, and when the last of them was."""

    key: str
    address: str | None
    at: datetime
    failures: int


def since() -> datetime:
    return timezone.now() - settings.AXES_COOLOFF_TIME


def tries(wanted: Q) -> list[Tries]:
    """What still counts of the wanted tries, the oldest first."""
    rows = AccessAttempt.objects.filter(wanted, attempt_time__gt=since()).order_by("attempt_time")
    return [Tries(*row) for row in rows.values_list("username", "ip_address", "attempt_time", "failures_since_start")]


def grouped(seen: list[Tries], *, by: Callable[[Tries], Key]) -> dict[Key, list[Tries]]:
    groups: dict[Key, list[Tries]] = {}
    for each in seen:
        groups.setdefault(by(each), []).append(each)
    return groups


def lock_by(scope: str, seen: list[Tries]) -> Lock | None:
    """The lock that these tries make: until so many of the oldest have gone that what is left is under the limit."""
    limit, sums = LIMITS[scope], list(accumulate(each.failures for each in seen))
    total = sums[-1] if sums else 0
    if total < limit:
        return None
    began = next(each.at for each, so_far in zip(seen, sums, strict=True) if so_far >= limit)
    until = next(each.at for each, so_far in zip(seen, sums, strict=True) if total - so_far < limit)
    return Lock(scope, total, began, until + settings.AXES_COOLOFF_TIME)


def locks_met(key: str, address: str | None) -> list[Lock]:
    """Every sum that is used up for this account and this address."""
    seen = tries(Q(username=key) | Q(ip_address=address))
    scopes = {
        "pair": [each for each in seen if (each.key, each.address) == (key, address)],
        "address": [each for each in seen if each.address == address],
        "account": [each for each in seen if each.key == key],
    }
    return [lock for scope, them in scopes.items() if (lock := lock_by(scope, them))]


def holding(locks: list[Lock], key: str, address: str | None) -> list[Lock]:
    """Without the lock over all addresses, where the person is known to sign in from this one."""
    if any(lock.scope == "account" for lock in locks) and address in known_networks(key):
        return [lock for lock in locks if lock.scope != "account"]
    return locks


def known_networks(key: str) -> list[str | None]:
    """Where this account last completed a sign-in; asked for a name that nobody has too, so that time tells nothing."""
    owner = int(key.removeprefix("user:")) if key.startswith("user:") else 0
    addresses = activity.addresses(person_id=owner, kinds=SIGN_INS, since=timezone.now() - KNOWN_FOR)
    return list(dict.fromkeys(network_of(address) for address in addresses))[:KNOWN_NETWORKS]
