"""The trash: moving there, looking through it, bringing back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.models import Product
from products.services import trash
from products.views.catalogue import visible
from site_config.lib import paging
from site_config.lib.errors import DomainError

PAGE_SIZE = 50
LATEST = paging.Sort("-trashed", "trashed_at")


@allow(Action.TRASH_MANAGE, methods=("POST",))
def discard(request: PageRequest, pk: int) -> HttpResponse:
    product = visible(request, pk)
    try:
        change_set = trash.discard(actor=request.user, product=product)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("{} moved to the trash").format(product), extra_tags=f"undo-{change_set.pk}")
    return redirect("products:catalogue-list")


@allow(Action.TRASH_MANAGE)
def list_(request: PageRequest) -> HttpResponse:
    rows = Product.objects.trash_of(request.user).select_related("owner").defer("description", "note", "search")
    try:
        page = paging.page(rows, sort=LATEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:trash-list")
    context = {"page": page, "count": paging.count(rows), "here": "trash"}
    return render(request, "products/trash/list.html", context)


@allow(Action.TRASH_MANAGE, methods=("POST",))
def restore(request: PageRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product.objects.trash_of(request.user), pk=pk)
    try:
        change_set = trash.restore(actor=request.user, products=Product.objects.filter(pk=pk))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("{} restored").format(product), extra_tags=f"undo-{change_set.pk}")
    return redirect("products:trash-list")
