"""The weekly digest: chosen in the inbox, ended by a click in the mail."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.decorators import PageRequest, allow, public
from accounts.policy import Action
from products.services import digest


@allow(Action.INBOX_OWN, methods=("POST",))
def switch(request: PageRequest) -> HttpResponse:
    wanted = request.POST.get("digest") == "on"
    digest.subscribe(actor=request.user, wanted=wanted)
    messages.success(request, _("You get the weekly digest") if wanted else _("You no longer get the weekly digest"))
    return redirect("products:inbox-list")


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Signed in or not. Looking changes nothing: the scanners of mail servers look, too.

    Mail programs post here by themselves (RFC 8058), without cookies and so without a CSRF token: the address is the
    secret, and all that it can do is end these mails. They follow no redirect, so theirs is answered at once.
    """
    person = digest.opened(token)
    if person is None:
        raise Http404
    if request.method == "POST":
        digest.subscribe(actor=person, wanted=False)
        if "List-Unsubscribe" not in request.POST:
            return redirect("products:digest-unsubscribe", token)
    response = render(request, "products/digest/unsubscribe.html", {"subscribed": digest.subscribed(person)})
    response["Referrer-Policy"] = "strict-origin"  # the address of this page is a secret, even to our own logs
    return response
