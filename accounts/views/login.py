"""Signing in and out, and the answer to whoever may not try now."""

from typing import Any

from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.adapter import BEGAN_WITH
from accounts.decorators import public
from accounts.forms import SignInForm
from accounts.forms.two_factor import CodeForm, PasskeyForm, PasskeySignInForm
from accounts.services import lockouts
from accounts.services.limits import Lock
from accounts.templatetags.ui import duration
from site_config.lib import problems


@public
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """By username or e-mail address; then on to the second step or to `next`, if that is a page of ours.

    Who comes back here from the second step, to another account or out of its time, begins anew.
    """
    if stage := get_pending_stage(request):
        stage.abort()
    response: HttpResponse = LoginView.as_view()(request)
    return as_answer(request, response)


def as_answer(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A form that comes back says so: 422."""
    if request.method == "POST" and response.status_code == 200:
        response.status_code = 422
    return response


@public
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """A code or a passkey, after the right password and for as long as that is right; nobody is signed in before."""
    stage = get_pending_stage(request)
    if stage is not None:
        person = stage.login.user
        if not person.is_active or request.session.get(BEGAN_WITH) != person.get_session_auth_hash():
            response: HttpResponse = stage.abort()
            return response
    step = AuthenticateView.as_view(form_class=CodeForm, webauthn_form_class=PasskeyForm)
    return as_answer(request, step(request))


@public
@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """A passkey in the place of name, password and code. Its script asks for the options, and sends the answer."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    if request.method != "POST":
        if not request.accepts("application/json") or request.accepts("text/html"):
            return redirect(settings.LOGIN_URL)
        return JsonResponse({"request_options": begin_authentication()})
    form = PasskeySignInForm(request.POST)
    if form.is_valid():
        factor = form.cleaned_data["credential"]
        request.session.set_expiry(0)
        response: HttpResponse = perform_passwordless_login(request, factor, Login(user=factor.user))
        return response
    context = {"form": SignInForm(request=request), "passkey_form": form}
    context["redirect_field_value"] = get_next_redirect_url(request)
    return render(request, "account/login.html", context, status=422)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """What django-axes answers instead of the page or the API: why, until when, and who can help."""
    lock = lockouts.lock_of_try(request, credentials)
    if lock is None:  # an admin unlocked it a moment ago
        return response
    seconds = lock.seconds_left
    reason, advice = explain(lock)
    if problems.is_api(request):
        detail = " ".join(
            [reason, _("Try again in {}; until then, sign-in is throttled.").format(duration(seconds)), advice]
        )
        body = problems.document(429, error_code="locked", detail=detail, retry_after=seconds)
        answer: HttpResponse = JsonResponse(body, status=429, content_type=problems.MEDIA_TYPE)
    else:
        form = SignInForm(initial={"login": (credentials or {}).get("username")}, request=request)
        form.fields["password"].disabled = True
        form.fields["login"].widget.attrs["readonly"] = True
        context = {"form": form, "lock": lock, "until": localtime(lock.until), "reason": reason, "advice": advice}
        context["redirect_field_value"] = request.POST.get("next") or request.GET.get("next")
        answer = render(request, "account/login.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def explain(lock: Lock) -> tuple[str, str]:
    """What happened, and what can be done about it. Reads the same whether the account exists or not."""
    ask_admin = _("Not you? Tell an admin: they can see where the tries came from, and unlock the account.")
    if lock.scope == "address":
        reason = _("There were {} wrong passwords from your network, for several accounts.")
        return reason.format(lock.failures), _("It ends by itself, for everyone on your network.")
    if lock.scope == "account":
        reason = _("There were {} wrong passwords for this account, from several networks.")
    else:
        reason = _("There were {} wrong passwords for this account from your network.")
    return reason.format(lock.failures), ask_admin
