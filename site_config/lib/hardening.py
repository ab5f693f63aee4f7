"""What is refused before any view runs, and what every answer carries."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.common import CommonMiddleware
from django.urls import resolve
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from site_config.lib import problems, throttles
from site_config.lib.errors import Throttled

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class HardeningMiddleware:
    """Refuses NUL bytes in the address, bodies over the limit and unknown methods; forbids caching what people see."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.refusal(request) or self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        if request.method not in METHODS:
            return not_allowed(request, allowed(request.path_info))
        # PostgreSQL cannot store or compare NUL, and no honest address holds one.
        if "\0" in request.path_info or "\0" in unquote_plus(request.META.get("QUERY_STRING", "")):
            return problems.answer(request, 400, "nul_byte", _("The address holds a NUL byte. Remove it."))
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return problems.answer(request, 400, "bad_request", _("Content-Length is not a number."))
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            sentence = format_lazy(_("The body is over the limit of {:,} bytes."), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            return problems.answer(request, 413, "too_large", sentence)
        return None


class AddressMiddleware(CommonMiddleware):
    """A forgotten slash is added for whoever reads; a write would lose its body on the way and be answered as a read."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and bool(super().should_redirect_with_slash(request))


class QuotaMiddleware:
    """Says on each answer of the API what is left, and counts what was refused before ApiThrottle had its turn.

    That is a token that does not work, a path that leads nowhere, a page of plain Django: nothing has changed by it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not problems.is_api(request):
            return response
        if not hasattr(request, "quota") and response.status_code < 500:
            try:
                throttles.spend(request)
            except Throttled as refusal:
                response = problems.refusal(refusal)
        quota: throttles.Quota | None = getattr(request, "quota", None)
        for name, value in quota.headers().items() if quota else ():
            response[name] = value
        return response


class WordedMiddleware:
    """Django's own decorators refuse a method with an empty answer; here it gets the words of every other refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        return not_allowed(request, response["Allow"]) if isinstance(response, HttpResponseNotAllowed) else response


def not_allowed(request: HttpRequest, methods: str) -> HttpResponse:
    response = problems.answer(request, 405, "method_not_allowed", _("This method is not allowed."))
    response["Allow"] = methods
    return response


def allowed(path: str) -> str:
    """The methods that an address answers, for the header `Allow`; a page of people takes GET and POST only."""
    try:
        view: Any = resolve(path).func
    except Http404:
        return ""
    api = getattr(view, "cls", None)
    if api is None:
        return "GET, HEAD, POST"
    names = set(getattr(view, "actions", None) or [name for name in api.http_method_names if hasattr(api, name)])
    names |= {"options"} | ({"head"} if "get" in names else set())
    return ", ".join(sorted(names)).upper()
