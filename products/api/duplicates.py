"""Whether a product is there already, by name, SKU or barcode: for scripts that are about to create one."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.policy import Action
from products.models import Product
from products.services import duplicates
from site_config.lib.paging import LARGEST_KEY

MUG = {"id": 12, "name": "Enamel mug", "sku": "MUG-1", "barcode": "96385074"}
EXAMPLE = {"name": [MUG], "barcode": [], "sku": MUG, "sku_taken": True}


class QuerySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, trim_whitespace=False, required=False)
    sku = serializers.CharField(max_length=64, trim_whitespace=False, required=False)
    barcode = serializers.CharField(max_length=14, trim_whitespace=False, required=False)
    without = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)


def text(name: str, longest: int, why: str) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", "minLength": 1, "maxLength": longest}, description=why)


QUERY = [
    text("name", 200, "What it is to be called."),
    text("sku", 64, "Compared in any case."),
    text("barcode", 14, "Compared to the digit."),
    OpenApiParameter(
        "without",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY},
        description="Id of the product that is being edited.",
    ),
]


@described(examples=[OpenApiExample("A mug", MUG)])
class LikeSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = tuple(MUG)
        read_only_fields = fields


@described(examples=[OpenApiExample("It is there", EXAMPLE)])
class DuplicatesSerializer(serializers.Serializer[Any]):
    """At most five each, of products that you see."""

    name = LikeSerializer(many=True, source="named", help_text="Of a name like this, the most alike first.")
    barcode = LikeSerializer(many=True, source="coded", help_text="Of this barcode.")
    sku = LikeSerializer(allow_null=True, source="holder", help_text="Of this SKU, where you see it.")
    sku_taken = serializers.BooleanField(source="taken", help_text="Whether any product has this SKU.")


class DuplicatesViewSet(Door):
    queryset = Product.objects.none()
    serializer_class = DuplicatesSerializer
    allows = {"retrieve": Action.PRODUCT_EDIT}
    query = {"retrieve": QUERY}

    @extend_schema(responses=DuplicatesSerializer)
    def retrieve(self, request: Request) -> Response:
        """Products that one you are about to create may be already. Nothing of it refuses a product but a taken SKU."""
        asked = QuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = duplicates.like(reader=self.caller, **asked.validated_data)
        return Response(self.get_serializer(found).data)
