"""Signing in by username or e-mail address."""

import pytest
from django.contrib.auth import authenticate

from accounts.backends import IdentifierBackend
from accounts.models import User
from tests.factories import PASSWORD

backend = IdentifierBackend()


@pytest.mark.parametrize("typed", ["sam", "SAM", "sam@example.com", " Sam@Example.com "])
def test_a_person_is_let_in_by_name_or_address(typed, ada, sam):
    assert backend.authenticate(None, username=typed, password=PASSWORD) == sam


@pytest.mark.parametrize(
    ("username", "password"),
    [("sam", "wrong"), ("zoe", PASSWORD), ("", PASSWORD), ("sam", ""), (None, None), ("s\0m", "x"), ("s" * 255, "x")],
)
def test_anything_else_is_not(username, password, ada, sam):
    assert backend.authenticate(None, username=username, password=password) is None


def test_a_deactivated_person_is_neither_let_in_nor_kept(ada, sam):
    assert backend.get_user(sam.pk) == sam
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert backend.authenticate(None, username="sam", password=PASSWORD) is None
    assert backend.get_user(sam.pk) is None
    assert backend.get_user(0) is None


def test_djangos_own_authenticate_uses_it(ada, sam, rf):
    assert authenticate(rf.post("/"), username="sam", password=PASSWORD) == sam
