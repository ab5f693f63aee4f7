"""The ledger: every unit that came or went, and what was left after it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    RECEIVED = "received", _("Received")
    SOLD = "sold", _("Sold")
    RETURNED = "returned", _("Returned")
    DAMAGED = "damaged", _("Damaged")
    CORRECTION = "correction", _("Correction")
    COUNT = "count", _("Counted")


# What the program itself notes is kept in English and shown in the reader's language; what people note, as they did.
INITIAL, UNDO = "Initial stock", "Undo"
NOTES: dict[str, Any] = {INITIAL: _("Initial stock"), UNDO: _("Undo")}


class StockMovement(models.Model):
    """Append-only. `balance` is the product's stock after the movement; a count may move nothing."""

    product = models.ForeignKey("products.Product", models.CASCADE, related_name="movements")
    change_set = models.ForeignKey("products.ChangeSet", models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)
    delta = models.IntegerField()
    balance = models.IntegerField()
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(delta=0) | Q(kind=Kind.COUNT), name="movement_moves_something"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="movement_balance_not_negative"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="movement_kind_known"),
        ]
        indexes = [
            models.Index(fields=["product", "-id"], name="movement_by_product"),
            # For the overview: what came and went lately, in a ledger of years.
            models.Index(fields=["at"], name="movement_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.delta:+d}"

    @property
    def note_label(self) -> str:
        return str(NOTES.get(self.note, self.note))
