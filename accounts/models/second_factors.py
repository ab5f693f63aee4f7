"""The roles whose people must have a second factor. The factors themselves are allauth's `Authenticator`."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models

from accounts.policy import ROLE_CHOICES, Role

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class RequiredFactor(models.Model):
    role = models.CharField(max_length=10, choices=ROLE_CHOICES, primary_key=True)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in Role]), name="required_factor_role_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.role)


def lacks_factor(path: str = "") -> Any:
    """True for the people (at `path`, like "user__") whose role needs a second factor and who have none."""
    required = RequiredFactor.objects.filter(role=models.OuterRef(f"{path}role"))
    set_up = Authenticator.objects.filter(user=models.OuterRef(f"{path}pk"), type__in=FACTORS)
    return models.ExpressionWrapper(
        models.Q(models.Exists(required)) & ~models.Q(models.Exists(set_up)), output_field=models.BooleanField()
    )
