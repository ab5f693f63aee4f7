"""The accounts' tables; each lives in the module of its word."""

from accounts.models.activity import Activity
from accounts.models.idempotency import KeptAnswer
from accounts.models.personal_tokens import PersonalToken
from accounts.models.tokens import ApiSession
from accounts.models.user import User

__all__ = ["Activity", "ApiSession", "KeptAnswer", "PersonalToken", "User"]
