"""One's own second factors: an app, passkeys, recovery codes. And for admins, of whom one is required."""

import base64
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import clear_totp_secret
from allauth.mfa.webauthn.internal.auth import begin_registration
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow, recent_login
from accounts.forms.two_factor import AppForm, NewPasskeyForm, PasskeyNameForm, RulesForm
from accounts.models import User
from accounts.policy import Action
from accounts.services import requirements, two_factor
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted

SECTION = "#two-step"
FORMS = ("GET", "HEAD", "POST")


@allow(Action.ACCOUNT_OWN)
def index(request: PageRequest) -> HttpResponse:
    return redirect(reverse("accounts:profile-edit") + SECTION)


@allow(Action.ACCOUNT_OWN, methods=FORMS)
@recent_login
def add_app(request: PageRequest) -> HttpResponse:
    """The secret is made anew each time the page opens, and kept in the session until a code shows that it arrived."""
    if two_factor.has_app(two_factor.factors(request.user)):
        return redirect("mfa_deactivate_totp")
    form = AppForm(posted(request), user=request.user)
    if form.is_valid():
        try:
            codes = two_factor.add_app(person=request.user, secret=form.secret)
        except DomainError as error:
            add_error(form, error)
        else:
            clear_totp_secret(request)
            return done(request, _("Authenticator app added"), codes)
    adapter = get_adapter()
    drawn = adapter.build_totp_svg(adapter.build_totp_url(request.user, form.secret))
    context = {"form": form, "qr": f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"}
    return render(request, "mfa/totp/activate_form.html", context, status=422 if form.errors else 200)


def done(request: PageRequest, said: str, codes: list[str]) -> HttpResponse:
    """Back to the account; where recovery codes were made, this one answer shows them and no other ever does."""
    messages.success(request, said)
    if codes:
        return render(request, "mfa/recovery_codes/index.html", {"codes": codes}, status=201)
    return redirect(reverse("accounts:profile-edit") + SECTION)


@allow(Action.ACCOUNT_OWN, methods=FORMS)
@recent_login
def add_passkey(request: PageRequest) -> HttpResponse:
    form = NewPasskeyForm(posted(request), user=request.user)
    if form.is_valid():
        try:
            codes = two_factor.add_passkey(person=request.user, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
        else:
            return done(request, _("Passkey added"), codes)
    context = {"form": form, "js_data": {"creation_options": begin_registration(request.user, True)}}
    return render(request, "mfa/webauthn/add_form.html", context, status=422 if form.errors else 200)


@allow(Action.ACCOUNT_OWN, methods=FORMS)
@recent_login
def rename_passkey(request: PageRequest, pk: int) -> HttpResponse:
    passkey = own_passkey(request, pk)
    form = PasskeyNameForm(posted(request), initial={"name": passkey.data["name"]})
    if form.is_valid():
        two_factor.rename(person=request.user, passkey=passkey, name=form.cleaned_data["name"])
        return done(request, _("Passkey renamed"), [])
    context = {"form": form, "factor": passkey}
    return render(request, "mfa/webauthn/edit_form.html", context, status=422 if form.errors else 200)


@allow(Action.ACCOUNT_OWN, methods=FORMS)
@recent_login
def remove_passkey(request: PageRequest, pk: int) -> HttpResponse:
    return removal(request, own_passkey(request, pk))


@allow(Action.ACCOUNT_OWN, methods=FORMS)
@recent_login
def remove_app(request: PageRequest) -> HttpResponse:
    return removal(request, get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.TOTP))


def own_passkey(request: PageRequest, pk: int) -> Authenticator:
    return get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.WEBAUTHN, pk=pk)


def removal(request: PageRequest, factor: Authenticator) -> HttpResponse:
    """Asks first: a passkey that was removed here stays on its device, where it opens nothing."""
    refusal, label = "", two_factor.labelled(factor)
    if request.method == "POST":
        try:
            two_factor.remove(person=request.user, factor=factor)
        except DomainError as error:
            refusal = error.message
        else:
            return done(request, _("{} removed").format(label), [])
    context = {"factor": factor, "label": label, "refusal": refusal}
    context["is_last"] = two_factor.is_last(request.user, factor)
    return render(request, "mfa/remove.html", context, status=422 if refusal else 200)


@allow(Action.ACCOUNT_OWN, methods=FORMS)
@recent_login
def new_codes(request: PageRequest) -> HttpResponse:
    refusal = ""
    if request.method == "POST":
        try:
            return done(request, _("Recovery codes made"), two_factor.new_codes(person=request.user))
        except DomainError as error:
            refusal = error.message
    context = {"refusal": refusal, "left": two_factor.left(request.user)}
    return render(request, "mfa/recovery_codes/generate.html", context, status=422 if refusal else 200)


@allow(Action.PEOPLE_MANAGE)
def rules(request: PageRequest) -> HttpResponse:
    context: dict[str, Any] = {"rules": requirements.rules(), "here": "people"}
    return render(request, "accounts/two_factor/rules.html", context)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
@recent_login
def require(request: PageRequest) -> HttpResponse:
    form = RulesForm(request.POST)
    if form.is_valid():
        requirements.require(actor=request.user, roles=form.cleaned_data["required"])
        messages.success(request, _("Rules saved"))
        return redirect("accounts:two-factor-rules")
    context = {"form": form, "rules": requirements.rules(), "here": "people"}
    return render(request, "accounts/two_factor/rules.html", context, status=422)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
@recent_login
def reset(request: PageRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        two_factor.reset(actor=request.user, person=person)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Second factors of {} removed").format(person))
    return redirect(reverse("accounts:people-edit", args=[pk]) + SECTION)
