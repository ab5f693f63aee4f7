"""What is refused before any view runs, and the headers every answer carries."""

from collections.abc import Callable
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from site_config.lib import problems

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
            return problems.answer(request, 405, "method_not_allowed", "This method is not allowed.")
        # PostgreSQL cannot store or compare NUL, and no honest address holds one.
        if "\0" in request.path_info or "\0" in unquote_plus(request.META.get("QUERY_STRING", "")):
            return problems.answer(request, 400, "nul_byte", "The address holds a NUL byte. Remove it.")
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return problems.answer(request, 400, "bad_request", "Content-Length is not a number.")
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            return problems.answer(request, 413, "too_large", f"The body is over the limit of {limit:,} bytes.")
        return None
