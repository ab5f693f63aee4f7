"""The shapes of accounts in the API. Rights are never a plain field of one's own profile."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from accounts.policy import ROLE_CHOICES
from site_config.lib.drf import StrictFieldsMixin

LONGEST_PASSWORD = 1000


class StrictSerializer(StrictFieldsMixin, serializers.Serializer[Any]):
    pass


class LoginSerializer(StrictSerializer):
    username = serializers.CharField(max_length=254, help_text="Username or e-mail address, in any case.")
    password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)


class RefreshSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=2000)


class LogoutSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=2000, required=False, help_text="Instead of an access token.")


class PairSerializer(StrictSerializer):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`. Short-lived.")
    refresh = serializers.CharField(help_text="Use it once at `/api/refresh/`.")


class PasswordSerializer(StrictSerializer):
    current_password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)
    new_password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)


class ProtectedSerializer(StrictSerializer):
    message = serializers.CharField()
    username = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLE_CHOICES)


class PersonFields(StrictFieldsMixin, serializers.ModelSerializer[User]):
    """Unique names and addresses are left to the database: asking first would not help against a rival."""

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "id",
            "username",
            "email",
            "name",
            "phone",
            "role",
            "is_active",
            "created_at",
            "last_login",
        )
        read_only_fields: tuple[str, ...] = ("id", "created_at", "last_login")
        extra_kwargs: dict[str, Any] = {"username": {"validators": []}, "email": {"validators": []}}

    def get_unique_together_constraints(self, model: Any) -> Any:
        return ()

    def get_validators(self) -> list[Any]:
        return []


class UserSerializer(PersonFields):
    """For admins. `password` is the first one, at creation only; later a person changes their own."""

    password = serializers.CharField(
        write_only=True, required=False, max_length=LONGEST_PASSWORD, trim_whitespace=False
    )
    role = serializers.ChoiceField(choices=ROLE_CHOICES)

    class Meta(PersonFields.Meta):
        fields = (*PersonFields.Meta.fields, "password")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None and "password" not in attrs:
            raise serializers.ValidationError(
                {"password": self.fields["password"].error_messages["required"]}, "required"
            )
        if self.instance is not None and "password" in attrs:
            raise serializers.ValidationError({"password": self.error_messages["read_only_field"]}, "read_only_field")
        return attrs


class MeSerializer(PersonFields):
    """For oneself: who one is can be read, only the profile can be changed."""

    class Meta(PersonFields.Meta):
        read_only_fields = ("id", "username", "email", "role", "is_active", "created_at", "last_login")


class DeletionSerializer(StrictSerializer):
    successor = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, help_text="Id of the person who takes over the products."
    )
