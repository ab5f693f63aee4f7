"""Invitations: an admin names an address and a role; whoever opens the mailed link in time becomes that person.

The link's secret is 32 random bytes and is in the mail alone: stored is its SHA-256, which keeps so many bits as safe
as a slow hash would. An admin's word counts while they are one: what they promised stands when they leave, except
another admin. That invitation is refused at the end unless an admin sends it again, who then answers for it.
"""

import hashlib
import math
import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Invitation, Mail, User
from accounts.models.invitations import InvitationQuerySet
from accounts.models.user import fold
from accounts.policy import Role
from accounts.services import activity, mails, people
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError, Throttled, from_validation, refuse_duplicates

SECRET_BYTES = 32
# Nobody becomes a mail cannon: so many to one address in an hour, by inviting, sending again and revoking in turn.
MAILS_AN_HOUR = 5
HOUR = timedelta(hours=1)
USERNAME_LENGTH = 64


class Dead(DomainError):
    """The link leads nowhere any more; `code` says why: expired, revoked, used, has_account, void."""

    status = 410


class Unknown(DomainError):
    """No invitation has this secret; sending again gave it another, or it was never one."""

    status = 404


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def waiting() -> InvitationQuerySet:
    """Those that nobody has accepted or revoked, the expired ones too: they can be sent again."""
    rows: InvitationQuerySet = Invitation.objects.open()
    return rows


def number_waiting() -> paging.Count:
    return paging.count(waiting())


# --- By admins -------------------------------------------------------------------------------------------------------


def create(*, actor: User, email: str, role: str, name: str = "", language: str = "") -> Invitation:
    """Invites an address that no person has; the mail leaves when this is committed.

    There is one open invitation for an address: a second is refused (`already_exists` on `email`), one that has expired
    is renewed. Raises DomainError on a field, Throttled after five mails to the address in an hour.
    """
    email = fold(email)
    with transaction.atomic():
        people.still_admin(actor)
        refuse_people(email)
        old = waiting().select_for_update().filter(email=email).first()
        if old and not old.has_expired:
            raise DomainError(already_open(), field="email", code="already_exists")
        invitation = old or Invitation(email=email)
        invitation.role, invitation.name, invitation.language = role, name.strip(), language
        return send(invitation, "invitation.resent" if old else "invitation.sent", actor=actor)


def resend(*, actor: User, invitation: Invitation) -> Invitation:
    """Another secret and the full time again; the old link is dead from here on.

    Raises Conflict when it is no longer open or its address belongs to a person by now, Throttled as `create` does.
    """
    with transaction.atomic():
        people.still_admin(actor)
        invitation = held(invitation)
        refuse_people(invitation.email)
        return send(invitation, "invitation.resent", actor=actor)


def revoke(*, actor: User, invitation: Invitation) -> None:
    """The link is dead from here on; raises Conflict when somebody has accepted or revoked it before."""
    with transaction.atomic():
        people.still_admin(actor)
        invitation = held(invitation)
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        activity.record("invitation.revoked", actor=actor, person=None, email=[invitation.email, ""])


def held(invitation: Invitation) -> Invitation:
    """The open invitation, locked; what else waits for it finds what was made of it."""
    current: Invitation | None = waiting().select_for_update().filter(pk=invitation.pk).first()
    if current is None:
        raise Conflict(_("This invitation was accepted or revoked a moment ago."), code="not_open")
    return current


def refuse_people(email: str) -> None:
    if belongs_to_somebody(email):
        raise DomainError(_("Somebody with this address has an account already."), field="email", code="has_account")


def belongs_to_somebody(email: str) -> bool:
    return bool(User.objects.filter(email=email).exists())


def already_open() -> str:
    return _("This address was invited already. Send that invitation again instead.")


