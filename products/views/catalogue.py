"""Pages of the catalogue: the list, a product, making and editing one."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action, can
from products.filters import DEFAULT_SORT, SORTS, ProductFilter
from products.forms import ProductForm
from products.models import Product
from products.services import catalogue, changes, comments, history, presence, prices, search, versions
from products.views import home as client_home
from products.views import listing, neighbours, proposal_lines, table
from products.views.clashes import Kept, clash_rows, keep_choices, kept, kept_after, said, take_theirs
from products.views.presentation import api_query, chips, hidden, orders, refusals
from products.views.timeline import timeline
from site_config.lib import paging
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 20
RECENT = 8


@allow(Action.PRODUCT_VIEW)
def home(request: PageRequest) -> HttpResponse:
    """The page that a person's role begins at."""
    if can(request.user, Action.PROPOSAL_MAKE):
        return client_home.show(request)
    return redirect("products:dashboard-show")


@allow(Action.PRODUCT_VIEW)
def list_(request: PageRequest) -> HttpResponse:
    """Search, filters, sort and place are all in the address, so any list can be kept, sent and reloaded."""
    asked = listing.asked(request)
    query = asked.query
    letters, sort = query.get("q", ""), SORTS.get(query.get("sort", ""), SORTS[DEFAULT_SORT])
    filters = ProductFilter(query, Product.objects.visible_to(request.user), reader=request.user)
    context = listing.context(request, asked)
    context |= {"query": query, "here": "products", "search": letters, "searching": len(query) > 0}
    context |= {"chips": chips(filters, query), "hidden": hidden(filters, query), "refusals": refusals(filters)}
    context["category"] = filters.form.cleaned_data.get("category")
    status = 200
    try:
        if asked.refusal:
            raise asked.refusal
        if not filters.is_valid():
            raise DomainError(_("A filter holds something that it cannot: see below."), code="bad_filter")
        count, place = paging.count(filters.qs), query.get("cursor", "")
        known: dict[str, Any] = {"narrowed": bool(filters.filters), "hits": count.number, "cursor": place}
        found = search.order(filters.qs, letters=letters, asked=query.get("sort", ""), **known)
        sort = found.sort
        rows = table.columns_of(found.rows, context["keys"], sort)
        page = search.page(rows, found=found, cursor=place, size=PAGE_SIZE)
        context["page"], context["count"] = page, count
        context["table"] = table.made(reader=request.user, page=page, keys=context["keys"], query=query, sort=sort)
    except DomainError as error:
        context |= {"refusal": error.message, "page": paging.Page([], None, None), "count": paging.Count(0, True)}
        status = 403 if error.status == 403 else 422
    context |= {"sort": sort, "orders": orders(query, sort), "api_query": api_query(filters, query, sort)}
    part = "#rows" if request.htmx else ""
    response = render(request, f"products/catalogue/list.html{part}", context, status=status)
    if part:
        listing.settle(request, response, asked)
    return response


@allow(Action.PRODUCT_VIEW)
def detail(request: PageRequest, pk: int) -> HttpResponse:
    product = visible(request, pk)
    form = ProductForm(instance=product, person=request.user) if can(request.user, Action.PRODUCT_EDIT) else None
    return product_page(request, product, form)


@allow(Action.PRODUCT_EDIT, methods=("GET", "HEAD", "POST"))
def edit(request: PageRequest, pk: int) -> HttpResponse:
    """Saves onto the version the person started from; only fields that two people set differently ask."""
    product = visible(request, pk)
    if request.method != "POST":
        return product_page(request, product, ProductForm(instance=product, person=request.user))
    # A copy: validating a form writes onto its instance, and the page shows the product as it is product.
    data = keep_choices(request.POST, product, request.user)
    form = ProductForm(data, instance=copy(product), person=request.user)
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            product = catalogue.edit(actor=request.user, product=product, version=version, **form.values())
        except versions.StaleSave as stale:
            return conflict_page(request, stale, data, version)
        except DomainError as error:
            add_error(form, error)
        else:
            return saved(request, product, kept_after(product, form, version))
    return product_page(request, product, form, status=422)


@allow(Action.PRODUCT_CREATE, methods=("GET", "HEAD", "POST"))
def create(request: PageRequest) -> HttpResponse:
    form = ProductForm(posted(request), person=request.user)
    if form.is_valid():
        try:
            product = catalogue.create(actor=request.user, **form.values())
        except DomainError as error:
            add_error(form, error)
        else:
            say(request, product, _("{} created"))
            return redirect("products:catalogue-detail", product.pk)
    context = {"form": form, "here": "products"}
    return render(request, "products/catalogue/create.html", context, status=422 if form.errors else 200)


def visible(request: PageRequest, pk: int) -> Product:
    rows = Product.objects.visible_to(request.user).select_related("category", "owner")
    return get_object_or_404(rows, pk=pk)


def say(request: PageRequest, product: Product, text: str, kept: str = "") -> None:
    """The toast of an act, with its Undo; an act that changed nothing says so."""
    if written := changes.written_now(product):
        told = text.format(product)
        messages.success(request, f"{told}; {kept}" if kept else told, extra_tags=f"undo-{written.pk}")
        if prices.below_cost(product, request.user):
            messages.warning(request, _("Below cost: it is sold for less than it costs."))
    else:
        messages.info(request, _("Nothing was different, so nothing was saved"))


def saved(request: PageRequest, product: Product, kept: list[Kept]) -> HttpResponse:
    """Back to the product, or to the list when it is no longer one that the person sees."""
    say(request, product, _("{} saved"), said(kept) if kept else "")
    if Product.objects.visible_to(request.user).filter(pk=product.pk).exists():
        return redirect(reverse("products:catalogue-detail", args=[product.pk]) + neighbours.carried(request))
    messages.info(request, _("It is a draft now: its owner and admins see it."))
    return redirect("products:catalogue-list")


def conflict_page(request: PageRequest, stale: versions.StaleSave, data: QueryDict, version: int) -> HttpResponse:
    """The form with the person's values, theirs where only they changed something, and a choice for the rest.

    `data` holds what was chosen in an earlier conflict, so that a second one asks about nothing twice.
    """
    product = stale.product
    data = take_theirs(data, product, request.user, stale.merged)
    form = ProductForm(data, instance=copy(product), person=request.user)
    writers = versions.writers(product, version)
    rows = clash_rows(stale, form, writers)
    context = {"clashes": rows, "merged": kept(product, form, writers, stale.merged)}
    context["rivals"] = list(dict.fromkeys(row.who for row in rows))
    return product_page(request, product, form, status=409, **context)


def product_page(
    request: PageRequest, product: Product, form: ProductForm | None, *, status: int = 200, **extra: Any
) -> HttpResponse:
    entries = history.history(product=product, reader=request.user, size=RECENT)
    context = {
        "product": product,
        "form": form,
        "timeline": timeline(entries, request.user),
        "waiting": proposal_lines.about(product, request.user),
        "decides": bool(can(request.user, Action.PROPOSAL_DECIDE)),
        "thread": comments.latest(product, request.user),
        "present": presence.others(reader=request.user, product=product) if form else [],
        "sees_cost": can(request.user, Action.PRODUCT_SEE_COST),
        "steps": neighbours.steps(request, product),
        "carried": neighbours.carried(request),
        "here": "products",
        **extra,
    }
    if context["sees_cost"]:
        context |= {"margin": product.margin, "stock_value": product.cost and product.cost * product.stock}
    return render(request, "products/catalogue/detail.html", context, status=status)
