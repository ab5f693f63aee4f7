"""A token that a person makes for a script of theirs: it acts as they do, within its scopes, until a fixed end."""

from datetime import datetime
from itertools import combinations
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import Scope

SCOPE_LABELS: dict[str, Any] = {
    Scope.READ: _("Read"),
    Scope.PRODUCTS: _("Edit products"),
    Scope.STOCK: _("Change stock"),
    Scope.ADMIN: _("Manage users"),
}
ENDS: dict[str, Any] = {
    "expired": _("Expired"),
    "revoked": _("Revoked"),
    "revoked_by_admin": _("Revoked by an admin"),
    "deactivated": _("Ended when the user was deactivated"),
}
# Every way to choose from them, in their order: "read", "read,stock" … The database refuses any other text.
SCOPE_SETS = [",".join(some) for size in range(1, len(Scope) + 1) for some in combinations(Scope, size)]


class PersonalTokenQuerySet(models.QuerySet["PersonalToken"]):
    def living(self) -> "PersonalTokenQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def ended(self) -> "PersonalTokenQuerySet":
        return self.exclude(revoked_at=None, expires_at__gt=timezone.now())


class PersonalToken(models.Model):
    """`digest` is all that is kept of the token; `hint` is its last four characters, to tell two apart."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="personal_tokens")
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    scopes = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_address = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=20, blank=True)

    objects = PersonalTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(scopes__in=SCOPE_SETS), name="personal_token_scopes_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def granted(self) -> list[str]:
        return self.scopes.split(",")

    @property
    def scope_labels(self) -> list[Any]:
        return [SCOPE_LABELS[scope] for scope in self.granted]

    @property
    def ended_at(self) -> datetime | None:
        """When it stopped working, if it did."""
        return self.revoked_at or (self.expires_at if self.expires_at <= timezone.now() else None)

    @property
    def ended_because(self) -> str:
        return self.revoked_because or ("expired" if self.ended_at else "")

    @property
    def end_label(self) -> Any:
        return ENDS[self.ended_because]
