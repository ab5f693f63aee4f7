"""OpenAPI: every operation names its parameters, its examples and the problem documents it may answer with, by rule."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import OpenApiParameter

from site_config.lib import shapes
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.problems import MEDIA_TYPE

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A refusal (RFC 9457). Where a field is at fault it also has a member of the field’s name.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "example": "urn:stockroom:problem:invalid"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Never changes; decide by it."},
        "detail": {"type": "string", "description": "A sentence for the person, in their language."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
DRY_RUN: dict[str, Any] = {
    "type": "object",
    "description": "What a write would do, asked with `?dry_run=true`. Nothing was changed.",
    "required": ["dry_run", "status", "changes", "result"],
    "properties": {
        "dry_run": {"type": "boolean", "const": True},
        "status": {"type": "integer", "description": "The status the real call would answer with."},
        "changes": {
            "type": "array",
            "description": "Every field that would be written; an empty `field` is the object itself.",
            "items": {
                "type": "object",
                "required": ["object", "id", "label", "field", "old", "new"],
                "properties": {
                    "object": {"type": "string"},
                    "id": {"type": ["integer", "null"]},
                    "label": {"type": "string"},
                    "field": {"type": "string"},
                    "old": {},
                    "new": {},
                },
            },
        },
        "result": {"description": "What the real call would answer, without the id of what it would create."},
    },
    "example": {
        "dry_run": True,
        "status": 200,
        "changes": [
            {"object": "product", "id": 12, "label": "Enamel mug", "field": "price", "old": "12.50", "new": "13.20"}
        ],
        "result": {"id": 12, "name": "Enamel mug", "price": "13.20"},
    },
}
# What is refused, why, and an example of its code and sentence.
REASONS: dict[str, tuple[str, str, str]] = {
    "400": ("Malformed or refused input", "invalid", "Enter an amount like 12.50."),
    "401": ("No token, or one that is expired, revoked or invalid", "token_expired", "This token has expired."),
    "403": (
        "Your role, or the scopes of your token, do not allow this",
        "permission_denied",
        "Only an admin can manage people.",
    ),
    "404": ("Not there, or not shared with you", "not_found", "No product matches the given query."),
    "405": ("Method not allowed", "method_not_allowed", "Method \u201cPUT\u201d not allowed."),
    "406": (
        "Only `application/json` is answered",
        "not_acceptable",
        "Could not satisfy the request Accept header.",
    ),
    "409": (
        "Something else was there first",
        "not_enough_stock",
        "Only 2 in stock: 3 cannot be taken out.",
    ),
    "410": ("It was there, and is used up or at its end", "expired", "This invitation has expired. Ask for a new one."),
    "412": (
        "`If-Match` does not match: somebody saved before you",
        "version_mismatch",
        "Somebody saved this product after you read it. Read it again.",
    ),
    "413": ("Body over the limit", "too_large", "The body is over the limit of 1,048,576 bytes."),
    "415": (
        "Send application/json",
        "unsupported_media_type",
        "Unsupported media type \u201ctext/plain\u201d in request.",
    ),
    "422": (
        "The `Idempotency-Key` was used for another request",
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Use a new key for a new request.",
    ),
    "428": ("Send `If-Match` with this change", "if_match_needed", "Send If-Match to set stock."),
    "429": ("Locked or throttled; see `Retry-After`", "throttled", "Request was throttled. Try again in 41 seconds."),
    "503": (
        "The database does not answer; see `Retry-After`",
        "unavailable",
        "The database does not answer at the moment. Nothing was changed. Try again shortly.",
    ),
}
WAITING = {"429", "503"}
DRY_RUN_PARAMETER = OpenApiParameter(
    "dry_run", bool, description="`true` runs the write, answers what it would change, and changes nothing."
)
KEY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 257, "pattern": r'^"?[!#-\[\]-~]{1,255}"?$'},
    "header",
    description="A UUID of your own for this request: sent again within 24 hours it happens once and answers the same.",
)


def problem_example(code: str) -> dict[str, Any]:
    _reason, error_code, sentence = REASONS[code]
    return {
        "type": f"urn:stockroom:problem:{error_code}",
        "title": HTTPStatus(int(code)).phrase,
        "status": int(code),
        "code": error_code,
        "detail": sentence,
        "request_id": "5f0c7a52d0b14f6f8a9c1e2d3b4a5968",
        "errors": [],
    }


def header(text: str, kind: str = "string") -> dict[str, Any]:
    return {"description": text, "schema": {"type": kind}}


class ProblemAutoSchema(AutoSchema):
    """Adds what holds for all operations by rule, so that no view has to repeat it."""

    def get_filter_backends(self) -> list[Any]:
        return [] if self.method != "GET" else super().get_filter_backends()

    def get_override_parameters(self) -> list[Any]:
        action = getattr(self.view, "action", None) or self.method.lower()
        given = [*super().get_override_parameters(), *getattr(self.view, "query", {}).get(action, [])]
        if kind := self.write_kind():
            given.append(DRY_RUN_PARAMETER)
            if kind == "retryable":
                given.append(KEY_PARAMETER)
        return given

    def _get_parameters(self) -> list[dict[str, Any]]:
        """No address holds a NUL: hardening.HardeningMiddleware refuses it."""
        parameters: list[dict[str, Any]] = super()._get_parameters()  # type: ignore[no-untyped-call]
        for given in parameters:
            schema, told = given["schema"], {"enum", "format", "pattern"}
            if given["in"] == "query" and schema.get("type") == "string" and not told & schema.keys():
                schema["pattern"] = shapes.TEXT
        return parameters

    def write_kind(self) -> str:
        """How the handler is marked by @write; empty for a read and for the token doors."""
        action = getattr(self.view, "action", None) or self.method.lower()
        return getattr(getattr(self.view, action, None), "write", "")

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if self.write_kind():
            self.add_dry_run(bodies)
        problem = self.component("Problem", PROBLEM)
        for code in self.problem_codes():
            content = {MEDIA_TYPE: {"schema": problem, "example": problem_example(code)}}
            bodies[code] = {"content": content, "description": REASONS[code][0]}
            if code in WAITING:
                bodies[code]["headers"] = {"Retry-After": header("Seconds until it is worth trying again.", "integer")}
            if code == "429":
                bodies[code]["headers"] |= {
                    "RateLimit-Policy": header("Whose requests are counted, how many, in how many seconds."),
                    "RateLimit": header("How many are left, and for how many seconds. On every answer."),
                }
        return bodies

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """A body is described to the letter: what shapes.check refuses, and that a field we do not know is refused."""
        shape: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        serializer = force_instance(serializer)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, StrictFieldsMixin):
            for name, schema in shape["properties"].items():
                shapes.describe(serializer.fields[name], schema)  # type: ignore[attr-defined]
            shape["additionalProperties"] = False
        return shape

    def _get_examples(self, serializer: Any, direction: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A serializer's example serves both ways; what only an answer has is left out of the request."""
        examples: dict[str, Any] = super()._get_examples(serializer, direction, *args, **kwargs)  # type: ignore[no-untyped-call]
        serializer = force_instance(serializer)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, StrictFieldsMixin):
            fields: Any = serializer.fields  # type: ignore[attr-defined]
            sent = {name for name, field in fields.items() if not field.read_only}
            for example in examples.values():
                example["value"] = {name: value for name, value in example["value"].items() if name in sent}
        return examples

    def _get_request_for_media_type(self, serializer: Any, direction: Any = "request") -> Any:
        """A body of several shapes is none of them when it is empty, whatever each of them may leave out."""
        schema, required = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        shape = self.registry[self.resolve_serializer(serializer, direction)].schema if "$ref" in (schema or {}) else {}
        return schema, required or bool({"oneOf", "anyOf"} & shape.keys())

    def component(self, name: str, shape: dict[str, Any]) -> dict[str, Any]:
        made = ResolvedComponent(name, ResolvedComponent.SCHEMA, shape, name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(made)
        reference: dict[str, Any] = made.ref
        return reference

    def add_dry_run(self, bodies: dict[str, Any]) -> None:
        """A dry run answers 200 with a document of its own, beside what the real call may answer."""
        rehearsal = self.component("DryRun", DRY_RUN)
        answer = bodies.setdefault("200", {"description": "Only with `dry_run=true`."})
        content = answer.setdefault("content", {}).setdefault("application/json", {})
        content["schema"] = {"anyOf": [content["schema"], rehearsal]} if "schema" in content else rehearsal

    def problem_codes(self) -> list[str]:
        codes = {"400", "405", "406", "429", "503"}
        if self.method in ("POST", "PUT", "PATCH"):
            codes |= {"409", "413", "415"}
        if self.write_kind() == "retryable":
            codes.add("422")
        if "{" in self.path:
            codes.add("404")
        if self.write_kind():
            codes.add("409")
        if any(given.name == "If-Match" for given in self.get_override_parameters()):
            codes |= {"412"} | ({"428"} if self.method != "DELETE" else set())
        codes |= getattr(self.view, "also_refuses", set())
        if getattr(self.view, "public", False):
            return sorted(codes | {"401"})
        return sorted(codes | {"401", "403"})
