"""Making a product public or a draft, in its row."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.forms import VisibilityForm
from products.views import cells
from products.views.cells import Cell

CELL = Cell(
    word="visibility",
    key="status",
    field="is_public",
    form=VisibilityForm,
    title=_("Edit visibility"),
    button=_("Save visibility"),
    told=_("{} is now: %s"),
    shown=lambda public: str(_("Active") if public else _("Draft")),
    given=lambda public: "true" if public else "false",
)


@allow(Action.PRODUCT_EDIT)
def show(request: PageRequest, pk: int) -> HttpResponse:
    return cells.show(request, pk, CELL)


@allow(Action.PRODUCT_EDIT, methods=("GET", "HEAD", "POST"))
def edit(request: PageRequest, pk: int) -> HttpResponse:
    return cells.edit(request, pk, CELL)
