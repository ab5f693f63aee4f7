"""OpenAPI: every operation names the problem documents it may answer with."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from site_config.lib.problems import MEDIA_TYPE

PROBLEM: dict[str, Any] = {
    "type": "object",
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
        for code in self.problem_codes():
            bodies[code] = self._get_response_for_code(OpenApiResponse(PROBLEM, REASONS[code]), code, [MEDIA_TYPE])
        return bodies

    def problem_codes(self) -> list[str]:
        codes = {"405"} | ({"400"} if self.method in ("POST", "PUT", "PATCH") or self._is_list_view() else set())
        if self.method in ("POST", "PUT", "PATCH"):
            codes |= {"409", "413", "415"}
        if "{" in self.path:
            codes.add("404")
        if "{" in self.path and self.method in ("PUT", "PATCH", "DELETE"):
            codes |= {"409", "412"} | ({"428"} if self.method != "DELETE" else set())
        if getattr(self.view, "public", False):
            return sorted(codes | {"401", "429"})
        return sorted(codes | {"401", "403"})
