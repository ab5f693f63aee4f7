"""Editing a price where it stands."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from accounts.templatetags.ui import money
from products.forms import PriceForm
from products.views import cells
from products.views.cells import Cell

CELL = Cell(
    word="price",
    key="price",
    field="price",
    form=PriceForm,
    title=_("Edit price"),
    button=_("Save price"),
    told=_("Price of {} is now %s"),
    shown=money,
)


@allow(Action.PRODUCT_EDIT)
def show(request: PageRequest, pk: int) -> HttpResponse:
    return cells.show(request, pk, CELL)


@allow(Action.PRODUCT_EDIT, methods=("GET", "HEAD", "POST"))
def edit(request: PageRequest, pk: int) -> HttpResponse:
    return cells.edit(request, pk, CELL)
