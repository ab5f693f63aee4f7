"""What was written, by whom, when and from where. History, diffs, merge and undo are all read from here."""

from django.conf import settings
from django.db import models
from django.utils import timezone

# A change of the object itself (it came to be) rather than of one of its fields.
CREATED = ""


class ChangeSet(models.Model):
    """One act: a form, a cell, an import, an API call, an undo."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="change_sets")
    actor_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)  # past tense: "product.edited"
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=10)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=32, blank=True)
    # Once: to do it again, undo the undo.
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor_name}"


class Change(models.Model):
    """One field of one object: old and new as JSON. `version` is the object's version after the change."""

    change_set = models.ForeignKey(ChangeSet, models.CASCADE, related_name="changes")
    object_type = models.CharField(max_length=20, default="product")
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=200)
    field = models.CharField(max_length=30)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    version = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "-id"], name="change_by_object")]

    def __str__(self) -> str:
        return f"{self.label}: {self.field or 'created'}"
