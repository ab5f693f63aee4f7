"""Another role, or deactivation and reactivation, for up to 500 people in one call."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import StrictSerializer
from accounts.api.writes import write
from accounts.models import User
from accounts.policy import ROLE_CHOICES, Action
from accounts.services import bulk
from site_config.lib.paging import LARGEST_KEY

EXAMPLE_ANSWER = {
    "changed": [12, 14],
    "left_out": [{"id": 1, "code": "own_account", "reason": "Nobody changes themselves among others."}],
}


@extend_schema_serializer(examples=[OpenApiExample("Two clients", {"ids": [12, 14], "role": "client"})])
class BulkPeopleSerializer(StrictSerializer):
    """`role` or `is_active`, or both."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_KEY),
        min_length=1,
        max_length=bulk.MOST_PEOPLE,
    )
    role = serializers.ChoiceField(choices=ROLE_CHOICES, required=False)
    is_active = serializers.BooleanField(required=False)


class SomethingToChange(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """As the document says that a call for neither is none."""

    target_class = "accounts.api.bulk.BulkPeopleSerializer"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema["anyOf"] = [{"required": [name]} for name in ("role", "is_active")]
        return schema


class LeftOutSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    code = serializers.ChoiceField(choices=["own_account", "unchanged", "not_found"])
    reason = serializers.CharField()


@extend_schema_serializer(examples=[OpenApiExample("One left out", EXAMPLE_ANSWER)])
class BulkPeopleAnswerSerializer(serializers.Serializer[Any]):
    changed = serializers.ListField(child=serializers.IntegerField(), source="keys", help_text="Ids.")
    left_out = LeftOutSerializer(many=True)


class BulkPeopleViewSet(Door):
    serializer_class = BulkPeopleSerializer
    queryset = User.objects.none()
    allows = {"create": Action.PEOPLE_MANAGE}

    @extend_schema(request=BulkPeopleSerializer, responses={200: BulkPeopleAnswerSerializer})
    @write
    def create(self, request: Request) -> Response:
        """Give many people a role, or deactivate or reactivate them; all in one transaction, each as in a single call.

        Whoever calls is left out, and so is who needs no change. `?dry_run=true` tells who would be.
        """
        values = self.parsed()
        plan = bulk.change(
            actor=self.caller, ids=values["ids"], role=values.get("role"), active=values.get("is_active")
        )
        return Response(BulkPeopleAnswerSerializer(plan).data)
