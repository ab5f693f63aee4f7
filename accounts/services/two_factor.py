"""The second factor: whoever has one gives a code or a passkey with the password, or is not let in.

An app, passkeys and recovery codes are each person's own to set up; every change is logged and told by mail.
"""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.models.second_factors import FACTORS
from accounts.services import activity, mails, people, requirements
from site_config.lib.errors import Conflict, DomainError, NotAllowed

log = logging.getLogger(__name__)

# What can be typed: a code of an app, or one of the codes kept for the day the app is lost.
TYPED = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
NAMES = {
    Authenticator.Type.TOTP: gettext_lazy("Authenticator app"),
    Authenticator.Type.WEBAUTHN: gettext_lazy("Passkey"),
    Authenticator.Type.RECOVERY_CODES: gettext_lazy("Recovery codes"),
}
LONGEST_NAME = 60
MOST_PASSKEYS = 20


@dataclass(frozen=True)
class Factor:
    """What somebody has set up, without its secret. `codes_left` is None for all but recovery codes."""

    pk: int
    type: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    codes_left: int | None

    @property
    def label(self) -> str:
        return f"{NAMES[Authenticator.Type(self.type)]}{self.name and ': '}{self.name}"


# --- Signing in ------------------------------------------------------------------------------------------------------


def is_on(person: User) -> bool:
    """Whether this person's password alone lets nobody in."""
    return bool(own(person).filter(type__in=FACTORS).exists())


def own(person: User) -> Any:
    return Authenticator.objects.filter(user=person).order_by("pk")


def accept(person: User, code: str, types: Collection[str] = TYPED) -> bool:
    """Uses up a code of this person's; whether it was right. The caller sees to it that guesses take turns."""
    return any(matches(authenticator, code) for authenticator in own(person).filter(type__in=types))


def matches(authenticator: Authenticator, code: str) -> bool:
    """A secret that our key cannot read fits no code, and says so in the log."""
    if was_used_in_this_step(authenticator):
        return False
    try:
        right: bool = authenticator.wrap().validate_code(code)
    except InvalidToken:
        log.error("Second factor %s was encrypted with another SECRET_KEY.", authenticator.pk)
        return False
    if right:
        authenticator.record_usage()
        if authenticator.type == Authenticator.Type.RECOVERY_CODES:
            tell_of_recovery_code(authenticator)
    return right


def tell_of_recovery_code(codes: Authenticator) -> None:
    person = codes.user
    codes.refresh_from_db(fields=["data"])  # allauth wrote to a copy
    activity.record("factor.code_used", actor=person, person=person)
    mails.send("recovery_code_used", to=person.email, person=person, left=codes_left(codes), account=account())


def was_used_in_this_step(authenticator: Authenticator) -> bool:
    """An app's code is good once. allauth remembers it in the cache alone, which processes need not share."""
    used = authenticator.last_used_at
    if authenticator.type != Authenticator.Type.TOTP or used is None:
        return False
    return bool(step(used.timestamp()) == step(timezone.now().timestamp()))


