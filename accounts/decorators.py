"""Pages are closed by default: `@allow(Action.X)` opens one to a role, `@public` to everyone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from accounts.policy import Action, can

View = Callable[..., HttpResponse]


def allow(action: Action, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View], View]:
    """Lets in whom the policy allows: the signed out go to the sign-in page, the others are refused with the reason."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            decision = can(request.user, action)
            if decision.code == "not_authenticated":
                return redirect_to_login(request.get_full_path())
            if not decision:
                raise PermissionDenied(str(decision.reason))
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, *args, **kwargs)

        guarded.access = action  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: View) -> View:
    """Opens a page to everyone; written out so that nobody opens one by forgetting."""

    @wraps(view)
    def opened(*args: Any, **kwargs: Any) -> HttpResponse:
        return view(*args, **kwargs)

    opened.access = "public"  # type: ignore[attr-defined]
    return opened
