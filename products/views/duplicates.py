"""Whether a product that somebody is typing is there already."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.services import duplicates

LONGEST = 200


@allow(Action.PRODUCT_EDIT)
def list_(request: PageRequest) -> HttpResponse:
    """What the form shows under its fields while they are typed in; `not` is the product that is being edited."""
    typed = {name: request.GET.get(name, "")[:LONGEST] for name in ("name", "sku", "barcode")}
    key = request.GET.get("not", "")
    without = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else None
    found = duplicates.like(reader=request.user, without=without, **typed)
    part = "#found" if request.htmx else ""
    context = {"found": found, "typed": typed, "here": "products"}
    return render(request, f"products/duplicates/list.html{part}", context)
