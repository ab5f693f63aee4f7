"""“Can cleo see this, and why not?”"""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.policy import Action
from products.models import Product
from products.services import access

PERSON = OpenApiParameter(
    "person",
    {"type": "string", "minLength": 1, "maxLength": 254},
    required=True,
    description="A name or a username; for admins an e-mail address too.",
)
EXAMPLE = {
    "person": "Cleo Martin",
    "sees": False,
    "facts": [{"code": "owner", "text": "The product belongs to Ada Okafor.", "hinders": True}],
    "acts": [{"action": "product.edit", "label": "Edit products and prices", "allowed": False}],
    "ways": ["Make them its owner: Ada Okafor."],
}


class AskedSerializer(serializers.Serializer[Any]):
    person = serializers.CharField(max_length=254)


class FactSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=["account", "role", "owner", "public", "trash", "archive"])
    text = serializers.CharField(help_text="A sentence, in your language.")
    hinders = serializers.BooleanField(help_text="Whether this keeps them from seeing it.")


class ActSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=[action.value for action in access.ACTS])
    label = serializers.CharField()  # type: ignore[assignment]
    allowed = serializers.BooleanField()


@extend_schema_serializer(examples=[OpenApiExample("Not theirs", EXAMPLE)])
class ExplanationSerializer(serializers.Serializer[Any]):
    person = serializers.CharField(help_text="The name that they go by.")
    sees = serializers.BooleanField(help_text="Whether the product exists for them.")
    facts = FactSerializer(many=True, help_text="What that follows from, in order.")
    acts = ActSerializer(many=True, help_text="What they may do with it.")
    ways = serializers.ListField(
        child=serializers.CharField(), help_text="What would let them see it, and who can do that."
    )


class AccessViewSet(Door):
    queryset = Product.objects.none()
    serializer_class = ExplanationSerializer
    allows = {"retrieve": Action.ACCESS_EXPLAIN}
    query = {"retrieve": [PERSON]}

    @extend_schema(responses=ExplanationSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """Whether a person sees a product, why, and what they may do with it; answered by the rules themselves.

        400 `unknown_person` where you know nobody of this name: who does not manage people may ask about owners of what
        they see and about who changed something that they see, and no answer tells who else there is. 400
        `several_people` where two are called so: give the username.
        """
        product = get_object_or_404(access.reachable(self.caller).select_related("owner"), pk=pk)
        asked = AskedSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        person = access.find(asker=self.caller, given=asked.validated_data["person"])
        return Response(self.get_serializer(access.explain(product=product, person=person)).data)
