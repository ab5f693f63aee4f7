"""The second factor: who has one gives a code with the password, or is not let in."""

import logging

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.utils import timezone

from accounts.models import User

log = logging.getLogger(__name__)

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# What can be typed: a code of an app, or one of the codes kept for the day the app is lost.
TYPED = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


def is_on(person: User) -> bool:
    """Whether this person's password alone lets nobody in."""
    return bool(Authenticator.objects.filter(user=person, type__in=FACTORS).exists())


def accept(person: User, code: str) -> bool:
    """Uses up a code of this person's; whether it was right. The caller sees to it that guesses take turns."""
    return any(
        matches(authenticator, code)
        for authenticator in Authenticator.objects.filter(user=person, type__in=TYPED).order_by("pk")
    )


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
    return right


def was_used_in_this_step(authenticator: Authenticator) -> bool:
    """An app's code is good once. allauth remembers it in the cache alone, which processes need not share."""
    used = authenticator.last_used_at
    if authenticator.type != Authenticator.Type.TOTP or used is None:
        return False
    return bool(step(used.timestamp()) == step(timezone.now().timestamp()))


def step(seconds: float) -> int:
    return int(seconds // app_settings.TOTP_PERIOD)
