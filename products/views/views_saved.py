"""Saved views: keeping the list at hand, the page of all of them, changing and sharing one."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.forms import SavedViewForm
from products.models import SavedView
from products.services import views_saved
from products.views.columns import ALL, chosen, list_address
from products.views.presentation import level_tabs
from site_config.lib import paging
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 50
NEWEST = paging.Sort("-id", "id")


@allow(Action.VIEW_SAVE)
def list_(request: PageRequest) -> HttpResponse:
    """One's own views, the shared ones, and the one that one's role begins with."""
    rows = SavedView.objects.visible_to(request.user).select_related("owner")
    try:
        page = paging.page(rows, sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:views-saved-list")
    context = {"page": page, "changeable": {v.pk for v in page.rows if views_saved.may_change(request.user, v)}}
    return render(request, "products/views_saved/list.html", {**context, "here": "products"})


@allow(Action.PRODUCT_VIEW)
def counts(request: PageRequest) -> HttpResponse:
    """The numbers beside the tabs, asked for once the list is there; asked for as a page, the views."""
    if not request.htmx:
        return redirect("products:views-saved-list")
    asked = {
        tab.query.rpartition("=")[2]: tab.query[1:] for tab in level_tabs(request.user, QueryDict()) if tab.query != "?"
    }
    asked |= {view.slug: view.query for view in views_saved.shown_to(reader=request.user)}
    found = [(key, views_saved.count(reader=request.user, query=query)) for key, query in asked.items()]
    return render(request, "products/views_saved/counts.html", {"counts": found})


@allow(Action.VIEW_SAVE, methods=("GET", "HEAD", "POST"))
def create(request: PageRequest) -> HttpResponse:
    """Keeps the list that the person came from under a name."""
    kept = list_at(request)
    form = SavedViewForm(posted(request), person=request.user, initial=kept)
    if form.is_valid():
        try:
            view = views_saved.create(actor=request.user, **form.values())
        except DomainError as error:
            add_error(form, error)
        else:
            messages.success(request, _("View {} saved").format(view))
            return redirect(opened(view))
    part = "#dialog" if request.htmx else ""
    context = {"form": form, "here": "products"}
    return render(request, f"products/views_saved/create.html{part}", context, status=422 if form.errors else 200)


@allow(Action.VIEW_SAVE, methods=("GET", "HEAD", "POST"))
def edit(request: PageRequest, slug: str) -> HttpResponse:
    """Renames a view and says who has it; its address stays."""
    view = visible(request, slug)
    if request.method == "POST" and not views_saved.may_change(request.user, view):
        raise PermissionDenied(views_saved.not_yours())
    initial = {"name": view.name, "is_shared": view.is_shared, "default_for": view.default_for}
    form = SavedViewForm(posted(request), person=request.user, initial=initial, view=view)
    if form.is_valid():
        try:
            view = views_saved.update(actor=request.user, view=view, **form.values())
        except DomainError as error:
            add_error(form, error)
        else:
            messages.success(request, _("View {} saved").format(view))
            return redirect("products:views-saved-edit", view.slug)
    context = {"view": view, "form": form, "may_change": views_saved.may_change(request.user, view), "here": "products"}
    context |= {"maker": view.owner or _("Deleted user"), "refusal": views_saved.not_yours()}
    return render(request, "products/views_saved/edit.html", context, status=422 if form.errors else 200)


@allow(Action.VIEW_SAVE, methods=("POST",))
def keep(request: PageRequest, slug: str) -> HttpResponse:
    """Keeps the list as it is now in the view that it began with."""
    view = visible(request, slug)
    query = QueryDict(request.POST.get("query", ""))
    columns = {"columns": keys_in(request, query)} if query.get("columns") else {}
    try:
        views_saved.update(actor=request.user, view=view, query=query.urlencode(), **columns)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("View {} updated").format(view))
    return redirect(opened(view))


@allow(Action.VIEW_SAVE, methods=("POST",))
def delete(request: PageRequest, slug: str) -> HttpResponse:
    view = visible(request, slug)
    try:
        views_saved.remove(actor=request.user, view=view)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("View {} deleted").format(view))
    return redirect("products:views-saved-list")


def visible(request: PageRequest, slug: str) -> SavedView:
    return get_object_or_404(SavedView.objects.visible_to(request.user).select_related("owner"), slug=slug)


def opened(view: SavedView) -> str:
    return f"{reverse('products:catalogue-list')}?view={view.slug}"


def list_at(request: PageRequest) -> dict[str, Any]:
    """The query and the columns of the list that the person came from."""
    place = urlsplit(list_address(request))
    query: QueryDict = QueryDict(place.query)
    slug = str(query.get("view", ""))
    if slug and slug != ALL:
        with suppress(DomainError):  # saved as it is shown: with what the view holds
            query = views_saved.opened(reader=request.user, given=query)
    return {"query": urlencode(views_saved.plain(query)), "columns": ",".join(keys_in(request, query))}


def keys_in(request: PageRequest, query: QueryDict) -> list[str]:
    return chosen(request, query, None)
