"""A person who can sign in. Rights come from the role alone; there are no staff or superuser flags to set."""

import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.policy import ROLE_CHOICES, Role

# ASCII and no @: no look-alike of another name, and no name that reads like somebody's address.
username_validator = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    _("Use letters, digits, dots, hyphens and underscores, starting with a letter or digit."),
)
phone_validator = RegexValidator(r"\A\+?[0-9][0-9 ()./-]{3,}\Z", _("Enter a phone number like +44 20 7946 0123."))


def fold(identifier: str) -> str:
    """One spelling of a name or address for comparing: NFKC, without outer spaces, without case."""
    return unicodedata.normalize("NFKC", identifier).strip().casefold()


def composed(password: str) -> str:
    """One form of what keyboards send in two, é or e with an accent: NFC, which RFC 8265 sets for passwords."""
    return unicodedata.normalize("NFC", password)


class UserQuerySet(models.QuerySet["User"]):
    def identified_by(self, identifier: str) -> "User | None":
        """The person with this username or e-mail address, whatever its case."""
        return self.filter(models.Q(username__iexact=fold(identifier)) | models.Q(email=fold(identifier))).first()

    def matching(self, text: str) -> "UserQuerySet":
        """Those whose name, username or address has this part."""
        has = models.Q(name__icontains=text) | models.Q(username__icontains=text) | models.Q(email__icontains=text)
        return self.filter(has) if text else self.all()

    def active_admins(self) -> "UserQuerySet":
        return self.filter(role=Role.ADMIN, is_active=True)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, username: str, email: str, password: str | None = None, **extra: Any) -> "User":
        user: User = self.model(username=fold_unicode(username), email=fold(email), **extra)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str, password: str | None = None, **extra: Any) -> "User":
        """What `manage.py createsuperuser` makes is an admin."""
        return self.create_user(username, email, password, **{**extra, "role": Role.ADMIN})

    def get_by_natural_key(self, username: str | None) -> "User":
        person: User = self.get(username__iexact=username or "")
        return person


def fold_unicode(username: str) -> str:
    return unicodedata.normalize("NFKC", username).strip()


class User(AbstractBaseUser):
    username = models.CharField(_("username"), max_length=64, validators=[username_validator])
    email = models.EmailField(_("email address"), max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True, validators=[phone_validator])
    role = models.CharField(_("role"), max_length=10, choices=ROLE_CHOICES, default=Role.CLIENT)
    theme = models.CharField(
        _("appearance"),
        max_length=6,
        choices=[("", _("System")), ("light", _("Light")), ("dark", _("Dark"))],
        default="",
        blank=True,
    )
    # Empty: the browser's, and for mails the site's.
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Part of what a session is signed with: raising it ends every browser session of this person at once.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    # Not stored: set where this person is here through a personal API token, which may do no more than its scopes say.
    scopes: frozenset[str] | None = None
    # Not stored: asked with the row where somebody signs in or uses the API, see second_factors.lacks_factor.
    lacks_factor: bool = False
    # Not stored either: the admin who sees the site as this person just now, and can change nothing.
    viewed_by: "User | None" = None

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_unique",
                violation_error_message=_("This username already exists."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("This email address already exists."),
            ),
            models.CheckConstraint(condition=models.Q(role__in=[r.value for r in Role]), name="user_role_known"),
        ]
        indexes = [models.Index(fields=["name", "id"], name="user_name")]

    def __str__(self) -> str:
        return self.name or self.username

    def clean(self) -> None:
        super().clean()
        self.email = fold(self.email)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and composed(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(raw_password and composed(raw_password))

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}:{self.session_epoch}"

    @property
    def initials(self) -> str:
        words = str(self).replace(".", " ").replace("-", " ").split()
        return "".join(word[0] for word in words[:2]).upper()

    @property
    def role_label(self) -> Any:
        return self.get_role_display()  # type: ignore[attr-defined]
