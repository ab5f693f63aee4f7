"""People for admins, and one's own account."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.serializers import DeletionSerializer, MeSerializer, PasswordSerializer, UserSerializer
from accounts.models import User
from accounts.policy import Action
from accounts.services import passwords, people
from site_config.lib.drf import KeysetPagination
from site_config.lib.paging import Sort


class UserViewSet(GenericViewSet[User]):
    queryset = User.objects.all()
    serializer_class = UserSerializer
    pagination_class = KeysetPagination
    lookup_value_converter = "key"
    sorts = {key: Sort(key, key.strip("-")) for key in ("id", "-id", "username", "-username")}
    default_sort = "id"
    allows = {
        "list": Action.PEOPLE_MANAGE,
        "create": Action.PEOPLE_MANAGE,
        "retrieve": Action.PEOPLE_MANAGE,
        "update": Action.PEOPLE_MANAGE,
        "partial_update": Action.PEOPLE_MANAGE,
        "destroy": Action.PEOPLE_MANAGE,
        "me": Action.ACCOUNT_OWN,
        "edit_me": Action.ACCOUNT_OWN,
        "change_password": Action.ACCOUNT_OWN,
    }

    def list(self, request: Request) -> Response:
        """Everyone, a page at a time."""
        rows = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def create(self, request: Request) -> Response:
        """A new person with a role and a first password."""
        person = people.create(actor=self.caller, **self.parsed())
        return Response(self.get_serializer(person).data, status=201)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One person."""
        return Response(self.get_serializer(self.person(pk)).data)

    def update(self, request: Request, pk: int, partial: bool = False) -> Response:
        """Change profile, role or activity. The last active admin stays one; nobody changes their own role."""
        person = self.person(pk)
        fields = self.parsed(instance=person, partial=partial)
        return Response(self.get_serializer(people.update(actor=self.caller, person=person, **fields)).data)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of profile, role and activity."""
        return self.update(request, pk, partial=True)

    @extend_schema(parameters=[OpenApiParameter("successor", int, description="Who takes over the products.")])
    def destroy(self, request: Request, pk: int) -> Response:
        """Remove a person for good; their products go to the `successor` named in the query."""
        person = self.person(pk)
        serializer = DeletionSerializer(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        successor = User.objects.filter(pk=serializer.validated_data.get("successor")).first()
        people.delete(actor=self.caller, person=person, successor=successor)
        return Response(status=204)

    @extend_schema(request=None, responses=MeSerializer)
    @action(detail=False, methods=["get"])
    def me(self, request: Request) -> Response:
        """Who the token belongs to."""
        return Response(MeSerializer(self.caller).data)

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    @me.mapping.patch
    def edit_me(self, request: Request) -> Response:
        """Change one's own profile. Role, username and address are not one's own to set."""
        serializer = MeSerializer(self.caller, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(
            MeSerializer(people.edit(actor=self.caller, person=self.caller, **serializer.validated_data)).data
        )

    @extend_schema(request=PasswordSerializer, responses={204: None})
    @action(detail=False, methods=["post"])
    def change_password(self, request: Request) -> Response:
        """Set a new password. Every token of every sign-in ends, this one too: log in again."""
        serializer = PasswordSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        passwords.change(person=self.caller, current=values["current_password"], new=values["new_password"])
        return Response(status=204)

    @property
    def caller(self) -> User:
        person: User = self.request.user  # type: ignore[assignment]
        return person

    def person(self, pk: int) -> User:
        person: User = get_object_or_404(User, pk=pk)
        return person

    def parsed(self, **options: Any) -> dict[str, Any]:
        serializer = self.get_serializer(data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)
