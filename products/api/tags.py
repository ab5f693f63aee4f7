"""Tags: the words on the products that you see, renamed, merged and removed on all of them at once."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.api.jobs import JobSerializer, accepted
from products.api.serializers import tag_form
from products.models import ChangeSet, Job, Tag
from products.models.catalogue import LONGEST_TAG
from products.services import tags
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.paging import Sort

EXAMPLE = {"id": 3, "name": "enamel", "product_count": 12}


@described(examples=[OpenApiExample("A tag", EXAMPLE)])
class TagSerializer(serializers.ModelSerializer[Tag]):
    product_count = serializers.IntegerField(
        read_only=True, help_text="How many products that you see have it; 1,001 where there are more than 1,000."
    )

    class Meta:
        model = Tag
        fields = tuple(EXAMPLE)
        read_only_fields = fields


@described(examples=[OpenApiExample("A new name", {"name": "enamelware"})])
class NewNameSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """Kept in small letters."""

    name = serializers.CharField(max_length=LONGEST_TAG, validators=[tag_form])


@described(examples=[OpenApiExample("Twelve products", {"name": "enamelware", "change_set": 481})])
class RenamedSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="What it is called now.")
    change_set = serializers.IntegerField(
        allow_null=True, help_text="The act, which can be undone; null where no product was changed."
    )


class TagViewSet(Door):
    queryset = Tag.objects.none()
    serializer_class = TagSerializer
    sorts = {key: Sort(key, "name") for key in ("name", "-name")}
    default_sort = "name"
    allows = {
        "list": Action.PRODUCT_VIEW,
        "retrieve": Action.PRODUCT_VIEW,
        "update": Action.PRODUCT_EDIT,
        "destroy": Action.PRODUCT_EDIT,
    }

    def list(self, request: Request) -> Response:
        """The tags of products that you see, by name. A tag comes to be by being given to a product."""
        return self.listed(tags.listed(self.caller))

    def retrieve(self, request: Request, pk: int) -> Response:
        """One tag."""
        return Response(self.get_serializer(self.tag(pk)).data)

    @extend_schema(request=NewNameSerializer, responses={200: RenamedSerializer, 202: JobSerializer})
    @write
    def update(self, request: Request, pk: int) -> Response:
        """Rename a tag on every product that you see; the name of another tag makes the two one.

        The same name is refused as `unchanged`. More than a thousand products are changed by the worker: a 202 holds
        the job, and `Location` where to look after it.
        """
        tag, name = self.tag(pk), self.parsed(NewNameSerializer)["name"]
        done = tags.rename(actor=self.caller, tag=tag, name=name)
        return told(done, {"name": tags.one(name)}, 200)

    @extend_schema(request=None, responses={204: None, 202: JobSerializer})
    @write
    def destroy(self, request: Request, pk: int) -> Response:
        """Take a tag from every product that you see, by the worker where there are more than a thousand."""
        return told(tags.remove(actor=self.caller, tag=self.tag(pk)), None, 204)

    def tag(self, pk: int) -> Tag:
        return get_object_or_404(tags.listed(self.caller), pk=pk)


def told(done: ChangeSet | Job, body: dict[str, Any] | None, status: int) -> Response:
    if isinstance(done, Job):
        return accepted(done)
    return Response(None if body is None else {**body, "change_set": done.pk}, status=status)
