"""Guesses that are sent at once: no number of workers answers more of them than the limits say."""

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Activity
from accounts.services import limits
from tests.factories import PASSWORD
from tests.parallel import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _two_gets_are_no_loop(settings):
    """get_or_create looks again when a rival was first."""
    settings.ZEAL_ALLOWLIST = [*settings.ZEAL_ALLOWLIST, {"model": "axes.AccessAttempt"}]


def guess(name, address, password="wrong"):
    body = {"username": name, "password": password}
    return APIClient().post("/api/login/", body, REMOTE_ADDR=address, HTTP_USER_AGENT=f"agent of {address}").status_code


def answered(statuses):
    return sum(status == 401 for status in statuses)


def test_of_thirty_guesses_at_once_from_one_address_four_are_answered_as_wrong(sam):
    statuses = at_once(lambda number: guess("sam", "198.51.100.7"), times=30, workers=10)
    assert set(statuses) <= {401, 429}
    assert answered(statuses) <= limits.LIMITS["pair"] - 1
    assert Activity.objects.filter(kind="sign_in.locked").count() == 1
    assert guess("sam", "198.51.100.7", PASSWORD) == 429
    assert guess("sam", "198.51.100.8", PASSWORD) == 200


def test_of_forty_five_names_at_once_from_one_address_thirty_are_answered(sam):
    statuses = at_once(lambda number: guess(f"name{number}", "198.51.100.7"), times=45, workers=10)
    assert answered(statuses) <= limits.LIMITS["address"]
    if connection.vendor == "sqlite":
        # The one that locks may be told so itself.
        assert answered(statuses) >= limits.LIMITS["address"] - 1
    assert Activity.objects.filter(kind="sign_in.locked").count() == 1


def test_of_seventy_five_addresses_at_once_sixty_are_answered(sam):
    statuses = at_once(lambda number: guess("sam", f"192.0.2.{number}"), times=75, workers=10)
    assert answered(statuses) <= limits.LIMITS["account"]
    assert Activity.objects.filter(kind="sign_in.locked").count() == 1
    assert guess("sam", "198.51.100.7", PASSWORD) == 429
