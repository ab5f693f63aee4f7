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
    if tries(key) > TRIES:  # counted before the hash: parallel guesses share the five
        raise Throttled(_("Too many wrong passwords. Try again in 15 minutes."), wait=WINDOW_SECONDS)
    if not person.check_password(current):
        raise wrong()
    cache.delete(key)
    known = person.password
    try:
        people.check_password(new, person)
    except DomainError as error:
        raise DomainError(error.message, field="new_password", code=error.code) from error
    person.set_password(new)
    with transaction.atomic():
        if not User.objects.filter(pk=person.pk, password=known).update(password=person.password):
            raise wrong()  # a rival who knew the old one, too, was here first
        tokens.end_all(person=person, because="password_changed")
        activity.record("person.password_changed", actor=person, person=person)
    return person


def tries(key: str) -> int:
    """How many there were with this one; atomic over all threads and processes."""
    if cache.add(key, 1, WINDOW_SECONDS):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the count ran out in between, so this is the first of the next
        return 1


def wrong() -> DomainError:
    return DomainError(_("This is not your current password."), field="current_password", code="wrong_password")
