"""“Can cleo see this, and why not?”: asked on a product's page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.services import access
from site_config.lib.errors import DomainError


@allow(Action.ACCESS_EXPLAIN)
def show(request: PageRequest, pk: int) -> HttpResponse:
    """With `?person=` the answer; a name that the asker knows nobody by is always refused in the same words."""
    product = get_object_or_404(access.reachable(request.user).select_related("owner"), pk=pk)
    given, status = request.GET.get("person", "")[:254], 200
    context = {"product": product, "given": given, "here": "products"}
    context["names"] = access.suggested(asker=request.user, product=product)
    if given:
        try:
            person = access.find(asker=request.user, given=given)
            context["answer"] = access.explain(product=product, person=person)
        except DomainError as error:
            context["refusal"], status = error.message, 422
    return render(request, "products/access/show.html", context, status=status)
