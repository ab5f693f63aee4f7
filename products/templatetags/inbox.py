"""What the frame of every page says about the inbox, and what a product's page says about watching it."""

from typing import Any

from django import template

from accounts.models import User
from accounts.policy import Action, can
from products.services import notifications, watching

register = template.Library()


@register.simple_tag
def unread_count(person: User) -> str:
    """As the bell shows it: empty for nothing, "99+" from a hundred on. One query of each whole page."""
    number = notifications.unread_count(person) if can(person, Action.INBOX_OWN) else 0
    if number >= notifications.MOST_COUNTED:
        return f"{notifications.MOST_COUNTED - 1}+"
    return str(number) if number else ""


@register.simple_tag
def is_watched(person: User, **thing: Any) -> bool:
    """Whether this person watches the `product` or the `view`."""
    return watching.watches(person, **thing)
