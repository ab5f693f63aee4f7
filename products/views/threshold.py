"""Editing where a product is low on stock, in its row."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.forms import ThresholdForm
from products.views import cells
from products.views.cells import Cell

CELL = Cell(
    word="threshold",
    key="threshold",
    field="low_stock_threshold",
    form=ThresholdForm,
    title=_("Edit reorder level"),
    button=_("Save reorder level"),
    told=_("{} is now reordered at %s"),
    shown=str,
)


@allow(Action.PRODUCT_EDIT)
def show(request: PageRequest, pk: int) -> HttpResponse:
    return cells.show(request, pk, CELL)


@allow(Action.PRODUCT_EDIT, methods=("GET", "HEAD", "POST"))
def edit(request: PageRequest, pk: int) -> HttpResponse:
    return cells.edit(request, pk, CELL)
