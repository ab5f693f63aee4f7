"""Saved views: the list's filters and order under a name that stays, to ask for as `GET /api/products/?view=<slug>`."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import ROLE_CHOICES, Action
from products.models import SavedView
from products.services import exports, views_saved
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.paging import Sort

VIEW = OpenApiParameter(
    "view",
    {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$", "maxLength": views_saved.LONGEST_SLUG},
    description="The slug of a saved view; what else is asked for comes on top of its filters and its order.",
)
EXAMPLE = {
    "id": 5,
    "slug": "low-margin",
    "name": "Low margin",
    "query": "margin__lt=20&sort=price",
    "columns": ["status", "price", "cost", "margin"],
    "is_shared": True,
    "default_for": "",
    "owner": 2,
    "created_at": "2026-11-02T14:31:07.482911Z",
}
SENT = {"name": "Low margin", "query": "margin__lt=20&sort=price", "columns": ["status", "price", "cost", "margin"]}


@described(
    examples=[
        OpenApiExample("A view", EXAMPLE, response_only=True),
        OpenApiExample("A new one", SENT, request_only=True),
    ]
)
class SavedViewSerializer(StrictFieldsMixin, serializers.ModelSerializer[SavedView]):
    """`query` is the list's own: its filters by name, and `sort`. The `slug` is made of the first name and never changes."""

    id = serializers.IntegerField(read_only=True)
    slug = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=views_saved.LONGEST_NAME)
    query = serializers.CharField(max_length=views_saved.LONGEST_QUERY, required=False, allow_blank=True)
    columns = serializers.ListField(
        child=serializers.ChoiceField(choices=[(key, key) for key in exports.COLUMNS]),
        max_length=len(exports.COLUMNS),
        required=False,
        help_text="In the list's order; name and SKU are shown always. None are the usual ones.",
    )
    is_shared = serializers.BooleanField(required=False, help_text="Whether everybody has it.")
    default_for = serializers.ChoiceField(
        choices=ROLE_CHOICES, required=False, allow_blank=True, help_text="The role that begins with it, if one does."
    )
    owner = serializers.IntegerField(source="owner_id", read_only=True, allow_null=True)

    class Meta:
        model = SavedView
        fields = tuple(EXAMPLE)
        read_only_fields = ("created_at",)

    def to_representation(self, instance: SavedView) -> dict[str, Any]:
        """Of a query that does not exist for the reader, as one by cost for a client, only what does is told."""
        told: dict[str, Any] = super().to_representation(instance)
        return {**told, "query": views_saved.told_to(self.context["request"].user, told["query"])}

    def get_validators(self) -> list[Any]:
        return []  # the database alone can tell whether a name is taken


class SavedViewViewSet(Door):
    queryset = SavedView.objects.none()
    serializer_class = SavedViewSerializer
    lookup_field = "slug"
    lookup_value_converter = "slug"
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    allows = {
        "list": Action.VIEW_SAVE,
        "retrieve": Action.VIEW_SAVE,
        "create": Action.VIEW_SAVE,
        "update": Action.VIEW_SAVE,
        "partial_update": Action.VIEW_SAVE,
        "destroy": Action.VIEW_SAVE,
    }

    def list(self, request: Request) -> Response:
        """Your views, those that are shared, and the one that your role begins with, the newest first."""
        return self.listed(SavedView.objects.visible_to(self.caller))

    def retrieve(self, request: Request, slug: str) -> Response:
        """One view by its slug."""
        return Response(self.get_serializer(self.view(slug)).data)

    @write
    def create(self, request: Request) -> Response:
        """Keep a list under a name. A name that you have is refused as `already_exists`, over 100 views as `too_many_views`.

        `is_shared` takes the right to share (`view.share`), `default_for` the right to choose defaults (`view.default`);
        a role has one default, and the view that was it is then none.
        """
        view = views_saved.create(actor=self.caller, **self.parsed())
        return Response(self.get_serializer(view).data, status=201)

    @write
    def update(self, request: Request, slug: str) -> Response:
        """Replace a view; what is left out begins anew."""
        anew: dict[str, Any] = {"query": "", "columns": [], "is_shared": False, "default_for": ""}
        view = self.own(slug)
        return self.saved(view, {**anew, **self.parsed(instance=view)})

    @write
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change some of a view: yours or, as an admin, any that you see. Another's is refused as `not_yours`."""
        view = self.own(slug)
        return self.saved(view, self.parsed(instance=view, partial=True))

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, slug: str) -> Response:
        """Delete a view, for everybody. Its products stay as they are; who watched it is no longer told."""
        views_saved.remove(actor=self.caller, view=self.view(slug))
        return Response(status=204)

    def view(self, slug: str) -> SavedView:
        found: SavedView = get_object_or_404(SavedView.objects.visible_to(self.caller), slug=slug)
        return found

    def own(self, slug: str) -> SavedView:
        """Before the body is read, so that it is refused as a whole."""
        view = self.view(slug)
        views_saved.insist(self.caller, view)
        return view

    def saved(self, view: SavedView, fields: dict[str, Any]) -> Response:
        return Response(self.get_serializer(views_saved.update(actor=self.caller, view=view, **fields)).data)
