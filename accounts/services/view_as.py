"""View as: an admin sees Stockroom as another person does. Nothing can be changed meanwhile, and both ends are logged."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from accounts.services import activity
from site_config.lib.errors import Conflict, NotAllowed

LONGEST = timedelta(minutes=30)


def start(*, actor: User, person: User) -> float:
    """From now on; answers the moment, for `seen`. Other admins may be viewed too: it gives no right that actor lacks.

    Raises NotAllowed for who is no admin or views already, Conflict for oneself and for who cannot sign in.
    """
    if actor.viewed_by:
        raise NotAllowed(_("You are viewing as somebody already. Stop first."), code="viewing_as")
    if not (decision := can(actor, Action.PEOPLE_MANAGE)):
        raise NotAllowed(str(decision.reason), code=decision.code)
    if actor.pk == person.pk:
        raise Conflict(_("This is you: you see Stockroom as yourself."), code="own_account")
    if not person.is_active:
        raise Conflict(_("{} is deactivated and sees nothing.").format(person), code="deactivated")
    activity.record("view_as.started", actor=actor, person=person)
    return timezone.now().timestamp()


def seen(*, actor: User, person: int, since: float) -> User | None:
    """The person as whom actor views, marked with who does; nobody once either may not go on or the time is over."""
    over = timezone.now().timestamp() - since > LONGEST.total_seconds()
    if over or not can(actor, Action.PEOPLE_MANAGE):
        return None
    found: User | None = User.objects.filter(pk=person, is_active=True).first()
    if found:
        found.viewed_by = actor
    return found


def end(*, actor: User, person: int) -> User | None:
    """Writes down that it is over; answers the person, who may be gone."""
    found: User | None = User.objects.filter(pk=person).first()
    activity.record("view_as.ended", actor=actor, person=found)
    return found
