"""Signing in by username or e-mail address."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User
from accounts.models.second_factors import lacks_factor
from accounts.services import lockouts

LONGEST_IDENTIFIER = 254


class IdentifierBackend(BaseBackend):
    """One password hash for every try, whether the account exists, is deactivated or not: time tells nothing."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_extra: Any
    ) -> User | None:
        if not username or not password or "\0" in username or len(username) > LONGEST_IDENTIFIER:
            return None
        person: User | None = User.objects.identified_by(username)
        if person is None:
            User().set_password(password)
            return None
        if not person.check_password(password) or not person.is_active:
            return None
        if request is not None and lockouts.overtaken(request, person):
            raise PermissionDenied  # as django-axes refuses a try that meets a lock
        return person

    def get_user(self, user_id: int) -> User | None:
        people = User.objects.annotate(lacks_factor=lacks_factor())
        person: User | None = people.filter(pk=user_id, is_active=True).first()
        return person
