"""The product's pages, Django admin's changelist and the two floors."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from accounts.decorators import allow, public
from accounts.policy import Action
from products.models import Product
from site_config.urls import urlpatterns as pages


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


@allow(Action.PRODUCT_VIEW)
def constant(request: HttpRequest) -> HttpResponse:
    """What any signed-in page costs before it shows a row."""
    return render(request, "base.html", {"here": "products"})


@allow(Action.PRODUCT_VIEW)
def keyset(request: HttpRequest) -> JsonResponse:
    """The least that an API list can do: one keyset query as JSON."""
    rows = Product.objects.filter(trashed_at=None).order_by("-updated_at", "-id")
    return JsonResponse({"results": list(rows.values("id", "name", "sku", "price", "stock", "updated_at")[:50])})


site = Site()
site.register(Product, ProductAdmin)
for pattern in (urls := site.urls)[0]:
    if isinstance(pattern, URLPattern):
        pattern.callback = public(pattern.callback)
    else:
        for inner in pattern.url_patterns:
            inner.callback = public(inner.callback)

urlpatterns = [path("bench/constant/", constant), path("bench/keyset/", keyset), path("admin/", urls), *pages]
