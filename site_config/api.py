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
from products.api.access import AccessViewSet
from products.api.archive import ArchiveViewSet
from products.api.batch import BatchViewSet
from products.api.bulk import BulkViewSet
from products.api.catalogue import ProductViewSet
from products.api.categories import CategoryViewSet
from products.api.changes import ChangeSetViewSet, HistoryViewSet
from products.api.comments import CommentViewSet
from products.api.duplicates import DuplicatesViewSet
from products.api.exports import ExportViewSet
from products.api.figures import FiguresViewSet
from products.api.jobs import JobViewSet
from products.api.notifications import NotificationViewSet
from products.api.prices import PriceViewSet
from products.api.proposals import ProposalViewSet
from products.api.stock import StockViewSet
from products.api.tags import TagViewSet
from products.api.trash import TrashViewSet
from products.api.views_saved import SavedViewViewSet
from products.api.watches import WatchViewSet
from site_config.docs import document, reference

router = SimpleRouter(use_regex_path=False)
router.register("products", ProductViewSet, basename="api-products")
router.register("categories", CategoryViewSet, basename="api-categories")
router.register("tags", TagViewSet, basename="api-tags")
router.register("changes", ChangeSetViewSet, basename="api-changes")
router.register("jobs", JobViewSet, basename="api-jobs")
router.register("proposals", ProposalViewSet, basename="api-proposals")
router.register("trash", TrashViewSet, basename="api-trash")
router.register("notifications", NotificationViewSet, basename="api-notifications")
router.register("views", SavedViewViewSet, basename="api-views")
router.register("watches", WatchViewSet, basename="api-watches")
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
    path("products/export/", ExportViewSet.as_view({"get": "retrieve"}), name="api-products-export"),
    path("products/batch/", BatchViewSet.as_view({"post": "create"}), name="api-products-batch"),
    path("products/bulk/", BulkViewSet.as_view({"post": "create"}), name="api-products-bulk"),
    path(
        "products/<key:pk>/stock/",
        StockViewSet.as_view({"get": "list", "post": "create"}),
        name="api-products-stock",
    ),
    path(
        "products/<key:pk>/comments/",
        CommentViewSet.as_view({"get": "list", "post": "create"}),
        name="api-products-comments",
    ),
    path(
        "products/<key:pk>/comments/<key:comment>/",
        CommentViewSet.as_view({"delete": "destroy"}),
        name="api-products-comments-detail",
    ),
    path("products/<key:pk>/access/", AccessViewSet.as_view({"get": "retrieve"}), name="api-products-access"),
    path(
        "products/<key:pk>/archive/",
        ArchiveViewSet.as_view({"post": "create", "delete": "destroy"}),
        name="api-products-archive",
    ),
    path("products/duplicates/", DuplicatesViewSet.as_view({"get": "retrieve"}), name="api-products-duplicates"),
    path("products/<key:pk>/prices/", PriceViewSet.as_view({"get": "list"}), name="api-products-prices"),
    path("products/<key:pk>/history/", HistoryViewSet.as_view({"get": "list"}), name="api-products-history"),
    path("figures/", FiguresViewSet.as_view({"get": "retrieve"}), name="api-figures"),
    path("schema/", document, name="api-schema"),
    path("docs/", reference, name="api-docs"),
    *router.urls,
]
