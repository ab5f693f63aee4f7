"""Watching products and saved views: the list of them, and the buttons on their pages."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.models import Product, SavedView
from products.services import watching
from products.views.changes import safe_next
from site_config.lib import paging
from site_config.lib.errors import DomainError

PAGE_SIZE = 50
NEWEST = paging.Sort("-id", "id")


@allow(Action.INBOX_OWN)
def list_(request: PageRequest) -> HttpResponse:
    try:
        page = paging.page(watching.of(request.user), sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:watching-list")
    return render(request, "products/watching/list.html", {"page": page, "here": "inbox"})


@allow(Action.INBOX_OWN, methods=("POST",))
def add(request: PageRequest) -> HttpResponse:
    thing = named(request)
    try:
        watching.add(actor=request.user, **thing)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("You watch {}: your inbox tells what changes").format(*thing.values()))
    return redirect(safe_next(request))


@allow(Action.INBOX_OWN, methods=("POST",))
def remove(request: PageRequest) -> HttpResponse:
    thing = named(request)
    watching.remove(actor=request.user, **thing)
    messages.success(request, _("You no longer watch {}").format(*thing.values()))
    return redirect(safe_next(request))


def named(request: PageRequest) -> dict[str, Any]:
    """The product (by its key) or the view (by its slug) that was sent; one that the person does not see is not there."""
    key, slug = request.POST.get("product", ""), request.POST.get("view", "")
    if key.isascii() and key.isdigit() and len(key) < 19:
        return {"product": get_object_or_404(Product.objects.visible_to(request.user), pk=key)}
    if slug and "\0" not in slug:
        return {"view": get_object_or_404(SavedView.objects.visible_to(request.user), slug=slug)}
    raise Http404
