"""Another e-mail address of one's own: asked for by who is signed in, in force once the new address has confirmed it.

A confirmation is signed with the password, the session epoch and the old address: whoever changes the password or
signs out everywhere because a stranger asked has ended the stranger's link, too.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.user import fold
from accounts.services import activity, mails, passwords, people
from site_config.lib.errors import Conflict, DomainError, Gone, Throttled

HOURS = 24
AN_HOUR = 5
SALT = "accounts.emails"


@dataclass(frozen=True)
class Change:
    """What a link asks for, of somebody who may have it."""

    person: User
    email: str


def ask(*, actor: User, email: str) -> str:
    """Mails a link to the new address and a warning to the old one; the address that is to be confirmed.

    Whether somebody has the new one is not told here: only who reads its mail learns it. The caller has seen to it that
    the person signed in or gave their password a moment ago. Raises DomainError on `email`, Throttled after five.
    """
    with transaction.atomic():
        person = people.still_there(people.rows_to_change(), actor)
        email = checked(fold(email), person)
        if wait := mails.wait(AN_HOUR, "email_confirm", person=person):
            raise Throttled(_("Five links were sent within the hour. Try again later."), wait=wait)
        link = mails.link(reverse("accounts:emails-confirm", args=[token_of(person, email)]))
        mails.send("email_confirm", to=email, person=person, link=link, hours=HOURS)
        mails.send("email_change_asked", to=person.email, person=person, new=email)
        activity.record("person.email_change_asked", actor=person, person=person, email=[person.email, email])
    return email


def ask_by_password(*, actor: User, email: str, current: str) -> str:
    """As `ask`, for who has no recent sign-in to show, such as a script; the password is checked first."""
    passwords.confirm(person=actor, current=current)
    return ask(actor=actor, email=email)


def checked(email: str, person: User) -> str:
    try:
        User._meta.get_field("email").clean(email, person)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), field="email") from error
    if email == person.email:
        raise DomainError(_("This is your address already."), field="email", code="unchanged")
    return email


def token_of(person: User, email: str) -> str:
    return signing.dumps([person.pk, email, state_of(person)], salt=SALT)


def state_of(person: User) -> str:
    """Changes with whatever must end a link; says nothing about any of it."""
    parts = f"{person.pk}:{person.session_epoch}:{person.password}:{person.email}"
    return salted_hmac(SALT, parts, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()[:32]


def opened(*, token: str, rows: Any = None) -> Change:
    """What would be confirmed; raises Gone where the link is forged, used, too old or has ended."""
    dead = Gone(_("This link has expired or was used. Ask for the change again."), code="link_dead")
    try:
        pk, email, state = signing.loads(token, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature as error:
        raise dead from error
    person = (User.objects.all() if rows is None else rows).filter(pk=pk, is_active=True).first()
    if person is None or not constant_time_compare(state, state_of(person)):
        raise dead
    return Change(person, email)


def confirm(*, token: str) -> User:
    """The new address is in force, and the old one is told. Raises Gone, or Conflict when somebody has it by now."""
    with transaction.atomic():
        change = opened(token=token, rows=people.rows_to_change())
        person, old = change.person, change.person.email
        person.email = change.email
        try:
            people.store(person, only=["email"])
        except DomainError as error:
            raise Conflict(_("Another account has this address. Ask an admin."), code="already_exists") from error
        activity.record("person.email_confirmed", actor=person, person=person, email=[old, person.email])
        mails.send("email_changed", to=old, person=person, new=person.email)
    return person
