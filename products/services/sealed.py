"""What a preview told, signed for the page that asks for a yes: what is run then is what was shown, to the same person."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.models import User
from site_config.lib.errors import Conflict, DomainError

KEPT = 3600  # seconds


def seal(*, actor: User, purpose: str, content: Any) -> str:
    """No two seals are the same: the same act may be previewed, and done, again."""
    return signing.dumps([actor.pk, content, get_random_string(12)], salt=purpose, compress=True)


def unseal(*, actor: User, purpose: str, sealed: str) -> Any:
    """The content again; raises DomainError `bad_preview` where it is not ours, not theirs or too old."""
    try:
        person, content, _once = signing.loads(sealed, salt=purpose, max_age=KEPT)
        if person != actor.pk:
            raise signing.BadSignature
    except signing.BadSignature as error:
        sentence = _("This preview is not valid any more, so nothing was changed. Begin again.")
        raise DomainError(sentence, code="bad_preview") from error
    return content


@contextmanager
def once(sealed: str) -> Iterator[None]:
    """Around the act: raises Conflict `done_already` where this preview was said yes to before, as by a second click.

    An act that is refused is not done: it may be tried again. Without Redis each process remembers its own.
    """
    key = f"sealed:{hashlib.sha256(sealed.encode()).hexdigest()}"
    if not cache.add(key, 1, KEPT):
        raise Conflict(_("This was done already. Begin again to do it once more."), code="done_already")
    try:
        yield
    except BaseException:
        cache.delete(key)
        raise
