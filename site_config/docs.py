"""The OpenAPI document, open to everyone (it holds no data), and a page of our own made from it: no script."""

import json
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from accounts.decorators import public
from site_config.lib.paging import LARGEST_KEY
from site_config.lib.problems import MEDIA_TYPE

LANGUAGE = "en"
VERBS = ("get", "post", "put", "patch", "delete")


@public
@require_safe
def document(request: HttpRequest) -> JsonResponse:
    response = JsonResponse(schema(), content_type="application/vnd.oai.openapi+json")
    response["Content-Language"] = LANGUAGE
    return response


@public
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """In the language of the document it is made from, all of it."""
    with override(LANGUAGE):
        context = {"groups": groups(), "info": schema()["info"], "refusals": refusals()}
        response = render(request, "api_reference.html", context)
    response["Content-Language"] = LANGUAGE
    return response


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """Made once and in English, whoever asks first: making it takes the better part of a second."""
    with override(LANGUAGE):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


def groups() -> list[dict[str, Any]]:
    """The operations by the first word of their path, each with its parameters, body fields and answers."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for path, item in schema()["paths"].items():
        for verb in VERBS:
            if operation := item.get(verb):
                grouped.setdefault(path.split("/")[2], []).append(described(path, verb, operation))
    return [{"name": name, "operations": operations} for name, operations in grouped.items()]


def described(path: str, verb: str, operation: dict[str, Any]) -> dict[str, Any]:
    summary, _separator, rest = operation.get("description", "").partition("\n\n")
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = sorted(operation["responses"].items())
    return {
        "id": operation["operationId"],
        "verb": verb.upper(),
        "path": path,
        "summary": pieces(summary),
        "rest": pieces(rest),
        "parameters": [parameter(given) for given in operation.get("parameters", [])],
        "fields": fields(media.get("schema", {})),
        "example": example(media),
        "answers": [answered(code, answer) for code, answer in answers if code < "400"],
        "refusals": [code for code, _answer in answers if code >= "400"],
        "signed_in": {} not in operation.get("security", [{}]),
    }


def answered(code: str, answer: dict[str, Any]) -> dict[str, Any]:
    text = answer.get("description") or HTTPStatus(int(code)).phrase
    media = answer.get("content", {}).get("application/json", {})
    return {"code": code, "text": pieces(text), "example": example(media)}


def refusals() -> list[dict[str, Any]]:
    """What each refusal means, once for all operations, with its example."""
    found: dict[str, dict[str, Any]] = {}
    for item in schema()["paths"].values():
        for operation in item.values():
            found |= {code: answer for code, answer in operation["responses"].items() if code >= "400"}
    return [
        {"code": code, "text": pieces(answer["description"]), "example": example(answer["content"][MEDIA_TYPE])}
        for code, answer in sorted(found.items())
    ]


def example(media: dict[str, Any]) -> str:
    """The first example of a body, as indented JSON; empty where there is none."""
    given = [shape["value"] for shape in media.get("examples", {}).values()]
    shape = media.get("schema", {})
    given += [place["example"] for place in (media, shape) if "example" in place]
    return json.dumps(given[0], indent=2, ensure_ascii=False) if given else ""


def pieces(text: str) -> list[str]:
    """The text cut at its backticks: every second piece is code."""
    return text.split("`")


def parameter(given: dict[str, Any]) -> dict[str, Any]:
    text = pieces(given.get("description", ""))
    schema, where = given.get("schema", {}), given["in"]
    return {
        "name": given["name"],
        "where": where,
        "required": given.get("required"),
        "type": kind(schema),
        "text": text,
    }


def fields(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The body's fields with type, bounds and whether they must be sent."""
    if reference_to := body.get("$ref"):
        body = schema()["components"]["schemas"][reference_to.rsplit("/", 1)[1]]
    required = body.get("required", [])
    return [
        {"name": name, "required": name in required, "type": kind(shape), "text": pieces(shape.get("description", ""))}
        for name, shape in body.get("properties", {}).items()
    ]


def kind(shape: dict[str, Any]) -> str:
    """The type in a few words: "string, at most 200 characters", "integer from 0 to 5"."""
    if "oneOf" in shape:
        shape = shape["oneOf"][0]
    if "$ref" in shape:
        shape = schema()["components"]["schemas"][shape["$ref"].rsplit("/", 1)[1]]
    names = shape.get("type", "value")
    words = " or ".join(names) if isinstance(names, list) else str(names)
    if choices := shape.get("enum"):
        return f"{words}: {', '.join(str(choice) for choice in choices)}"
    if longest := shape.get("maxLength"):
        words += f", at most {longest:,} characters"
    if "minimum" in shape and shape.get("maximum", LARGEST_KEY) < LARGEST_KEY:  # the bounds of an id say nothing
        words += f" from {shape['minimum']:,} to {shape['maximum']:,}"
    return words
