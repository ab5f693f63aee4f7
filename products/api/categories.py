"""The tree of categories: read by everybody, changed by the back office."""

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.api.jobs import JobSerializer, accepted
from products.models import Category, Job
from products.services import categories, category_merge
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.paging import Sort

EXAMPLE = {"id": 4, "name": "Mugs", "parent": 3, "path": "Kitchen / Mugs", "depth": 1, "product_count": 12}


@extend_schema_serializer(examples=[OpenApiExample("A category", EXAMPLE)])
class CategorySerializer(StrictFieldsMixin, serializers.ModelSerializer[Category]):
    """A name is unique among the categories of one parent, in any case."""

    parent = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        queryset=Category.objects.all(),
        pk_field=serializers.IntegerField(),
        required=False,
        allow_null=True,
        help_text="Null is the root.",
    )
    path = serializers.SerializerMethodField(help_text="The names from the root.")
    depth = serializers.IntegerField(source="tree_depth", read_only=True, help_text="0 at the root.")
    product_count = serializers.IntegerField(
        read_only=True, help_text="How many products that you see are directly in it; 10,000 where there are more."
    )

    class Meta:
        model = Category
        fields = tuple(EXAMPLE)

    def get_validators(self) -> list[Any]:
        return []  # the database alone can tell whether a name is taken

    def get_path(self, category: Any) -> str:
        # A rival may have moved it between the two queries, and deleted what was above it.
        return " / ".join(self.names[key] for key in category.tree_path if key in self.names)

    @cached_property
    def names(self) -> dict[int, str]:
        """Of everything above the rows that are shown. The tree's own array of names reads "007" as a number."""
        listing: Any = self.parent
        rows: Any = [self.instance] if listing is None else listing.instance
        keys: set[int] = {key for row in rows for key in row.tree_path}
        return dict(Category.objects.filter(pk__in=keys).values_list("pk", "name"))


@extend_schema_serializer(examples=[OpenApiExample("Into another", {"into": 5})])
class MergeSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    into = serializers.PrimaryKeyRelatedField(  # type: ignore[var-annotated]
        queryset=Category.objects.all(), pk_field=serializers.IntegerField(), help_text="The category that stays."
    )


class CategoryViewSet(Door):
    queryset = Category.objects.none()
    serializer_class = CategorySerializer
    sorts = {key: Sort(key, "id") for key in ("id", "-id")}
    default_sort = "id"
    allows = {
        "list": Action.PRODUCT_VIEW,
        "retrieve": Action.PRODUCT_VIEW,
        "create": Action.CATEGORY_EDIT,
        "update": Action.CATEGORY_EDIT,
        "partial_update": Action.CATEGORY_EDIT,
        "destroy": Action.CATEGORY_EDIT,
        "merge": Action.CATEGORY_EDIT,
    }

    def list(self, request: Request) -> Response:
        """All categories, a page at a time; `parent` and `path` tell the tree."""
        return self.listed(categories.listed(self.caller))

    def retrieve(self, request: Request, pk: int) -> Response:
        """One category."""
        return self.shown(pk)

    @write
    def create(self, request: Request) -> Response:
        """A new category; `name` suffices. A name that its parent has already is refused as `already_exists`."""
        return self.shown(categories.create(actor=self.caller, **self.parsed()).pk, status=201)

    @write
    def update(self, request: Request, pk: int) -> Response:
        """Rename a category and, where `parent` is given, move it; what is in it goes along."""
        return self.saved(pk, partial=False)

    @write
    def partial_update(self, request: Request, pk: int) -> Response:
        """Rename or move a category. A place inside itself is refused as `cycle`."""
        return self.saved(pk, partial=True)

    @write
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete an empty category; refused as `not_empty` while there is anything in it, in the trash too."""
        categories.delete(actor=self.caller, category=self.category(pk))
        return Response(status=204)

    @extend_schema(request=MergeSerializer, responses={200: CategorySerializer, 202: JobSerializer})
    @action(detail=True, methods=["post"])
    @write
    def merge(self, request: Request, pk: int) -> Response:
        """Put all that is in a category into another one and delete it; the answer is the other one.

        Where both hold a category of one name, in any case, those are merged too. More than a thousand products are
        moved by the worker: a 202 holds the job, and `Location` where to look after it. Refused as `cycle` into itself
        or below itself, as `same_name` where it holds a category of its own name that would take its place, and as
        `not_shared` where it holds products that you do not see.
        """
        source, target = self.category(pk), self.parsed(MergeSerializer)["into"]
        done = category_merge.merge(actor=self.caller, source=source, target=target)
        return accepted(done) if isinstance(done, Job) else self.shown(target.pk)

    def saved(self, pk: int, partial: bool) -> Response:
        category = self.category(pk)
        fields = self.parsed(instance=category, partial=partial)
        return self.shown(categories.edit(actor=self.caller, category=category, **fields).pk)

    def category(self, pk: int) -> Category:
        found: Category = get_object_or_404(categories.listed(self.caller), pk=pk)
        return found

    def shown(self, pk: int, status: int = 200) -> Response:
        """As it is by now, after a write too."""
        now = get_object_or_404(categories.listed(self.caller), pk=pk)
        return Response(self.get_serializer(now).data, status=status)
