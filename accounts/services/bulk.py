"""Another role, or deactivation and reactivation, for many people at once: told first, then done in one act.

Whoever does it is always left out and must be an active admin to the end, so that one is left whatever is asked.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import people
from site_config.lib.errors import Conflict, DomainError

MOST_PEOPLE = 500


@dataclass(frozen=True)
class LeftOut:
    """Somebody (nobody, where the id belongs to none) for whom nothing changes, with the reason."""

    pk: int
    person: User | None
    code: str
    reason: str


@dataclass(frozen=True)
class Plan:
    changed: list[User]
    left_out: list[LeftOut]

    @property
    def keys(self) -> list[int]:
        return [person.pk for person in self.changed]


def preview(*, actor: User, ids: Collection[int], role: str | None = None, active: bool | None = None) -> Plan:
    """Who would be changed and who left out, and why. Raises DomainError on a call that asks for nothing, or too much."""
    check(ids, role, active)
    return planned(actor, ids, User.objects.filter(pk__in=ids).order_by("name", "pk"), role, active)


def change(
    *,
    actor: User,
    ids: Collection[int],
    role: str | None = None,
    active: bool | None = None,
    expected: Collection[int] | None = None,
) -> Plan:
    """Changes everyone who can be, each with a line in the log; all in one transaction.

    Raises Conflict when by now others than the `expected` people would be changed: a preview named those.
    """
    check(ids, role, active)
    with transaction.atomic():
        rows = people.lock_admins()
        people.still_admin(actor)
        plan = planned(actor, ids, rows.filter(pk__in=ids), role, active)
        if expected is not None and set(plan.keys) != set(expected):
            raise Conflict(_("Somebody changed these users a moment ago. Look at the change again."), code="changed")
        for person in plan.changed:
            if role is not None:
                people.give_role(actor, person, role)
            if active is not None:
                people.switch(actor, person, active)
    return plan


def check(ids: Collection[int], role: str | None, active: bool | None) -> None:
    if not ids:
        raise DomainError(_("Choose at least one user."), field="ids", code="nobody")
    if len(ids) > MOST_PEOPLE:
        sentence = _("Choose at most {} users at once.").format(MOST_PEOPLE)
        raise DomainError(sentence, field="ids", code="too_many")
    if role is None and active is None:
        raise DomainError(_("Name a role, or whether they are active."), code="nothing_to_do")
    if role is not None:
        people.check_role(role)


def planned(actor: User, ids: Collection[int], rows: Iterable[User], role: str | None, active: bool | None) -> Plan:
    found = {person.pk: person for person in rows}
    changed: list[User] = []
    left_out = [
        LeftOut(pk, None, "not_found", _("There is nobody with the id {}.").format(pk))
        for pk in dict.fromkeys(ids)
        if pk not in found
    ]
    for person in found.values():
        if person.pk == actor.pk:
            left_out.append(LeftOut(person.pk, person, "own_account", own_account()))
        elif role in (None, person.role) and active in (None, person.is_active):
            left_out.append(LeftOut(person.pk, person, "unchanged", _("Nothing to change.")))
        else:
            changed.append(person)
    return Plan(changed, left_out)


def own_account() -> str:
    return _("Nobody changes themselves among others. Ask another admin.")
