"""The sign-ins that live, of scripts and of browsers: one's own, and for admins anybody's."""

from typing import Any
from uuid import UUID

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
from accounts.services import people, sessions, tokens
from accounts.services.sessions import SignIn
from site_config.lib.paging import Sort


@example(
    "A sign-in",
    {
        "id": "0b9d5f0e-6a0f-4a55-9b1c-3f6f0f6f7a10",
        "kind": "api",
        "device": "API sign-in",
        "created_at": "2026-11-02T09:00:00Z",
        "last_seen_at": "2026-11-02T11:45:00Z",
        "last_refresh": "2026-11-02T11:45:00Z",
        "address": "198.51.100.7",
        "expires_at": "2026-11-16T09:00:00Z",
        "current": False,
    },
)
class SessionSerializer(serializers.Serializer[SignIn]):
    id = serializers.UUIDField(source="pk")
    kind = serializers.ChoiceField(choices=["browser", "api"])
    device = serializers.CharField(help_text="Like “Chrome on Windows”; for people, in their language.")
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text="To the minute; of an API sign-in its last refresh.")
    last_refresh = serializers.DateTimeField(allow_null=True, help_text="Null for a browser.")
    address = serializers.IPAddressField(
        allow_null=True, help_text="Where it was made; of a browser, where it was last seen."
    )
    expires_at = serializers.DateTimeField(help_text="Of a browser, as long as nobody uses it.")
    current = serializers.BooleanField(help_text="Whether this very request belongs to it.")


class SessionDoor(Door):
    queryset = ApiSession.objects.none()
    serializer_class = SessionSerializer
    sorts = {key: Sort(key, "created_at") for key in ("-created_at", "created_at")}
    default_sort = "-created_at"

    def of(self, person: User) -> Response:
        """A page of the API sign-ins, which the order, size and cursor are read for, and the browsers between them."""
        asked = self.request.query_params
        pager: Any = self.paginator
        self.paginate_queryset(tokens.living(person))
        auth = self.request.auth
        pager.page = sessions.page(
            pager.page,
            person=person,
            sort=self.sorts[asked.get("ordering", self.default_sort)],
            cursor=asked.get("cursor"),
            size=pager.size(self.request),
            current=auth.pk if isinstance(auth, ApiSession) else None,
        )
        return self.get_paginated_response(self.get_serializer(pager.page.rows, many=True).data)

    def ended(self, person: User, sid: UUID) -> Response:
        sessions.end_one(actor=self.caller, person=person, key=sid)
        return Response(status=204)


class OwnSessionViewSet(SessionDoor):
    allows = {"list": Action.ACCOUNT_OWN, "destroy": Action.ACCOUNT_OWN}

    def list(self, request: Request) -> Response:
        """Your browser sessions and API sign-ins that still work, the newest first."""
        return self.of(self.caller)

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, sid: UUID) -> Response:
        """End one of your sign-ins; the browser or the tokens are refused from the next request on."""
        return self.ended(self.caller, sid)


class UserSessionViewSet(SessionDoor):
    allows = {"list": Action.PEOPLE_MANAGE, "destroy": Action.PEOPLE_MANAGE, "destroy_all": Action.PEOPLE_MANAGE}

    def list(self, request: Request, user: int) -> Response:
        """A person's browser sessions and API sign-ins that still work, the newest first."""
        return self.of(self.person(user))

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, user: int, sid: UUID) -> Response:
        """End one sign-in of a person; the browser or the tokens are refused from the next request on."""
        return self.ended(self.person(user), sid)

    @extend_schema(operation_id="users_sessions_destroy_all", responses={204: None})
    @write
    def destroy_all(self, request: Request, user: int) -> Response:
        """Sign a person out everywhere: every API sign-in and every browser session ends at once."""
        people.sign_out(actor=self.caller, person=self.person(user))
        return Response(status=204)

    def person(self, key: int) -> Any:
        return get_object_or_404(User, pk=key)
