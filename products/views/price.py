"""Editing a price where it stands."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from accounts.templatetags.ui import money
from products.forms import PriceForm
from products.services import catalogue
from products.views.catalogue import say, visible
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted


@allow(Action.PRODUCT_EDIT)
def show(request: PageRequest, pk: int) -> HttpResponse:
    """The cell as a list shows it; asked for as a page, the product."""
    product = visible(request, pk)
    if not request.htmx:
        return redirect("products:catalogue-detail", pk)
    return render(request, "products/price/_cell.html", {"product": product, "fresh": True})


@allow(Action.PRODUCT_EDIT, methods=("GET", "HEAD", "POST"))
def edit(request: PageRequest, pk: int) -> HttpResponse:
    product = visible(request, pk)
    form = PriceForm(posted(request), initial={"price": product.price})
    if form.is_valid():
        try:
            product = catalogue.edit(actor=request.user, product=product, price=form.cleaned_data["price"])
        except DomainError as error:
            add_error(form, error)
        else:
            say(request, product, _("Price of {} is now %s") % money(product.price))
            return redirect("products:price-show", pk)
    part = "#cell" if request.htmx else ""
    context = {"product": product, "form": form, "here": "products"}
    return render(request, f"products/price/edit.html{part}", context, status=422 if form.errors else 200)
