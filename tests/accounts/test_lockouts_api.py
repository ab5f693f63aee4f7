"""The lock centre over the API."""

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from accounts.models import Activity
from accounts.services import lockouts

HOME = "198.51.100.7"
UNLOCK = "/api/lockouts/unlock_address/"


@pytest.fixture(autouse=True)
def _locked(sam, time_machine):
    time_machine.move_to("2026-03-02T09:00:00Z", tick=False)
    AccessAttempt.objects.create(
        username=f"user:{sam.pk}", ip_address=HOME, failures_since_start=31, attempt_time=timezone.now()
    )


def test_an_admin_reads_who_is_locked(api_of, ada, sam):
    body = api_of(ada).get("/api/lockouts/").json()
    assert [(row["scope"], row["person"], row["username"], row["address"]) for row in body["results"]] == [
        ("pair", sam.pk, "sam", HOME),
        ("address", None, None, HOME),
    ]
    assert {name: body["results"][0][name] for name in ("failures", "began", "until", "seconds_left")} == {
        "failures": 31,
        "began": "2026-03-02T09:00:00Z",
        "until": "2026-03-02T09:15:00Z",
        "seconds_left": 900,
    }


def test_an_admin_unlocks_an_address(api_of, ada):
    answer = api_of(ada).post(UNLOCK, {"address": HOME, "reason": "The till"})
    assert (answer.status_code, answer.json()) == (200, {"forgotten": 31})
    assert lockouts.standing() == []
    line = Activity.objects.get(kind="address.unlocked")
    assert (line.actor, line.sentence) == (ada, f"Address {HOME} unlocked: The till")


def test_a_rehearsed_unlock_unlocks_no_address(api_of, ada):
    body = api_of(ada).post(f"{UNLOCK}?dry_run=true", {"address": HOME}).json()
    assert (body["dry_run"], body["result"]) == (True, {"forgotten": 31})
    assert len(lockouts.standing()) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/address"),
        ({"address": "here"}, "/address"),
        ({"address": HOME, "reason": "x" * 201}, "/reason"),
        ({"address": HOME, "why": "x"}, "/why"),
    ],
)
def test_what_is_missing_or_unknown_is_named(body, pointer, api_of, ada):
    refused = api_of(ada).post(UNLOCK, body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


def test_an_unknown_parameter_is_named(api_of, ada):
    refused = api_of(ada).get("/api/lockouts/?scope=pair")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/scope")


def test_nobody_but_an_admin_reads_or_unlocks(api_of, sam, cleo):
    for person, status in ((sam, 403), (cleo, 403), (None, 401)):
        assert api_of(person).get("/api/lockouts/").status_code == status
        assert api_of(person).post(UNLOCK, {"address": HOME}).status_code == status
    assert len(lockouts.standing()) == 2
