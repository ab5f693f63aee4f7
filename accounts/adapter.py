"""allauth's rules for this site: no page to sign up, a refusal never says which half was wrong, secrets are encrypted."""

import base64
from functools import cache
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathFillImage

from accounts.models import User
from accounts.services import activity

# What a sign-in that waits for its second step began with: another password by now, or a session epoch, ends it.
BEGAN_WITH = "sign_in_began_with"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """No JSON twin of the sign-in page: it would send back the password that was typed. Scripts have the API."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Signing in and out need no toast: the page that follows says it."""

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> None:
        request.session[BEGAN_WITH] = user.get_session_auth_hash()

    def login(self, request: HttpRequest, user: User) -> None:
        """The sign-in is complete: whoever it was has given all that is asked of them, a moment ago."""
        user.backend = "accounts.backends.IdentifierBackend"  # type: ignore[attr-defined]
        super().login(request, user)
        request.session.pop(BEGAN_WITH, None)
        record_authentication(request, user, method="sign_in", reauthenticated=True)
        activity.record("person.signed_in", actor=user, person=user)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """How this person can confirm that it is them, the usual way first. Recovery codes are for signing in alone."""
        has = set(Authenticator.objects.filter(user=user.pk).values_list("type", flat=True))
        ways = [("account_reauthenticate", _("Use your password"))]
        if Authenticator.Type.TOTP in has:
            ways.append(("mfa_reauthenticate", _("Use a code of your app")))
        if Authenticator.Type.WEBAUTHN in has:
            ways.append(("mfa_reauthenticate_webauthn", _("Use a passkey")))
        return [{"id": name, "description": label, "url": reverse(name)} for name, label in ways]


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors lie encrypted in the database: a stolen backup alone gives no codes."""

    def encrypt(self, text: str) -> str:
        return cipher(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography's InvalidToken for what another key has encrypted."""
        return cipher(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """On white, so that phones read it on a dark page too."""
        return str(qrcode.make(url, image_factory=SvgPathFillImage).to_string(encoding="unicode"))

    def generate_authenticator_name(self, user: User, type: Any) -> str:  # noqa: A002 (allauth's name for it)
        return _("Passkey {}").format(Authenticator.objects.filter(user=user, type=type).count() + 1)


@cache
def cipher(secret: str) -> Fernet:
    """A key of its own, derived from the site's: what one of the two gives away says nothing about the other."""
    key = HKDF(SHA256(), length=32, salt=None, info=b"stockroom second factors").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
