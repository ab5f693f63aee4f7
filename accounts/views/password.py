"""Changing one's own password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import allow
from accounts.forms import PasswordForm
from accounts.policy import Action
from accounts.services import passwords
from site_config.lib.errors import DomainError, Throttled
from site_config.lib.forms import add_error, posted


@allow(Action.ACCOUNT_OWN, methods=("GET", "HEAD", "POST"))
def change(request: HttpRequest) -> HttpResponse:
    """Every other session and API sign-in ends; this one goes on."""
    person: Any = request.user
    form = PasswordForm(posted(request))
    wait = 0
    if form.is_valid():
        values = form.cleaned_data
        try:
            passwords.change(person=person, current=values["current_password"], new=values["new_password"])
        except DomainError as error:
            add_error(form, error)
            wait = error.wait if isinstance(error, Throttled) else 0
        else:
            update_session_auth_hash(request, person)
            messages.success(request, _("Password changed. Your other sessions and API sign-ins have ended."))
            return redirect("accounts:profile-edit")
    status = 429 if wait else 422 if form.errors else 200
    response = render(request, "accounts/password/change.html", {"form": form}, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response
