"""Who may sign in, and as what. At least one active admin is left, whatever runs at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, ProtectedError
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.user import UserQuerySet, fold
from accounts.policy import Action, Role, can
from accounts.services import activity, mails, personal_tokens, tokens
from site_config.lib.errors import Conflict, DomainError, NotAllowed, from_validation, refuse_duplicates

# What other apps do with the things of somebody who leaves; called with actor, person and successor.
successions: list[Callable[..., object]] = []

EDITABLE = ("username", "email", "name", "phone")


class VersionMismatch(DomainError):
    """The caller insisted on a state of this person that is no longer the current one."""

    status = 412


def unique() -> refuse_duplicates:
    return refuse_duplicates(
        {
            "user_username_unique": ("username", _("This username already exists.")),
            "user_email_unique": ("email", _("This email address already exists.")),
        }
    )


def check_password(password: str, person: User) -> None:
    """Length and common-password rules; raises DomainError on `password`."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), field="password", code="weak_password") from error


def store(person: User, *, only: list[str] | None = None) -> None:
    """Validates and writes; a name or address that exists raises DomainError (`already_exists`) on its field."""
    try:
        person.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise from_validation(error) from error
    with unique():
        person.save(update_fields=only)


def create(*, actor: User, username: str, email: str, password: str, role: str, **profile: str) -> User:
    """A new person with a role and a first password."""
    person = User(username=username.strip(), email=email, role=role, **profile)
    return admit(person, password, "person.created", actor=actor)


def open_for_sign_up() -> bool:
    """Whether strangers may make themselves an account; the setting ALLOW_SIGNUP."""
    return bool(settings.ALLOW_SIGNUP)


def sign_up(*, username: str, email: str, password: str, **profile: str) -> User:
    """A stranger becomes a client, never more; raises NotAllowed where nobody may sign up."""
    if not open_for_sign_up():
        raise NotAllowed(_("Accounts are made by an admin here. Ask one."), code="sign_up_closed")
    person = User(username=username.strip(), email=email, role=Role.CLIENT, **profile)
    return admit(person, password, "person.signed_up", actor=person)


def admit(person: User, password: str, kind: str, *, actor: User) -> User:
    check_password(password, person)
    person.set_password(password)
    with transaction.atomic():
        store(person)
        activity.record(kind, actor=actor, person=person, role=["", person.role])
    return person


def edit(*, actor: User, person: User, **fields: Any) -> User:
    """Changes the profile fields given; nothing about rights. One's own takes the right to one's own account."""
    if actor.pk == person.pk and not (decision := can(actor, Action.ACCOUNT_OWN)):
        raise NotAllowed(str(decision.reason), code=decision.code)
    if "email" in fields:
        fields["email"] = fold(fields["email"])
    with transaction.atomic():
        person = still_there(rows_to_change(), person)
        changed = {
            name: [getattr(person, name), value]
            for name, value in fields.items()
            if name in (*EDITABLE, "theme", "language") and getattr(person, name) != value
        }
        if changed:
            for name, (_old, value) in changed.items():
                setattr(person, name, value)
            store(person, only=list(changed))
            activity.record("person.edited", actor=actor, person=person, **changed)
        if "email" in changed:  # an admin’s own too: somebody at their open screen would change that first
            old, new = changed["email"]
            mails.send("email_changed_by_admin", to=old, person=person, new=new, admin=actor)
    return person


def rows_to_change() -> UserQuerySet:
    """People's rows, locked but for their keys: a rival's log line about them need not wait, so no deadlock."""
    rows: UserQuerySet = User.objects.select_for_update(no_key=True).order_by("pk")
    return rows


def still_there(rows: UserQuerySet, person: User) -> User:
    found: User | None = rows.filter(pk=person.pk).first()
    if found is None:
        raise Conflict(_("This person was deleted a moment ago."), code="deleted")
    return found


def locked(person: User) -> User:
    """The person's row and every admin's, locked in one order, so that two admins cannot demote each other at once."""
    rows = lock_admins()
    return still_there(rows, person)


def lock_admins() -> UserQuerySet:
    """Every active admin's row is locked; the rows returned are locked once they are read."""
    rows = rows_to_change()
    list(rows.active_admins())
    return rows


@contextmanager
def held(person: User) -> Iterator[User]:
    """The person as they are now, and as they stay while the block runs, whoever else would change them."""
    with transaction.atomic():
        yield locked(person)


def is_last_admin(person: User) -> bool:
    others = User.objects.active_admins().exclude(pk=person.pk)
    return person.role == Role.ADMIN and person.is_active and not others.exists()


def keep_one_admin(person: User) -> None:
    if is_last_admin(person):
        raise Conflict(last_admin(), code="last_admin")


