"""What you were told, the newest first, and marking it as read."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.models import Notification
from products.models.notifications import Kind
from products.services import notifications
from site_config.lib.paging import Sort

UNREAD = OpenApiParameter("unread", bool, description="`true` leaves out what was read.")
TOLD = {
    "id": 77,
    "kind": "product.changed",
    "text": "Sam Reyes changed Enamel mug: price",
    "product": 12,
    "view": None,
    "change_set": 481,
    "proposal": None,
    "comment": None,
    "job": None,
    "number": 1,
    "at": "2026-11-02T14:31:07.482911Z",
    "read_at": None,
}


@described(examples=[OpenApiExample("A watched product was changed", TOLD)])
class NotificationSerializer(serializers.Serializer[notifications.Line]):
    """What it is about is named by id; the sentence is made of what you may see now."""

    id = serializers.IntegerField(source="row.pk")
    kind = serializers.ChoiceField(source="row.kind", choices=Kind.choices)
    text = serializers.CharField(help_text="For people, in their language; decide by `kind`.")
    product = serializers.IntegerField(source="row.product_id", allow_null=True)
    view = serializers.IntegerField(source="row.view_id", allow_null=True)
    change_set = serializers.IntegerField(source="row.change_set_id", allow_null=True)
    proposal = serializers.IntegerField(source="row.proposal_id", allow_null=True)
    comment = serializers.IntegerField(source="row.comment_id", allow_null=True)
    job = serializers.IntegerField(source="row.job_id", allow_null=True)
    number = serializers.IntegerField(source="row.number", help_text="How many products, where it is about several.")
    at = serializers.DateTimeField(source="row.at")
    read_at = serializers.DateTimeField(source="row.read_at", allow_null=True)


@described(examples=[OpenApiExample("Seven were unread", {"marked": 7})])
class MarkedSerializer(serializers.Serializer[Any]):
    marked = serializers.IntegerField(help_text="How many were unread until now.")


class NotificationQuerySerializer(serializers.Serializer[Any]):
    unread = serializers.BooleanField(required=False, default=False)


class NotificationViewSet(Door):
    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    query = {"list": [UNREAD]}
    allows = {"list": Action.INBOX_OWN, "read": Action.INBOX_OWN, "read_all": Action.INBOX_OWN}

    def list(self, request: Request) -> Response:
        """What you were told in the last ninety days, as far as what it is about exists for you, the newest first."""
        asked = NotificationQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        page = self.paginate_queryset(notifications.listed(self.caller, **asked.validated_data))
        lines = notifications.lines(page or [], self.caller)
        return self.get_paginated_response(self.get_serializer(lines, many=True).data)

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    @write
    def read(self, request: Request, pk: int) -> Response:
        """Mark one as read. One that was read already keeps its moment."""
        found = get_object_or_404(notifications.listed(self.caller), pk=pk)
        [line] = notifications.lines([notifications.read(actor=self.caller, notification=found)], self.caller)
        return Response(self.get_serializer(line).data)

    @extend_schema(request=None, responses=MarkedSerializer)
    @action(detail=False, methods=["post"])
    @write
    def read_all(self, request: Request) -> Response:
        """Mark all of yours as read."""
        return Response({"marked": notifications.read_all(actor=self.caller)})
