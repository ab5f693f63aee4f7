"""What happened to people and their access: one's own log, and for admins anybody's and everybody's."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import example
from accounts.models import Activity, User
from accounts.models.activity import KINDS
from accounts.policy import Action, can
from accounts.services import activity
from site_config.lib.paging import Sort
from site_config.lib.shapes import IP

EXAMPLE = {
    "id": 840,
    "at": "2026-11-02T09:00:00Z",
    "kind": "person.role_changed",
    "sentence": "Role changed from Client to Staff",
    "actor": 1,
    "actor_name": "Ada Okafor",
    "details": {"role": ["client", "staff"]},
    "source": "page",
    "address": "198.51.100.7",
    "request_id": "5f0c7a52d0b14f6f8a9c1e2d3b4a5968",
}


@example("A new role", EXAMPLE)
class ActivitySerializer(serializers.ModelSerializer[Activity]):
    """A line of the log. Where somebody else acted from is theirs: only admins are told."""

    sentence = serializers.CharField(help_text="For people, in their language; decide by `kind`.")
    address = serializers.SerializerMethodField()
    details = serializers.DictField(child=serializers.ListField(), help_text="What changed: `[old, new]` by field.")

    class Meta:
        model = Activity
        fields: tuple[str, ...] = (
            "id",
            "at",
            "kind",
            "sentence",
            "actor",
            "actor_name",
            "details",
            "source",
            "address",
            "request_id",
        )
        read_only_fields = fields

    def get_address(self, line: Activity) -> str | None:
        reader = self.context["request"].user
        return line.address if line.actor_id == reader.pk or can(reader, Action.PEOPLE_MANAGE) else None


@example("A new role", {**EXAMPLE, "person": 12, "person_name": "Sam Reyes"})
class EverybodysActivitySerializer(ActivitySerializer):
    """A line of the log that is not one person's: it says whose it is."""

    class Meta(ActivitySerializer.Meta):
        fields = (*ActivitySerializer.Meta.fields, "person", "person_name")
        read_only_fields = fields


KIND = OpenApiParameter("kind", str, enum=list(KINDS), description="What happened.")
SINCE = OpenApiParameter("since", {"type": "string", "format": "date"}, description="From this day on.")
UNTIL = OpenApiParameter("until", {"type": "string", "format": "date"}, description="Up to this day, and with it.")
PERSON = OpenApiParameter(
    "person",
    {"type": "string", "maxLength": 100},
    description="A part of the name, username or address of who did it or whom it is about.",
)
ADDRESS = OpenApiParameter("address", {"type": "string", **IP}, description="The network address it came from.")


# Of a query, where all is text; the door has refused the names it does not take.
class ActivityQuerySerializer(serializers.Serializer[Any]):
    person = serializers.CharField(max_length=100, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=list(KINDS), required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    address = serializers.IPAddressField(required=False)


class ActivityDoor(Door):
    queryset = Activity.objects.none()
    serializer_class = ActivitySerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    query = {"list": [KIND, SINCE, UNTIL]}

    def found(self, lines: QuerySet[Activity] | None = None) -> Response:
        asked = ActivityQuerySerializer(data=self.request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return self.listed(activity.found(lines, **asked.validated_data))


class ActivityViewSet(ActivityDoor):
    allows = {"list": Action.PEOPLE_MANAGE}
    query = {"list": [PERSON, *ActivityDoor.query["list"], ADDRESS]}
    serializer_class = EverybodysActivitySerializer

    def list(self, request: Request) -> Response:
        """What happened to people and their access, the newest first."""
        return self.found()


class OwnActivityViewSet(ActivityDoor):
    allows = {"list": Action.ACCOUNT_OWN}

    def list(self, request: Request) -> Response:
        """What happened to your account, the newest first. Where others acted from is not told."""
        return self.found(activity.about(self.caller))


class UserActivityViewSet(ActivityDoor):
    allows = {"list": Action.PEOPLE_MANAGE}

    def list(self, request: Request, user: int) -> Response:
        """What happened to a person and their access, the newest first."""
        return self.found(activity.about(get_object_or_404(User, pk=user)))
