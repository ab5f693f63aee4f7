"""The shapes of accounts in the API. Rights are never a plain field of one's own profile."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.models import PersonalToken, User
from accounts.models.personal_tokens import SCOPE_LABELS
from accounts.models.user import username_validator
from accounts.policy import ROLE_CHOICES
from accounts.services import passwords, personal_tokens
from accounts.services.directory import FACTORS, STATUS_LABELS
from site_config.lib import languages
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.shapes import TEXT

LONGEST_PASSWORD = passwords.LONGEST
LANGUAGES = [("", "Browser"), *languages.choices()]
EXAMPLE_JWT = "eyJhbGciOiJIUzI1NiIs…"
EXAMPLE_USER = {
    "id": 12,
    "username": "sam",
    "email": "sam@example.com",
    "name": "Sam Reyes",
    "phone": "+44 20 7946 0123",
    "language": "",
    "role": "staff",
    "is_active": True,
    "created_at": "2026-11-02T09:00:00Z",
    "last_login": None,
}
NEW_USER = {"username": "noor", "email": "noor@example.com", "name": "Noor Haddad", "password": "four plain words here"}


# What is documented of a new password; the rules of settings.AUTH_PASSWORD_VALIDATORS judge it.
@extend_schema_field(
    {
        "type": "string",
        "format": "password",
        "minLength": passwords.SHORTEST_WITH_FACTOR,
        "maxLength": LONGEST_PASSWORD,
        "pattern": TEXT,
        "description": f"At least {passwords.SHORTEST} characters where there is no second factor.",
    }
)
class NewPasswordField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_PASSWORD, trim_whitespace=False, **options)


class StrictSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    pass


def example(name: str, value: dict[str, Any]) -> Any:
    """Puts an example of the shape into the reference, whichever way the call succeeds."""
    return extend_schema_serializer(examples=[OpenApiExample(name, value, status_codes=["200", "201", "202"])])


@example("With a second factor", {"username": "sam", "password": "correct horse battery staple", "otp": "492039"})
class LoginSerializer(StrictSerializer):
    username = serializers.CharField(max_length=254, help_text="Username or e-mail address, in any case.")
    password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)
    otp = serializers.CharField(
        max_length=20, required=False, help_text="A code of the second factor, or a recovery code, where there is one."
    )


@example("A refresh token", {"refresh": EXAMPLE_JWT})
class RefreshSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=2000)


@example("By refresh token", {"refresh": EXAMPLE_JWT})
class LogoutSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=2000, required=False, help_text="Instead of an access token.")


@example("A pair", {"access": EXAMPLE_JWT, "refresh": EXAMPLE_JWT})
class PairSerializer(StrictSerializer):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`. Short-lived.")
    refresh = serializers.CharField(help_text="Use it once at `/api/refresh/`.")


@example("Any token", {"token": EXAMPLE_JWT})
class VerifySerializer(StrictSerializer):
    token = serializers.CharField(max_length=2000, help_text="An access, refresh or personal token.")


@example(
    "An access token",
    {
        "kind": "access",
        "expires_at": "2026-11-02T09:15:00Z",
        "user": 12,
        "username": "sam",
        "role": "staff",
        "scopes": None,
    },
)
class VerifiedSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=["access", "refresh", "personal"])
    expires_at = serializers.DateTimeField()
    user = serializers.IntegerField(source="user.pk", help_text="Id of the person it belongs to.")
    username = serializers.CharField(source="user.username")
    role = serializers.ChoiceField(source="user.role", choices=ROLE_CHOICES)
    scopes = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Of a personal token; null for the others."
    )


@example(
    "Another password", {"current_password": "correct horse battery staple", "new_password": "four plain words here"}
)
class PasswordSerializer(StrictSerializer):
    current_password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)
    new_password = NewPasswordField()


@example("A token that works", {"message": "Your token works.", "username": "sam", "role": "staff"})
class ProtectedSerializer(StrictSerializer):
    message = serializers.CharField()
    username = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLE_CHOICES)


class PersonFields(StrictFieldsMixin, serializers.ModelSerializer[User]):
    """Unique names and addresses are left to the database: asking first would not help against a rival."""

    language = serializers.ChoiceField(choices=LANGUAGES, read_only=True, help_text="Empty: as each request asks.")

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "id",
            "username",
            "email",
            "name",
            "phone",
            "language",
            "role",
            "is_active",
            "created_at",
            "last_login",
        )
        read_only_fields: tuple[str, ...] = ("id", "created_at", "last_login")
        extra_kwargs: dict[str, Any] = {"username": {"validators": [username_validator]}, "email": {"validators": []}}

    def get_unique_together_constraints(self, model: Any) -> Any:
        return ()

    def get_validators(self) -> list[Any]:
        return []


@example("A person", EXAMPLE_USER)
class UserSerializer(PersonFields):
    """For admins. A person sets their own password."""

    role = serializers.ChoiceField(choices=ROLE_CHOICES)


@example("Somebody new", {**NEW_USER, "role": "staff"})
class NewUserSerializer(UserSerializer):
    """For admins; `password` is the first one."""

    password = NewPasswordField(write_only=True)

    class Meta(PersonFields.Meta):
        fields = (*PersonFields.Meta.fields, "password")


@example("Oneself", EXAMPLE_USER)
class MeSerializer(PersonFields):
    """For oneself: who one is can be read, only the profile can be changed."""

    language = serializers.ChoiceField(choices=LANGUAGES, required=False, help_text="Empty: as each request asks.")

    class Meta(PersonFields.Meta):
        read_only_fields = ("id", "username", "email", "role", "is_active", "created_at", "last_login")

    def refused(self, data: dict[str, Any]) -> dict[str, Any]:
        refused = super().refused(data)
        if "email" in refused:
            sentence = _("Ask for another address at /api/users/me/email/.")
            refused["email"] = [serializers.ErrorDetail(sentence, code="read_only_field")]
        return refused


class SignUpSerializer(PersonFields):
    """For strangers, where sign-up is open: what one becomes is not one's own to choose."""

    password = NewPasswordField(write_only=True)

    class Meta(PersonFields.Meta):
        fields = (*PersonFields.Meta.fields, "password")
        read_only_fields = ("id", "role", "is_active", "created_at", "last_login")


