"""Rows for tests. People and products are made as the services make them, so that ledgers and history are true."""

import re
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Invitation, Mail, User
from accounts.policy import Role
from accounts.services import invitations
from products.models import Category, Product
from products.services import catalogue

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@example.com")
    name = factory.LazyAttribute(lambda person: person.username.title())
    role = Role.STAFF

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return User.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")


class ProductFactory(DjangoModelFactory):
    """`owner` acts; give `actor` to have somebody else create it."""

    class Meta:
        model = Product

    name = factory.Sequence(lambda n: f"Product {n}")
    sku = factory.Sequence(lambda n: f"SKU-{n:05}")
    price = "10.00"
    is_public = True

    @classmethod
    def _create(cls, model_class: type[Product], *args: Any, **kwargs: Any) -> Product:
        owner = kwargs.pop("owner", None) or User.objects.active_admins().first() or UserFactory(role=Role.ADMIN)
        actor = kwargs.pop("actor", None) or User.objects.active_admins().first() or UserFactory(role=Role.ADMIN)
        product = catalogue.create(actor=actor, owner=owner, **kwargs)
        product.refresh_from_db()
        return product


def invited(
    *, actor: User, email: str = "noor@example.com", role: str = Role.STAFF, **fields: str
) -> tuple[Invitation, str]:
    """An open invitation, and the secret that is in its mail alone."""
    invitation = invitations.create(actor=actor, email=email, role=role, **fields)
    return invitation, mailed_secret(email)


def mailed_secret(email: str) -> str:
    """From the newest invitation to this address that was not sent yet."""
    text = Mail.objects.filter(kind="invitation", to=email).latest("pk").text
    [secret] = re.findall(r"/invitations/([\w-]+)/", text)
    return str(secret)
