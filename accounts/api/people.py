"""People for admins, and one's own account."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.lockouts import ReasonSerializer
from accounts.api.serializers import (
    DeletionSerializer,
    MeSerializer,
    NewUserSerializer,
    PasswordSerializer,
    PeopleQuerySerializer,
    SignUpSerializer,
    UnlockedSerializer,
    UserSerializer,
)
from accounts.api.writes import write
from accounts.models import User
from accounts.policy import ROLE_CHOICES, Action
from accounts.services import directory, lockouts, passwords, people
from site_config.lib.paging import LARGEST_KEY, Sort
from site_config.lib.versions import content_etag, is_named

IF_MATCH = OpenApiParameter("If-Match", str, "header", description="The `ETag` you read; 412 when it is out of date.")
FILTERS = [
    OpenApiParameter(
        "q", {"type": "string", "maxLength": 100}, description="A part of the name, the username or the e-mail address."
    ),
    OpenApiParameter("role", str, enum=[role for role, _label in ROLE_CHOICES]),
    OpenApiParameter(
        "status", str, enum=list(directory.STATUS_LABELS), description="`locked`: by wrong passwords, for now."
    ),
    OpenApiParameter("factor", str, enum=directory.FACTORS, description="Whether they have an app or a passkey."),
]
SUCCESSOR = OpenApiParameter(
    "successor",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY},
    description="Id of the person who takes over the products.",
)


class UserViewSet(Door):
    queryset = User.objects.all()
    serializer_class = UserSerializer
    sorts = {key: Sort(key, key.strip("-")) for key in ("id", "-id", "name", "-name", "username", "-username")} | {
        key: Sort(key, "seen", like="last_login") for key in ("last_login", "-last_login")
    }
    default_sort = "id"
    query = {"list": FILTERS, "destroy": [SUCCESSOR]}
    allows = {
        "list": Action.PEOPLE_MANAGE,
        "create": Action.PEOPLE_MANAGE,
        "retrieve": Action.PEOPLE_MANAGE,
        "update": Action.PEOPLE_MANAGE,
        "partial_update": Action.PEOPLE_MANAGE,
        "destroy": Action.PEOPLE_MANAGE,
        "unlock": Action.PEOPLE_MANAGE,
        "me": Action.ACCOUNT_VIEW,
        "edit_me": Action.ACCOUNT_OWN,
        "change_password": Action.ACCOUNT_OWN,
    }

    def get_permissions(self) -> Sequence[Any]:
        """Where sign-up is open, making an account needs none; otherwise a stranger is asked to log in, as ever."""
        if self.action == "create" and self.is_stranger() and people.open_for_sign_up():
            return []
        return super().get_permissions()

    def list(self, request: Request) -> Response:
        """Everyone, a page at a time; filters as on the list page."""
        return self.listed(directory.found(**self.asked(PeopleQuerySerializer)))

    @extend_schema(request=NewUserSerializer, responses={201: UserSerializer})
    @write
    def create(self, request: Request) -> Response:
        """A new person with a role and a first password.

        Where sign-up is open (`ALLOW_SIGNUP`), strangers send this without a token: they become clients, and `role`
        and `is_active` are not theirs to set. A name or address that is taken answers 400 `already_exists`.
        """
        if self.is_stranger():
            return self.shown(people.sign_up(**self.parsed(SignUpSerializer)), MeSerializer, status=201)
        return self.shown(people.create(actor=self.caller, **self.parsed(NewUserSerializer)), status=201)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One person, with an `ETag` for a later `If-Match`."""
        return self.shown(self.person(pk))

    @extend_schema(parameters=[IF_MATCH])
    @write
    def update(self, request: Request, pk: int) -> Response:
        """Change profile, role (`role`) and activity (`is_active`) of a person.

        The last active admin stays one, and nobody changes their own role. A new role ends the person's API sign-ins;
        deactivation (`is_active` false) ends everything at once, and reactivation revives none of it.
        """
        return self.changed(pk)

    @extend_schema(parameters=[IF_MATCH])
    @write
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of profile, role and activity; deactivate with `{"is_active": false}`."""
        return self.changed(pk, partial=True)

    @extend_schema(parameters=[IF_MATCH])
    @write
    def destroy(self, request: Request, pk: int) -> Response:
        """Remove a person for good; their products go to the `successor` named in the query."""
        with self.as_read(self.person(pk), UserSerializer) as person:
            successor = User.objects.filter(pk=self.asked(DeletionSerializer).get("successor")).first()
            people.delete(actor=self.caller, person=person, successor=successor)
        return Response(status=204)

    @extend_schema(request=ReasonSerializer, responses=UnlockedSerializer)
    @action(detail=True, methods=["post"])
    @write
    def unlock(self, request: Request, pk: int) -> Response:
        """Forget the wrong passwords and codes counted for a person, so that they can log in again at once."""
        person, fields = self.person(pk), self.parsed(ReasonSerializer)
        return Response({"forgotten": lockouts.unlock(actor=self.caller, person=person, **fields)})

    @extend_schema(request=None, responses=MeSerializer)
    @action(detail=False, methods=["get"])
    def me(self, request: Request) -> Response:
        """Who the token belongs to."""
        return self.shown(self.caller, MeSerializer)

    @extend_schema(request=MeSerializer, responses=MeSerializer, parameters=[IF_MATCH])
    @me.mapping.patch
    @write
    def edit_me(self, request: Request) -> Response:
        """Change one's own profile. Role, username and address are not one's own to set."""
        with self.as_read(self.caller, MeSerializer) as person:
            fields = self.parsed(MeSerializer, instance=person, partial=True)
            return self.shown(people.edit(actor=self.caller, person=person, **fields), MeSerializer)

    @extend_schema(request=PasswordSerializer, responses={204: None})
    @action(detail=False, methods=["post"])
    @write
    def change_password(self, request: Request) -> Response:
        """Set a new password. Every token of every sign-in ends, this one too: log in again."""
        values = self.parsed(PasswordSerializer)
        passwords.change(person=self.caller, current=values["current_password"], new=values["new_password"])
        return Response(status=204)

    @property
    def throttle_scope(self) -> str:
        """A stranger who signs up costs a password hash, as one who signs in does."""
        return "sign_in" if self.action == "create" and self.is_stranger() else ""

    def is_stranger(self) -> bool:
        return not self.request.user.is_authenticated

    def person(self, pk: int) -> User:
        person: User = get_object_or_404(User, pk=pk)
        return person

    def changed(self, pk: int, *, partial: bool = False) -> Response:
        with self.as_read(self.person(pk), UserSerializer) as person:
            fields = self.parsed(instance=person, partial=partial)
            return self.shown(people.update(actor=self.caller, person=person, **fields))

    def asked(self, shape: type[Any]) -> dict[str, Any]:
        """The query parameters of this shape, validated."""
        serializer = shape(data=self.request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def shown(self, person: User, shape: type[Any] = UserSerializer, *, status: int = 200) -> Response:
        body = shape(person).data
        return Response(body, status=status, headers={"ETag": self.etag(body)})

    def etag(self, body: Any) -> str:
        """The tag that a GET answers with: that of its very bytes."""
        renderer: Any = self.request.accepted_renderer
        return content_etag(renderer.render(body, self.request.accepted_media_type, self.get_renderer_context()))

    @contextmanager
    def as_read(self, person: User, shape: type[Any]) -> Iterator[User]:
        """The person for the block to change: with `If-Match` held, and refused with 412 unless they are as it says."""
        header = self.request.headers.get("If-Match")
        if header is None:
            yield person
            return
        with people.held(person) as current:
            body = shape(current).data
            if not is_named(header, self.etag(body)):
                sentence = _("Somebody changed this person after you read them. Read them again.")
                raise people.VersionMismatch(sentence, code="version_mismatch", current=body)
            yield current
