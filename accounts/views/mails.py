"""The mails that did not go out yet, for admins: why, and when the next try is."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.models import Mail
from accounts.policy import Action
from accounts.services import mails
from site_config.lib import paging
from site_config.lib.errors import DomainError

PAGE_SIZE = 25
NEWEST = paging.Sort("-id", "id")


@allow(Action.PEOPLE_MANAGE)
def list_(request: PageRequest) -> HttpResponse:
    """Waiting and given up, the newest first."""
    rows = Mail.objects.unsent()
    try:
        page = paging.page(rows, sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("accounts:mails-list")
    return render(request, "accounts/mails/list.html", {"page": page, "here": "people"})


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def retry(request: PageRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Mail, pk=pk)
    try:
        mails.retry(actor=request.user, mail=mail)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The mail to {} is tried again").format(mail.to))
    return redirect("accounts:mails-list")
