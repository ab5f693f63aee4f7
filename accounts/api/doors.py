"""What the API's viewsets share: who asks, what they sent, and a page of rows."""

from typing import Any

from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from site_config.lib.drf import KeysetPagination, StrictQueryMixin


class Door(StrictQueryMixin, GenericViewSet[Any]):
    """`allows` says who may (an action without an entry lets nobody in); `query` which query parameters it takes."""

    pagination_class = KeysetPagination
    lookup_value_converter = "key"

    @property
    def caller(self) -> User:
        person: User = self.request.user  # type: ignore[assignment]
        return person

    def parsed(self, serializer_class: type[Any] | None = None, **options: Any) -> dict[str, Any]:
        """The body, validated; by default in the shape of the view's own serializer."""
        context = self.get_serializer_context()
        serializer = (serializer_class or self.get_serializer_class())(
            data=self.request.data, context=context, **options
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def listed(self, rows: Any, serializer_class: type[Any] | None = None) -> Response:
        """One keyset page of the rows."""
        page = self.paginate_queryset(rows)
        shape = serializer_class or self.get_serializer_class()
        return self.get_paginated_response(shape(page, many=True, context=self.get_serializer_context()).data)
