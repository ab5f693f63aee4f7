"""The roles whose people must have a second factor. The factors themselves are allauth's `Authenticator`."""

from django.db import models

from accounts.policy import ROLE_CHOICES, Role


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
