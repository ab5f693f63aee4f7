"""Who is locked out by wrong passwords, for admins, and the way to let an address in at once."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import StrictSerializer, UnlockedSerializer, example
from accounts.api.writes import write
from accounts.models import User
from accounts.policy import Action
from accounts.services import lockouts
from accounts.services.limits import LIMITS

EXAMPLE = {
    "scope": "pair",
    "person": 12,
    "username": "sam",
    "address": "198.51.100.7",
    "failures": 5,
    "began": "2026-11-02T09:00:00Z",
    "until": "2026-11-02T09:15:00Z",
    "seconds_left": 840,
}


class LockSerializer(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(
        source="lock.scope",
        choices=list(LIMITS),
        help_text="`pair`: a person from one address; `account`: from all; `address`: everybody from one.",
    )
    person = serializers.IntegerField(source="person.pk", allow_null=True, default=None)
    username = serializers.CharField(source="person.username", allow_null=True, default=None)
    address = serializers.CharField(allow_null=True, help_text="Of an IPv6 address, its /64 network.")
    failures = serializers.IntegerField(source="lock.failures")
    began = serializers.DateTimeField(source="lock.began")
    until = serializers.DateTimeField(source="lock.until")
    seconds_left = serializers.IntegerField(source="lock.seconds_left")


@extend_schema_serializer(many=False, examples=[OpenApiExample("A person is locked", {"results": [EXAMPLE]})])
class LocksSerializer(serializers.Serializer[Any]):
    results = LockSerializer(many=True)


@example("A reason", {"reason": "Rang from the shop, it was her"})
class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Why; kept in the activity log."
    )


@example("An office", {"address": "198.51.100.7", "reason": "The till had the old password"})
class UnlockAddressSerializer(ReasonSerializer):
    address = serializers.IPAddressField()


class LockoutViewSet(Door):
    queryset = User.objects.none()
    serializer_class = LocksSerializer
    pagination_class = None  # type: ignore[assignment]
    paged = frozenset()
    allows = {"list": Action.PEOPLE_MANAGE, "unlock_address": Action.PEOPLE_MANAGE}

    def list(self, request: Request) -> Response:
        """The locks that hold now, the latest first, all at once. Unlock a person at `/api/users/{id}/unlock/`."""
        return Response(LocksSerializer({"results": lockouts.standing()}).data)

    @extend_schema(request=UnlockAddressSerializer, responses=UnlockedSerializer)
    @action(detail=False, methods=["post"])
    @write
    def unlock_address(self, request: Request) -> Response:
        """Forget the wrong passwords and codes counted from an address, so that everybody there can log in at once."""
        fields = self.parsed(UnlockAddressSerializer)
        return Response({"forgotten": lockouts.unlock_address(actor=self.caller, **fields)})
