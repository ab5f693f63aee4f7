"""The lock centre: who is locked out and until when, what was tried, and the way to let people in."""

from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Activity
from accounts.services import activity, lockouts
from accounts.views.lockouts import chart
from tests.factories import UserFactory

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOME, CAFE = "198.51.100.7", "203.0.113.24"


@pytest.fixture(autouse=True)
def _half_past_nine(time_machine):
    time_machine.move_to(NOW, tick=False)


def tries(key, failures=5, address=HOME, at=NOW):
    key = key if isinstance(key, str) else f"user:{key.pk}"
    row = AccessAttempt.objects.create(
        username=key, ip_address=address, user_agent=str(at), failures_since_start=failures
    )
    AccessAttempt.objects.filter(pk=row.pk).update(attempt_time=at)


@pytest.fixture
def admin(page_of, ada):
    return page_of(ada)


def text(answer):
    return answer.content.decode()


def shown(answer):
    """(whom, from where, how often, seconds left) of each lock on the page."""
    return [
        (str(each.person or ""), each.address, each.lock.scope, each.lock.failures, each.lock.seconds_left)
        for each in answer.context["standing"]
    ]


def test_nobody_is_locked(admin, sam):
    tries(sam, failures=4)
    page = text(admin.get("/users/locks/"))
    assert "Nobody is locked out" in page
    assert "None yet." in page


def test_the_locks_are_listed_the_latest_first(admin, sam, cleo):
    tries(sam, at=NOW - timedelta(minutes=4))
    tries(cleo, failures=30, address=CAFE, at=NOW - timedelta(minutes=3))
    for number in range(13):
        tries(cleo, failures=4, address=f"192.0.2.{number}", at=NOW - timedelta(minutes=1))
    tries("name:nobody")
    page = admin.get("/users/locks/")
    assert shown(page) == [
        ("Cleo Martin", None, "account", 82, 720),
        ("", CAFE, "address", 30, 720),
        ("Sam Reyes", HOME, "pair", 5, 660),
    ]
    assert 'data-left="660" data-ended="Ended">11 minutes</b>' in text(page)
    assert "Several addresses" in text(page)
    assert "Everyone at one address" in text(page)


def test_a_lock_ends_when_enough_of_its_tries_are_old(sam):
    for minutes in range(10):
        tries(sam, failures=1, at=NOW - timedelta(minutes=minutes))
    lock = lockouts.locked_people()[sam.pk]
    assert (lock.failures, lock.began) == (10, NOW - timedelta(minutes=5))
    assert lock.until == NOW + timedelta(minutes=15 - 4)


def test_who_was_deleted_is_locked_no_more(admin, sam):
    tries(sam)
    sam.delete()
    assert shown(admin.get("/users/locks/")) == []


def test_an_admin_unlocks_a_person_and_says_why(admin, ada, sam):
    tries(sam)
    assert 'action="/users/locks/' in text(admin.get("/users/locks/"))
    refused = admin.post(f"/users/locks/{sam.pk}/unlock/", {"reason": " "})
    assert (refused.status_code, "Say why, in a few words" in text(refused)) == (422, True)
    assert lockouts.locked_people() != {}
    answer = admin.post(f"/users/locks/{sam.pk}/unlock/", {"reason": "Rang from the shop\nSigned in"}, follow=True)
    assert "Sam Reyes can sign in again" in text(answer)
    assert shown(answer) == []
    line = Activity.objects.get()
    assert (line.kind, line.actor, line.person) == ("person.unlocked", ada, sam)
    assert line.sentence == "Unlocked: Rang from the shop Signed in"
    assert admin.post("/users/locks/999/unlock/", {"reason": "x"}).status_code == 404


def test_an_admin_unlocks_an_address_for_everybody(admin, ada, sam, cleo):
    tries(sam, failures=15)
    tries(cleo, failures=15)
    tries(cleo, failures=5, address=CAFE)
    answer = admin.post("/users/locks/address/unlock/", {"address": HOME, "reason": "The till"}, follow=True)
    assert f"Everyone at {HOME} can sign in again" in text(answer)
    assert shown(answer) == [("Cleo Martin", CAFE, "pair", 5, 900)]
    line = Activity.objects.get()
    assert (line.kind, line.actor, line.person) == ("address.unlocked", ada, None)
    assert line.sentence == f"Address {HOME} unlocked: The till"
    assert line.details["failures"] == [30, 0]


def test_an_address_is_unlocked_with_its_whole_network(ada, sam):
    tries(sam, address="2001:db8:0:7::")
    assert lockouts.unlock_address(actor=ada, address="2001:db8:0:7::42") == 5


@pytest.mark.parametrize("fields", [{}, {"address": "here", "reason": "x"}, {"address": HOME, "reason": "x" * 201}])
def test_an_address_and_a_reason_are_asked_for(fields, admin, sam):
    tries(sam)
    refused = admin.post("/users/locks/address/unlock/", fields)
    assert (refused.status_code, len(shown(refused))) == (422, 1)


@pytest.mark.parametrize("path", ["/users/locks/{}/unlock/", "/users/locks/address/unlock/"])
def test_staff_and_clients_unlock_nobody(path, page_of, sam, cleo):
    tries(sam)
    for person in (sam, cleo):
        fields = {"address": HOME, "reason": "Let me in"}
        assert page_of(person).post(path.format(sam.pk), fields).status_code == 403
    assert sam.pk in lockouts.locked_people()


def test_the_last_wrong_passwords_are_told_and_drawn(admin, sam):
    for person in (sam, None):
        activity.record("sign_in.failed", actor=None, person=person)
    Activity.objects.update(address=HOME, source="api")
    page = text(admin.get("/users/locks/"))
    assert "Unknown name" in page
    assert f'<a href="/users/{sam.pk}/">Sam Reyes</a>' in page
    assert "2 wrong passwords in 24 hours. The most, 2, were in the hour from 09:00." in page
    assert "<title>09:00: 2</title>" in page
    assert '<td>09:00</td><td class="n">2</td>' in page


def test_the_chart_stays_in_its_frame():
    hours = [(NOW + timedelta(hours=hour), count) for hour, count in enumerate([0, 7, 1])]
    drawn = chart(hours)
    assert (drawn["top"], drawn["half"], drawn["total"], drawn["busiest"].count) == (8, 4, 8, 7)
    assert [(bar.x, bar.y, bar.height) for bar in drawn["bars"]] == [(2, 100, 0), (12, 13, 87), (22, 88, 12)]
    assert chart([(timezone.now(), 0)])["top"] == 4


def test_many_locks_cost_what_one_costs(admin, django_assert_num_queries, sam, cleo):
    tries(sam)
    admin.get("/users/locks/")
    with CaptureQueriesContext(connection) as one:
        admin.get("/users/locks/")
    for number in range(10):
        tries(cleo, address=f"192.0.2.{number}")
        tries(UserFactory(), address=f"192.0.2.{number}")
    with django_assert_num_queries(len(one)):
        assert len(shown(admin.get("/users/locks/"))) == 21
