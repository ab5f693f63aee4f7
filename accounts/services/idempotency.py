"""Safe retries: the same call under the same key happens once, and every repeat gets the first answer.

The answer is stored in the transaction of the act itself, so there is no moment at which the one exists without the
other. After draft-ietf-httpapi-idempotency-key-header: another body under a used key is refused (422), a twin that is
still running too (409). Only successes are kept: what was refused changed nothing, and may be mended and sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import KeptAnswer, User
from site_config.lib.errors import Conflict, DomainError

KEPT = timedelta(hours=24)
# Longer than any request may run (WEB_TIMEOUT): a claim older than this was left behind by a process that died.
ABANDONED = timedelta(seconds=60)


class KeyReused(DomainError):
    """The key was used for another call."""

    status = 422


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False


def fingerprint(*parts: object) -> str:
    """What makes two calls the same. Keyed, since a body may hold a password."""
    return salted_hmac("idempotency", repr(parts), algorithm="sha256").hexdigest()


def once(*, person: User, key: str, call: str, act: Callable[[], Answer]) -> Answer:
    """Runs `act` under the person's key, or returns the answer it gave before; `call` is the call's fingerprint.

    Raises KeyReused `idempotency_key_reused` for another call, Conflict `idempotency_in_progress` while a twin runs, and
    whatever `act` raises; the key is then free again.
    """
    kept = claim(person, key, call)
    if kept.status is not None:
        return Answer(kept.status, kept.body, kept.headers, replayed=True)
    try:
        with transaction.atomic():
            answer = act()
            store(kept, answer)
    except BaseException:
        mine(kept).delete()
        raise
    return answer


def claim(person: User, key: str, call: str) -> KeptAnswer:
    """The row of this key: ours to answer (no status yet), or answered before."""
    now = timezone.now()
    KeptAnswer.objects.filter(user=person, key=key, claimed_at__lt=now - KEPT).delete()
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(user=person, key=key, fingerprint=call, claimed_at=now)
    except IntegrityError:
        kept = KeptAnswer.objects.filter(user=person, key=key).first()
    if kept is None:  # its call was refused in between
        raise in_progress()
    if kept.fingerprint != call:
        raise KeyReused(
            _("This Idempotency-Key was used for another request. Use a new key for a new request."),
            code="idempotency_key_reused",
        )
    if kept.status is None:
        if kept.claimed_at > now - ABANDONED:
            raise in_progress()
        taken = mine(kept).update(attempt=kept.attempt + 1, claimed_at=now)
        if not taken:
            raise in_progress()
        kept.attempt += 1
    return kept


def in_progress() -> Conflict:
    sentence = _("The first request with this Idempotency-Key is still running. Send it again in a moment.")
    return Conflict(sentence, code="idempotency_in_progress")


def mine(kept: KeptAnswer) -> models.QuerySet[KeptAnswer]:
    """The claim, as long as nobody took it over."""
    return KeptAnswer.objects.filter(pk=kept.pk, attempt=kept.attempt, status=None)


def store(kept: KeptAnswer, answer: Answer) -> None:
    """Keeps the answer, or raises when the claim was taken over meanwhile: then the act is rolled back."""
    kept_now = mine(kept).update(status=answer.status, body=answer.body, headers=answer.headers)
    if not kept_now:
        raise in_progress()


def purge() -> int:
    """Forgets the answers past their time; how many."""
    deleted, _models = KeptAnswer.objects.filter(claimed_at__lt=timezone.now() - KEPT).delete()
    return deleted
