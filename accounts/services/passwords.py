"""Changing one's own password."""

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import activity, people, tokens
from site_config.lib.errors import DomainError, Throttled

TRIES, WINDOW_SECONDS = 5, 15 * 60


def change(*, person: User, current: str, new: str) -> User:
    """Sets a new password after checking the current one; every other session and API sign-in ends.

    Raises DomainError on `current_password` (wrong) or `new_password` (too weak), Throttled after five wrong tries:
    a borrowed session must not become a place to guess.
    """
    key = f"password-tries:{person.pk}"
    if cache.get(key, 0) >= TRIES:
        raise Throttled(_("Too many wrong passwords. Try again in 15 minutes."), wait=WINDOW_SECONDS)
    if not person.check_password(current):
        cache.add(key, 0, WINDOW_SECONDS)
        cache.incr(key)
        raise DomainError(_("This is not your current password."), field="current_password", code="wrong_password")
    try:
        people.check_password(new, person)
    except DomainError as error:
        raise DomainError(error.message, field="new_password", code=error.code) from error
    with transaction.atomic():
        person.set_password(new)
        person.save(update_fields=["password"])
        tokens.end_all(person=person, because="password_changed")
        activity.record("person.password_changed", actor=person, person=person)
    cache.delete(key)
    return person
