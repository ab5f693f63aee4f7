"""Everything under /api/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from accounts.api.activity import ActivityViewSet, OwnActivityViewSet, UserActivityViewSet
from accounts.api.bulk import BulkPeopleViewSet
from accounts.api.emails import EmailConfirmView, EmailViewSet
from accounts.api.invitations import InvitationViewSet
from accounts.api.lockouts import LockoutViewSet
from accounts.api.mails import MailViewSet
from accounts.api.people import UserViewSet
from accounts.api.personal_tokens import PersonalTokenViewSet, UserTokenViewSet
from accounts.api.resets import ResetCompleteView, ResetRequestView, UserResetViewSet
from accounts.api.roles import RolePreviewViewSet
from accounts.api.sessions import OwnSessionViewSet, UserSessionViewSet
from accounts.api.tokens import LoginView, LogoutAllView, LogoutView, ProtectedView, RefreshView, VerifyView
from accounts.api.two_factor import OwnFactorsViewSet, RulesViewSet, UserFactorsViewSet
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
router.register("invitations", InvitationViewSet, basename="api-invitations")
router.register("lockouts", LockoutViewSet, basename="api-lockouts")
router.register("mails", MailViewSet, basename="api-mails")


urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", LoginView.as_view(), name="api-login"),
    path("refresh/", RefreshView.as_view(), name="api-refresh"),
    path("logout/", LogoutView.as_view(), name="api-logout"),
    path("logout/all/", LogoutAllView.as_view(), name="api-logout-all"),
    path("verify/", VerifyView.as_view(), name="api-verify"),
    path("protected/", ProtectedView.as_view(), name="api-protected"),
    path("users/login/", LoginView.as_view(), name="api-users-login"),
    path("users/logout/", LogoutView.as_view(), name="api-users-logout"),
    path("password_reset/", ResetRequestView.as_view(), name="api-password-reset"),
    path("password_reset/complete/", ResetCompleteView.as_view(), name="api-password-reset-complete"),
    path(
        "users/<key:user>/send_password_reset/",
        UserResetViewSet.as_view({"post": "create"}),
        name="api-users-send-password-reset",
    ),
    path("users/me/email/", EmailViewSet.as_view({"post": "create"}), name="api-users-me-email"),
    path("email_confirm/", EmailConfirmView.as_view(), name="api-email-confirm"),
    path("users/me/sessions/", OwnSessionViewSet.as_view({"get": "list"}), name="api-users-me-sessions"),
    path(
        "users/me/sessions/<uuid:sid>/",
        OwnSessionViewSet.as_view({"delete": "destroy"}),
        name="api-users-me-sessions-detail",
    ),
    path("activity/", ActivityViewSet.as_view({"get": "list"}), name="api-activity"),
    path("users/me/activity/", OwnActivityViewSet.as_view({"get": "list"}), name="api-users-me-activity"),
    path("users/me/factors/", OwnFactorsViewSet.as_view({"get": "retrieve"}), name="api-users-me-factors"),
    path("users/<key:user>/factors/", UserFactorsViewSet.as_view({"delete": "destroy_all"}), name="api-users-factors"),
    path(
        "second-factor-rules/",
        RulesViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="api-second-factor-rules",
    ),
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
    path("users/bulk/", BulkPeopleViewSet.as_view({"post": "create"}), name="api-users-bulk"),
    path(
        "users/<key:user>/role_preview/",
        RolePreviewViewSet.as_view({"get": "retrieve"}),
        name="api-users-role-preview",
    ),
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
