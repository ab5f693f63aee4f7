"""A forgotten password: asking for a link, the link, and an admin who has one sent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import PageRequest, allow, public
from accounts.forms.resets import NewPasswordForm, ResetRequestForm
from accounts.models import User
from accounts.policy import Action
from accounts.services import mails, resets
from site_config.lib.errors import DomainError, Gone, Throttled
from site_config.lib.forms import add_error, posted

# Stands for the token once the session holds it: neither a Referer nor a screen shows the real one.
HIDDEN = "new"
IN_SESSION = "reset_token"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def request_(request: HttpRequest) -> HttpResponse:
    """The same for everyone: who asks learns nothing about who has an account."""
    form = ResetRequestForm(posted(request))
    wait = 0
    if form.is_valid():
        try:
            resets.ask(identifier=form.cleaned_data["identifier"])
        except Throttled as error:
            add_error(form, error)
            wait = error.wait
        else:
            return redirect("accounts:resets-sent")
    status = 429 if wait else 422 if form.errors else 200
    response = render(request, "accounts/resets/request.html", {"form": form}, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


@public
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/resets/sent.html")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: HttpRequest, uid: int, token: str) -> HttpResponse:
    """What the link opens. It signs nobody in: whoever has a second factor gives it as ever."""
    form = NewPasswordForm(posted(request))
    try:
        if token != HIDDEN:
            resets.opened(uid=uid, token=token)
            request.session[IN_SESSION] = token
            return redirect("accounts:resets-complete", uid, HIDDEN)
        token = request.session.get(IN_SESSION, "")
        person = resets.opened(uid=uid, token=token)
        if form.is_valid():
            resets.complete(uid=uid, token=token, new=form.cleaned_data["new_password"])
            del request.session[IN_SESSION]
            messages.success(request, _("Your new password is set. Sign in with it."))
            return redirect("account_login")
    except Gone as error:
        return render(request, "accounts/resets/dead.html", {"detail": error.message}, status=error.status)
    except DomainError as error:
        add_error(form, error)
    context = {"form": form, "person": person}
    return render(request, "accounts/resets/complete.html", context, status=422 if form.errors else 200)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def send(request: PageRequest, pk: int) -> HttpResponse:
    try:
        mail = resets.send_link(actor=request.user, person=get_object_or_404(User, pk=pk))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        said = _("Link to set a new password sent to {}")
        if mails.failing():
            said = _("Link for {} is waiting: mails are not going out at the moment. Look at the mails that wait.")
        messages.success(request, said.format(mail.to))
    return redirect("accounts:people-edit", pk)
