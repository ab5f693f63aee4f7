"""The cast: ada is an admin, sam is staff, cleo is a client."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from accounts.models import User
from accounts.policy import Role
from accounts.services import tokens
from products.models import Product
from tests import recent
from tests.factories import ProductFactory, UserFactory


def pytest_collection_modifyitems(config, items) -> None:
    """The plans of PostgreSQL are no question to SQLite."""
    if connection.vendor == "sqlite":
        there = [item for item in items if item.get_closest_marker("postgresql")]
        config.hook.pytest_deselected(items=there)
        items[:] = [item for item in items if item not in there]


@pytest.fixture(autouse=True)
def _clean_cache():
    cache.clear()


@pytest.fixture(autouse=True)
def _english_again():
    """A request leaves its language behind in the thread; the next test may make none that sets its own."""
    yield
    translation.deactivate()


@pytest.fixture
def ada(db) -> User:
    return UserFactory(username="ada", name="Ada Okafor", role=Role.ADMIN)


@pytest.fixture
def sam(db) -> User:
    return UserFactory(username="sam", name="Sam Reyes", role=Role.STAFF)


@pytest.fixture
def cleo(db) -> User:
    return UserFactory(username="cleo", name="Cleo Martin", role=Role.CLIENT)


@pytest.fixture
def mug(ada) -> Product:
    """A public product of ada's with ten in stock."""
    return ProductFactory(
        name="Enamel mug", sku="MUG-1", price="12.50", cost="6.10", note="Ask Jo", stock=10, owner=ada
    )


@pytest.fixture
def page_of():
    """A browser without script, signed in a moment ago as somebody: `page_of(sam).get(...)`."""

    def sign_in(person: User | None = None) -> Client:
        client = Client()
        if person:
            client.force_login(person, backend="accounts.backends.IdentifierBackend")
            session = client.session
            recent.stamp(session, person)
            session.save()
        return client

    return sign_in


@pytest.fixture
def api_of():
    """A script with an access token of somebody: `api_of(sam).get(...)`."""

    def log_in(person: User | None = None) -> APIClient:
        client = APIClient()
        if person:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.sign_in(person=person)['access']}")
        return client

    return log_in


@pytest.fixture
def hashes(monkeypatch) -> list[int]:
    """Each password hash that is computed, counted rather than timed."""
    counted: list[int] = []
    encode = MD5PasswordHasher.encode

    def counting(self, *args, **kwargs):
        counted.append(1)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return counted
