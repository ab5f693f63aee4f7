"""Long acts in the worker: how far they are, and what became of them."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.policy import Action
from products.models import Job
from products.models.jobs import JobQuerySet, Status
from products.services import history
from site_config.lib.paging import Sort

EXAMPLE = {
    "id": 7,
    "kind": "changes.undone",
    "status": "running",
    "total": 10000,
    "done": 4500,
    "skipped": 1,
    "notes": [{"label": "Enamel mug", "field": "price", "why": "It was changed since."}],
    "error": "",
    "change_set": 1207,
    "created_at": "2026-11-02T14:31:07.482911Z",
    "finished_at": None,
}


class NoteSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    field = serializers.CharField()
    why = serializers.CharField(help_text="A sentence for the person.")


@extend_schema_serializer(examples=[OpenApiExample("An undo at work", EXAMPLE, status_codes=["200", "202"])])
class JobSerializer(serializers.ModelSerializer[Job]):
    """`done` of `total` are dealt with, `skipped` of them left as they were; `notes` say why, for the first hundred."""

    status = serializers.ChoiceField(choices=[(status.value, status.label) for status in Status])
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    notes = serializers.SerializerMethodField()
    change_set = serializers.IntegerField(
        source="change_set_id", allow_null=True, help_text="What it writes; null where it left all as it was."
    )

    class Meta:
        model = Job
        fields = tuple(EXAMPLE)

    @extend_schema_field(NoteSerializer(many=True))
    def get_notes(self, job: Job) -> list[dict[str, str]]:
        return [{"label": label, "field": history.word(field), "why": why} for label, field, why in job.notes]


def accepted(job: Job) -> Response:
    """The answer to an act that the worker does."""
    where = reverse("api-jobs-detail", args=[job.pk])
    return Response(JobSerializer(job).data, status=202, headers={"Location": where})


class JobViewSet(Door):
    queryset = Job.objects.none()
    serializer_class = JobSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    allows = {"list": Action.PRODUCT_EDIT, "retrieve": Action.PRODUCT_EDIT}

    def list(self, request: Request) -> Response:
        """Your jobs, for admins everybody's, the newest first."""
        return self.listed(self.visible())

    def retrieve(self, request: Request, pk: int) -> Response:
        """How far one is; ask again until its `status` is `done` or `failed`."""
        return Response(self.get_serializer(get_object_or_404(self.visible(), pk=pk)).data)

    def visible(self) -> JobQuerySet:
        return Job.objects.visible_to(self.caller)
