"""A link by mail to set a new password: one answer for whoever asks, one use, a short time, on the configured site.

Signed with the password, the last sign-in, the address and the session epoch, a link ends with the first of: its use,
any sign-in, another address, "sign out everywhere", deactivation. A second factor is not touched: it is asked for at
the sign-in that follows. Personal tokens go on, as after any change of password (decision 0011).
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import Mail, User
from accounts.services import activity, lockouts, mails, passwords, people
from site_config.lib import origin, throttles
from site_config.lib.errors import Conflict, Gone, Throttled

HOUR = 3600
# How often in an hour somebody asks for an account, an admin for somebody, and anybody from one network.
PER_ACCOUNT, BY_ADMINS, PER_NETWORK = 3, 10, 10


class Links(PasswordResetTokenGenerator):
    key_salt = "accounts.resets"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}:{user.session_epoch}"


links = Links()


def ask(*, identifier: str) -> None:
    """Somebody forgot the password of this username or address; nothing in the answer tells whether anybody has it.

    It costs the same for everyone, and what was typed is not kept: the worker is told of a person or of nobody. Raises
    Throttled after ten from one network in an hour.
    """
    network = origin.network_of(origin.current().address)
    if throttles.count(f"resets:{network}", HOUR) > PER_NETWORK:
        raise Throttled(_("Too many links were asked for from your network. Try again in an hour."), wait=HOUR)
    person = User.objects.identified_by(identifier)
    prepare.enqueue(person.pk if person else None)


def answer(pk: int | None) -> bool:
    """Mails the link; whether it did. The deactivated get none, and nobody more than three an hour."""
    with transaction.atomic():
        person = people.rows_to_change().filter(pk=pk, is_active=True).first()
        if person is None or mails.wait(PER_ACCOUNT, "password_reset", person=person):
            return False
        send(person)
    return True


def send_link(*, actor: User, person: User) -> Mail:
    """By an admin, who never learns the link. Raises Conflict for the deactivated, Throttled after ten in an hour."""
    with transaction.atomic():
        people.still_admin(actor)
        person = people.still_there(people.rows_to_change(), person)
        if not person.is_active:
            raise Conflict(_("{} is deactivated. Reactivate the account first.").format(person), code="deactivated")
        if wait := mails.wait(BY_ADMINS, "password_reset", person=person):
            raise Throttled(_("Ten links were sent to {} within the hour. Try again later.").format(person), wait=wait)
        activity.record("person.password_reset_sent", actor=actor, person=person)
        return send(person)


def send(person: User) -> Mail:
    path = reverse("accounts:resets-complete", args=[person.pk, links.make_token(person)])
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    return mails.send("password_reset", to=person.email, person=person, link=mails.link(path), minutes=minutes)


def opened(*, uid: int, token: str) -> User:
    """Whose password the link may set; raises Gone where it may set nobody's."""
    return right(User.objects.filter(pk=uid).first(), token)


def right(person: User | None, token: str) -> User:
    if person is None or not person.is_active or not links.check_token(person, token):
        raise Gone(_("This link has expired or was used. Ask for a new one."), code="link_dead")
    return person


def complete(*, uid: int, token: str, new: str) -> User:
    """Sets the password; every session and API sign-in ends, and so does the lock of this person at this address.

    Of two at once one wins. Nobody is signed in by it. Raises Gone for the link, DomainError on `new_password`.
    """
    person = opened(uid=uid, token=token)
    passwords.check_new(new, person)
    person.set_password(new)  # before the lock: hashing takes its time
    with transaction.atomic():
        current = right(people.rows_to_change().filter(pk=uid).first(), token)
        current.password = person.password
        current.save(update_fields=["password"])
        people.end_sessions(current, because="password_reset")
        network = origin.network_of(origin.current().address)
        lockouts.forget(Q(username=f"user:{current.pk}", ip_address=network))
        activity.record("person.password_reset", actor=current, person=current)
        passwords.tell(current)
    return current


@task()
def prepare(pk: int | None) -> bool:
    return answer(pk)
