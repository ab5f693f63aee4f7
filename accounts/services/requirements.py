"""Of which roles a second factor is required: whoever has none sets one up at their next request, before all else."""

from collections.abc import Collection
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import RequiredFactor, User
from accounts.models.second_factors import FACTORS
from accounts.policy import ROLE_CHOICES, Role
from accounts.services import activity, people
from site_config.lib.errors import DomainError


@dataclass(frozen=True)
class Rule:
    """Whether a second factor is required of a role, and how many of its active people have none."""

    role: str
    label: str
    required: bool
    people: int
    without: int


def is_required(person: User) -> bool:
    return RequiredFactor.objects.filter(role=person.role).exists()


def rules() -> list[Rule]:
    """One rule a role, with how many active people it has and how many of them have no second factor."""
    required = set(RequiredFactor.objects.values_list("role", flat=True))
    has_one = Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS))
    rows = (
        User.objects.filter(is_active=True)
        .annotate(has_one=has_one)
        .values("role")
        .annotate(people=Count("pk"), without=Count("pk", filter=Q(has_one=False)))
        .order_by("role")
    )
    counts = {row["role"]: (row["people"], row["without"]) for row in rows}
    return [Rule(role, str(label), role in required, *counts.get(role, (0, 0))) for role, label in ROLE_CHOICES]


def require(*, actor: User, roles: Collection[str]) -> None:
    """From now on a second factor is required of these roles and of no other; asked of each person's next request."""
    if unknown := set(roles) - set(Role):
        raise DomainError(_("There is no such role: {}.").format(min(unknown)), field="required", code="unknown_role")
    with transaction.atomic():
        people.lock_admins()
        people.still_admin(actor)
        before = set(RequiredFactor.objects.values_list("role", flat=True))
        RequiredFactor.objects.exclude(role__in=roles).delete()
        for role in sorted(set(roles) - before):
            RequiredFactor.objects.create(role=role)
            activity.record("factor.required", actor=actor, person=None, role=["", role])
        for role in sorted(before - set(roles)):
            activity.record("factor.not_required", actor=actor, person=None, role=["", role])
