"""OpenAPI: every operation names the problem documents it may answer with."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

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
REASONS = {
    "400": "Malformed or refused input",
    "401": "No token, or one that is expired, revoked or invalid",
    "403": "Your role does not allow this",
    "404": "Not there, or not shared with you",
    "405": "Method not allowed",
    "409": "Something else was there first",
    "412": "`If-Match` does not match: somebody saved before you",
    "413": "Body over the limit",
    "415": "Send application/json",
    "428": "Send `If-Match` with this change",
    "429": "Locked or throttled; see `Retry-After`",
}


class ProblemAutoSchema(AutoSchema):
    """Adds the error answers by rule, so that no view has to repeat them."""

    def get_filter_backends(self) -> list[Any]:
        return [] if self.method != "GET" else super().get_filter_backends()

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        problem = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, PROBLEM, "Problem")  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(problem)
        for code in self.problem_codes():
            bodies[code] = {"content": {MEDIA_TYPE: {"schema": problem.ref}}, "description": REASONS[code]}
        return bodies

    def problem_codes(self) -> list[str]:
        codes = {"405"} | ({"400"} if self.method != "GET" or self._is_list_view() else set())
        if self.method in ("POST", "PUT", "PATCH"):
            codes |= {"409", "413", "415"}
        if "{" in self.path:
            codes.add("404")
        if "{" in self.path and self.method in ("PUT", "PATCH", "DELETE"):
            codes |= {"409", "412"} | ({"428"} if self.method != "DELETE" else set())
        if getattr(self.view, "public", False):
            return sorted(codes | {"401", "429"})
        return sorted(codes | {"401", "403"})
