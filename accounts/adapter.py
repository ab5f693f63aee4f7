"""allauth's rules for this site: nobody signs up, and a refusal never says which half was wrong."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """No JSON twin of the sign-in page: it would send back the password that was typed. Scripts have the API."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Signing in and out need no toast: the page that follows says it."""
