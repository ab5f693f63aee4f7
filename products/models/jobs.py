"""A long act that the worker does in steps, for its maker to watch."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import Action, can


class Status(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


# What a job does, by its kind.
TITLES: dict[str, Any] = {
    "changes.undone": _("Undo"),
    "product.batch_edited": _("Bulk edit"),
    "product.pasted": _("Pasted values"),
    "product.purged": _("Emptying the trash"),
    "category.merged": _("Merging categories"),
    "tag.renamed": _("Renaming a tag"),
    "tag.merged": _("Merging tags"),
    "tag.removed": _("Removing a tag"),
    "stock.checked": _("Nightly check of the stock"),
}


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, person: Any) -> "JobQuerySet":
        """One's own; admins see everybody's."""
        if can(person, Action.CHANGES_UNDO_ANY):
            return self
        return self.filter(actor=person) if can(person, Action.PRODUCT_EDIT) else self.none()

    def unfinished(self) -> "JobQuerySet":
        return self.filter(status__in=[Status.WAITING, Status.RUNNING])


class Job(models.Model):
    """`done` of `total` things are dealt with, `skipped` of them left as they were; `state` is where it goes on.

    Each step writes its part of `change_set` and its progress here in one transaction, so that a worker that dies
    costs one step, which is then done again from where the last one ended.
    """

    kind = models.CharField(max_length=40)  # "changes.undo"
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs")
    change_set = models.ForeignKey("products.ChangeSet", models.SET_NULL, null=True, related_name="jobs")
    task = models.CharField(max_length=120)  # the path of the task that takes the next step
    state = models.JSONField(default=dict)
    # What was left as it was and why, the first of them: [label, field, why].
    notes = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["actor", "-id"], name="job_by_actor"),
            models.Index(fields=["status", "beat_at"], name="job_by_status"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(status__in=Status.values), name="job_status_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def title(self) -> str:
        return str(TITLES.get(self.kind, self.kind))

    @property
    def is_over(self) -> bool:
        return self.status in (Status.DONE, Status.FAILED)

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 100
