"""Pages of the catalogue: the list, a product, making and editing one."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import replace_url

from accounts.decorators import PageRequest, allow
from accounts.policy import Action, can
from products.filters import DEFAULT_SORT, SORTS, ProductFilter
from products.forms import ProductForm
from products.models import Product
from products.services import catalogue, changes, history, versions
from products.views.presentation import api_query, chips, clash_rows, keep_choices, level_tabs, take_theirs, timeline
from site_config.lib import paging
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 20
RECENT = 8


@allow(Action.PRODUCT_VIEW)
def home(request: PageRequest) -> HttpResponse:
    return redirect("products:catalogue-list")


@allow(Action.PRODUCT_VIEW)
def list_(request: PageRequest) -> HttpResponse:
    """Search, filters, sort and place are all in the address, so any list can be kept, sent and reloaded."""
    query = QueryDict(mutable=True)
    query.update({key: values[-1] for key, values in request.GET.lists() if values[-1].strip()})
    sort = SORTS.get(query.get("sort", DEFAULT_SORT), SORTS[DEFAULT_SORT])
    filters = ProductFilter(query, Product.objects.visible_to(request.user), reader=request.user)
    context = {"filters": filters, "sort": sort, "sorts": SORTS.values(), "query": query, "here": "products"}
    context |= {"search": query.get("q", ""), "sorted": "sort" in query, "api_query": api_query(filters, query, sort)}
    context |= {"chips": chips(filters, query), "tabs": level_tabs(request.user, query), "searching": len(query) > 0}
    status = 200
    try:
        if not filters.is_valid():
            raise DomainError(_("A filter holds something that it cannot: see below."), code="bad_filter")
        rows = filters.qs.select_related("category", "owner").defer("description", "note", "search")
        context["page"] = paging.page(rows, sort=sort, cursor=query.get("cursor"), size=PAGE_SIZE)
        context["count"] = paging.count(filters.qs)
    except DomainError as error:
        context |= {"refusal": error.message, "page": paging.Page([], None, None), "count": paging.Count(0, True)}
        status = 422
    part = "#rows" if request.htmx else ""
    response = render(request, f"products/catalogue/list.html{part}", context, status=status)
    if part and "cursor" not in query:
        replace_url(response, f"{request.path}?{query.urlencode()}" if query else request.path)
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
            return conflict_page(request, stale)
        except DomainError as error:
            add_error(form, error)
        else:
            return saved(request, product)
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


def say(request: PageRequest, product: Product, text: str) -> None:
    """The toast of an act, with its Undo; an act that changed nothing says so."""
    if written := changes.written_now(product):
        messages.success(request, text.format(product), extra_tags=f"undo-{written.pk}")
    else:
        messages.info(request, _("Nothing was different, so nothing was saved"))


def saved(request: PageRequest, product: Product) -> HttpResponse:
    """Back to the product, or to the list when it is no longer one that the person sees."""
    say(request, product, _("{} saved"))
    if Product.objects.visible_to(request.user).filter(pk=product.pk).exists():
        return redirect("products:catalogue-detail", product.pk)
    messages.info(request, _("It is a draft now: its owner and admins see it."))
    return redirect("products:catalogue-list")


def conflict_page(request: PageRequest, stale: versions.StaleSave) -> HttpResponse:
    """The form with the person's values, theirs where only they changed something, and a choice for the rest."""
    product = stale.product
    data = take_theirs(request.POST, product, request.user, stale.merged)
    form = ProductForm(data, instance=copy(product), person=request.user)
    last = history.latest(product)
    context = {"clashes": clash_rows(stale, form), "merged": [form.fields[name].label for name in named(stale.merged)]}
    return product_page(request, product, form, status=409, rival=last, **context)


def named(columns: list[str]) -> list[str]:
    return [name.removesuffix("_id") for name in columns]


def product_page(
    request: PageRequest, product: Product, form: ProductForm | None, *, status: int = 200, **extra: Any
) -> HttpResponse:
    entries = history.history(product=product, reader=request.user, size=RECENT)
    context = {
        "product": product,
        "form": form,
        "timeline": timeline(entries, request.user),
        "sees_cost": can(request.user, Action.PRODUCT_SEE_COST),
        "here": "products",
        **extra,
    }
    if context["sees_cost"]:
        context |= {"margin": product.margin, "stock_value": product.cost and product.cost * product.stock}
    return render(request, "products/catalogue/detail.html", context, status=status)
