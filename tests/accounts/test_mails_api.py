"""The mails of the site for a script of an admin: their state, never their words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Activity, Mail
from accounts.services import mails

pytestmark = pytest.mark.django_db
SECRET = "a-secret-link"


@pytest.fixture
def kept(sam):
    """One of each state, by its name."""
    now = timezone.now()
    states = {
        "waiting": {"attempts": 1, "error": "TimeoutError: too slow", "next_try_at": now + timedelta(minutes=1)},
        "sending": {"attempts": 1, "next_try_at": now + timedelta(minutes=10)},
        "failed": {"attempts": 6, "error": "TimeoutError: too slow", "failed_at": now},
        "sent": {"attempts": 1, "sent_at": now},
    }
    made = {state: mails.send("test", to=f"{state}@example.com", person=sam) for state in states}
    for state, fields in states.items():
        Mail.objects.filter(pk=made[state].pk).update(**fields, text=SECRET, html=SECRET)
    return made


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("", ["sent", "failed", "sending", "waiting"]),
        ("?status=waiting", ["sending", "waiting"]),
        ("?status=failed", ["failed"]),
        ("?status=sent", ["sent"]),
        ("?ordering=id&status=waiting", ["waiting", "sending"]),
    ],
)
def test_an_admin_lists_mails_by_what_became_of_them(query, states, api_of, ada, kept):
    answer = api_of(ada).get(f"/api/mails/{query}")
    assert [row["status"] for row in answer.json()["results"]] == states
    assert SECRET not in answer.content.decode()


def test_a_mail_is_told_with_its_reason_and_without_its_words(api_of, ada, sam, kept):
    [row] = api_of(ada).get("/api/mails/?status=failed").json()["results"]
    given = {name: row[name] for name in ("id", "kind", "about", "to", "person", "attempts", "error", "next_try_at")}
    assert given == {
        "id": kept["failed"].pk,
        "kind": "test",
        "about": "Test mail",
        "to": "failed@example.com",
        "person": sam.pk,
        "attempts": 6,
        "error": "TimeoutError: too slow",
        "next_try_at": None,
    }
    assert not {"text", "html", "subject"} & row.keys()


def test_it_is_a_page_at_a_time(api_of, ada, kept):
    script = api_of(ada)
    first = script.get("/api/mails/?page_size=3").json()
    second = script.get(first["next"]).json()
    assert [len(first["results"]), len(second["results"]), second["next"]] == [3, 1, None]


@pytest.mark.parametrize(
    ("query", "code"), [("?status=lost", "invalid"), ("?state=sent", "unknown_parameter"), ("?status=", "invalid")]
)
def test_a_filter_that_it_does_not_know_is_refused(query, code, api_of, ada):
    answer = api_of(ada).get(f"/api/mails/{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_waiting_mail_is_tried_at_once(api_of, ada, kept):
    answer = api_of(ada).post(f"/api/mails/{kept['waiting'].pk}/retry/")
    row = answer.json()
    assert (answer.status_code, row["status"], row["attempts"], row["next_try_at"]) == (200, "waiting", 0, None)
    assert Activity.objects.get(kind="mail.retried").actor == ada


def test_a_rehearsed_try_changes_nothing(api_of, ada, kept, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        answer = api_of(ada).post(f"/api/mails/{kept['waiting'].pk}/retry/?dry_run=true")
    assert (answer.status_code, answer.json()["status"], callbacks) == (200, 200, [])
    assert Mail.objects.get(pk=kept["waiting"].pk).attempts == 1


@pytest.mark.parametrize("state", ["sending", "failed", "sent"])
def test_what_does_not_wait_is_a_conflict(state, api_of, ada, kept):
    answer = api_of(ada).post(f"/api/mails/{kept[state].pk}/retry/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_waiting")


def test_nobody_else_lists_or_tries_them(api_of, sam, cleo, kept):
    retry = f"/api/mails/{kept['waiting'].pk}/retry/"
    for person in (sam, cleo):
        assert api_of(person).get("/api/mails/").status_code == 403
        assert api_of(person).post(retry).status_code == 403
    assert api_of().get("/api/mails/").status_code == 401
    assert Mail.objects.get(pk=kept["waiting"].pk).attempts == 1
