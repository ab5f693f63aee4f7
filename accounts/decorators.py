"""Pages are closed by default: `@allow(Action.X)` opens one to a role, `@public` to everyone.

`@recent_login`, under @allow, asks for the password, a code or a passkey again where the last time is long ago.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from accounts.policy import Action, can

View = Callable[..., HttpResponse]


class PageRequest(HttpRequest):
    """What a page behind @allow is given: a request of somebody, with htmx's details. For the type checker alone."""

    user: User
    htmx: HtmxDetails


def allow(action: Action, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View], View]:
    """Lets in whom the policy allows: the signed out go to the sign-in page, the others are refused with the reason."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            decision = can(request.user, action)
            if decision.code == "not_authenticated":
                return to_sign_in(request, methods)
            if not decision:
                raise PermissionDenied(str(decision.reason))
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, *args, **kwargs)

        guarded.access = action  # type: ignore[attr-defined]
        return guarded

    return decorate


def to_sign_in(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    """The sign-in page, which leads back to where the person was: the page around a fragment, never an act."""
    if request.htmx:  # type: ignore[attr-defined]
        return by_htmx(request, settings.LOGIN_URL)
    return redirect_to_login(request.get_full_path()) if "GET" in methods else redirect(settings.LOGIN_URL)


def by_htmx(request: HttpRequest, page: str) -> HttpResponse:
    """Has htmx leave for a page that leads back to the one around the fragment."""
    response = HttpResponse(status=401)
    response["HX-Redirect"] = redirect_to_login(request.htmx.current_url_abs_path or "/", page).url  # type: ignore[attr-defined]
    return response


def recent_login(view: View) -> View:
    """Before an act that somebody at an unattended screen must not do: who signed in, or confirmed that it is them,
    within REAUTHENTICATION_MINUTES goes on; the others confirm it first, and then the suspended request goes on.
    """
    confirmed = reauthentication_required(view)

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = confirmed(request, *args, **kwargs)
        except ReauthenticationRequired:
            request.session.pop(STATE_SESSION_KEY, None)  # what was given up before must not go on by itself now
            if request.htmx:  # type: ignore[attr-defined]
                return by_htmx(request, reverse("account_reauthenticate"))
            raise  # allauth's middleware suspends the request and leads to the page
        return response

    return asked


def public(view: View) -> View:
    """Opens a page to everyone; written out so that nobody opens one by forgetting."""

    @wraps(view)
    def opened(*args: Any, **kwargs: Any) -> HttpResponse:
        return view(*args, **kwargs)

    opened.access = "public"  # type: ignore[attr-defined]
    return opened
