"""While an admin views as somebody, their requests are answered as to that person, and only reading is answered.

Whom they view as lies in their own session, which stays theirs with its key: viewing adds no right, so there is nothing
to fixate. The CSRF token is a new one at both ends: a form opened as the one is never sent as the other.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import view_as
from site_config.lib import problems

KEY = "view_as"
READING = ("GET", "HEAD")
# What the admin does as themselves: out of here, in one way or the other.
WAYS_OUT = ("accounts:view-as-stop", "account_logout")


def enter(request: HttpRequest, person: User, since: float) -> None:
    request.session[KEY] = {"person": person.pk, "since": since}
    rotate_token(request)


def leave(request: HttpRequest) -> User | None:
    """Back to oneself; answers whom one viewed as, where they still exist."""
    state = request.session.pop(KEY, None)
    if state is None:
        return None
    rotate_token(request)
    actor: Any = request.user
    return view_as.end(actor=actor, person=state["person"])


class ViewAsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        """The API takes no session, so nobody views as somebody there."""
        admin: Any = request.user
        if problems.is_api(request) or not admin.is_authenticated or KEY not in request.session:
            return
        match = request.resolver_match
        if request.method == "POST" and match and match.view_name in WAYS_OUT:
            if match.view_name == "account_logout":
                leave(request)
            return
        person = view_as.seen(actor=admin, **request.session[KEY])
        if person:
            request.user = person
            refusal = _("You are viewing as {}: nothing can be changed.").format(person)
        else:
            leave(request)
            refusal = _("You are no longer viewing as somebody else. Nothing was changed.")
        if request.method not in READING:
            raise PermissionDenied(refusal)
