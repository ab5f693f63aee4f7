"""The accounts' tables; each lives in the module of its word."""

from accounts.models.activity import Activity
from accounts.models.idempotency import KeptAnswer
from accounts.models.invitations import Invitation
from accounts.models.mails import Mail
from accounts.models.personal_tokens import PersonalToken
from accounts.models.second_factors import RequiredFactor
from accounts.models.tokens import ApiSession
from accounts.models.user import User

__all__ = ["Activity", "ApiSession", "Invitation", "KeptAnswer", "Mail", "PersonalToken", "RequiredFactor", "User"]
