"""What another role would mean for a person, told before anybody gives it."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ApiSession, User
from accounts.policy import ALLOWED, RIGHTS, ROLE_CHOICES, Action
from accounts.services import people

# How many things of another app a person sees; each is asked for the person as they are and as they would be.
sights: list[Callable[[User], int]] = []


@dataclass(frozen=True)
class RolePreview:
    """`hidden` and `shown` count the products that leave or come into sight; `obstacle` is why it would be refused."""

    person: User
    role: str
    loses: list[Action]
    gains: list[Action]
    hidden: int
    shown: int
    api_sign_ins: int
    obstacle: str

    @property
    def role_label(self) -> str:
        return str(dict(ROLE_CHOICES)[self.role])

    @property
    def rights_lost(self) -> list[str]:
        return [str(RIGHTS[action]) for action in self.loses]

    @property
    def rights_gained(self) -> list[str]:
        return [str(RIGHTS[action]) for action in self.gains]


def preview(*, actor: User, person: User, role: str) -> RolePreview:
    """Nothing is changed. Raises DomainError (`unknown_role`)."""
    people.check_role(role)
    now, then = copy(person), copy(person)
    now.is_active = then.is_active = True  # told of the role, also while nothing of it is in force
    then.role = role
    before, after = may(now), may(then)
    # Roles see more and more: what one sees, the next one sees too, so two counts tell what comes and goes.
    seen = [sight(then) - sight(now) for sight in sights]
    return RolePreview(
        person=person,
        role=role,
        loses=[action for action in before if action not in after],
        gains=[action for action in after if action not in before],
        hidden=sum(-more for more in seen if more < 0),
        shown=sum(more for more in seen if more > 0),
        api_sign_ins=ApiSession.objects.filter(user=person, ended_at=None, expires_at__gt=timezone.now()).count(),
        obstacle=obstacle(actor, person, role),
    )


def may(person: User) -> list[Action]:
    """What the role allows, in the order of the policy, whether or not the person is active."""
    return [action for action in Action if person.role in ALLOWED[action]]


def obstacle(actor: User, person: User, role: str) -> str:
    if actor.pk == person.pk:
        return people.own_role()
    return _("This is the role of {} already.").format(person) if role == person.role else ""
