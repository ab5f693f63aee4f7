"""Who has a product's form in hand just now, so that two people know of each other before they save."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from accounts.policy import ALLOWED, Action
from products.models import Presence, Product

# The page says every fifteen seconds that somebody is at it: two that got lost are forgiven.
EVERY, SEEN = timedelta(seconds=15), timedelta(seconds=45)
MOST = 5


def arrive(*, actor: User, product: Product) -> None:
    """They are at its form, as of now. One statement, whoever else says the same at the same time."""
    row = Presence(product=product, person=actor, seen_at=timezone.now())
    Presence.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["product", "person"], update_fields=["seen_at"]
    )


def leave(*, actor: User, product: Product) -> None:
    """They saved, or left the page."""
    Presence.objects.filter(product=product, person=actor).delete()


def others(*, reader: User, product: Product) -> list[str]:
    """The names of the others who were at it a moment ago and may be still, those of today's editors alone; one query."""
    rows = Presence.objects.filter(product=product, seen_at__gt=timezone.now() - SEEN).exclude(person=reader)
    rows = rows.filter(person__is_active=True, person__role__in=ALLOWED[Action.PRODUCT_EDIT])
    return [str(row.person) for row in rows.select_related("person").order_by("pk")[:MOST]]


def prune() -> int:
    """Deletes what is older than anybody asks for; how many."""
    number, _models = Presence.objects.filter(seen_at__lt=timezone.now() - SEEN).delete()
    return number
