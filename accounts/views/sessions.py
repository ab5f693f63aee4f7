"""Where one is signed in: ended on the account page, and by admins on a person's page."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.models import User
from accounts.policy import Action
from accounts.services import people, sessions
from site_config.lib.errors import Conflict

SECTION = "#sessions"


def here(request: HttpRequest) -> UUID | None:
    """The key of the session that asks."""
    number = request.session.get(sessions.NUMBER)
    return sessions.key_of(number) if number else None


@allow(Action.ACCOUNT_OWN, methods=("POST",))
def end(request: PageRequest, sid: UUID) -> HttpResponse:
    ended(request, request.user, sid)
    return redirect(reverse("accounts:profile-edit") + SECTION)


@allow(Action.ACCOUNT_OWN, methods=("POST",))
def end_others(request: PageRequest) -> HttpResponse:
    """This session alone goes on; had it been ended elsewhere just now, the next page would be the sign-in page."""
    try:
        sessions.end_others(actor=request.user, current=here(request))
    except Conflict as refusal:
        messages.error(request, refusal.message)
    else:
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your other sessions and API sign-ins have ended"))
    return redirect(reverse("accounts:profile-edit") + SECTION)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def end_for(request: PageRequest, pk: int, sid: UUID) -> HttpResponse:
    """An admin ends one sign-in of a person."""
    ended(request, get_object_or_404(User, pk=pk), sid)
    return redirect(reverse("accounts:people-edit", args=[pk]) + SECTION)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def end_all(request: PageRequest, pk: int) -> HttpResponse:
    """An admin signs a person out everywhere."""
    person = get_object_or_404(User, pk=pk)
    people.sign_out(actor=request.user, person=person)
    messages.success(request, _("{} signed out everywhere").format(person))
    return redirect(reverse("accounts:people-edit", args=[pk]) + SECTION)


def ended(request: PageRequest, person: User, sid: UUID) -> None:
    try:
        one = sessions.end_one(actor=request.user, person=person, key=sid)
    except sessions.Unknown as refusal:
        raise Http404(refusal.message) from refusal
    messages.success(request, _("{} signed out").format(one.device))
