"""What a token is and until when it works, asked without using it up."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from accounts.services import personal_tokens, tokens


@dataclass(frozen=True)
class Verified:
    """A token that works now: "access", "refresh" or "personal"; only a personal one has scopes."""

    kind: str
    expires_at: datetime
    user: User
    scopes: list[str] | None = None


def verify(*, token: str) -> Verified:
    """Whatever token this is; raises Refused with the code that using it would meet. Nothing ends by asking."""
    if token.startswith(personal_tokens.PREFIX):
        personal = personal_tokens.resolve(token, used=False)
        return Verified("personal", personal.expires_at, personal.user, personal.granted)
    kind, session, expires_at = tokens.verify(token=token)
    return Verified(kind, expires_at, session.user)
