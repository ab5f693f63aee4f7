"""A mail on its way: written with the act that it tells of, sent by the worker, kept in sight when it cannot be."""

from django.conf import settings
from django.db import models


class Mail(models.Model):
    """`text` and `html` may hold a secret link, so they are emptied once the mail is sent or given up."""

    kind = models.CharField(max_length=40)  # the template: "invitation"
    to = models.EmailField(max_length=254)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="mails")
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="mail_unsent", condition=models.Q(sent_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.to}"
