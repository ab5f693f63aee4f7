"""Entity tags: a script asks for what it has not seen yet, and writes only onto what it has read.

RFC 9110, 8.8.3 and 13.1. A row with a version has it as its tag; any other answer is tagged by its content.
"""

from collections.abc import Callable
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

ABOUT_THE_BODY = ("Content-Type", "Content-Length")


def content_etag(content: bytes) -> str:
    """A strong tag of what is answered, byte for byte."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def is_named(header: str, etag: str) -> bool:
    """Whether a list of tags names this one; a proxy that compresses the answer has made its tag a weak one."""
    tags = {tag.removeprefix("W/") for tag in parse_etags(header)}
    return "*" in tags or etag in tags


class ConditionalMiddleware:
    """Tags every JSON answer to a GET, and answers 304 to a script that has it already (`If-None-Match`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method not in ("GET", "HEAD") or response.status_code != 200:
            return response
        if not response.get("Content-Type", "").startswith("application/") or response.streaming:
            return response
        if not response.has_header("ETag"):
            response["ETag"] = content_etag(response.content)
        if not is_named(request.headers.get("If-None-Match", ""), response["ETag"]):
            return response
        unchanged = HttpResponseNotModified()
        for name, value in response.items():
            if name not in ABOUT_THE_BODY:
                unchanged[name] = value
        return unchanged
