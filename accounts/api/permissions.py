"""The API's one permission class: each action of a view names its policy action in `allows`."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.policy import can
from accounts.services import mails


class Allows(BasePermission):
    """No entry, no entrance. `public = True` opens a view to everyone; OPTIONS asks for no more than a sign-in."""

    message: Any

    def has_permission(self, request: Request, view: Any) -> bool:
        if getattr(view, "public", False):
            return True
        method = "get" if request.method == "HEAD" else str(request.method).lower()
        action = getattr(view, "action", None) or method
        needed = getattr(view, "allows", {}).get(action)
        if needed is None:
            # An unknown method is answered 405 by the view, but only to somebody who is signed in.
            return bool(request.user.is_authenticated) and method not in view_methods(view)
        if getattr(request.user, "lacks_factor", False):  # never so by a personal token: those go on
            self.message, self.code = second_factor_required(), "second_factor_required"
            return False
        decision = can(request.user, needed)
        self.message, self.code = decision.reason, decision.code
        return bool(decision)


def second_factor_required() -> str:
    return _("Your role needs a second factor. Sign in at {} and set one up.").format(mails.link("/"))


def view_methods(view: Any) -> set[str]:
    """The methods this view really answers, OPTIONS left out: it tells nothing that the schema does not."""
    return {name for name in view.http_method_names if hasattr(view, name)} - {"options"}
