"""Everything under /api/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from accounts.api.activity import OwnActivityViewSet, UserActivityViewSet
from accounts.api.people import UserViewSet
from accounts.api.personal_tokens import PersonalTokenViewSet, UserTokenViewSet
from accounts.api.sessions import OwnSessionViewSet, UserSessionViewSet
from accounts.api.tokens import LoginView, LogoutAllView, LogoutView, ProtectedView, RefreshView, VerifyView
from products.api.bulk import BulkViewSet
from products.api.catalogue import ProductViewSet
from products.api.categories import CategoryViewSet
from products.api.changes import ChangeSetViewSet, HistoryViewSet
from products.api.stock import StockViewSet
from products.api.trash import TrashViewSet
from site_config.docs import document, reference

router = SimpleRouter(use_regex_path=False)
router.register("products", ProductViewSet, basename="api-products")
router.register("categories", CategoryViewSet, basename="api-categories")
router.register("changes", ChangeSetViewSet, basename="api-changes")
router.register("trash", TrashViewSet, basename="api-trash")
router.register("users", UserViewSet, basename="api-users")
router.register("users/<key:user>/tokens", UserTokenViewSet, basename="api-users-tokens")
router.register("tokens", PersonalTokenViewSet, basename="api-tokens")


urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", LoginView.as_view(), name="api-login"),
    path("refresh/", RefreshView.as_view(), name="api-refresh"),
    path("logout/", LogoutView.as_view(), name="api-logout"),
    path("logout/all/", LogoutAllView.as_view(), name="api-logout-all"),
    path("verify/", VerifyView.as_view(), name="api-verify"),
    path("protected/", ProtectedView.as_view(), name="api-protected"),
    path("users/login/", LoginView.as_view(), name="api-users-login"),
    path("users/logout/", LogoutView.as_view(), name="api-users-logout"),
    path("users/me/sessions/", OwnSessionViewSet.as_view({"get": "list"}), name="api-users-me-sessions"),
    path(
        "users/me/sessions/<uuid:sid>/",
        OwnSessionViewSet.as_view({"delete": "destroy"}),
        name="api-users-me-sessions-detail",
    ),
    path("users/me/activity/", OwnActivityViewSet.as_view({"get": "list"}), name="api-users-me-activity"),
    path(
        "users/<key:user>/sessions/",
        UserSessionViewSet.as_view({"get": "list", "delete": "destroy_all"}),
        name="api-users-sessions",
    ),
    path(
        "users/<key:user>/sessions/<uuid:sid>/",
        UserSessionViewSet.as_view({"delete": "destroy"}),
        name="api-users-sessions-detail",
    ),
    path("users/<key:user>/activity/", UserActivityViewSet.as_view({"get": "list"}), name="api-users-activity"),
    path("products/bulk/", BulkViewSet.as_view({"post": "create"}), name="api-products-bulk"),
    path(
        "products/<key:pk>/stock/",
        StockViewSet.as_view({"get": "list", "post": "create"}),
        name="api-products-stock",
    ),
    path("products/<key:pk>/history/", HistoryViewSet.as_view({"get": "list"}), name="api-products-history"),
    path("schema/", document, name="api-schema"),
    path("docs/", reference, name="api-docs"),
    *router.urls,
]
