"""Signing in by username or e-mail address."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import User

LONGEST_IDENTIFIER = 254


class IdentifierBackend(BaseBackend):
    """One password hash for every try, whether the account exists, is deactivated or not: time tells nothing."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_extra: Any
    ) -> User | None:
        if not username or not password or "\0" in username or len(username) > LONGEST_IDENTIFIER:
            return None
        person = User.objects.identified_by(username)
        if person is None:
            User().set_password(password)
            return None
        return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: int) -> User | None:
        person: User | None = User.objects.filter(pk=user_id, is_active=True).first()
        return person
