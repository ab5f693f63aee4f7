"""Bearer tokens, checked against the account at each use."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import ApiSession, PersonalToken, User
from accounts.services import personal_tokens, tokens


class ApiAuthentication(BaseAuthentication):
    """`Authorization: Bearer` with the access token of a sign-in or a personal API token, which `request.auth` tells
    apart. The session cookie of a browser is not accepted here."""

    def authenticate(self, request: Request) -> tuple[User, ApiSession | PersonalToken] | None:
        header = request.headers.get("Authorization", "").split()
        if not header or header[0].lower() != "bearer":
            return None
        try:
            if len(header) != 2:
                raise tokens.Refused(_("Send one token: Authorization: Bearer <access token>."), code="token_invalid")
            person, by = known(header[1])
        except tokens.Refused as refusal:
            raise AuthenticationFailed(refusal.message, code=refusal.code) from refusal
        if person.language and "Accept-Language" not in request.headers:
            translation.activate(person.language)
        return person, by

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def known(token: str) -> tuple[User, ApiSession | PersonalToken]:
    """Whom this token belongs to, and what it is; raises tokens.Refused."""
    if token.startswith(personal_tokens.PREFIX):
        return by_personal_token(token)
    session = tokens.session_of(tokens.parse(token, AccessToken))
    return session.user, session


def by_personal_token(secret: str) -> tuple[User, PersonalToken]:
    """The person, who may do here no more than the token's scopes say."""
    token = personal_tokens.resolve(secret)
    token.user.scopes = frozenset(token.granted)
    return token.user, token


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.ApiAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        described = "An access token of `/api/login/`, or a personal API token (`stockroom_pat_…`) with its scopes."
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": described}