# Of a query, where all is text; the door has refused the names it does not take.
class PeopleQuerySerializer(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=100, required=False, allow_blank=True)
    role = serializers.ChoiceField(choices=ROLE_CHOICES, required=False)
    status = serializers.ChoiceField(choices=list(STATUS_LABELS), required=False)
    factor = serializers.ChoiceField(choices=FACTORS, required=False)


@example("Five tries forgotten", {"forgotten": 5})
class UnlockedSerializer(StrictSerializer):
    forgotten = serializers.IntegerField(help_text="How many wrong tries no longer count.")


class DeletionSerializer(serializers.Serializer[Any]):
    successor = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, help_text="Id of the person who takes over the products."
    )


def scope_choice() -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=list(SCOPE_LABELS.items()))


EXAMPLE_TOKEN = {
    "id": 7,
    "name": "Till sync",
    "hint": "9f2c",
    "scopes": ["read", "stock"],
    "created_at": "2026-11-02T09:00:00Z",
    "expires_at": "2027-01-31T09:00:00Z",
    "last_used_at": None,
    "last_used_address": None,
    "ended_at": None,
    "ended_because": "",
}


@extend_schema_serializer(
    examples=[OpenApiExample("A stock feed", {"name": "Till sync", "scopes": ["read", "stock"], "days": 90})]
)
class NewTokenSerializer(StrictSerializer):
    name = serializers.CharField(max_length=60, help_text="What it is for; you have no other token of this name.")
    scopes = serializers.ListField(child=scope_choice(), allow_empty=False, max_length=len(SCOPE_LABELS))
    days = serializers.ChoiceField(
        choices=personal_tokens.DAYS, default=personal_tokens.DEFAULT_DAYS, help_text="How long it works."
    )


@extend_schema_serializer(examples=[OpenApiExample("A token", EXAMPLE_TOKEN)])
class PersonalTokenSerializer(serializers.ModelSerializer[PersonalToken]):
    scopes = serializers.ListField(source="granted", child=scope_choice())
    ended_because = serializers.CharField(
        help_text="`expired`, `revoked`, `revoked_by_admin` or `deactivated`; empty while it works."
    )

    class Meta:
        model = PersonalToken
        fields: tuple[str, ...] = tuple(EXAMPLE_TOKEN)
        read_only_fields = fields
        extra_kwargs = {"hint": {"help_text": "Its last four characters."}}


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A new token", {**EXAMPLE_TOKEN, "token": "stockroom_pat_AnExampleThatIsNoTokenAtAll00000009f2c"}
        )
    ]
)
class ShownTokenSerializer(PersonalTokenSerializer):
    token = serializers.CharField(source="secret", help_text="Keep it now: it is shown this once.")

    class Meta(PersonalTokenSerializer.Meta):
        fields = (*PersonalTokenSerializer.Meta.fields, "token")
