"""The language of an answer: the one that somebody chose, or else the one that their browser asks for."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def speak(request: HttpRequest, chosen: str) -> None:
    """Answers this request in the language chosen; empty is the browser's."""
    language = chosen or translation.get_language_from_request(request)
    translation.activate(language)
    request.LANGUAGE_CODE = language  # type: ignore[attr-defined]


def spoken(request: HttpRequest) -> str:
    """The language settled for this request; where nothing has settled it yet, the browser's."""
    settled: str = getattr(request, "LANGUAGE_CODE", "") or translation.get_language_from_request(request)
    return settled


def choices() -> list[tuple[str, str]]:
    """Each by its own name, so that it is found by whoever reads no other."""
    return [(code, own_name(code)) for code, _label in settings.LANGUAGES]


def own_name(code: str) -> str:
    return str(translation.get_language_info(code)["name_local"]).capitalize()
