"""Tokens of the JWT API: a family per sign-in, one winner per rotation, and an end that holds at once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, UntypedToken

from accounts.models import ApiSession, User
from accounts.models.second_factors import lacks_factor
from accounts.services import activity
from site_config.lib import origin
from site_config.lib.errors import DomainError

# A lost answer makes an honest script refresh twice; within this time the second try is told so, and nothing ends.
GRACE = timedelta(seconds=10)


class Refused(DomainError):
    """The token cannot be used; `code` says why and never changes."""

    status = 401


def sign_in(*, person: User) -> dict[str, str]:
    """A new family for this person: {"access", "refresh"}. The caller has checked the password.

    Asked again under the lock that deactivation takes, or a family could be born in between and outlive it; raises
    Refused `session_ended` when the person may no longer sign in or the password is another by now.
    """
    refresh = RefreshToken()
    with transaction.atomic():
        same = User.objects.select_for_update(no_key=True).filter(
            pk=person.pk, password=person.password, is_active=True
        )
        if same.first() is None:
            raise Refused(_("This sign-in has ended. Log in again."), code="session_ended")
        session = ApiSession.objects.create(
            user=person,
            current_jti=refresh["jti"],
            expires_at=datetime.fromtimestamp(refresh["exp"], tz=UTC),
            address=origin.current().address,
        )
        activity.record("api.signed_in", actor=person, person=person)
    return pair(session, refresh)


def pair(session: ApiSession, refresh: RefreshToken) -> dict[str, str]:
    """The refresh token of this family and an access token that does not outlive it."""
    claims = {"sid": str(session.pk), "sub": str(session.user_id)}
    refresh.payload.update(claims, exp=int(session.expires_at.timestamp()))
    access = AccessToken()
    access.payload.update(claims, exp=min(access["exp"], refresh["exp"]))
    return {"access": str(access), "refresh": str(refresh)}


def parse(token: str, kind: type[Any]) -> Any:
    """The token's claims, or Refused with `token_expired` or `token_invalid`."""
    try:
        return kind(token)
    except TokenError as error:
        if "expired" in str(error).lower():
            raise Refused(_("This token has expired."), code="token_expired") from error
        raise Refused(_("This token is invalid."), code="token_invalid") from error


def session_of(claims: Any, *, lock: bool = False) -> ApiSession:
    """The living family a token belongs to; raises Refused: `token_invalid`, `session_ended`."""
    try:
        key = UUID(str(claims.get("sid")))
    except ValueError:
        raise Refused(_("This token is invalid."), code="token_invalid") from None
    sessions = ApiSession.objects.select_related("user").annotate(lacks_factor=lacks_factor("user__"))
    session = (sessions.select_for_update(of=("self",)) if lock else sessions).filter(pk=key).first()
    if session is None or str(session.user_id) != claims.get("sub"):
        raise Refused(_("This token is invalid."), code="token_invalid")
    if session.ended_at and session.ended_because == "reused":
        raise Refused(_("This token is blacklisted: it or one of its family was used twice."), code="token_blacklisted")
    if session.ended_at or not session.user.is_active:
        raise Refused(_("This sign-in has ended. Log in again."), code="session_ended")
    session.user.lacks_factor = session.lacks_factor
    return session


def refresh(*, token: str) -> dict[str, str]:
    """Rotates: the token is used up and its successor answered, with the family's fixed end.

    Of any number of parallel calls one wins. A used token is refused: within ten seconds of its rotation as
    `token_rotated` (a lost answer or a second tab), later as `token_blacklisted`, which ends the family.
    """
    claims = parse(token, RefreshToken)
    with transaction.atomic():
        session = session_of(claims, lock=True)
        if claims["jti"] == session.current_jti:
            return rotate(session)
        refusal = used(session, claims["jti"])
        if refusal.code == "token_blacklisted":
            end(session, "reused")
            activity.record("api.token_reused", actor=session.user, person=session.user)
    raise refusal  # after the block, so that the end of the family is not rolled back


def used(session: ApiSession, jti: str) -> Refused:
    """Why a refresh token that is not the current one is refused: a lost answer, or a token that somebody else has."""
    rotated = session.rotated_at or session.created_at
    if jti == session.previous_jti and timezone.now() - rotated <= GRACE:
        return Refused(
            _("This token is blacklisted: it was rotated a moment ago. Use the newer one."), code="token_rotated"
        )
    return Refused(
        _("This token is blacklisted: it was used before, and a second use ends its whole sign-in."),
        code="token_blacklisted",
    )


def verify(*, token: str) -> tuple[str, ApiSession, datetime]:
    """What a living access or refresh token is, its family and its end. Asking uses nothing up and ends nothing.

    Raises Refused with the code that using the token would meet.
    """
    claims = parse(token, UntypedToken)
    kind = claims.get("token_type")
    if kind not in (AccessToken.token_type, RefreshToken.token_type):
        raise Refused(_("This token is invalid."), code="token_invalid")
    session = session_of(claims)
    if kind == RefreshToken.token_type and claims["jti"] != session.current_jti:
        raise used(session, claims["jti"])
    return kind, session, datetime.fromtimestamp(claims["exp"], tz=UTC)


def rotate(session: ApiSession) -> dict[str, str]:
    successor = RefreshToken()
    session.previous_jti, session.current_jti = session.current_jti, successor["jti"]
    session.rotated_at = timezone.now()
    session.save(update_fields=["previous_jti", "current_jti", "rotated_at"])
    return pair(session, successor)


def end(session: ApiSession, because: str) -> bool:
    """Ends one family; its access tokens are refused from the next request on. Whether it was this call that did."""
    living = ApiSession.objects.filter(pk=session.pk, ended_at=None)
    return bool(living.update(ended_at=timezone.now(), ended_because=because))


def living(person: User) -> models.QuerySet[ApiSession]:
    """The sign-ins of this person that still work."""
    return ApiSession.objects.filter(user=person, ended_at=None, expires_at__gt=timezone.now())


def end_one(*, actor: User, session: ApiSession) -> None:
    """Ends one sign-in of one's own or, for an admin, of somebody else; ended twice, it is written down once."""
    with transaction.atomic():
        if end(session, "ended_by_hand"):
            activity.record("api.session_ended", actor=actor, person=session.user)


def end_all(*, person: User, because: str) -> None:
    """Ends every family of this person, for good: reactivation revives none."""
    ApiSession.objects.filter(user=person, ended_at=None).update(ended_at=timezone.now(), ended_because=because)


def purge_expired() -> int:
    """Deletes families past their end; how many."""
    deleted, _models = ApiSession.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted
