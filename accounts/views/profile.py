"""One's own account: profile, appearance, API tokens, and what happened to it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import allow
from accounts.forms import PasswordForm, PersonalTokenForm, ProfileForm
from accounts.models import User
from accounts.policy import Action
from accounts.services import activity, people, personal_tokens, sessions, two_factor
from accounts.views.sessions import here
from site_config.lib import languages
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted


@allow(Action.ACCOUNT_OWN, methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest) -> HttpResponse:
    # Read again: the form writes into its copy, and the page still shows who one is.
    person = get_object_or_404(User, pk=request.user.pk)
    form = ProfileForm(posted(request), instance=person)
    if form.is_valid():
        try:
            person = people.edit(actor=person, person=person, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
        else:
            languages.speak(request, person.language)
            messages.success(request, _("Profile saved"))
            return redirect("accounts:profile-edit")
    return account_page(request, person, form=form, status=422 if form.errors else 200)


def account_page(
    request: HttpRequest,
    person: User,
    *,
    form: ProfileForm | None = None,
    token_form: PersonalTokenForm | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    """The account with every act on it; the form that was refused comes back with its errors."""
    factors = two_factor.factors(person)
    context: dict[str, Any] = {
        "form": form or ProfileForm(instance=person),
        "password_form": PasswordForm(),
        "factors": factors,
        "has_app": two_factor.has_app(factors),
        "tokens": personal_tokens.shown(person),
        "sessions": sessions.shown(person, current=here(request)),
        "token_form": token_form or PersonalTokenForm(person=person),
        "secret": secret,
        "activity": activity.recent(person),
    }
    return render(request, "accounts/profile/edit.html", context, status=status)
