"""View as: into what another person sees, and back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.decorators import PageRequest, allow, recent_login
from accounts.models import User
from accounts.policy import Action
from accounts.services import view_as
from accounts.view_as import enter, leave
from site_config.lib.errors import DomainError


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
@recent_login
def start(request: PageRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        since = view_as.start(actor=request.user, person=person)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("accounts:people-edit", pk)
    enter(request, person, since)
    return redirect("home")


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def stop(request: PageRequest) -> HttpResponse:
    person = leave(request)
    return redirect("accounts:people-edit", person.pk) if person else redirect("accounts:people-list")