def step(seconds: float) -> int:
    return int(seconds // app_settings.TOTP_PERIOD)


# --- Setting up ------------------------------------------------------------------------------------------------------


def factors(person: User) -> list[Factor]:
    """All that this person has set up, the oldest first and the recovery codes last."""
    rows = sorted(own(person), key=lambda row: (row.type == Authenticator.Type.RECOVERY_CODES, row.pk))
    return [
        Factor(row.pk, row.type, row.data.get("name", ""), row.created_at, row.last_used_at, codes_left(row))
        for row in rows
    ]


def has_app(found: Iterable[Factor]) -> bool:
    return any(factor.type == Authenticator.Type.TOTP for factor in found)


def codes_left(row: Authenticator) -> int | None:
    if row.type != Authenticator.Type.RECOVERY_CODES:
        return None
    used = int(row.data["used_mask"]).bit_count()
    return int(app_settings.RECOVERY_CODE_COUNT) - used


def add_app(*, person: User, secret: str) -> list[str]:
    """Sets up the app that showed a right code of this secret; the recovery codes, if these are the first.

    Raises Conflict where there is an app already. The code that was shown is used up.
    """

    def make(person: User) -> Authenticator:
        if own(person).filter(type=Authenticator.Type.TOTP).exists():
            raise Conflict(_("You have an authenticator app already. Remove it first."), code="already_set_up")
        made: Authenticator = TOTP.activate(person, secret).instance
        made.record_usage()
        return made

    return added(person, make)


def add_passkey(*, person: User, name: str, credential: dict[str, Any]) -> list[str]:
    """Sets up a passkey whose answer was checked; the recovery codes, if these are the first."""

    def make(person: User) -> Authenticator:
        if own(person).filter(type=Authenticator.Type.WEBAUTHN).count() >= MOST_PASSKEYS:
            raise Conflict(_("You have {} passkeys. Remove one first.").format(MOST_PASSKEYS), code="too_many")
        made: Authenticator = WebAuthn.add(person, name, credential).instance
        return made

    return added(person, make)


def added(person: User, make: Callable[[User], Authenticator]) -> list[str]:
    with transaction.atomic():
        person = people.still_there(people.rows_to_change(), person)
        label = labelled(make(person))
        activity.record("factor.added", actor=person, person=person, factor=["", label])
        tell(person, added=label)
        return [] if own(person).filter(type=Authenticator.Type.RECOVERY_CODES).exists() else made_codes(person)


def labelled(row: Authenticator) -> str:
    return Factor(row.pk, row.type, row.data.get("name", ""), row.created_at, None, None).label


def new_codes(*, person: User) -> list[str]:
    """Ten new recovery codes in the place of the old ones. Raises DomainError where there is nothing to recover."""
    with transaction.atomic():
        person = people.still_there(people.rows_to_change(), person)
        if not is_on(person):
            raise DomainError(_("Set up an app or a passkey first."), code="no_factor")
        own(person).filter(type=Authenticator.Type.RECOVERY_CODES).delete()
        tell(person, codes=True)
        return made_codes(person)


def made_codes(person: User) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(person).get_unused_codes()
    activity.record("factor.codes_made", actor=person, person=person)
    return codes


def rename(*, person: User, passkey: Authenticator, name: str) -> None:
    with transaction.atomic():
        people.still_there(people.rows_to_change(), person)
        old, passkey.data["name"] = passkey.data["name"], name
        passkey.save(update_fields=["data"])
        activity.record("factor.renamed", actor=person, person=person, factor=[old, name])


def remove(*, person: User, factor: Authenticator) -> None:
    """Removes an app or a passkey; with the last one the recovery codes go too.

    Raises NotAllowed for the last one of somebody whose role needs one.
    """
    with transaction.atomic():
        person = people.still_there(people.rows_to_change(), person)
        if is_last(person, factor):
            if requirements.is_required(person):
                raise NotAllowed(last_required(), code="second_factor_required")
            own(person).delete()
        label = labelled(factor)
        own(person).filter(pk=factor.pk).delete()
        activity.record("factor.removed", actor=person, person=person, factor=[label, ""])
        tell(person, removed=label)


def is_last(person: User, factor: Authenticator) -> bool:
    """Whether without this one the password alone would be enough."""
    return not own(person).filter(type__in=FACTORS).exclude(pk=factor.pk).exists()


def left(person: User) -> int | None:
    """How many recovery codes are left; None before any were made."""
    return next((factor.codes_left for factor in factors(person) if factor.codes_left is not None), None)


def last_required() -> str:
    return _("Your role needs a second factor. Set up another before you remove this one.")


def tell(person: User, **what: Any) -> None:
    mails.send("factors_changed", to=person.email, person=person, at=timezone.localtime(), account=account(), **what)


def account() -> str:
    return mails.link(reverse("accounts:profile-edit"))


# --- What an admin does ------------------------------------------------------------------------------------------------


def reset(*, actor: User, person: User) -> None:
    """Removes every factor of somebody who lost them, and signs them out everywhere; logged and told by mail.

    Raises NotAllowed for one's own, DomainError where there is nothing to reset.
    """
    if actor.pk == person.pk:
        raise NotAllowed(_("Remove your own on the account page."), code="own_factors")
    with transaction.atomic():
        person = people.locked(person)
        people.still_admin(actor)
        labels = [labelled(row) for row in own(person)]
        if not labels:
            raise DomainError(_("This person has no second factor."), code="no_factor")
        own(person).delete()
        people.end_sessions(person, because="signed_out")
        for label in labels:
            activity.record("factor.removed", actor=actor, person=person, factor=[label, ""])
        tell(person, admin=actor)
