"""The list of people: narrowed, with the second factor of each, and as a file of exactly what is shown."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice

from allauth.mfa.models import Authenticator
from django.db.models import DateTimeField, Exists, OuterRef, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Invitation, User
from accounts.models.second_factors import FACTORS as FACTOR_TYPES
from accounts.models.user import UserQuerySet
from accounts.policy import ROLE_CHOICES
from accounts.services import activity, lockouts, people

STATUS_LABELS = {
    "active": gettext_lazy("Active"),
    "deactivated": gettext_lazy("Deactivated"),
    "locked": gettext_lazy("Locked"),
}
FACTORS = ("any", "none")  # whether somebody has one
FACTOR_LABELS = {
    Authenticator.Type.TOTP.value: gettext_lazy("Authenticator app"),
    Authenticator.Type.WEBAUTHN.value: gettext_lazy("Passkey"),
}
# Before anybody could sign in: where those stand who never did, since a place in a list cannot be nowhere.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 500


def found(*, q: str = "", role: str = "", status: str = "", factor: str = "") -> UserQuerySet:
    """The people of a list: by a part of name, username or address, by role, status and second factor."""
    rows: UserQuerySet = User.objects.matching(q).annotate(
        seen=Coalesce("last_login", Value(NEVER), output_field=DateTimeField())
    )
    if role:
        rows = rows.filter(role=role)
    if factor:
        has_one = Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTOR_TYPES))
        rows = rows.filter(has_one if factor == "any" else ~has_one)
    if status == "locked":
        return rows.filter(pk__in=lockouts.locked_people())
    return rows.filter(is_active=status == "active") if status else rows


def factors_of(persons: Iterable[User]) -> dict[int, str]:
    """What each person signs in with beside the password, in words; who has nothing is left out."""
    return {pk: ", ".join(str(FACTOR_LABELS[kind]) for kind in kinds) for pk, kinds in kinds_of(persons).items()}


def kinds_of(persons: Iterable[User]) -> dict[int, list[str]]:
    """One query, however many people."""
    rows = Authenticator.objects.filter(user__in=[person.pk for person in persons], type__in=FACTOR_TYPES)
    kinds: dict[int, list[str]] = {}
    for pk, kind in rows.order_by("type").values_list("user_id", "type").distinct():
        kinds.setdefault(pk, []).append(kind)
    return kinds


@dataclass(frozen=True)
class Facts:
    """What an admin wants to know beside the profile."""

    factor: str
    password_changed_at: datetime | None
    invited_by: str


def facts(person: User) -> Facts:
    """The password is as old as its last change or reset; None is the first one still."""
    changes = activity.about(person).filter(kind__in=("person.password_changed", "person.password_reset"))
    invitation = Invitation.objects.filter(person=person).order_by("-accepted_at").first()
    return Facts(
        factor=factors_of([person]).get(person.pk, ""),
        password_changed_at=changes.order_by("-id").values_list("at", flat=True).first(),
        invited_by=invitation.invited_by_name if invitation else "",
    )


@dataclass(frozen=True)
class Obstacles:
    """Why an act on a person would be refused, each as a sentence; empty where nothing is in the way."""

    role: str
    deactivate: str
    delete: str


def obstacles(*, actor: User, person: User) -> Obstacles:
    """For a page that shows what cannot be done, and why, before anybody tries."""
    own = actor.pk == person.pk
    return Obstacles(
        role=people.own_role() if own else "",
        deactivate=people.last_admin() if people.is_last_admin(person) else "",
        delete=people.own_account() if own else "",
    )


def export(*, actor: User, order: str = "name", **filters: str) -> Iterator[list[str]]:
    """The header and a row for each person of the list, in its order; written down with the filter and the count."""
    rows = found(**filters).order_by(order, "-pk" if order.startswith("-") else "pk")
    asked = " ".join(f"{name}={value}" for name, value in filters.items() if value)
    activity.record("people.exported", actor=actor, person=None, filter=["", asked], count=["", rows.count()])
    header = [_("Username"), _("Name"), _("Email address"), _("Phone"), _("Role"), _("Status"), _("Two-step")]
    # Said now: by the time that the last rows are sent, the request and its language are over.
    words = {str(key): str(label) for key, label in [*ROLE_CHOICES, *STATUS_LABELS.items(), *FACTOR_LABELS.items()]}
    return chain([[*header, _("Last sign-in"), _("Added")]], exported(rows, words))


def exported(rows: UserQuerySet, words: dict[str, str]) -> Iterator[list[str]]:
    locked = lockouts.locked_people()
    everyone = rows.iterator(BATCH)
    while batch := list(islice(everyone, BATCH)):
        factors = kinds_of(batch)
        for person in batch:
            yield [
                *(person.username, person.name, person.email, person.phone, words[person.role]),
                words[status_of(person, locked)],
                ", ".join(words[kind] for kind in factors.get(person.pk, ())),
                *(stamp(person.last_login), stamp(person.created_at)),
            ]


def status_of(person: User, locked: Container[int]) -> str:
    if not person.is_active:
        return "deactivated"
    return "locked" if person.pk in locked else "active"


def stamp(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if moment else ""
