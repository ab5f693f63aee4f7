"""One's own e-mail address, for scripts: asked for, and confirmed by the token of the mailed link."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import LONGEST_PASSWORD, StrictSerializer, example
from accounts.api.tokens import TokenDoor, parsed
from accounts.api.writes import write
from accounts.models import User
from accounts.policy import Action
from accounts.services import emails


@example("Another address", {"email": "sam.reyes@example.com", "current_password": "correct horse battery staple"})
class EmailChangeSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    current_password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)


@example("Until it is confirmed", {"pending": "sam.reyes@example.com"})
class EmailPendingSerializer(StrictSerializer):
    pending = serializers.EmailField(
        help_text="The address that got a link; yours until it is confirmed is the old one."
    )


@example("From the link", {"token": "WzEyLCJz…"})
class EmailConfirmSerializer(StrictSerializer):
    token = serializers.CharField(max_length=3000, help_text="The last part of the link.")


class EmailViewSet(Door):
    queryset = User.objects.none()
    serializer_class = EmailChangeSerializer
    allows = {"create": Action.ACCOUNT_OWN}

    @extend_schema(request=EmailChangeSerializer, responses={202: EmailPendingSerializer})
    @write
    def create(self, request: Request) -> Response:
        """Ask for another e-mail address: it gets a link and is yours once that is confirmed, within 24 hours.

        The old address is told. Five an hour; after five wrong passwords 429.
        """
        values = self.parsed()
        pending = emails.ask_by_password(actor=self.caller, email=values["email"], current=values["current_password"])
        return Response({"pending": pending}, status=202)


class EmailConfirmView(TokenDoor):
    throttle_scope = "sign_in"
    also_refuses = {"410"}

    @extend_schema(request=EmailConfirmSerializer, responses={204: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Confirm an e-mail address by the token of the mailed link, which works once.

        A link that has ended answers 410 `link_dead`; an address that somebody else has by now 409 `already_exists`.
        """
        emails.confirm(**parsed(EmailConfirmSerializer, request))
        return Response(status=204)
