"""Bearer tokens, checked against the account at each use."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import ApiSession, User
from accounts.services import tokens


class ApiAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`. The session cookie of a browser is not accepted here."""

    def authenticate(self, request: Request) -> tuple[User, ApiSession] | None:
        header = request.headers.get("Authorization", "").split()
        if not header or header[0].lower() != "bearer":
            return None
        try:
            if len(header) != 2:
                raise tokens.Refused("Send one token: Authorization: Bearer <access token>.", code="token_invalid")
            session = tokens.session_of(tokens.parse(header[1], AccessToken))
        except tokens.Refused as refusal:
            raise AuthenticationFailed(refusal.message, code=refusal.code) from refusal
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.ApiAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
