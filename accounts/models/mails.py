"""A mail on its way: written with the act that it tells of, sent by the worker, kept in sight when it cannot be."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# What a mail is about, by its template; one that is not named here is shown by the template's name.
SUBJECTS: dict[str, Any] = {
    "invitation": _("Invitation"),
    "password_reset": _("Link to set a new password"),
    "password_changed": _("Notice of a changed password"),
    "email_confirm": _("Link to confirm an email address"),
    "email_change_asked": _("Notice of a new email address, at the old one"),
    "email_changed": _("Notice of a changed email address"),
    "email_changed_by_admin": _("Notice of an email address changed by an admin"),
    "factors_changed": _("Notice of a changed second factor"),
    "recovery_code_used": _("Notice of a used recovery code"),
    "digest": _("Weekly digest"),
    "test": _("Test mail"),
}
STATUS_LABELS: dict[str, Any] = {
    "waiting": _("Waiting"),
    "sending": _("Being sent"),
    "failed": _("Given up"),
    "sent": _("Sent"),
}

STATUS_CHOICES = list(STATUS_LABELS.items())


class MailQuerySet(models.QuerySet["Mail"]):
    """`unsent` has an index of its own."""

    def unsent(self) -> "MailQuerySet":
        return self.filter(sent_at=None)

    def waiting(self) -> "MailQuerySet":
        return self.unsent().filter(failed_at=None)

    def failed(self) -> "MailQuerySet":
        return self.unsent().exclude(failed_at=None)

    def sent(self) -> "MailQuerySet":
        return self.exclude(sent_at=None)

    def due(self, now: datetime) -> "MailQuerySet":
        """Those that wait for nothing: no later try is planned, and nobody is sending them."""
        return self.waiting().filter(models.Q(next_try_at=None) | models.Q(next_try_at__lte=now))


class Mail(models.Model):
    """`text` and `html` may hold a secret link, so they are emptied once the mail is sent or given up.

    Between two tries `error` says why and `next_try_at` when; while somebody sends, `error` is empty and `next_try_at`
    is when they are taken to have died over it.
    """

    kind = models.CharField(max_length=40)  # the template: "invitation"
    to = models.EmailField(max_length=254)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="mails")
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    # Where one click ends mails of this kind (RFC 8058); emptied with the text.
    unsubscribe = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="mail_unsent", condition=models.Q(sent_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.to}"

    @property
    def about(self) -> str:
        return str(SUBJECTS.get(self.kind, self.kind.replace("_", " ")))

    @property
    def status(self) -> str:
        if self.sent_at:
            return "sent"
        if self.failed_at:
            return "failed"
        sending = not self.error and self.next_try_at is not None and self.next_try_at > timezone.now()
        return "sending" if sending else "waiting"

    @property
    def status_label(self) -> str:
        return str(STATUS_LABELS[self.status])
