"""Inviting people, and the page that an invitation's link opens."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import push_url, reselect, reswap, retarget

from accounts.decorators import PageRequest, allow, public, recent_login
from accounts.forms.invitations import AcceptanceForm, InvitationForm
from accounts.models import Invitation
from accounts.policy import Action
from accounts.services import invitations
from accounts.views.people import role_tabs
from site_config.lib import paging
from site_config.lib.errors import DomainError, Throttled
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 25
NEWEST = paging.Sort("-id", "id")


@allow(Action.PEOPLE_MANAGE)
def list_(request: PageRequest) -> HttpResponse:
    """Who was invited and has not come yet; the expired ones stay until they are sent again or revoked."""
    rows = invitations.waiting()
    try:
        page = paging.page(rows, sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("accounts:invitations-list")
    context = {"page": page, "tabs": role_tabs, "invited": invitations.number_waiting, "here": "people"}
    return render(request, "accounts/invitations/list.html", context)


@allow(Action.PEOPLE_MANAGE, methods=("GET", "HEAD", "POST"))
@recent_login
def create(request: PageRequest) -> HttpResponse:
    """A page, or from the users' list a dialog: refused, it comes back where it was."""
    form = InvitationForm(posted(request))
    wait = 0
    if form.is_valid():
        try:
            invitation = invitations.create(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
            wait = error.wait if isinstance(error, Throttled) else 0
        else:
            messages.success(request, _("Invitation sent to {}").format(invitation.email))
            return redirect("accounts:invitations-list")
    status = 429 if wait else 422 if form.errors else 200
    part = "#invite" if request.htmx else ""
    response = render(
        request, f"accounts/invitations/create.html{part}", {"form": form, "here": "people"}, status=status
    )
    if wait:
        response["Retry-After"] = str(wait)
    return in_dialog(response) if part and form.errors else response


def in_dialog(response: HttpResponse) -> HttpResponse:
    """The form would have replaced the page by the list."""
    return push_url(reselect(reswap(retarget(response, "#dialog"), "innerHTML"), "dialog"), False)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
@recent_login
def resend(request: PageRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    try:
        invitations.resend(actor=request.user, invitation=invitation)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        said = _("Invitation sent to {} again. The link of the first mail no longer works.")
        messages.success(request, said.format(invitation.email))
    return redirect("accounts:invitations-list")


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def revoke(request: PageRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    try:
        invitations.revoke(actor=request.user, invitation=invitation)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Invitation of {} revoked").format(invitation.email))
    return redirect("accounts:invitations-list")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """What the mailed link opens. Who comes in is signed in at once; the session ends with the browser."""
    if request.method == "POST" and "sign_out" in request.POST:
        logout(request)
        return redirect("accounts:invitations-accept", secret)
    try:
        invitation = invitations.find(secret)
    except DomainError as error:
        return dead(request, error)
    if request.user.is_authenticated:
        status = 409 if request.method == "POST" else 200
        return render(request, "accounts/invitations/accept.html", {"invitation": invitation}, status=status)
    initial = {"name": invitation.name, "username": invitations.suggested_username(invitation)}
    form = AcceptanceForm(posted(request), initial=initial)
    if form.is_valid():
        try:
            person = invitations.accept(secret=secret, **form.cleaned_data)
        except (invitations.Dead, invitations.Unknown) as error:
            return dead(request, error)
        except DomainError as error:
            add_error(form, error)
        else:
            get_adapter().login(request, person)
            request.session.set_expiry(0)
            messages.success(request, _("Welcome, {}. Your account is ready.").format(person))
            return redirect("home")
    context = {"invitation": invitation, "form": form}
    return render(request, "accounts/invitations/accept.html", context, status=422 if form.errors else 200)


def dead(request: HttpRequest, error: DomainError) -> HttpResponse:
    return render(request, "accounts/invitations/dead.html", {"detail": error.message}, status=error.status)
