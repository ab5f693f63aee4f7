"""What the product is measured beside: floors that do the least, and peers that do the same in the usual way."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import engines
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt
from rest_framework import permissions, serializers, viewsets
from rest_framework.pagination import CursorPagination
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts.decorators import allow, public
from accounts.policy import Action
from products.models import Product
from site_config.urls import urlpatterns as pages

COLUMNS = (
    *("id", "name", "sku", "barcode", "description", "note", "price", "cost", "stock", "low_stock_threshold"),
    *("category_id", "is_public", "owner_id", "archived_at", "version", "created_at", "updated_at"),
)


# --- Floors ----------------------------------------------------------------------------------------------------------


@csrf_exempt
@public
def nothing(request: HttpRequest) -> HttpResponse:
    """The least that any answer can cost."""
    return JsonResponse({"detail": "Nothing."})


@allow(Action.PRODUCT_VIEW)
def constant(request: HttpRequest) -> HttpResponse:
    """What any signed-in page costs before it shows a row."""
    return render(request, "base.html", {"here": "products"})


# What the list shows, as text: filled by run.py.
SHOWN = {"page": "", "fragment": ""}
FRAME = "{% extends 'base.html' %}{% block main %}{{ shown }}{% endblock %}"


@allow(Action.PRODUCT_VIEW)
def same_size(request: HttpRequest) -> HttpResponse:
    """A signed-in page of the size of the list that renders a constant; asked by htmx, the constant fragment."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(SHOWN["fragment"])
    shown = SafeString(SHOWN["page"])
    return HttpResponse(engines["django"].from_string(FRAME).render({"shown": shown, "here": "products"}, request))


@public
def keyset(request: HttpRequest) -> JsonResponse:
    """The least that an API's list can do: one keyset query for the same columns, as JSON, for whoever asks."""
    rows = Product.objects.filter(trashed_at=None).order_by("-updated_at", "-id")
    size = int(request.GET.get("rows", 50))
    return JsonResponse({"results": list(rows.values(*COLUMNS)[: size + 1])[:size]})


# --- Peers -----------------------------------------------------------------------------------------------------------


class PlainSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = (
            *("id", "name", "sku", "barcode", "description", "note", "price", "cost", "stock", "low_stock_threshold"),
            *("category", "is_public", "owner", "status", "version", "created_at", "updated_at"),
        )


class PlainPagination(CursorPagination):
    page_size, page_size_query_param, max_page_size = 50, "page_size", 200
    ordering = ("-updated_at", "-id")


class PlainViewSet(viewsets.ReadOnlyModelViewSet):
    """Django REST framework as its tutorial writes it, with the usual package for its tokens."""

    queryset = Product.objects.filter(trashed_at=None)
    serializer_class = PlainSerializer
    pagination_class = PlainPagination
    authentication_classes = [JWTAuthentication]
    permission_classes = [permissions.IsAuthenticated]


class Site(admin.AdminSite):
    def has_permission(self, request):
        return request.user.is_authenticated


class ProductAdmin(admin.ModelAdmin):
    list_display = ("name", "sku", "is_public", "category", "stock", "price", "owner", "updated_at")
    list_select_related = ("category", "owner")
    list_per_page = 20
    ordering = ("-updated_at",)

    def has_view_permission(self, request, obj=None):
        return True

    has_module_permission = has_add_permission = has_change_permission = has_delete_permission = has_view_permission


site = Site()
site.register(Product, ProductAdmin)
for pattern in (urls := site.urls)[0]:
    if isinstance(pattern, URLPattern):
        pattern.callback = public(pattern.callback)
    else:
        for inner in pattern.url_patterns:
            inner.callback = public(inner.callback)

urlpatterns: list[Any] = [
    path("bench/nothing/", nothing),
    path("bench/constant/", constant),
    path("bench/same-size/", same_size),
    path("bench/keyset/", keyset),
    path("bench/plain/", PlainViewSet.as_view({"get": "list"})),
    path("admin/", urls),
    *pages,
]
