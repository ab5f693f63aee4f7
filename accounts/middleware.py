"""A view that says nothing about who may enter lets nobody in; who chose a language reads in it."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from rest_framework.views import APIView

from site_config.lib import languages, problems


def declares_access(view: Callable[..., Any]) -> bool:
    """A page by @allow or @public; an API view by its class, whose one permission asks the policy."""
    api_class = getattr(view, "cls", None)
    return hasattr(view, "access") or (isinstance(api_class, type) and issubclass(api_class, APIView))


class ClosedByDefaultMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if not declares_access(view):
            raise PermissionDenied


class LanguageMiddleware:
    """A page speaks the language of the account, whatever the browser asks for.

    At the API nobody has signed in at this point: ApiAuthentication does the same there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not problems.is_api(request) and (chosen := getattr(request.user, "language", "")):
            languages.speak(request, chosen)
        return self.get_response(request)
