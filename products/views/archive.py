"""Archiving a product, and taking it out of the archive."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.models import ChangeSet
from products.services import archive as rules
from products.views.catalogue import visible
from products.views.changes import safe_next
from site_config.lib.errors import DomainError


@allow(Action.PRODUCT_EDIT, methods=("POST",))
def put(request: PageRequest, pk: int) -> HttpResponse:
    return done(request, pk, rules.archive, _("{} archived"))


@allow(Action.PRODUCT_EDIT, methods=("POST",))
def take(request: PageRequest, pk: int) -> HttpResponse:
    return done(request, pk, rules.unarchive, _("{} taken from the archive"))


def done(request: PageRequest, pk: int, act: Callable[..., ChangeSet], said: str) -> HttpResponse:
    """Back to where it was done from, or to the product, which is as visible as before."""
    product = visible(request, pk)
    try:
        change_set = act(actor=request.user, product=product)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said.format(product), extra_tags=f"undo-{change_set.pk}")
    return redirect(safe_next(request)) if "next" in request.POST else redirect("products:catalogue-detail", pk)
