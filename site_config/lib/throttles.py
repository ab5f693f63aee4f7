"""How often a script may ask: a fixed window of a minute, counted in the cache that all web processes share.

Signed-in requests count for their account, whatever token they show; all others for the address they come from.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from site_config.lib.errors import Throttled
from site_config.lib.origin import client_network

WINDOW = 60
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Quota:
    """What one caller has left; the two headers of draft-ietf-httpapi-ratelimit-headers."""

    policy: str
    rate: int
    left: int
    seconds: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.rate};w={WINDOW}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.seconds}',
        }


class ApiThrottle(BaseThrottle):
    """For every view of the API, after who asks is known and before the view does anything, such as hash a password.

    A view with a `throttle_scope` is counted under that rate, by address. hardening.QuotaMiddleware counts the rest.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        spend(request._request, getattr(view, "throttle_scope", ""))
        return True


def spend(request: Any, scope: str = "") -> None:
    """Counts this request and leaves what remains on it as `quota`; raises Throttled when nothing was left.

    A cache that does not answer refuses nobody: the lock-outs of sign-in are counted in the database.
    """
    # `auth` is there once the API has asked for a token; before that, `user` would be the one of a browser's cookie.
    signed_in = hasattr(request, "auth") and request.user.is_authenticated
    policy = scope or ("account" if signed_in else "anonymous")
    who = str(request.user.pk) if policy == "account" else str(client_network(request))
    number, seconds = window(policy, who)
    request.quota, rate = None, settings.API_RATES[policy]
    try:
        used = count(f"throttle:{policy}:{who}:{number}")
    except (RedisError, ValueError) as error:  # away, or full enough to have dropped this very count
        logger.warning("A request of the API could not be counted: %s", error)
        return
    request.quota = Quota(policy, rate, max(0, rate - used), seconds)
    if used > rate:
        sentence = _("This request was throttled: there were more than {rate} in a minute. Try again in {seconds} s.")
        raise Throttled(sentence.format(rate=rate, seconds=seconds), wait=seconds)


def count(key: str, seconds: int = 2 * WINDOW) -> int:
    """One more; atomic over all threads and processes, of which only one can be the first within those seconds."""
    try:
        return cache.incr(key)
    except ValueError:
        return 1 if cache.add(key, 1, seconds) else cache.incr(key)


def window(policy: str, who: str) -> tuple[int, int]:
    """The caller's current minute and the seconds left of it; each caller's starts at a second of their own.

    Otherwise everyone who was refused would come back at once.
    """
    number, past = divmod(int(time.time()) + crc32(f"{policy}:{who}".encode()), WINDOW)
    return number, WINDOW - past
