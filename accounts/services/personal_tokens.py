"""Personal API tokens: shown once, kept as a digest, and never worth more than the role of their person.

A token reads `stockroom_pat_`, 32 random characters (190 bits), 6 that check the rest. The prefix lets scanners find
one that leaked; the check refuses a mistyped one without a query. With that many random bits a plain SHA-256 keeps it
as safe as a slow password hash would, and can be looked up by an index.
"""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import PersonalToken, User
from accounts.models.personal_tokens import SCOPE_LABELS
from accounts.policy import Action, Scope, can, usable_scopes
from accounts.services import activity
from accounts.services.tokens import Refused
from site_config.lib import origin
from site_config.lib.errors import Conflict, DomainError, NotAllowed, from_validation

PREFIX = "stockroom_pat_"
RANDOM_CHARACTERS, CHECK_CHARACTERS = 32, 6
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SHAPE = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM_CHARACTERS + CHECK_CHARACTERS}}}")

DAYS = (30, 90, 180, 365)
DEFAULT_DAYS = 90
LIMIT = 20
USE_NOTED_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)
ENDED_SHOWN = 10


def checked(text: str) -> str:
    """The text with its check: the CRC-32 as six characters."""
    rest, digits = zlib.crc32(text.encode()), ""
    for _place in range(CHECK_CHARACTERS):
        rest, digit = divmod(rest, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return text + digits


def new_secret() -> str:
    return checked(PREFIX + "".join(secrets.choice(ALPHABET) for _place in range(RANDOM_CHARACTERS)))


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def create(*, actor: User, name: str, scopes: Iterable[str], days: int = DEFAULT_DAYS) -> tuple[PersonalToken, str]:
    """A token for oneself, and its text, which nobody can read again.

    The person's row is locked: their tokens are counted, a name is used once among the living ones, and nobody gets a
    token while being deactivated. Raises DomainError on `name`, `scopes` or `days`, NotAllowed for a scope that the
    role has no use for, Conflict at twenty living tokens.
    """
    wanted = ordered(scopes)
    if days not in DAYS:
        raise DomainError(_("Choose 30, 90, 180 or 365 days."), field="days", code="unknown_days")
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).filter(pk=actor.pk, is_active=True).first()
        if person is None:
            raise NotAllowed(_("This account was deactivated a moment ago."), code="permission_denied")
        within_role(person, wanted)
        secret = new_secret()
        now = timezone.now()
        token = PersonalToken(
            user=person,
            name=name.strip(),
            digest=digest_of(secret),
            hint=secret[-4:],
            scopes=",".join(wanted),
            expires_at=now + timedelta(days=days),
        )
        with_room(person, token)
        token.save()
        activity.record("token.created", actor=actor, person=person, token=["", token.name], scopes=["", token.scopes])
    return token, secret


def ordered(scopes: Iterable[str]) -> list[Scope]:
    """Each once, in the order of the policy; raises DomainError for none and for an unknown one."""
    given = set(scopes)
    if unknown := given - set(Scope):
        sentence = _("There is no such scope: {}.").format(", ".join(sorted(unknown)))
        raise DomainError(sentence, field="scopes", code="unknown_scope")
    if not given:
        raise DomainError(_("Choose at least one scope."), field="scopes", code="no_scope")
    return [scope for scope in Scope if scope in given]


def within_role(person: User, scopes: list[Scope]) -> None:
    beyond = [str(SCOPE_LABELS[scope]) for scope in scopes if scope not in usable_scopes(person)]
    if beyond:
        sentence = _("Your role does not include: {}.").format(", ".join(beyond))
        raise NotAllowed(sentence, field="scopes", code="scope_not_allowed")


def with_room(person: User, token: PersonalToken) -> None:
    """The name's own rules, its uniqueness among the living tokens, and their number; the caller holds the lock."""
    try:
        token.full_clean(exclude={"user"}, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise from_validation(error) from error
    living = PersonalToken.objects.filter(user=person).living()
    if living.filter(name__iexact=token.name).exists():
        raise DomainError(_("You have a token of this name already."), field="name", code="already_exists")
    if living.count() >= LIMIT:
        raise Conflict(_("You have {} tokens. Revoke one first.").format(LIMIT), code="too_many_tokens")


def revoke(*, actor: User, token: PersonalToken) -> bool:
    """Ends a token of one's own, or as an admin anybody's; it is refused from the next request on. Whether it worked
    until now: an ended one stays as it is."""
    own = actor.pk == token.user_id
    if not own and not (decision := can(actor, Action.PEOPLE_MANAGE)):
        raise NotAllowed(str(decision.reason), code=decision.code)
    because = "revoked" if own else "revoked_by_admin"
    with transaction.atomic():
        ended = PersonalToken.objects.living().filter(pk=token.pk)
        if not ended.update(revoked_at=timezone.now(), revoked_because=because):
            return False
        activity.record("token.revoked", actor=actor, person=token.user, token=[token.name, ""])
    return True


def end_all(*, actor: User, person: User, because: str) -> int:
    """Ends every token of this person, for good: reactivation revives none. How many; the caller's transaction."""
    living = PersonalToken.objects.filter(user=person).living().select_for_update().order_by("pk")
    names = [token.name for token in living]
    if names:
        PersonalToken.objects.filter(user=person).living().update(revoked_at=timezone.now(), revoked_because=because)
        activity.record("token.all_ended", actor=actor, person=person, token=[", ".join(names), ""])
    return len(names)


def resolve(secret: str, *, used: bool = True) -> PersonalToken:
    """The living token with its person, in one query; raises Refused: `token_invalid`, `token_expired`,
    `session_ended` for a revoked one and for a person who may not sign in. A use is noted, at most once a minute."""
    token = None
    if SHAPE.fullmatch(secret) and checked(secret[:-CHECK_CHARACTERS]) == secret:
        token = PersonalToken.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if token is None:
        raise Refused(_("This token is invalid."), code="token_invalid")
    if token.revoked_at or not token.user.is_active:
        raise Refused(_("This token was revoked. Make a new one."), code="session_ended")
    if token.ended_at:
        raise Refused(_("This token has expired. Make a new one."), code="token_expired")
    if used:
        note_use(token)
    return token


def note_use(token: PersonalToken) -> None:
    """One of many parallel requests writes. A database that takes no writes just now must not refuse a read for it."""
    now = timezone.now()
    unnoted = models.Q(last_used_at=None) | models.Q(last_used_at__lte=now - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        with suppress(DatabaseError), transaction.atomic():
            PersonalToken.objects.filter(unnoted, pk=token.pk).update(
                last_used_at=now, last_used_address=origin.current().address
            )


def shown(person: User) -> list[PersonalToken]:
    """For a page: the living ones, then those that ended lately, the newest first."""
    rows = PersonalToken.objects.filter(user=person).order_by("-pk")
    return [*rows.living(), *rows.ended()[:ENDED_SHOWN]]


def purge_ended() -> int:
    """Deletes what ended thirty days ago: until then its person can see why a script stopped. How many."""
    before = timezone.now() - KEPT
    gone = models.Q(revoked_at__lt=before) | models.Q(expires_at__lt=before)
    deleted, _models = PersonalToken.objects.filter(gone).delete()
    return deleted
