"""The API's reference as a page of our own, made from the OpenAPI document: no script, no other origin."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

from accounts.decorators import public

VERBS = ("get", "post", "put", "patch", "delete")


@public
def reference(request: HttpRequest) -> HttpResponse:
    return render(request, "api_reference.html", {"groups": groups(), "schema": schema()["info"]})


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


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
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return {
        "id": operation["operationId"],
        "verb": verb.upper(),
        "path": path,
        "summary": summary,
        "rest": rest,
        "parameters": operation.get("parameters", []),
        "fields": fields(body),
        "answers": [{"code": code, **answer} for code, answer in sorted(operation["responses"].items())],
        "signed_in": operation.get("security") != [{}] and bool(operation.get("security")),
    }


def fields(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The body's fields with type, bounds and whether they must be sent."""
    if reference_to := body.get("$ref"):
        body = schema()["components"]["schemas"][reference_to.rsplit("/", 1)[1]]
    required = body.get("required", [])
    return [
        {"name": name, "required": name in required, "type": kind(shape), "text": shape.get("description", "")}
        for name, shape in body.get("properties", {}).items()
        if not shape.get("readOnly")
    ]


def kind(shape: dict[str, Any]) -> str:
    name = shape.get("type", "value")
    return " or ".join(name) if isinstance(name, list) else str(name)
