"""What the frame of every page says about proposals."""

from django import template

from accounts.models import User
from products.services import proposals

register = template.Library()


@register.simple_tag
def waiting_count(person: User) -> str:
    """As the menu shows it: empty for nothing, "99+" from a hundred on. One query of each whole page."""
    number = proposals.waiting_count(person)
    if number >= proposals.MOST_COUNTED:
        return f"{proposals.MOST_COUNTED - 1}+"
    return str(number) if number else ""
