"""Invitations for admins, and the door for whoever was sent one."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import (
    LANGUAGES,
    MeSerializer,
    NewPasswordField,
    PersonFields,
    StrictSerializer,
    example,
)
from accounts.api.writes import write
from accounts.models import Invitation
from accounts.policy import ROLE_CHOICES, Action
from accounts.services import invitations
from site_config.lib.paging import Sort

# What `token` looks like: the last part of a link.
EXAMPLE_LINK = "AnExampleThatIsNoSecretAtAll000000000000000"


@example("Noor is invited", {"email": "noor@example.com", "role": "client", "name": "Noor Haddad", "language": "es"})
class NewInvitationSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=ROLE_CHOICES)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    language = serializers.ChoiceField(
        choices=LANGUAGES, required=False, help_text="Of the mail, and of the person later; empty for the site's."
    )


@example(
    "An open invitation",
    {
        "id": 4,
        "email": "noor@example.com",
        "name": "Noor Haddad",
        "role": "client",
        "language": "es",
        "invited_by": "Ada Okafor",
        "sent_at": "2026-11-02T09:00:00Z",
        "expires_at": "2026-11-09T09:00:00Z",
        "has_expired": False,
    },
)
class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    language = serializers.ChoiceField(choices=LANGUAGES)
    invited_by = serializers.CharField(source="invited_by_name", help_text="Who sent it last.")
    has_expired = serializers.BooleanField(help_text="Its link is dead; send it again.")

    class Meta:
        model = Invitation
        fields = (
            "id",
            "email",
            "name",
            "role",
            "language",
            "invited_by",
            "sent_at",
            "expires_at",
            "has_expired",
        )
        read_only_fields = fields


@example(
    "Noor comes in",
    {
        "token": EXAMPLE_LINK,
        "username": "noor",
        "name": "Noor Haddad",
        "password": "four plain words here",
    },
)
class AcceptanceSerializer(PersonFields):
    """What one chooses oneself; address and role are the invitation's."""

    token = serializers.CharField(max_length=100, write_only=True, help_text="The last part of the mailed link.")
    password = NewPasswordField(write_only=True)

    class Meta(PersonFields.Meta):
        fields = ("token", "username", "name", "password")
        read_only_fields = ()


class InvitationViewSet(Door):
    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    allows = {
        "list": Action.PEOPLE_MANAGE,
        "create": Action.PEOPLE_MANAGE,
        "retrieve": Action.PEOPLE_MANAGE,
        "destroy": Action.PEOPLE_MANAGE,
        "resend": Action.PEOPLE_MANAGE,
    }
    public, throttle_scope = False, ""
    also_refuses: frozenset[str] = frozenset()

    def list(self, request: Request) -> Response:
        """The open invitations, the newest first.

        Expired ones are among them until they are sent again or revoked; used and revoked ones are not.
        """
        return self.listed(invitations.waiting())

    @extend_schema(request=NewInvitationSerializer, responses={201: InvitationSerializer})
    @write
    def create(self, request: Request) -> Response:
        """Invite somebody by e-mail, with a role.

        They get a link that works once, for the days that `INVITATION_DAYS` says. An address that somebody has answers
        400 `has_account`, one with an open invitation 400 `already_exists`; one that has expired is renewed.
        """
        invitation = invitations.create(actor=self.caller, **self.parsed(NewInvitationSerializer))
        return Response(self.get_serializer(invitation).data, status=201)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One open invitation."""
        return Response(self.get_serializer(self.open(pk)).data)

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, pk: int) -> Response:
        """Revoke an invitation; its link is dead at once."""
        invitations.revoke(actor=self.caller, invitation=self.open(pk))
        return Response(status=204)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    @write
    def resend(self, request: Request, pk: int) -> Response:
        """Send an invitation again, with a new link and the full time. The old link is dead at once.

        At most five mails an hour go to one address; then the answer is 429 with `Retry-After`.
        """
        return Response(self.get_serializer(invitations.resend(actor=self.caller, invitation=self.open(pk))).data)

    @extend_schema(request=AcceptanceSerializer, responses={201: MeSerializer}, auth=[])
    @action(detail=False, methods=["post"], public=True, throttle_scope="sign_in", also_refuses={"404", "410"})
    @write(retryable=False)
    def accept(self, request: Request) -> Response:
        """Accept an invitation: makes the account, with the address and the role that the admin gave it.

        Needs no token; log in with the new password afterwards. A link that was never one answers 404; one that was
        used or revoked or has expired answers 410 with `used`, `revoked`, `expired`, `has_account` or `void`.
        """
        values = self.parsed(AcceptanceSerializer)
        person = invitations.accept(secret=values.pop("token"), **values)
        return Response(MeSerializer(person).data, status=201)

    def open(self, pk: int) -> Any:
        return get_object_or_404(invitations.waiting(), pk=pk)