def last_admin() -> str:
    return _("This is the last active admin. Make somebody else an admin first.")


def own_role() -> str:
    return _("Nobody changes their own role. Ask another admin.")


def own_account() -> str:
    return _("Nobody deletes their own account. Ask another admin.")


def still_admin(actor: User) -> None:
    """The actor may have been demoted by a rival since their request was let in; re-asked under the lock."""
    if not User.objects.active_admins().filter(pk=actor.pk).exists():
        raise NotAllowed(_("Only an admin can manage people."), code="permission_denied")


def check_role(role: str) -> None:
    if role not in set(Role):
        raise DomainError(_("Choose admin, staff or client."), field="role", code="unknown_role")


def change_role(*, actor: User, person: User, role: str, expected: str = "") -> User:
    """Gives another role, in force at the person's next request; their API sign-ins end. Nobody changes their own.

    Raises Conflict when the role is no longer the `expected` one, which a preview told the consequences for.
    """
    if actor.pk == person.pk:
        raise NotAllowed(own_role(), field="role", code="own_role")
    check_role(role)
    with transaction.atomic():
        person = locked(person)
        still_admin(actor)
        if expected and expected != person.role:
            raise Conflict(_("Somebody changed this role a moment ago. Look at the change again."), code="role_changed")
        give_role(actor, person, role)
    return person


def give_role(actor: User, person: User, role: str) -> None:
    """For a person who is locked already."""
    if role != person.role:
        keep_one_admin(person)
        old, person.role = person.role, role
        person.save(update_fields=["role"])
        tokens.end_all(person=person, because="role_changed")
        activity.record("person.role_changed", actor=actor, person=person, role=[old, role])


def set_active(*, actor: User, person: User, active: bool) -> User:
    """Deactivates (sessions, API sign-ins and tokens end at once, and stay ended) or lets in again."""
    with transaction.atomic():
        person = locked(person)
        still_admin(actor)
        switch(actor, person, active)
    return person


def switch(actor: User, person: User, active: bool) -> None:
    """For a person who is locked already."""
    if active != person.is_active:
        if not active:
            keep_one_admin(person)
            end_sessions(person, because="deactivated")
            personal_tokens.end_all(actor=actor, person=person, because="deactivated")
        person.is_active = active
        person.save(update_fields=["is_active"])
        kind = "person.reactivated" if active else "person.deactivated"
        activity.record(kind, actor=actor, person=person)


def update(*, actor: User, person: User, **fields: Any) -> User:
    """Profile, role (`role`) and activity (`is_active`) in one act: all of it or nothing."""
    with transaction.atomic():
        role, active = fields.pop("role", None), fields.pop("is_active", None)
        if role is not None or active is not None:
            person = locked(person)  # every lock in its order first: two admins may update each other
        person = edit(actor=actor, person=person, **fields)
        if role is not None and role != person.role:
            person = change_role(actor=actor, person=person, role=role)
        if active is not None:
            person = set_active(actor=actor, person=person, active=active)
    return person


def end_sessions(person: User, *, because: str) -> None:
    """Ends every browser session and every API sign-in of this person."""
    User.objects.filter(pk=person.pk).update(session_epoch=F("session_epoch") + 1)
    tokens.end_all(person=person, because=because)


def sign_out(*, actor: User, person: User) -> None:
    """Signs a person out everywhere: every browser and every script must sign in anew."""
    with transaction.atomic():
        end_sessions(person, because="signed_out")
        activity.record("person.signed_out", actor=actor, person=person)


def delete(*, actor: User, person: User, successor: User | None) -> None:
    """Removes a person for good; what they own goes to the successor first, so nothing is ever deleted with them.

    Raises DomainError when the successor is missing, the person themselves or not active, Conflict for the last admin.
    """
    if actor.pk == person.pk:
        raise NotAllowed(own_account(), code="own_account")
    with transaction.atomic():
        person = locked(person)
        still_admin(actor)
        keep_one_admin(person)
        heirs = rows_to_change().filter(is_active=True).exclude(pk=person.pk)
        successor = heirs.filter(pk=successor.pk).first() if successor else None
        if successor is None:
            raise DomainError(
                _("Name an active person who takes over the products."), field="successor", code="successor"
            )
        for hand_over in successions:
            hand_over(actor=actor, person=person, successor=successor)
        activity.record("person.deleted", actor=actor, person=person, successor=[str(person), str(successor)])
        try:
            person.delete()
            if connection.vendor == "postgresql":
                connection.check_constraints()  # here and not at commit, where no rule could answer for it
        except (ProtectedError, IntegrityError) as error:
            raise Conflict(_("This person was given a product just now. Try again."), code="still_owns") from error
