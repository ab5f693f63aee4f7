"""What can be done with a row of the list, behind its three dots."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.views.catalogue import visible


@allow(Action.PRODUCT_VIEW)
def menu(request: PageRequest, pk: int) -> HttpResponse:
    """The row's menu; asked for as a page, the product, where all of it can be done too."""
    product = visible(request, pk)
    if not request.htmx:
        return redirect("products:catalogue-detail", pk)
    return render(
        request, "products/rows/_menu.html", {"product": product, "back": request.htmx.current_url_abs_path or ""}
    )
