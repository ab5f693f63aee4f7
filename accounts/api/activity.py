"""What happened to a person and their access: one's own log, and for admins anybody's."""

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import example
from accounts.models import Activity, User
from accounts.policy import Action, can
from accounts.services import activity
from site_config.lib.paging import Sort


@example(
    "A new role",
    {
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
    },
)
class ActivitySerializer(serializers.ModelSerializer[Activity]):
    """A line of the log. Where somebody else acted from is theirs: only admins are told."""

    sentence = serializers.CharField(help_text="For people, in their language; decide by `kind`.")
    address = serializers.SerializerMethodField()
    details = serializers.DictField(child=serializers.ListField(), help_text="What changed: `[old, new]` by field.")

    class Meta:
        model = Activity
        fields = (
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


class ActivityDoor(Door):
    queryset = Activity.objects.none()
    serializer_class = ActivitySerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"


class OwnActivityViewSet(ActivityDoor):
    allows = {"list": Action.ACCOUNT_OWN}

    def list(self, request: Request) -> Response:
        """What happened to your account, the newest first. Where others acted from is not told."""
        return self.listed(activity.about(self.caller))


class UserActivityViewSet(ActivityDoor):
    allows = {"list": Action.PEOPLE_MANAGE}

    def list(self, request: Request, user: int) -> Response:
        """What happened to a person and their access, the newest first."""
        return self.listed(activity.about(get_object_or_404(User, pk=user)))
