"""What people ask and answer about a product; everybody who sees the product reads it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from products.models.catalogue import Product


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, person: Any) -> "CommentQuerySet":
        return self.filter(product__in=Product.objects.visible_to(person))


class Comment(models.Model):
    product = models.ForeignKey("products.Product", models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="comments")
    author_name = models.CharField(max_length=120)
    text = models.TextField(_("text"), max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    objects = CommentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["product", "id"], name="comment_by_product")]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.text[:40]}"
