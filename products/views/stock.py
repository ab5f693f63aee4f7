"""A product's ledger, and adjusting or counting its stock."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from accounts.decorators import PageRequest, allow
from accounts.models import User
from accounts.policy import Action
from products.forms import LedgerFilterForm, StockForm
from products.models import ChangeSet, Product
from products.models.stock import Kind
from products.services import dashboard, history, stock
from products.views.catalogue import visible
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 50
NEWEST = paging.Sort("-id", "id")


@allow(Action.PRODUCT_VIEW)
def show(request: PageRequest, pk: int) -> HttpResponse:
    """Movements with their balances, the newest first, of a kind and of some days; as a fragment, a list's number."""
    product = visible(request, pk)
    if request.htmx:
        return render(request, "products/stock/_cell.html", {"product": product, "fresh": True})
    form, page = LedgerFilterForm(request.GET), paging.Page([], None, None)
    if form.is_valid():
        rows = stock.ledger(product=product, **form.cleaned_data).select_related("change_set")
        try:
            page = paging.page(rows, sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
        except DomainError:
            return redirect("products:stock-show", pk)
    for movement in page.rows:
        movement.why = history.reason(movement.change_set, request.user)
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context = {"product": product, "form": form, "page": page, "asked": asked, "here": "products"}
    return render(request, "products/stock/show.html", context, status=422 if form.errors else 200)


@allow(Action.PRODUCT_EDIT)
def reorder(request: PageRequest) -> HttpResponse:
    """What is low or out, what runs out first at the top."""
    rows = dashboard.reorder_next(request.user, most=dashboard.CANDIDATES)
    context = {"rows": rows, "most": dashboard.CANDIDATES, "weeks": dashboard.WEEKS, "here": "products"}
    return render(request, "products/stock/reorder.html", context)


@allow(Action.STOCK_ADJUST, methods=("GET", "HEAD", "POST"))
def adjust(request: PageRequest, pk: int) -> HttpResponse:
    """Adds, removes or counts. From a list (`?inline=1`) the row's number is swapped, else the product opens."""
    product = visible(request, pk)
    form = StockForm(posted(request), initial={"expected": product.stock})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change_set = post(request.user, product, form)
            except DomainError as error:
                status = 409 if isinstance(error, Conflict) else 422
                form = mended(request, form, error)
            else:
                return done(request, product, change_set)
    context = {"product": product, "form": form, "inline": "inline" in request.GET, "here": "products"}
    part = "#adjust" if request.htmx else ""
    response = render(request, f"products/stock/adjust.html{part}", context, status=status)
    return reswap(retarget(response, "#dialog"), "innerHTML") if part and status != 200 else response


def post(actor: User, product: Product, form: StockForm) -> ChangeSet:
    values = form.cleaned_data
    if values["kind"] == Kind.COUNT:
        counted = {"counted": values["units"], "expected": values["expected"]}
        return stock.count(actor=actor, product=product, note=values["note"], **counted)
    return stock.adjust(actor=actor, product=product, delta=form.delta(), kind=values["kind"], note=values["note"])


def mended(request: PageRequest, form: StockForm, error: DomainError) -> StockForm:
    """The form with the refusal at the number, and the stock as it is now as the one to count against."""
    data = request.POST.copy()
    data["expected"] = str(error.extra.get("stock", data["expected"]))
    fresh = StockForm(data)
    fresh.is_valid()
    at_units = error.field in ("delta", "counted")
    add_error(fresh, DomainError(error.message, field="units" if at_units else error.field, code=error.code))
    return fresh


def done(request: PageRequest, product: Product, change_set: ChangeSet) -> HttpResponse:
    movement = change_set.movements.get()
    before = movement.balance - movement.delta
    said = _("Stock of {} changed from {} to {}").format(product, before, movement.balance)
    messages.success(request, said, extra_tags=f"undo-{change_set.pk}")
    return redirect("products:stock-show" if "inline" in request.GET else "products:catalogue-detail", product.pk)
