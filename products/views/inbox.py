"""The inbox: what somebody was told, the newest first."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.models import Notification
from products.models.notifications import Kind
from products.services import digest, notifications
from site_config.lib import paging
from site_config.lib.errors import DomainError

PAGE_SIZE = 25
NEWEST = paging.Sort("-id", "id")


@allow(Action.INBOX_OWN)
def list_(request: PageRequest) -> HttpResponse:
    """All, or what was not read yet (`?unread=1`)."""
    unread = "unread" in request.GET
    rows = notifications.listed(request.user, unread=unread)
    try:
        page = paging.page(rows, sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:inbox-list")
    lines = [(line, address(line.row)) for line in notifications.lines(page.rows, request.user)]
    context = {"lines": lines, "page": page, "unread": unread, "digest": digest.subscribed(request.user)}
    return render(request, "products/inbox/list.html", {**context, "here": "inbox"})


@allow(Action.INBOX_OWN, methods=("POST",))
def read(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(notifications.of(request.user), pk=pk)
    notifications.read(actor=request.user, notification=found)
    return redirect(back(request))


@allow(Action.INBOX_OWN, methods=("POST",))
def clear(request: PageRequest) -> HttpResponse:
    """Marks all of them as read."""
    number = notifications.read_all(actor=request.user)
    said = ngettext("{} notification marked as read", "{} notifications marked as read", number)
    messages.success(request, said.format(number) if number else _("There was nothing unread"))
    return redirect(back(request))


def back(request: PageRequest) -> str:
    return reverse("products:inbox-list") + ("?unread=1" if "unread" in request.POST else "")


def address(row: Notification) -> str:
    """Where that is what a notification is about."""
    view: Any = row.view
    if row.kind == Kind.VIEW_CHANGED:
        return f"{reverse('products:catalogue-list')}?view={view.slug}"
    if row.proposal_id:
        return reverse("products:proposals-list")
    if row.product_id:
        return reverse("products:catalogue-detail", args=[row.product_id]) + ("#questions" if row.comment_id else "")
    if row.job_id:
        return reverse("products:jobs-show", args=[row.job_id])
    return reverse("home")
