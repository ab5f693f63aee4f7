"""An invitation by e-mail: whoever opens its link before it expires becomes a person with its role."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import ROLE_CHOICES, Role


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor revoked; the expired ones wait to be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """`digest` is all that is kept of the link's secret; sending again gives it another."""

    email = models.EmailField(_("email address"), max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=ROLE_CHOICES, default=Role.CLIENT)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="", blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    invited_by_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="invitations")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_one_open",
                violation_error_message=_("There is an open invitation for this address."),
            ),
            models.CheckConstraint(condition=models.Q(role__in=[r.value for r in Role]), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.revoked_at is None

    @property
    def has_expired(self) -> bool:
        end: datetime = self.expires_at
        return end <= timezone.now()
