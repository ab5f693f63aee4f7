"""API tokens of one's own, made and revoked on the account page; and of anybody, revoked by an admin."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow, recent_login
from accounts.forms import PersonalTokenForm
from accounts.models import PersonalToken
from accounts.policy import Action
from accounts.services import personal_tokens
from accounts.views.profile import account_page
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error

SECTION = "#tokens"


@allow(Action.ACCOUNT_OWN, methods=("GET", "HEAD", "POST"))
@recent_login
def create(request: PageRequest) -> HttpResponse:
    """The one success that is no redirect: the token's text is shown once and stored nowhere in between.

    Sent again by a reload, the name exists already, so no second token is made.
    """
    if request.method != "POST":
        return redirect(reverse("accounts:profile-edit") + SECTION)
    person = request.user
    form = PersonalTokenForm(request.POST, person=person)
    if form.is_valid():
        try:
            _token, secret = personal_tokens.create(actor=person, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
        else:
            return account_page(request, person, secret=secret, status=201)
    return account_page(request, person, token_form=form, status=422)


@allow(Action.ACCOUNT_OWN, methods=("POST",))
def revoke(request: PageRequest, pk: int) -> HttpResponse:
    ended(request, get_object_or_404(PersonalToken, pk=pk, user=request.user))
    return redirect(reverse("accounts:profile-edit") + SECTION)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def end(request: PageRequest, pk: int, token: int) -> HttpResponse:
    """An admin revokes somebody's token."""
    ended(request, get_object_or_404(PersonalToken, pk=token, user=pk))
    return redirect(reverse("accounts:people-edit", args=[pk]) + SECTION)


def ended(request: PageRequest, token: PersonalToken) -> None:
    personal_tokens.revoke(actor=request.user, token=token)
    messages.success(request, _("{} revoked").format(token))
