"""The token doors: log in, refresh, verify, log out, and a protected page to try a token on."""

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

from accounts.api.permissions import second_factor_required
from accounts.api.serializers import (
    LoginSerializer,
    LogoutSerializer,
    PairSerializer,
    ProtectedSerializer,
    RefreshSerializer,
    VerifiedSerializer,
    VerifySerializer,
)
from accounts.models import PersonalToken, User
from accounts.policy import Action
from accounts.services import lockouts, people, requirements, tokens, two_factor, verification
from site_config.lib.drf import StrictQueryMixin
from site_config.lib.errors import NotAllowed


class TokenDoor(StrictQueryMixin, APIView):
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
    throttle_scope = "sign_in"

    @extend_schema(request=LoginSerializer, responses=PairSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Log in by username or e-mail address.

        Who has a second factor sends a code of it as `otp`: without one the answer is 401 `otp_required`, with a wrong
        or used one `otp_invalid`. Who has none, but a role that needs one, is refused as `second_factor_required`.
        Wrong passwords and codes count together with those of the sign-in page; after five the answer is 429 with
        `Retry-After`.
        """
        credentials = parsed(LoginSerializer, request)
        code = credentials.pop("otp", "")
        # The inner request, so that django-axes marks the one its middleware looks at.
        person = authenticate(request._request, **credentials)
        if not isinstance(person, User):
            raise AuthenticationFailed(_("The username or the password is wrong."), code="no_active_account")
        if two_factor.is_on(person):
            self.check_second_factor(person, code)
        elif requirements.is_required(person):
            raise AuthenticationFailed(second_factor_required(), code="second_factor_required")
        user_logged_in.send(sender=User, request=request._request, user=person)
        return Response(refused_as_401(lambda: tokens.sign_in(person=person)))

    def check_second_factor(self, person: User, code: str) -> None:
        if not code:
            raise AuthenticationFailed(_("Send a code of your second factor as otp."), code="otp_required")
        if not lockouts.counted(self.request._request, person, lambda: two_factor.accept(person, code)):
            raise AuthenticationFailed(_("This code is wrong or was used. Send the next one."), code="otp_invalid")


class RefreshView(TokenDoor):
    throttle_scope = "refresh"

    @extend_schema(request=RefreshSerializer, responses=PairSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair; it works once.

        Used again within ten seconds it is refused as `token_rotated`; later as `token_blacklisted`, and every token
        of the sign-in ends.
        """
        return Response(refused_as_401(lambda: tokens.refresh(token=parsed(RefreshSerializer, request)["refresh"])))


class VerifyView(TokenDoor):
    @extend_schema(request=VerifySerializer, responses=VerifiedSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Tells what a token is and until when it works. Asking uses nothing up and ends nothing.

        For a token that does not work the answer is 401 with the code that using it would meet.
        """
        token = parsed(VerifySerializer, request)["token"]
        return Response(VerifiedSerializer(refused_as_401(lambda: verification.verify(token=token))).data)


class LogoutView(StrictQueryMixin, APIView):
    public = True

    @extend_schema(request=LogoutSerializer, responses={204: None}, auth=[{"bearer": []}, {}])  # type: ignore[list-item]
    def post(self, request: Request) -> Response:
        """End this sign-in: its access and refresh tokens are refused from now on. Send either of the two."""
        token = parsed(LogoutSerializer, request).get("refresh")
        if token:
            session = refused_as_401(lambda: tokens.session_of(tokens.parse(token, RefreshToken)))
        elif isinstance(request.auth, PersonalToken):
            raise NotAllowed(_("A personal token is not a sign-in. Revoke it instead."), code="not_a_sign_in")
        elif request.auth:
            session = request.auth
        else:
            raise NotAuthenticated
        tokens.end(session, "logged_out")
        return Response(status=204)


class LogoutAllView(StrictQueryMixin, APIView):
    allows = {"post": Action.ACCOUNT_OWN}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End every sign-in of yours: each script must log in anew, and each browser sign in.

        Personal tokens go on; revoke those one by one.
        """
        person: Any = request.user
        people.sign_out(actor=person, person=person)
        return Response(status=204)


class ProtectedView(StrictQueryMixin, APIView):
    allows = {"get": Action.ACCOUNT_VIEW}

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
