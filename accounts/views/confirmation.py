"""Confirming that it is still you, by password, code or passkey, before the act that @recent_login held back."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.decorators import PageRequest, allow
from accounts.forms.two_factor import ConfirmCodeForm, ConfirmPasskeyForm, ConfirmPasswordForm
from accounts.policy import Action
from site_config.lib.forms import posted


@allow(Action.ACCOUNT_OWN, methods=("GET", "HEAD", "POST"))
def by_password(request: PageRequest) -> HttpResponse:
    return confirmation(request, ConfirmPasswordForm, "account/reauthenticate.html")


@allow(Action.ACCOUNT_OWN, methods=("GET", "HEAD", "POST"))
def by_code(request: PageRequest) -> HttpResponse:
    return confirmation(request, ConfirmCodeForm, "mfa/reauthenticate.html")


@allow(Action.ACCOUNT_OWN, methods=("GET", "HEAD", "POST"))
def by_passkey(request: PageRequest) -> HttpResponse:
    return confirmation(request, ConfirmPasskeyForm, "mfa/webauthn/reauthenticate.html")


def confirmation(request: PageRequest, form_class: Any, template: str) -> HttpResponse:
    """Only by a way that this person has; then the request that was held back goes on by itself."""
    ways = [
        {**way, "url": passthrough_next_redirect_url(request, way["url"], "next")}
        for way in get_adapter().get_reauthentication_methods(request.user)
    ]
    if request.path not in [way["url"].partition("?")[0] for way in ways]:
        return redirect(ways[0]["url"])
    form = form_class(posted(request), user=request.user)
    if form.is_valid():
        form.confirm()
        response: HttpResponse = resume_request(request) or redirect(settings.LOGIN_REDIRECT_URL)
        return response
    context: dict[str, Any] = {"form": form, "next": get_next_redirect_url(request)}
    context["others"] = [way for way in ways if way["url"].partition("?")[0] != request.path]
    if form_class is ConfirmPasskeyForm:
        context["js_data"] = {"request_options": begin_authentication(request.user)}
    return render(request, template, context, status=422 if form.errors else 200)
