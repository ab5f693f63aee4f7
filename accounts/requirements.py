"""Whoever's role needs a second factor and has none sets one up before anything else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.decorators import by_htmx

SET_UP = "mfa_activate_totp"
# What stays open: the two ways to set one up, and confirming that it is oneself on the way there.
OPEN = {
    SET_UP,
    "mfa_add_webauthn",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}


class SecondFactorMiddleware:
    """Pages for everyone, like signing out, stay open too. The API asks the same in its permission class."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        access = getattr(view, "access", "public")
        match = request.resolver_match
        if (
            access == "public"
            or (match and match.view_name in OPEN)
            or not getattr(request.user, "lacks_factor", False)
        ):
            return None
        if request.htmx:  # type: ignore[attr-defined]
            return by_htmx(request, reverse(SET_UP))
        return redirect(SET_UP)
