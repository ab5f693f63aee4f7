"""The questions of a product: its thread, writing into it, and taking a line back."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from drf_spectacular.utils import extend_schema_serializer as described
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.writes import write
from accounts.policy import Action
from products.models import Comment, Product
from products.services import comments
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.paging import Sort

COMMENT = {
    "id": 9,
    "product": 12,
    "author": 3,
    "author_name": "Cleo Martin",
    "text": "When does the next delivery come?",
    "at": "2026-11-02T14:31:07.482911Z",
}


@described(examples=[OpenApiExample("A question", COMMENT)])
class CommentSerializer(serializers.ModelSerializer[Comment]):
    product = serializers.IntegerField(source="product_id")
    author = serializers.IntegerField(source="author_id", allow_null=True, help_text="Null once the person is gone.")

    class Meta:
        model = Comment
        fields = tuple(COMMENT)


@described(examples=[OpenApiExample("A question", {"text": "When does the next delivery come?"})])
class NewCommentSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    """Plain text of up to 2,000 characters. Control characters become spaces."""

    text = serializers.CharField(max_length=comments.LONGEST)


class CommentViewSet(Door):
    queryset = Comment.objects.none()
    serializer_class = CommentSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"
    allows = {"list": Action.PRODUCT_VIEW, "create": Action.COMMENT_WRITE, "destroy": Action.COMMENT_WRITE}

    def list(self, request: Request, pk: int) -> Response:
        """What was asked and answered about a product, the newest first."""
        return self.listed(comments.of(self.product(pk)))

    @extend_schema(request=NewCommentSerializer, responses={201: CommentSerializer})
    @write
    def create(self, request: Request, pk: int) -> Response:
        """Ask or answer. The product’s owner and those who wrote before are told, and of a client’s line staff too.

        Over 60 within an hour answer 409 `too_many_comments`.
        """
        made = comments.add(actor=self.caller, product=self.product(pk), **self.parsed(NewCommentSerializer))
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, pk: int, comment: int) -> Response:
        """Take back what you wrote, within a quarter of an hour; an admin removes any."""
        line = get_object_or_404(comments.of(self.product(pk)), pk=comment)
        comments.remove(actor=self.caller, comment=line)
        return Response(status=204)

    def product(self, pk: int) -> Product:
        return get_object_or_404(Product.objects.visible_to(self.caller), pk=pk)
