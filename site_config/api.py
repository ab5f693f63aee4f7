"""Everything under /api/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from accounts.api.people import UserViewSet
from accounts.api.tokens import LoginView, LogoutView, ProtectedView, RefreshView
from products.api.catalogue import ProductViewSet
from site_config.docs import document, reference

router = SimpleRouter(use_regex_path=False)
router.register("products", ProductViewSet, basename="api-products")
router.register("users", UserViewSet, basename="api-users")


urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", LoginView.as_view(), name="api-login"),
    path("refresh/", RefreshView.as_view(), name="api-refresh"),
    path("logout/", LogoutView.as_view(), name="api-logout"),
    path("protected/", ProtectedView.as_view(), name="api-protected"),
    path("schema/", document, name="api-schema"),
    path("docs/", reference, name="api-docs"),
    *router.urls,
]
