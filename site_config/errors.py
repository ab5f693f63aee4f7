"""What is answered when no view could: pages for people, problem documents under /api/."""

import sys
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from redis import exceptions as redis

from site_config.lib import hardening, problems

RETRY_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problems.answer(request, 400, "bad_request", _("The request is malformed. Check the address and try again."))


def forbidden(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    sentence = str(exception) or _("Your role does not include this. An admin can change that.")
    return problems.answer(request, 403, "permission_denied", sentence)


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    if problems.is_api(request):
        sentence = _("Nothing is at this address. Each ends with a slash; /api/docs/ lists them.")
    else:
        sentence = _("The page may have moved, or what it showed was deleted or is not shared with you.")
    return problems.answer(request, 404, "not_found", sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    """A database or a cache that does not answer is a pause, not a fault: 503 says when to try again."""
    error = sys.exc_info()[1]
    if isinstance(error, (OperationalError, InterfaceError)):
        sentence = _("The database does not answer at the moment. Nothing was changed. Try again shortly.")
        return problems.answer(request, 503, "unavailable", sentence, wait=RETRY_SECONDS)
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError)):
        sentence = _("A part of this site does not answer at the moment. Try again shortly.")
        return problems.answer(request, 503, "unavailable", sentence, wait=RETRY_SECONDS)
    sentence = _("The change you were making was not saved. The reference below helps to find out why.")
    return problems.answer(request, 500, "server_error", sentence)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if problems.is_api(request):  # its views take no cookie; only the reference is left, and that can only be read
        return hardening.not_allowed(request, "GET, HEAD")
    sentence = _("This form was open for too long, or cookies are blocked. Go back, reload the page and try again.")
    return problems.answer(request, 403, "csrf_failed", sentence)
