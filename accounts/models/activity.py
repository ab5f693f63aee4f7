"""What happened to people and their access. Append-only; it survives the deletion of what it speaks of."""

from django.conf import settings
from django.db import models


class Activity(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=40)  # past tense: "person.role_changed"
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=120, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="activity")
    person_name = models.CharField(max_length=120, blank=True)
    details = models.JSONField(default=dict)  # field: [old, new]
    source = models.CharField(max_length=10)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="activity_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_name}"
