"""The list of people over the API: narrowed as the page narrows it, and unlocking who is locked."""

import pytest
from axes.models import AccessAttempt
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Activity
from tests.factories import PASSWORD, UserFactory


@pytest.fixture
def crew(ada, sam, cleo):
    """The three, and old, who was deactivated."""
    return UserFactory(username="old", name="Olga Lind", email="olga@elsewhere.example", is_active=False)


def lock(person, failures=5):
    now = timezone.now()
    AccessAttempt.objects.create(
        username=f"user:{person.pk}", ip_address="198.51.100.7", failures_since_start=failures, attempt_time=now
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("ordering=username", ["ada", "cleo", "old", "sam"]),
        ("q=OKAFOR", ["ada"]),
        ("q=cle", ["cleo"]),
        ("q=elsewhere", ["old"]),
        ("q=&ordering=-username", ["sam", "old", "cleo", "ada"]),
        ("q=zoe", []),
        ("role=staff", ["sam", "old"]),
        ("role=staff&status=active", ["sam"]),
        ("status=deactivated", ["old"]),
        ("status=locked", ["cleo"]),
        ("status=locked&role=admin", []),
        ("ordering=name", ["ada", "cleo", "old", "sam"]),
        ("ordering=-name&role=staff", ["sam", "old"]),
    ],
)
def test_the_list_is_narrowed_as_the_page_is(query, names, api_of, page_of, ada, cleo, crew):
    lock(cleo)
    lock(ada, failures=4)
    rows = api_of(ada).get(f"/api/users/?{query}").json()["results"]
    assert [row["username"] for row in rows] == names
    page = page_of(ada).get(f"/users/?{query}").context["page"].rows
    assert {person.username for person in page} == set(names)


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("role=owner", "/role", "invalid_choice"),
        ("status=asleep", "/status", "invalid_choice"),
        ("status=", "/status", "invalid_choice"),
        (f"q={'x' * 101}", "/q", "max_length"),
        ("rôle=staff", "/rôle", "unknown_parameter"),
        ("rolle=staff", "/rolle", "unknown_parameter"),
        ("is_active=1", "/is_active", "unknown_parameter"),
        ("dry_run=true", "/dry_run", "unknown_parameter"),
        ("ordering=password", "/ordering", "bad_ordering"),
    ],
)
def test_what_the_list_does_not_understand_is_refused_by_name(query, pointer, code, api_of, ada):
    refused = api_of(ada).get(f"/api/users/?{query}")
    assert refused.status_code == 400
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]


def test_a_narrowed_list_pages_within_its_filter(api_of, ada, crew):
    script = api_of(ada)
    first = script.get("/api/users/?role=staff&page_size=1").json()
    assert [row["username"] for row in first["results"]] == ["sam"]
    assert [row["username"] for row in script.get(first["next"]).json()["results"]] == ["old"]


# --- Unlocking -------------------------------------------------------------------------------------------------------


def log_in(password=PASSWORD):
    return APIClient().post("/api/login/", {"username": "sam", "password": password}).status_code


def test_an_admin_unlocks_a_person_who_can_log_in_at_once(api_of, ada, sam, cleo, django_capture_on_commit_callbacks):
    lock(cleo)
    assert [log_in("wrong") for _try in range(5)] == [401] * 4 + [429]
    assert log_in() == 429
    with django_capture_on_commit_callbacks(execute=True):
        answer = api_of(ada).post(f"/api/users/{sam.pk}/unlock/", {"reason": "Rang"})
    assert (answer.status_code, answer.json()) == (200, {"forgotten": 5})
    assert log_in() == 200
    line = Activity.objects.get(kind="person.unlocked")
    assert (line.actor, line.person, line.details) == (ada, sam, {"failures": [5, 0], "reason": ["", "Rang"]})
    assert api_of(ada).get("/api/users/?status=locked").json()["results"][0]["username"] == "cleo"


def test_a_rehearsed_unlock_unlocks_nobody(api_of, ada, sam):
    lock(sam)
    body = api_of(ada).post(f"/api/users/{sam.pk}/unlock/?dry_run=true").json()
    assert (body["status"], body["result"]) == (200, {"forgotten": 5})
    assert AccessAttempt.objects.get().failures_since_start == 5


@pytest.mark.parametrize("who", ["sam", "cleo"])
def test_nobody_but_an_admin_unlocks(who, api_of, sam, cleo, request):
    lock(sam)
    refused = api_of(request.getfixturevalue(who)).post(f"/api/users/{sam.pk}/unlock/")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert api_of().post(f"/api/users/{sam.pk}/unlock/").status_code == 401
    assert AccessAttempt.objects.exists()


def test_who_is_not_there_cannot_be_unlocked(api_of, ada):
    assert api_of(ada).post("/api/users/999/unlock/").status_code == 404
