"""The API sign-ins that live: one's own, and for admins anybody's."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import example
from accounts.api.writes import write
from accounts.models import ApiSession, User
from accounts.policy import Action
from accounts.services import people, tokens
from site_config.lib.paging import Sort


@example(
    "A sign-in",
    {
        "id": "0b9d5f0e-6a0f-4a55-9b1c-3f6f0f6f7a10",
        "created_at": "2026-11-02T09:00:00Z",
        "last_refresh": "2026-11-02T11:45:00Z",
        "address": "198.51.100.7",
        "expires_at": "2026-11-16T09:00:00Z",
        "current": False,
    },
)
class SessionSerializer(serializers.ModelSerializer[ApiSession]):
    last_refresh = serializers.DateTimeField(source="rotated_at", allow_null=True)
    current = serializers.SerializerMethodField(help_text="Whether this very request belongs to it.")

    class Meta:
        model = ApiSession
        fields = ("id", "created_at", "last_refresh", "address", "expires_at", "current")
        read_only_fields = fields
        extra_kwargs = {"address": {"help_text": "Where it was made."}}

    def get_current(self, session: ApiSession) -> bool:
        return bool(session == self.context["request"].auth)


class SessionDoor(Door):
    queryset = ApiSession.objects.none()
    serializer_class = SessionSerializer
    sorts = {key: Sort(key, "created_at") for key in ("-created_at", "created_at")}
    default_sort = "-created_at"

    def ended(self, sessions: QuerySet[ApiSession], sid: UUID) -> Response:
        tokens.end_one(actor=self.caller, session=get_object_or_404(sessions, pk=sid))
        return Response(status=204)


class OwnSessionViewSet(SessionDoor):
    allows = {"list": Action.ACCOUNT_OWN, "destroy": Action.ACCOUNT_OWN}

    def list(self, request: Request) -> Response:
        """Your API sign-ins that still work, the newest first."""
        return self.listed(tokens.living(self.caller))

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, sid: UUID) -> Response:
        """End one of your API sign-ins; its tokens are refused from the next request on."""
        return self.ended(tokens.living(self.caller), sid)


class UserSessionViewSet(SessionDoor):
    allows = {"list": Action.PEOPLE_MANAGE, "destroy": Action.PEOPLE_MANAGE, "destroy_all": Action.PEOPLE_MANAGE}

    def list(self, request: Request, user: int) -> Response:
        """A person's API sign-ins that still work, the newest first."""
        return self.listed(tokens.living(self.person(user)))

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, user: int, sid: UUID) -> Response:
        """End one API sign-in of a person; its tokens are refused from the next request on."""
        return self.ended(tokens.living(self.person(user)), sid)

    @extend_schema(operation_id="users_sessions_destroy_all", responses={204: None})
    @write
    def destroy_all(self, request: Request, user: int) -> Response:
        """Sign a person out everywhere: every API sign-in and every browser session ends at once."""
        people.sign_out(actor=self.caller, person=self.person(user))
        return Response(status=204)

    def person(self, key: int) -> Any:
        return get_object_or_404(User, pk=key)
