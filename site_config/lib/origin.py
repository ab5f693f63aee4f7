"""Where an act comes from: page, API or command, its network address and request id; read by the change log."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class Origin:
    source: str = "command"
    address: str | None = None
    request_id: str = ""


_current: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 (frozen)


def current() -> Origin:
    return _current.get()


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def client_address(request: HttpRequest) -> str | None:
    """The address of the nearest machine that is not one of our own proxies; never what a client may forge.

    With TRUSTED_PROXIES=n the n-th entry from the right of X-Forwarded-For was written by our outermost proxy.
    """
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = [entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if entry.strip()]
    if 0 < settings.TRUSTED_PROXIES <= len(forwarded):
        address = forwarded[-settings.TRUSTED_PROXIES]
    try:
        return str(ip_address(address))
    except ValueError:
        return None


def client_network(request: HttpRequest) -> str | None:
    """The network that the client is in, as an address: limits count by it."""
    return network_of(client_address(request))


def network_of(address: str | None) -> str | None:
    """What one subscriber is given, as an address.

    An IPv4 address stands for itself; of 2⁶⁴ IPv6 addresses, which are one subscriber's to change at will, the first.
    """
    ip = ip_address(address) if address else None
    if not isinstance(ip, IPv6Address):
        return address
    return str(ip.ipv4_mapped or IPv6Network((int(ip), 64), strict=False).network_address)


class OriginMiddleware:
    """Binds the origin for the length of the request and answers with its request id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        source = "api" if request.path_info.startswith("/api/") else "page"
        origin = Origin(source, client_address(request), uuid.uuid4().hex)
        with acting_from(origin):
            response = self.get_response(request)
        response["X-Request-ID"] = origin.request_id
        return response


class LogFilter(logging.Filter):
    """Gives each log line the request id it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current().request_id or "-"
        return True
