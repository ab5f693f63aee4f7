"""A forgotten password, for scripts: a link by mail, the new password, and an admin who has a link sent."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import NewPasswordField, StrictSerializer, example
from accounts.api.tokens import TokenDoor, parsed
from accounts.api.writes import write
from accounts.models import User
from accounts.policy import Action
from accounts.services import resets
from site_config.lib.paging import LARGEST_KEY


@example("By address", {"identifier": "sam@example.com"})
class ResetRequestSerializer(StrictSerializer):
    identifier = serializers.CharField(max_length=254, help_text="Username or e-mail address, in any case.")


@example("From the link", {"uid": 12, "token": "d1kqvo-9f2c…", "new_password": "four plain words here"})
class NewPasswordSerializer(StrictSerializer):
    uid = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, help_text="The first part of the link.")
    token = serializers.CharField(max_length=200, help_text="The second part of the link.")
    new_password = NewPasswordField()


@example("On its way", {"sent_to": "sam@example.com"})
class ResetSentSerializer(StrictSerializer):
    sent_to = serializers.EmailField(help_text="The address that the link goes to.")


class ResetRequestView(TokenDoor):
    throttle_scope = "sign_in"

    @extend_schema(request=ResetRequestSerializer, responses={202: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Have a link to set a new password mailed to the address of an account.

        The answer is 202 whether there is such an account or not. Ten an hour from one network; to one account three.
        """
        resets.ask(**parsed(ResetRequestSerializer, request))
        return Response(status=202)


class ResetCompleteView(TokenDoor):
    throttle_scope = "sign_in"
    also_refuses = {"410"}

    @extend_schema(request=NewPasswordSerializer, responses={204: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Set a new password by the `uid` and the `token` of a mailed link, which works once.

        Every session and API sign-in of the person ends; log in with the new password, and the second factor where
        there is one. A link that has ended answers 410 `link_dead`.
        """
        values = parsed(NewPasswordSerializer, request)
        resets.complete(uid=values["uid"], token=values["token"], new=values["new_password"])
        return Response(status=204)


class UserResetViewSet(Door):
    queryset = User.objects.none()
    serializer_class = ResetSentSerializer
    allows = {"create": Action.PEOPLE_MANAGE}

    @extend_schema(request=None, responses={202: ResetSentSerializer})
    @write
    def create(self, request: Request, user: int) -> Response:
        """Have a link to set a new password mailed to a person. Who is deactivated gets none: 409 `deactivated`."""
        mail = resets.send_link(actor=self.caller, person=get_object_or_404(User, pk=user))
        return Response({"sent_to": mail.to}, status=202)
