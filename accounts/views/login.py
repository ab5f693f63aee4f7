"""Signing in and out, and the answer to whoever may not try now."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import public
from accounts.forms import SignInForm
from accounts.services import activity, lockouts
from accounts.services.lockouts import Lock
from accounts.templatetags.ui import duration
from site_config.lib import problems


@public
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """By username or e-mail address; then on to `next`, if that is a page of ours."""
    was_signed_in = request.user.is_authenticated
    response: HttpResponse = LoginView.as_view()(request)
    if request.method == "POST" and response.status_code == 200:
        response.status_code = 422
    if request.user.is_authenticated and not was_signed_in:
        activity.record("person.signed_in", actor=request.user, person=request.user)
    return response


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
