"""Figures of a catalogue that is too large to be added up while somebody waits."""

from django.db import models
from django.utils import timezone


class Figures(models.Model):
    """What the worker added up last, for everything ("all") and for what is public ("public")."""

    scope = models.CharField(max_length=10, unique=True)
    at = models.DateTimeField(default=timezone.now)
    values = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.scope
