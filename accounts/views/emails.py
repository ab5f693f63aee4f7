"""One's own e-mail address: asked for on the account page, confirmed by the link in the mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import PageRequest, allow, public, recent_login
from accounts.forms.emails import EmailForm
from accounts.policy import Action
from accounts.services import emails
from site_config.lib.errors import Conflict, DomainError, Gone, Throttled
from site_config.lib.forms import add_error, posted


@allow(Action.ACCOUNT_OWN, methods=("GET", "HEAD", "POST"))
@recent_login
def change(request: PageRequest) -> HttpResponse:
    """The old address stays until the new one has confirmed."""
    form = EmailForm(posted(request))
    wait = 0
    if form.is_valid():
        try:
            email = emails.ask(actor=request.user, email=form.cleaned_data["email"])
        except DomainError as error:
            add_error(form, error)
            wait = error.wait if isinstance(error, Throttled) else 0
        else:
            said = _("Open the link in the mail to {}. Until then your address stays as it is.")
            messages.success(request, said.format(email))
            return redirect("accounts:profile-edit")
    status = 429 if wait else 422 if form.errors else 200
    response = render(request, "accounts/emails/change.html", {"form": form}, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


@public
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """In any browser, signed in or not. Looking changes nothing: the scanners of mail servers look, too."""
    try:
        if request.method != "POST":
            context = {"change": emails.opened(token=token)}
            response = render(request, "accounts/emails/confirm.html", context)
        else:
            person = emails.confirm(token=token)
            messages.success(request, _("Your email address is now {}").format(person.email))
            return redirect("accounts:profile-edit")
    except (Gone, Conflict) as error:
        response = render(request, "accounts/emails/dead.html", {"detail": error.message}, status=error.status)
    response["Referrer-Policy"] = "strict-origin"  # the address of this page is a secret, even to our own logs
    return response
