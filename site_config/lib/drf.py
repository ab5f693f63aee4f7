"""Django REST framework, made strict: what it may parse, and cursor pages over our keyset."""

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.pagination import BasePagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from site_config.lib import paging, shapes
from site_config.lib.errors import DomainError, Invalid


class StrictJSONParser(JSONParser):
    """JSON only; what no answer or database could hold is a 400 like any other malformed body.

    That is nesting that exhausts the stack, half a surrogate pair (no text) and 1e999 (which Python reads as infinity).
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ParseError as error:
            # JSONParser's own sentence is English, whoever reads it.
            raise ParseError(fault(error.__context__)) from error
        except ValueError as error:
            raise ParseError(fault(error)) from error
        return data


def fault(error: BaseException | None) -> str:
    """What is wrong with a body, and where it stops being JSON."""
    if isinstance(error, json.JSONDecodeError):
        return _("The body is not JSON: look at line {}, column {}.").format(error.lineno, error.colno)
    return _("The body holds a broken character or a number without end.")


# A serializer that names what it does not take, instead of dropping it in silence. A read-only field may be sent back
# as it was read, so a script can PUT what it got; any other value is refused.
# (Not a docstring: the schema would show it as the description of every serializer that has none.)
class StrictFieldsMixin:
    default_error_messages = {
        "unknown_field": gettext_lazy("There is no such field."),
        "read_only_field": gettext_lazy("This field cannot be set here."),
    }

    def to_internal_value(self, data: Any) -> Any:
        refused = self.refused(data) if isinstance(data, dict) else {}
        try:
            values = super().to_internal_value(data)  # type: ignore[misc]
        except serializers.ValidationError as error:
            if not refused:
                raise
            raise serializers.ValidationError({**error.detail, **refused}) from error  # type: ignore[dict-item]
        if refused:
            raise serializers.ValidationError(refused)
        return values

    def refused(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the fields themselves would let pass."""
        shown = self.to_representation(self.instance) if self.instance is not None else {}  # type: ignore[attr-defined]
        refused: dict[str, Any] = {}
        for name, value in data.items():
            field = self.fields.get(name)  # type: ignore[attr-defined]
            if field is None:
                refused[name] = self.worded("unknown_field")
            elif not field.read_only:
                try:
                    shapes.check(field, value)
                except serializers.ValidationError as error:
                    refused[name] = error.detail
            elif name not in shown or shown[name] != value:
                refused[name] = self.worded("read_only_field")
        return refused

    def worded(self, code: str) -> list[serializers.ErrorDetail]:
        return [serializers.ErrorDetail(self.error_messages[code], code=code)]  # type: ignore[attr-defined]


PAGING = frozenset({"cursor", "page_size", "ordering"})


# A view that names every query parameter it does not take: a mistyped filter must not pass for "all".
# `query` lists the parameters of each action (of each method, on a plain view); the schema shows the same list.
class StrictQueryMixin:
    query: dict[str, list[OpenApiParameter]] = {}
    paged: frozenset[str] = frozenset({"list"})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After sign-in, rights and limits, so that only who may ask is told what there is."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if not hasattr(self, str(request.method).lower()):
            return  # a method that nobody answers is refused as such
        taken = self.taken(getattr(self, "action", None) or str(request.method).lower(), request)
        if unknown := sorted(set(request.query_params) - taken):
            raise Invalid({name: [_("There is no such parameter.")] for name in unknown}, code="unknown_parameter")

    def taken(self, action: str, request: Request) -> set[str]:
        writes = hasattr(getattr(self, action, None), "write")
        paging = PAGING if action in self.paged and request.method == "GET" else set()
        return {given.name for given in self.query.get(action, [])} | paging | ({"dry_run"} if writes else set())


def sort_of(request: Request, sorts: dict[str, paging.Sort], default: str) -> paging.Sort:
    """The order that `?ordering=` picks; raises DomainError `bad_ordering`."""
    key = request.query_params.get("ordering", default)
    if key not in sorts:
        raise DomainError(_("Order by one of: {}.").format(", ".join(sorts)), field="ordering", code="bad_ordering")
    return sorts[key]


class KeysetPagination(BasePagination):
    """`?cursor=` and `?page_size=` (1 to 200); answers {"next", "previous", "results"} with absolute links.

    The view names the order: `sorts` (a dict of paging.Sort by key) and `default_sort`; `?ordering=` picks one.
    """

    default_size, max_size = 50, 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        # A view may have found another order, as what is searched for comes best match first, and that the rows are few.
        sort = getattr(view, "sort", None) or sort_of(request, view.sorts, view.default_sort)
        cursor, few = request.query_params.get("cursor"), getattr(view, "few", False)
        self.page = paging.page(queryset, sort=sort, cursor=cursor, size=self.size(request), few=few)
        return self.page.rows

    def size(self, request: Request) -> int:
        given = request.query_params.get("page_size", str(self.default_size))
        if not (given.isascii() and given.isdigit() and len(given) < 9 and 1 <= int(given) <= self.max_size):
            sentence = _("Give a whole number from 1 to {}.").format(self.max_size)
            raise DomainError(sentence, field="page_size", code="bad_page_size")
        return int(given)

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self.link(self.page.next), "previous": self.link(self.page.previous)}
        return Response({**links, "results": data})

    def link(self, cursor: str | None) -> str | None:
        return cursor and replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri", "example": None}
        properties = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": ["next", "previous", "results"], "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        def query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
            return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}

        sizes = {"type": "integer", "minimum": 1, "maximum": self.max_size, "default": self.default_size}
        orders = {"type": "string", "enum": list(view.sorts), "default": view.default_sort}
        return [
            query("cursor", {"type": "string"}, "Opaque; take it from `next` or `previous`."),
            query("page_size", sizes, "Rows per page."),
            query("ordering", orders, "Sort column; a minus sign sorts descending."),
        ]
