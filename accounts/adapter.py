"""allauth's rules for this site: no page to sign up, a refusal never says which half was wrong, secrets are encrypted."""

import base64
from functools import cache
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """No JSON twin of the sign-in page: it would send back the password that was typed. Scripts have the API."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Signing in and out need no toast: the page that follows says it."""


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors lie encrypted in the database: a stolen backup alone gives no codes."""

    def encrypt(self, text: str) -> str:
        return cipher(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography's InvalidToken for what another key has encrypted."""
        return cipher(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()


@cache
def cipher(secret: str) -> Fernet:
    """A key of its own, derived from the site's: what one of the two gives away says nothing about the other."""
    key = HKDF(SHA256(), length=32, salt=None, info=b"stockroom second factors").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
