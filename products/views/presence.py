"""“Ada is editing this”: said by the page that somebody is at, and shown to the others."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.services import presence
from products.views.catalogue import visible


@allow(Action.PRODUCT_EDIT, methods=("GET", "HEAD", "POST"))
def show(request: PageRequest, pk: int) -> HttpResponse:
    """POST says that the person is at the form, or with `left` that they are not any more; the answer is who else is.

    By itself it is the product's page, which shows the same.
    """
    product = visible(request, pk)
    if request.method == "POST":
        (presence.leave if "left" in request.POST else presence.arrive)(actor=request.user, product=product)
        return HttpResponse(status=204) if "left" in request.POST else redirect("products:presence-show", pk)
    if not request.htmx:
        return redirect("products:catalogue-detail", pk)
    return render(
        request, "products/presence/_who.html", {"present": presence.others(reader=request.user, product=product)}
    )