def send(invitation: Invitation, kind: str, *, actor: User) -> Invitation:
    """Gives it a new secret and a full time, and mails the link; the caller's transaction."""
    refuse_too_many(invitation.email)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    now = timezone.now()
    invitation.digest = digest_of(secret)
    invitation.invited_by, invitation.invited_by_name = actor, str(actor)
    invitation.sent_at, invitation.expires_at = now, now + timedelta(days=settings.INVITATION_DAYS)
    store(invitation)
    activity.record(kind, actor=actor, person=None, email=["", invitation.email], role=["", str(invitation.role)])
    mails.send(
        "invitation",
        to=invitation.email,
        language=invitation.language,
        inviter=one_line(str(actor)),
        name=one_line(invitation.name),
        link=mails.link(reverse("accounts:invitations-accept", args=[secret])),
        days=settings.INVITATION_DAYS,
    )
    return invitation


def store(invitation: Invitation) -> None:
    """Validates and writes; of two that are made for one address at once, the constraint lets one through."""
    try:
        invitation.full_clean(exclude=["invited_by", "person"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise from_validation(error) from error
    with refuse_duplicates({"invitation_one_open": ("email", already_open())}):
        invitation.save()


def refuse_too_many(email: str) -> None:
    """Counted by the mails written: they stay when an invitation is revoked and made anew."""
    since = timezone.now() - HOUR
    written = Mail.objects.filter(kind="invitation", to=email, created_at__gt=since).order_by("-created_at")
    times = list(written.values_list("created_at", flat=True)[:MAILS_AN_HOUR])
    if len(times) == MAILS_AN_HOUR:
        wait = math.ceil((times[-1] - since).total_seconds())
        raise Throttled(_("This address got five mails within the hour. Try again later."), wait=wait)


def one_line(text: str) -> str:
    """For a mail: without line ends and without characters that hide or turn what stands beside them."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


# --- By whoever has the link -----------------------------------------------------------------------------------------


def find(secret: str, rows: InvitationQuerySet | None = None) -> Invitation:
    """The invitation that can be accepted with this secret; raises Unknown, or Dead with the reason."""
    rows = Invitation.objects.all() if rows is None else rows
    invitation: Invitation | None = rows.filter(digest=digest_of(secret)).first()
    if invitation is None:
        raise Unknown(
            _("This link leads to no invitation. Look for a newer mail, or ask for a new one."), code="unknown"
        )
    if invitation.accepted_at:
        raise Dead(_("This invitation was used. Sign in with the account that was made."), code="used")
    if invitation.revoked_at:
        raise Dead(_("This invitation was withdrawn. Ask for a new one."), code="revoked")
    if invitation.has_expired:
        raise Dead(_("This invitation has expired. Ask for a new one."), code="expired")
    if belongs_to_somebody(invitation.email):
        raise Dead(_("Your address has an account already. Sign in with that."), code="has_account")
    if invitation.role == Role.ADMIN and not stands(invitation):
        raise Dead(_("Whoever sent this invitation can no longer invite admins. Ask another admin."), code="void")
    return invitation


def stands(invitation: Invitation) -> bool:
    """Whether who sent it is an active admin still."""
    return bool(User.objects.active_admins().filter(pk=invitation.invited_by_id).exists())


def accept(*, secret: str, username: str, password: str, name: str = "") -> User:
    """Makes the person, with the invitation's role, address and language; a link makes one, whatever runs at once.

    Raises Unknown or Dead for the link, and DomainError on `username`, `name` or `password`.
    """
    find(secret)  # a dead link costs no password hash
    with transaction.atomic():
        invitation = find(secret, Invitation.objects.select_for_update())
        person = User(
            username=username.strip(),
            email=invitation.email,
            name=name.strip(),
            role=invitation.role,
            language=invitation.language,
        )
        people.admit(person, password, "invitation.accepted", actor=person)
        invitation.accepted_at, invitation.person = timezone.now(), person
        invitation.save(update_fields=["accepted_at", "person"])
    return person


def suggested_username(invitation: Invitation) -> str:
    """From the address, as far as a username may be so, and free; empty where nothing can be made of it."""
    local = invitation.email.partition("@")[0]
    base = re.sub(r"[^A-Za-z0-9._-]", "", local).lstrip("._-")[: USERNAME_LENGTH - 2]
    taken = set(User.objects.filter(username__istartswith=base).values_list(Lower("username"), flat=True))
    names = [base, *(f"{base}{number}" for number in range(2, 10))] if base else []
    return next((name for name in names if name.lower() not in taken), "")
