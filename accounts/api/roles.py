"""What another role would mean for a person, before it is given by changing `role` of the person."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import StrictSerializer
from accounts.models import User
from accounts.policy import RIGHTS, ROLE_CHOICES, Action
from accounts.services import roles

ROLE = OpenApiParameter("role", str, required=True, enum=[role for role, _label in ROLE_CHOICES])
EXAMPLE = {
    "role": "client",
    "loses": [{"action": "stock.adjust", "right": "Adjust and count stock"}],
    "gains": [],
    "products_hidden": 214,
    "products_shown": 0,
    "api_sign_ins_ended": 2,
    "obstacle": "",
}


class RightSerializer(StrictSerializer):
    action = serializers.CharField()
    right = serializers.CharField(help_text="The same as a sentence.")


@extend_schema_serializer(examples=[OpenApiExample("From staff to client", EXAMPLE)])
class RolePreviewSerializer(StrictSerializer):
    role = serializers.ChoiceField(choices=ROLE_CHOICES)
    loses = RightSerializer(many=True)
    gains = RightSerializer(many=True)
    products_hidden = serializers.IntegerField(help_text="How many products the person would no longer see.")
    products_shown = serializers.IntegerField(help_text="How many products more the person would see.")
    api_sign_ins_ended = serializers.IntegerField()
    obstacle = serializers.CharField(help_text="Why the change would be refused; empty where nothing is in the way.")


class RolePreviewViewSet(Door):
    serializer_class = RolePreviewSerializer
    queryset = User.objects.none()
    query = {"retrieve": [ROLE]}
    allows = {"retrieve": Action.PEOPLE_MANAGE}

    @extend_schema(responses=RolePreviewSerializer)
    def retrieve(self, request: Request, user: int) -> Response:
        """Which rights and products a person would lose and gain by another role. Nothing is changed."""
        person = get_object_or_404(User, pk=user)
        preview = roles.preview(actor=self.caller, person=person, role=request.query_params.get("role", ""))
        return Response(shown(preview))


def shown(preview: roles.RolePreview) -> dict[str, Any]:
    return {
        "role": preview.role,
        "loses": rights(preview.loses),
        "gains": rights(preview.gains),
        "products_hidden": preview.hidden,
        "products_shown": preview.shown,
        "api_sign_ins_ended": preview.api_sign_ins,
        "obstacle": preview.obstacle,
    }


def rights(actions: list[Action]) -> list[dict[str, str]]:
    return [{"action": action.value, "right": str(RIGHTS[action])} for action in actions]
