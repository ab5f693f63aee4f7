"""Personal API tokens: one's own, and for admins anybody's."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.serializers import NewTokenSerializer, PersonalTokenSerializer, ShownTokenSerializer
from accounts.api.writes import is_dry_run, write
from accounts.models import PersonalToken, User
from accounts.models.personal_tokens import PersonalTokenQuerySet
from accounts.policy import Action
from accounts.services import personal_tokens
from site_config.lib.paging import Sort


class TokenDoor(Door):
    queryset = PersonalToken.objects.none()
    serializer_class = PersonalTokenSerializer
    sorts = {key: Sort(key, "id") for key in ("-id", "id")}
    default_sort = "-id"


class PersonalTokenViewSet(TokenDoor):
    """Made and ended after a sign-in: a personal token can do neither, whatever its scopes."""

    allows = {
        "list": Action.ACCOUNT_OWN,
        "create": Action.ACCOUNT_OWN,
        "retrieve": Action.ACCOUNT_OWN,
        "destroy": Action.ACCOUNT_OWN,
    }

    def list(self, request: Request) -> Response:
        """Your API tokens, the newest first.

        Those that ended are listed for thirty days more, with `ended_at` and `ended_because`.
        """
        return self.listed(self.own())

    @extend_schema(request=NewTokenSerializer, responses={201: ShownTokenSerializer})
    @write(retryable=False)
    def create(self, request: Request) -> Response:
        """Make an API token for a script. Its text is in this answer and can never be read again.

        Each scope must be one that your role has a use for; see `scopes`. A dry run answers no `token`.
        """
        token, secret = personal_tokens.create(actor=self.caller, **self.parsed(NewTokenSerializer))
        token.secret = None if is_dry_run(request) else secret  # type: ignore[attr-defined]
        return Response(ShownTokenSerializer(token).data, status=201)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One of your API tokens, without its text."""
        return Response(self.get_serializer(get_object_or_404(self.own(), pk=pk)).data)

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, pk: int) -> Response:
        """Revoke one of your API tokens; it is refused from the next request on."""
        personal_tokens.revoke(actor=self.caller, token=get_object_or_404(self.own(), pk=pk))
        return Response(status=204)

    def own(self) -> PersonalTokenQuerySet:
        return PersonalToken.objects.filter(user=self.caller)


class UserTokenViewSet(TokenDoor):
    allows = {"list": Action.PEOPLE_MANAGE, "destroy": Action.PEOPLE_MANAGE}

    def list(self, request: Request, user: int) -> Response:
        """A person's API tokens, the newest first; those that ended, for thirty days more."""
        return self.listed(self.theirs(user))

    @extend_schema(responses={204: None})
    @write
    def destroy(self, request: Request, user: int, pk: int) -> Response:
        """Revoke a person's API token; it is refused from the next request on."""
        personal_tokens.revoke(actor=self.caller, token=get_object_or_404(self.theirs(user), pk=pk))
        return Response(status=204)

    def theirs(self, user: int) -> PersonalTokenQuerySet:
        return PersonalToken.objects.filter(user=get_object_or_404(User, pk=user))
