"""Holds browser sessions to their limits and keeps their rows (services/sessions.py) in step with them."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.services import sessions
from site_config.lib import origin, problems


class SessionLimitsMiddleware:
    """A usual request costs no query: who asks is asked for when a page wants to know, and noted once a minute.

    The API takes no cookie, so it has no part in this.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if problems.is_api(request):
            return self.get_response(request)
        request.user = SimpleLazyObject(lambda: whoever_may(request))  # type: ignore[assignment]
        response = self.get_response(request)
        keep_in_step(request)
        return response


def whoever_may(request: HttpRequest) -> Any:
    """Who is signed in; nobody, once the session has ended elsewhere, was idle for too long or is too old."""
    person = get_user(request)
    if not person.is_authenticated:
        return person
    number = request.session.get(sessions.NUMBER)
    if number is None:
        return person if register(request) else AnonymousUser()
    if sessions.touch(number=number, **client(request)):
        return person
    request.session.flush()
    return AnonymousUser()


def keep_in_step(request: HttpRequest) -> None:
    """Whatever signed this browser in or out, or gave its session a new key, the row says so from now on."""
    session: Any = request.session
    arrived = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if session.session_key == arrived and (sessions.NUMBER in session or SESSION_KEY not in session):
        return
    if SESSION_KEY in session and request.user.is_authenticated:
        register(request)
    if arrived and session.modified and session.session_key != arrived:
        sessions.leave(session_key=arrived)


def register(request: HttpRequest) -> bool:
    """Gives the session its row, or the row the session's key. False: it was ended meanwhile, and ends here."""
    session: Any = request.session
    if session.session_key is None:
        session.save()
    number = sessions.keep(
        number=session.get(sessions.NUMBER),
        person=int(session[SESSION_KEY]),
        session_key=session.session_key,
        **client(request),
    )
    if number is None:
        session.flush()
        return False
    session[sessions.NUMBER] = number
    return True


def client(request: HttpRequest) -> dict[str, Any]:
    return {"address": origin.current().address, "agent": request.headers.get("User-Agent", "")}
