"""A value that is edited where it stands: its cell becomes a form and, once it is saved, the cell again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest
from products.models import Product
from products.services import catalogue, versions
from products.views.catalogue import say, visible
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted


@dataclass(frozen=True)
class Cell:
    """`word` is its pages', `key` its column's and `field` the product's name for it."""

    word: str
    key: str
    field: str
    form: type[forms.Form]
    title: Any
    button: Any
    told: Any  # the toast: the product and what the value is now
    shown: Callable[[Any], str]
    given: Callable[[Any], Any] = lambda value: value  # what the form begins with


def show(request: PageRequest, pk: int, cell: Cell) -> HttpResponse:
    """The cell as a list shows it; asked for as a page, the product."""
    product = visible(request, pk)
    if not request.htmx:
        return redirect("products:catalogue-detail", pk)
    return render(request, "products/cells/_cell.html", {"product": product, "key": cell.key})


def edit(request: PageRequest, pk: int, cell: Cell) -> HttpResponse:
    """Saves the one field. Where somebody else set it since the form was opened, it says to what instead."""
    product = visible(request, pk)
    form = cell.form(posted(request), initial={cell.field: cell.given(getattr(product, cell.field))})
    version = product.version
    if form.is_valid():
        values = {cell.field: form.cleaned_data[cell.field]}
        try:
            product = catalogue.edit(
                actor=request.user, product=product, version=form.cleaned_data["version"], **values
            )
        except versions.StaleSave as stale:
            theirs = cell.shown(getattr(stale.product, cell.field))
            sentence = _("Somebody else set it to {} meanwhile. Save again to set yours.").format(theirs)
            form.add_error(cell.field, sentence)
            version = stale.product.version
        except DomainError as error:
            add_error(form, error)
        else:
            return saved(request, product, cell)
    part = "#cell" if request.htmx else ""
    context = {"product": product, "form": form, "field": form[cell.field], "version": version, "cell": cell}
    context |= {"show": f"products:{cell.word}-show", "edit": f"products:{cell.word}-edit", "here": "products"}
    return render(request, f"products/cells/edit.html{part}", context, status=422 if form.errors else 200)


def saved(request: PageRequest, product: Product, cell: Cell) -> HttpResponse:
    """The cell again; or the list, when its row is no longer one that the person sees."""
    told = str(cell.told).replace("%s", cell.shown(getattr(product, cell.field)))
    say(request, product, told)
    if Product.objects.visible_to(request.user).filter(pk=product.pk).exists():
        return redirect(f"products:{cell.word}-show", product.pk)
    return redirect((request.htmx and request.htmx.current_url_abs_path) or "products:catalogue-list")
