"""What a password must be, after NIST SP 800-63B: long, not among those tried first, not about its person.

No rule asks for digits or capitals, and none for another password after a while. And the change of one's own.
"""

import re
from functools import cache as once
from itertools import pairwise

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.user import composed
from accounts.services import activity, mails, people, tokens, two_factor
from site_config.lib import origin
from site_config.lib.errors import DomainError, Throttled

TRIES, WINDOW_SECONDS = 5, 15 * 60
# Where the password alone lets in; where a second factor must come too; and what is still quick to hash.
SHORTEST, SHORTEST_WITH_FACTOR, LONGEST = 15, 8, 1000
# At least so many characters must not follow from the one before, as all but the first do in "aaa", "123" and "qwe".
FRESH = 5
ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = frozenset(pair for row in ROWS for pair in [*pairwise(row), *pairwise(row[::-1])])
PRODUCT = "stockroom"


class Rules:
    """The validator of settings.AUTH_PASSWORD_VALIDATORS, the only one."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError with the first rule that is broken."""
        password = composed(password)
        shortest = SHORTEST_WITH_FACTOR if user and user.pk and two_factor.is_on(user) else SHORTEST
        if len(password) < shortest:
            sentence = _("This password is too short: use at least {} characters.").format(shortest)
            raise ValidationError(sentence, code="password_too_short")
        if len(password) > LONGEST:
            sentence = _("This password is too long: use at most {} characters.").format(LONGEST)
            raise ValidationError(sentence, code="password_too_long")
        known = password.casefold().strip()
        if is_guessed_first(known):
            sentence = _(
                "This password is easy to guess: a known one, a row of keys or a repetition. Use unrelated words."
            )
            raise ValidationError(sentence, code="password_too_common")
        words = about(user) | known_core(known)
        left = without(known, words)
        if left != known and (len(left) < SHORTEST_WITH_FACTOR or is_guessed_first(left)):
            sentence = _(
                "Too much of this password is a name, an address, “Stockroom” or a known one. Add other words."
            )
            raise ValidationError(sentence, code="password_too_similar")

    def get_help_text(self) -> str:
        return _("At least {} characters. Three or four unrelated words work well.").format(SHORTEST)


@once
def common() -> frozenset[str]:
    """Twenty thousand that leaked most often, in small letters."""
    return frozenset(CommonPasswordValidator().passwords)


def is_guessed_first(password: str) -> bool:
    """One that leaked, one part again and again, or next to nothing but neighbours of the alphabet or the keys."""
    repeats = any(password[size:] == password[:-size] for size in range(1, len(password) // 2 + 1))
    fresh = 1 + sum(before != after and (before, after) not in NEIGHBOURS for before, after in pairwise(password))
    return repeats or fresh < FRESH or password in common()


def about(person: User | None) -> set[str]:
    """The words that a guess about this person begins with: the product's name, theirs and those of their address."""
    texts = [PRODUCT, *([person.username, person.name, person.email] if person else [])]
    words = {word for text in texts for word in [text, *re.split(r"[\W_]+", text)]}
    return {word.casefold() for word in words if len(word) > 2}


def known_core(password: str) -> set[str]:
    """The known password between digits and signs, where there is one: "password" in "password2026!!"."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    return {core} if len(core) > 2 and core in common() else set()


def without(password: str, words: set[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        password = password.replace(word, "")
    return password.strip()


def change(*, person: User, current: str, new: str) -> User:
    """Sets a new password after checking the current one; every other session and API sign-in ends.

    Raises DomainError on `current_password` (wrong) or `new_password` (too weak), Throttled after five wrong tries:
    a borrowed session must not become a place to guess.
    """
    confirm(person=person, current=current)
    known = person.password
    check_new(new, person)
    person.set_password(new)
    with transaction.atomic():
        if not User.objects.filter(pk=person.pk, password=known).update(password=person.password):
            raise wrong()  # a rival who knew the old one, too, was here first
        tokens.end_all(person=person, because="password_changed")
        activity.record("person.password_changed", actor=person, person=person)
        tell(person)
    return person


def confirm(*, person: User, current: str) -> None:
    """Whether this is who they say: raises DomainError on `current_password`, Throttled after five wrong tries."""
    key = f"password-tries:{person.pk}"
    if tries(key) > TRIES:  # counted before the hash: parallel guesses share the five
        raise Throttled(_("Too many wrong passwords. Try again in 15 minutes."), wait=WINDOW_SECONDS)
    if not person.check_password(current):
        raise wrong()
    cache.delete(key)


def check_new(new: str, person: User) -> None:
    """Raises DomainError on `new_password` where it breaks a rule."""
    try:
        people.check_password(new, person)
    except DomainError as error:
        raise DomainError(error.message, field="new_password", code=error.code) from error


def tell(person: User) -> None:
    """By mail: whoever else set it cannot have it stay unseen."""
    link = mails.link(reverse("accounts:resets-request"))
    address = origin.current().address
    mails.send("password_changed", to=person.email, person=person, link=link, address=address)


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
