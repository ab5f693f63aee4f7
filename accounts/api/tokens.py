"""The token doors: log in, refresh, log out, and a protected page to try a token on."""

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.api.serializers import (
    LoginSerializer,
    LogoutSerializer,
    PairSerializer,
    ProtectedSerializer,
    RefreshSerializer,
)
from accounts.models import User
from accounts.policy import Action
from accounts.services import tokens


class TokenDoor(APIView):
    """Open to everyone; its refusals are still 401 with a challenge."""

    public = True
    authentication_classes: Any = []

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def parsed(serializer_class: type[Any], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class LoginView(TokenDoor):
    @extend_schema(request=LoginSerializer, responses=PairSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Log in by username or e-mail address.

        Wrong passwords count together with those of the sign-in page; after five the answer is 429 with `Retry-After`.
        """
        credentials = parsed(LoginSerializer, request)
        # The inner request, so that django-axes marks the one its middleware looks at.
        person = authenticate(request._request, **credentials)
        if not isinstance(person, User):
            raise AuthenticationFailed(_("The username or the password is wrong."), code="no_active_account")
        user_logged_in.send(sender=User, request=request._request, user=person)
        return Response(refused_as_401(lambda: tokens.sign_in(person=person)))


class RefreshView(TokenDoor):
    @extend_schema(request=RefreshSerializer, responses=PairSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair; it works once.

        Used again within ten seconds it is refused as `token_rotated`; later as `token_blacklisted`, and every token
        of the sign-in ends.
        """
        return Response(refused_as_401(lambda: tokens.refresh(token=parsed(RefreshSerializer, request)["refresh"])))


class LogoutView(APIView):
    public = True

    @extend_schema(request=LogoutSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """End this sign-in: its access and refresh tokens are refused from now on. Send either of the two."""
        token = parsed(LogoutSerializer, request).get("refresh")
        if token:
            session = refused_as_401(lambda: tokens.session_of(tokens.parse(token, RefreshToken)))
        elif request.auth:
            session = request.auth
        else:
            raise NotAuthenticated
        tokens.end(session, "logged_out")
        return Response(status=204)


class ProtectedView(APIView):
    allows = {"get": Action.ACCOUNT_OWN}

    @extend_schema(responses=ProtectedSerializer)
    def get(self, request: Request) -> Response:
        """Tells whether the token works, and whose it is."""
        person: Any = request.user
        return Response({"message": _("Your token works."), "username": person.get_username(), "role": person.role})


def refused_as_401(act: Any) -> Any:
    try:
        return act()
    except tokens.Refused as refusal:
        raise AuthenticationFailed(refusal.message, code=refusal.code) from refusal
