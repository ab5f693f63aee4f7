"""What a client would have changed: a request that staff approve or refuse, field by field."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import Action, can
from products.models.catalogue import Product


class Status(models.TextChoices):
    OPEN = "open", _("Waiting")
    APPROVED = "approved", _("Approved")
    PARTLY = "partly", _("Approved in part")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Verdict(models.TextChoices):
    OPEN = "open", _("Waiting")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, person: Any) -> "ProposalQuerySet":
        """Those about products that exist for the person; of those who may not decide, their own alone."""
        rows = self.filter(product__in=Product.objects.visible_to(person))
        return rows if can(person, Action.PROPOSAL_DECIDE) else rows.filter(author=person)

    def open(self) -> "ProposalQuerySet":
        return self.filter(status=Status.OPEN)


class Proposal(models.Model):
    product = models.ForeignKey("products.Product", models.CASCADE, related_name="proposals")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="proposals")
    author_name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # The product's version that the author saw; what others changed since makes a field stale.
    version = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="decided_proposals"
    )
    reply = models.CharField(_("reply"), max_length=500, blank=True)
    # What the approved part wrote, in the author's name.
    change_set = models.ForeignKey("products.ChangeSet", models.SET_NULL, null=True, related_name="proposals")

    objects = ProposalQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["status", "id"], name="proposal_by_status"),
            models.Index(fields=["author", "-id"], name="proposal_by_author"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="proposal_status_known")
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.author_name}"


class ProposedField(models.Model):
    """One field of a proposal: what the author saw and what they ask for, as history keeps values (JSON)."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="fields")
    field = models.CharField(max_length=30)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "field"], name="proposed_field_once"),
            models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="proposed_verdict_known"),
        ]

    def __str__(self) -> str:
        return self.field
