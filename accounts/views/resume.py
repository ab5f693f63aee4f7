"""Going on after the session has ended: the page that is still open asks who is signed in now, and with which token."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_safe

from accounts.decorators import public


@public
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """401 where nobody is signed in. Only pages of ours can read the token: no other origin is allowed in."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return JsonResponse({"person": str(request.user.pk), "token": get_token(request)})
