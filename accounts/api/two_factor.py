"""Second factors by the API: one's own are listed, an admin says of whom one is required and resets somebody's."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import StrictSerializer, example
from accounts.api.writes import write
from accounts.models import User
from accounts.policy import ROLE_CHOICES, Action
from accounts.services import requirements, two_factor

EXAMPLE = {
    "id": 7,
    "type": "webauthn",
    "name": "MacBook Pro",
    "created_at": "2026-11-02T09:00:00Z",
    "last_used_at": "2026-11-16T08:12:00Z",
    "codes_left": None,
}


class FactorSerializer(StrictSerializer):
    id = serializers.IntegerField(source="pk")
    type = serializers.CharField(help_text="`totp` (an app), `webauthn` (a passkey) or `recovery_codes`.")
    name = serializers.CharField(help_text="The name of a passkey; empty for the others.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    codes_left = serializers.IntegerField(allow_null=True, help_text="Of recovery codes; null for the others.")


@example("A passkey", {"factors": [EXAMPLE]})
class FactorsSerializer(StrictSerializer):
    factors = FactorSerializer(many=True)


class RuleSerializer(StrictSerializer):
    role = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # a field of the rule, not of the field
    people = serializers.IntegerField(help_text="How many active people have this role.")
    without = serializers.IntegerField(help_text="How many of them have no second factor.")


@example("Of admins", {"rules": [{"role": "admin", "required": True, "people": 2, "without": 0}]})
class RulesSerializer(StrictSerializer):
    rules = RuleSerializer(many=True)


@example("Of admins", {"required": ["admin"]})
class RequiredSerializer(StrictSerializer):
    required = serializers.ListField(  # type: ignore[assignment]
        child=serializers.ChoiceField(choices=ROLE_CHOICES),
        max_length=len(ROLE_CHOICES),
        help_text="The roles that need one from now on, and no other.",
    )


class OwnFactorsViewSet(Door):
    allows = {"retrieve": Action.ACCOUNT_OWN}
    serializer_class = FactorsSerializer

    @extend_schema(operation_id="users_me_factors_retrieve", responses=FactorsSerializer)
    def retrieve(self, request: Request) -> Response:
        """What you have set up as second factors, without their secrets. Set them up and remove them on the site."""
        return Response(FactorsSerializer({"factors": two_factor.factors(self.caller)}).data)


class UserFactorsViewSet(Door):
    allows = {"destroy_all": Action.PEOPLE_MANAGE}

    @extend_schema(operation_id="users_factors_destroy_all", responses={204: None})
    @write
    def destroy_all(self, request: Request, user: int) -> Response:
        """Reset somebody's second factors: all are removed, and the person is signed out everywhere and told by mail.

        For a lost phone; first make sure that it is them who asks. 400 `no_factor` where there is none.
        """
        two_factor.reset(actor=self.caller, person=get_object_or_404(User, pk=user))
        return Response(status=204)


class RulesViewSet(Door):
    allows = {"retrieve": Action.PEOPLE_MANAGE, "update": Action.PEOPLE_MANAGE}
    serializer_class = RulesSerializer

    @extend_schema(operation_id="second_factor_rules_retrieve", responses=RulesSerializer)
    def retrieve(self, request: Request) -> Response:
        """Of which roles a second factor is required, and how many people of each have none."""
        return Response(self.shown())

    @extend_schema(operation_id="second_factor_rules_update", request=RequiredSerializer, responses=RulesSerializer)
    @write
    def update(self, request: Request) -> Response:
        """Say of which roles a second factor is required; asked of each person's next request.

        Whoever has none is led to set one up on the site and cannot log in to the API before: 401
        `second_factor_required`. Their access tokens answer 403 with the same code; personal tokens go on.
        """
        requirements.require(actor=self.caller, roles=self.parsed(RequiredSerializer)["required"])
        return Response(self.shown())

    def shown(self) -> Any:
        return RulesSerializer({"rules": requirements.rules()}).data
