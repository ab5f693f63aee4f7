"""Refusals: problem documents (RFC 9457) for the API, plain error pages for people."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from site_config.lib import languages, origin
from site_config.lib.errors import DomainError, Invalid, Throttled

MEDIA_TYPE = "application/problem+json"


def document(code: int, *, error_code: str, detail: str, **extra: Any) -> dict[str, Any]:
    """The members of a problem document; `type` is a stable URN made of the error's code."""
    return {
        "type": f"urn:stockroom:problem:{error_code}",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "code": error_code,
        "detail": detail,
        "request_id": origin.current().request_id,
        **extra,
    }


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def answer(
    request: HttpRequest, code: int, error_code: str, detail: str | Promise, *, wait: int | None = None
) -> HttpResponse:
    """A refusal outside any view: a problem document, or an error page.

    In the language of the caller, which this may come too early for LocaleMiddleware to have set.
    """
    language = languages.spoken(request)
    with override(language):
        response = worded(request, code, error_code, str(detail))
    response["Content-Language"] = language
    patch_vary_headers(response, ["Accept-Language"])
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response


def worded(request: HttpRequest, code: int, error_code: str, detail: str) -> HttpResponse:
    if is_api(request):
        body = document(code, error_code=error_code, detail=detail, errors=[])
        return JsonResponse(body, status=code, content_type=MEDIA_TYPE)
    context = {"code": code, "title": PAGE_TITLES.get(code, PAGE_TITLES[400]), "detail": detail}
    context["reference"] = origin.current().request_id
    return HttpResponse(render_to_string("error.html", context), status=code)


PAGE_TITLES = {
    400: gettext_lazy("That request could not be read"),
    403: gettext_lazy("You can’t open this page"),
    404: gettext_lazy("Nothing on this shelf"),
    405: gettext_lazy("That can’t be done here"),
    413: gettext_lazy("That is too large"),
    429: gettext_lazy("Too many requests at once"),
    500: gettext_lazy("Something broke on our side"),
    503: gettext_lazy("Back in a moment"),
}


def field_errors(detail: Any, pointer: str = "") -> list[dict[str, str]]:
    """DRF's nested validation errors as a flat list of pointer (RFC 6901), code and message."""
    if isinstance(detail, dict):
        return [e for key, value in detail.items() for e in field_errors(value, f"{pointer}/{escaped(str(key))}")]
    if isinstance(detail, list):
        return [e for item in detail for e in field_errors(item, pointer)]
    pointer = pointer.removesuffix("/non_field_errors")
    return [{"pointer": pointer, "code": getattr(detail, "code", "invalid"), "message": str(detail)}]


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every exception a view may answer for, as one problem document; anything else stays a 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, DomainError):
        body, code, headers = from_domain(error)
    elif isinstance(error, exceptions.APIException):
        body, code, headers = from_drf(error)
    else:
        return None
    set_rollback()
    return Response(body, status=code, headers=headers, content_type=MEDIA_TYPE)


def refusal(error: DomainError) -> HttpResponse:
    """The problem document of a broken rule, where no view answers."""
    body, code, headers = from_domain(error)
    return JsonResponse(body, status=code, headers=headers, content_type=MEDIA_TYPE)


def from_domain(error: DomainError) -> tuple[dict[str, Any], int, dict[str, str]]:
    fields = error.fields if isinstance(error, Invalid) else {error.field: [error.message]} if error.field else {}
    errors = [
        {"pointer": f"/{escaped(name)}" if name else "", "code": error.code, "message": message}
        for name, messages in fields.items()
        for message in messages
    ]
    named = {name: messages for name, messages in fields.items() if name}
    headers = {"Retry-After": str(error.wait)} if isinstance(error, Throttled) else {}
    body = document(error.status, error_code=error.code, detail=error.message, **{"errors": errors, **error.extra})
    return {**named, **body}, error.status, headers


def from_drf(error: exceptions.APIException) -> tuple[dict[str, Any], int, dict[str, str]]:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if not isinstance(error, exceptions.ValidationError):
        detail, code = plain(error)
        return document(error.status_code, error_code=code, detail=detail, errors=[]), error.status_code, headers
    errors = field_errors(error.detail)
    named = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
    body = document(
        status.HTTP_400_BAD_REQUEST,
        error_code="invalid",
        detail=errors[0]["message"] if len(errors) == 1 else _("Several fields need fixing. See errors."),
        errors=errors,
    )
    return {**named, **body}, error.status_code, headers


def plain(error: exceptions.APIException) -> tuple[str, str]:
    """The sentence and the code of an error that is not about fields; SimpleJWT wraps both in a dict."""
    detail: Any = error.detail
    if isinstance(detail, dict):
        return str(detail.get("detail", error.default_detail)), str(detail.get("code", error.default_code))
    return str(detail), getattr(detail, "code", error.default_code)
