"""What somebody watches, what they were told, and when they were last here."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Watch(models.Model):
    """A person who wants to hear of a product, or of what enters and changes in a saved view."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches")
    product = models.ForeignKey("products.Product", models.CASCADE, null=True, related_name="watches")
    view = models.ForeignKey("products.SavedView", models.CASCADE, null=True, related_name="watches")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "product"], name="watch_product_once"),
            models.UniqueConstraint(fields=["person", "view"], name="watch_view_once"),
            models.CheckConstraint(
                condition=models.Q(product=None, view__isnull=False) | models.Q(product__isnull=False, view=None),
                name="watch_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.product or self.view}"


class Kind(models.TextChoices):
    PRODUCT_CHANGED = "product.changed", _("A watched product was changed")
    PRODUCT_LOW = "product.low", _("A watched product is low on stock")
    VIEW_CHANGED = "view.changed", _("Products of a watched view were changed")
    PROPOSAL_MADE = "proposal.made", _("Somebody proposed a change")
    PROPOSAL_DECIDED = "proposal.decided", _("Your proposal was decided")
    COMMENT_ADDED = "comment.added", _("Somebody asked or answered")
    JOB_ENDED = "job.ended", _("A job of yours ended")


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, person: Any) -> "NotificationQuerySet":
        return self.filter(person=person)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)


class Notification(models.Model):
    """It holds what it is about, never the words: those are made when it is read, of what the reader may see then."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=20, choices=Kind)
    product = models.ForeignKey("products.Product", models.CASCADE, null=True, related_name="+")
    view = models.ForeignKey("products.SavedView", models.CASCADE, null=True, related_name="+")
    change_set = models.ForeignKey("products.ChangeSet", models.CASCADE, null=True, related_name="+")
    proposal = models.ForeignKey("products.Proposal", models.CASCADE, null=True, related_name="+")
    comment = models.ForeignKey("products.Comment", models.CASCADE, null=True, related_name="+")
    job = models.ForeignKey("products.Job", models.CASCADE, null=True, related_name="+")
    number = models.PositiveIntegerField(default=1)  # how many products, where it is about several
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="notification_by_person"),
            models.Index(fields=["person"], name="notification_unread", condition=models.Q(read_at=None)),
        ]
        constraints = [
            # A task that runs twice tells once.
            models.UniqueConstraint(
                fields=["person", "kind", "change_set", "product"],
                condition=models.Q(change_set__isnull=False, product__isnull=False),
                name="notification_of_product_once",
            ),
            models.UniqueConstraint(
                fields=["person", "change_set", "view"],
                condition=models.Q(change_set__isnull=False, view__isnull=False),
                name="notification_of_view_once",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="notification_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.kind}"


class Visit(models.Model):
    """When a person was last at their home page: `since` is the end of the visit before this one."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="visit")
    seen_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.person)


class Subscription(models.Model):
    """Whether a person gets the weekly digest, and when they last did; without a row they do."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="subscription")
    digest = models.BooleanField(_("weekly digest"), default=True)
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.person)
