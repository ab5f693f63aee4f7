"""A list that somebody kept: its search, filters, order and columns under a name."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import ROLE_CHOICES, Role


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, person: Any) -> "SavedViewQuerySet":
        """One's own, those that are shared, and the default of one's role."""
        if not getattr(person, "is_authenticated", False):
            return self.none()
        shared = models.Q(is_shared=True) | models.Q(default_for=person.role)
        return self.filter(models.Q(owner=person) | shared)


class SavedView(models.Model):
    """`query` is the list's own query string without its place; `columns` are keys of the list's columns, in order."""

    name = models.CharField(_("name"), max_length=60)
    slug = models.SlugField(max_length=80, unique=True)
    # A shared view goes on when its maker's account is deleted.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="saved_views")
    query = models.CharField(max_length=2000, blank=True)
    columns = models.JSONField(default=list, blank=True)
    is_shared = models.BooleanField(_("shared"), default=False)
    # The list that people of this role begin with; at most one for each role.
    default_for = models.CharField(max_length=10, blank=True, choices=ROLE_CHOICES)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["default_for"], condition=~models.Q(default_for=""), name="saved_view_default_unique"
            ),
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_unique"),
            models.CheckConstraint(
                condition=models.Q(default_for__in=["", *(role.value for role in Role)]), name="saved_view_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
