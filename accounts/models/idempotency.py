"""Answers kept for safe retries: a script that lost one asks again and is told the same."""

from django.conf import settings
from django.db import models


class KeptAnswer(models.Model):
    """One `Idempotency-Key` of one person. Claimed while its call runs, answered once the call is stored.

    `attempt` fences: whoever claims a key that a dead call left behind raises it, so the dead one can store nothing.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    attempt = models.PositiveIntegerField(default=1)
    claimed_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="kept_answer_unique")]

    def __str__(self) -> str:
        return self.key
