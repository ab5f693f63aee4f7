"""“Why?” beside what is disabled: which right is missing, and who can give it."""

from typing import Any

from django import template

from accounts.policy import RIGHTS, Action, can
from products.services import access

register = template.Library()


@register.inclusion_tag("components/_why.html", takes_context=True)
def why(context: Any, key: str, *actions: str) -> dict[str, Any]:
    """A disclosure for those of the actions that the reader may not do; nothing where they may do all of them.

    It has the id `why-<key>`, for what is disabled to be described by. One query, and none where nothing is missing.
    """
    reader = context["request"].user
    decisions = [(RIGHTS[Action(action)], can(reader, Action(action))) for action in actions]
    missing = [(right, decision.reason) for right, decision in decisions if not decision]
    return {"key": key, "missing": missing, "givers": access.givers() if missing else []}
