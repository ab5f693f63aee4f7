"""The mails of this site, for admins: which wait, which were given up, and why. Never what they say."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import example
from accounts.api.writes import write
from accounts.models import Mail
from accounts.models.mails import STATUS_CHOICES
from accounts.policy import Action
from accounts.services import mails
from site_config.lib.paging import Sort

STATUS = OpenApiParameter("status", str, enum=mails.STATUSES, description="`waiting` includes what is being sent.")


@example(
    "A mail that waits",
    {
        "id": 51,
        "kind": "invitation",
        "about": "Invitation",
        "to": "noor@example.com",
        "person": None,
        "language": "en",
        "status": "waiting",
        "attempts": 2,
        "error": "SMTPServerDisconnected: Connection unexpectedly closed",
        "created_at": "2026-11-02T09:00:00Z",
        "next_try_at": "2026-11-02T09:06:00Z",
        "sent_at": None,
        "failed_at": None,
    },
)
class MailSerializer(serializers.ModelSerializer[Mail]):
    about = serializers.CharField(help_text="For people, in their language; decide by `kind`.")
    status = serializers.ChoiceField(choices=STATUS_CHOICES)

    class Meta:
        model = Mail
        fields = (
            "id",
            "kind",
            "about",
            "to",
            "person",
            "language",
            "status",
            "attempts",
            "error",
            "created_at",
            "next_try_at",
            "sent_at",
            "failed_at",
        )
        read_only_fields = fields
        extra_kwargs = {"error": {"help_text": "What the last try ran into; empty while one is under way."}}


class MailQuerySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=mails.STATUSES, required=False)


class MailViewSet(Door):
    queryset = Mail.objects.none()
    serializer_class = MailSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    query = {"list": [STATUS]}
    allows = {"list": Action.PEOPLE_MANAGE, "retry": Action.PEOPLE_MANAGE}

    def list(self, request: Request) -> Response:
        """The mails of the last thirty days and those that wait, the newest first."""
        asked = MailQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return self.listed(mails.found(**asked.validated_data))

    @extend_schema(request=None, responses=MailSerializer)
    @action(detail=True, methods=["post"])
    @write
    def retry(self, request: Request, pk: int) -> Response:
        """Try a waiting mail at once. One that was sent, was given up or is being sent answers 409 `not_waiting`."""
        mail = mails.retry(actor=self.caller, mail=get_object_or_404(Mail, pk=pk))
        return Response(self.get_serializer(mail).data)
