"""Wrong passwords: three sums that lock, over the sign-in page and the API together."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from redis.exceptions import RedisError
from rest_framework.test import APIClient

from accounts.models import Activity, User
from accounts.services import lockouts
from accounts.views import login
from tests.factories import PASSWORD, UserFactory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME, CAFE = "198.51.100.7", "203.0.113.24"


# One of each for all tries: starting a client anew costs more than the try.
BROWSER, SCRIPT = Client(), APIClient()


def form(name, password="wrong", address=HOME, **headers):
    BROWSER.cookies.clear()
    return BROWSER.post("/accounts/login/", {"login": name, "password": password}, REMOTE_ADDR=address, **headers)


def api(name, password="wrong", address=HOME, **headers):
    return SCRIPT.post("/api/login/", {"username": name, "password": password}, REMOTE_ADDR=address, **headers)


DOORS = {"form": form, "api": api}
WRONG, RIGHT = {"form": 422, "api": 401}, {"form": 302, "api": 200}


@pytest.fixture(autouse=True)
def _nine_o_clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.mark.parametrize("door", DOORS)
def test_the_fifth_wrong_password_locks_even_for_the_right_one(door, ada, sam):
    answers = [DOORS[door]("sam").status_code for _try in range(5)]
    assert answers == [WRONG[door]] * 4 + [429]
    assert DOORS[door]("sam", PASSWORD).status_code == 429
    assert DOORS[door]("ada", PASSWORD).status_code == RIGHT[door]
    assert DOORS[door]("sam", PASSWORD, address=CAFE).status_code == RIGHT[door]


def test_the_form_and_the_api_share_one_count(ada, sam):
    tries = [form, api, form, api, form]
    assert [attempt("sam").status_code for attempt in tries] == [422, 401, 422, 401, 429]
    assert api("sam", PASSWORD).status_code == 429


@pytest.mark.parametrize("door", DOORS)
def test_retry_after_shrinks_and_trying_again_does_not_lengthen_it(door, sam, time_machine):
    for _try in range(5):
        locked = DOORS[door]("sam")
    assert locked["Retry-After"] == "900"
    time_machine.move_to(NOW + timedelta(minutes=10), tick=False)
    assert DOORS[door]("sam")["Retry-After"] == "300"
    time_machine.move_to(NOW + timedelta(minutes=14, seconds=59), tick=False)
    assert DOORS[door]("sam", PASSWORD)["Retry-After"] == "1"
    time_machine.move_to(NOW + timedelta(minutes=15, seconds=1), tick=False)
    assert DOORS[door]("sam", PASSWORD).status_code == RIGHT[door]


def test_every_spelling_counts_as_one_account(ada, sam):
    spellings = ["sam", "SAM", " sam ", "sam@example.com", "Sam@Example.COM"]
    assert [api(name).status_code for name in spellings] == [401, 401, 401, 401, 429]
    assert AccessAttempt.objects.get().username == f"user:{sam.pk}"


def test_the_spellings_of_an_unknown_name_count_as_one_too(sam):
    assert [api(name).status_code for name in ["zoe", "ZOE", " Zoe", "zoe", "ｚｏｅ"]] == [401] * 4 + [429]


def test_thirty_wrong_passwords_lock_an_address_for_every_account(ada, sam):
    for number in range(30):
        assert api(f"nobody{number}").status_code == 401
    refused = api("sam", PASSWORD)
    assert refused.status_code == 429
    assert "from your network, for several accounts" in refused.json()["detail"]
    assert api("sam", PASSWORD, address=CAFE).status_code == 200


def test_sixty_wrong_passwords_lock_an_account_for_every_address(ada, sam):
    for number in range(60):
        assert api("sam", address=f"192.0.2.{number}").status_code == 401
    refused = api("sam", PASSWORD)
    assert refused.status_code == 429
    assert "from several networks" in refused.json()["detail"]
    assert api("ada", PASSWORD).status_code == 200
    assert lockouts.locked_people()[sam.pk].scope == "account"


def test_a_success_forgets_the_count_of_that_account_from_that_address(ada, sam):
    for _try in range(4):
        api("sam")
        api("sam", address=CAFE)
    assert form("sam", PASSWORD).status_code == 302
    assert lockouts.tries_left("SAM", HOME) == 5
    assert lockouts.tries_left("sam", CAFE) == 1
    assert [api("sam").status_code for _try in range(5)] == [401] * 4 + [429]


def test_unlocking_lets_that_person_in_again_and_says_who_did_it(ada, sam, cleo, django_capture_on_commit_callbacks):
    for _try in range(5):
        api("sam")
        api("cleo")
    assert set(lockouts.locked_people()) == {sam.pk, cleo.pk}
    assert [api(name, PASSWORD).status_code for name in ("sam", "cleo")] == [429, 429]
    with django_capture_on_commit_callbacks(execute=True):
        assert lockouts.unlock(actor=ada, person=sam) == 5
    assert api("sam", PASSWORD).status_code == 200
    assert api("cleo", PASSWORD).status_code == 429
    line = Activity.objects.get(kind="person.unlocked")
    assert (line.actor, line.person, line.details) == (ada, sam, {"failures": [5, 0]})
    assert lockouts.unlock(actor=ada, person=sam) == 0


def test_who_keeps_trying_while_locked_costs_no_query(sam, django_assert_num_queries):
    for _try in range(6):
        api("sam")
    with django_assert_num_queries(0):
        assert [api(name).status_code for name in ("sam", " SAM ")] == [429, 429]


def test_a_remembered_lock_ends_when_the_lock_does(sam, time_machine):
    for _try in range(5):
        api("sam")
    time_machine.move_to(NOW + timedelta(minutes=14, seconds=30), tick=False)
    assert api("sam")["Retry-After"] == "30"
    time_machine.move_to(NOW + timedelta(minutes=15), tick=False)
    assert api("sam", PASSWORD).status_code == 200


def test_tries_that_were_forgotten_behind_our_back_lock_for_a_minute_at_most(sam, time_machine):
    for _try in range(5):
        api("sam")
    AccessAttempt.objects.all().delete()
    time_machine.move_to(NOW + timedelta(seconds=lockouts.REMEMBERED), tick=False)
    assert api("sam", PASSWORD).status_code == 200


def test_a_lock_holds_without_the_cache_that_remembers_it(sam, monkeypatch, caplog):
    monkeypatch.setattr(lockouts, "cache", AwayCache())
    with caplog.at_level(logging.WARNING, lockouts.logger.name):
        for _try in range(5):
            api("sam")
    assert api("sam", PASSWORD).status_code == 429
    assert "Locks are read from the database: away" in caplog.text
    assert "A lock could not be remembered: away" in caplog.text


class AwayCache:
    def get_many(self, names):
        raise RedisError("away")

    def set(self, name, value, seconds):
        raise RedisError("away")

    def add(self, name, value, seconds):
        raise RedisError("away")


def test_a_forged_forwarded_address_is_ignored_without_proxies(ada, sam, settings):
    settings.TRUSTED_PROXIES = 0
    answers = [api("sam", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}").status_code for number in range(5)]
    assert answers[-1] == 429


def test_behind_one_proxy_the_right_most_address_counts(ada, sam, settings):
    settings.TRUSTED_PROXIES = 1
    answers = [
        api("sam", address="10.0.0.2", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, {HOME}").status_code
        for number in range(5)
    ]
    assert answers[-1] == 429
    assert AccessAttempt.objects.get().ip_address == HOME
    assert api("sam", PASSWORD, address="10.0.0.2", HTTP_X_FORWARDED_FOR=CAFE).status_code == 200


def test_a_client_without_an_address_is_counted_too(sam):
    answers = [api("sam", address="").status_code for _try in range(6)]
    assert answers == [401, 401, 401, 401, 429, 429]


@pytest.mark.parametrize("door", DOORS)
def test_unknown_wrong_and_deactivated_look_the_same_and_cost_one_hash(door, ada, sam, hashes):
    UserFactory(username="old", is_active=False)
    seen = set()
    for name, password in [
        ("zoe", PASSWORD),
        ("sam", "wrong"),
        ("old", PASSWORD),
        ("old", "wrong"),
        ("z@x.example", "x"),
    ]:
        AccessAttempt.objects.all().delete()
        hashes.clear()
        answer = DOORS[door](name, password)
        body = answer.content.decode().replace(name, "NAME")
        if door == "form":
            body = body.split("csrfmiddlewaretoken")[0] + body.split("csrfmiddlewaretoken")[1][80:]
        else:
            body = {**answer.json(), "request_id": ""}
        seen.add((answer.status_code, str(body), len(hashes)))
    assert len(seen) == 1
    assert {(status, count) for status, _body, count in seen} == {(WRONG[door], 1)}


@pytest.mark.parametrize("door", DOORS)
def test_a_lock_costs_no_hash(door, sam, hashes):
    for _try in range(5):
        DOORS[door]("sam")
    hashes.clear()
    assert DOORS[door]("sam", PASSWORD).status_code == 429
    assert hashes == []


def test_the_lock_of_an_unknown_name_reads_like_any_other(sam):
    details = set()
    for name in ("sam", "zoe"):
        for _try in range(5):
            locked = api(name)
        details.add((locked.json()["detail"], locked["Retry-After"]))
    assert len(details) == 1


def test_the_api_answers_a_lock_with_a_problem_document(sam):
    for _try in range(5):
        locked = api("sam", HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    assert locked["Content-Type"] == "application/problem+json"
    assert "Access-Control-Allow-Origin" not in locked
    body = locked.json()
    assert (body["status"], body["code"], body["retry_after"]) == (429, "locked", 900)
    assert body["detail"].startswith("There were 5 wrong passwords for this account from your network. Try again in 15")


def test_the_page_says_until_when_and_keeps_the_name(sam):
    for _try in range(4):
        form("Sam")
    answer = Client(REMOTE_ADDR=HOME).post("/accounts/login/?next=/users/", {"login": "Sam", "password": "wrong"})
    page = answer.content.decode()
    assert answer.status_code == 429
    assert "<title>Sign in · Stockroom</title>" in page
    assert "Locked for 15 minutes" in page
    assert '<b class="num">09:15</b>' in page
    assert 'value="Sam"' in page
    assert 'name="next" value="/users/"' in page
    assert page.count("disabled") == 2
    assert Client(REMOTE_ADDR=HOME).get("/accounts/login/").status_code == 200


def test_who_was_unlocked_in_the_same_moment_reads_the_plain_answer(sam, rf):
    plain = object()
    request = rf.post("/accounts/login/")
    assert login.locked_out(request, plain, {"username": "sam"}) is plain
    assert login.locked_out(request, plain, None) is plain


def test_tries_left_counts_down(sam):
    assert lockouts.tries_left("sam", HOME) == 5
    for left in (4, 3, 2, 1, 0):
        api("sam")
        assert lockouts.tries_left("sam", HOME) == left
    assert lockouts.tries_left("ada", HOME) == 5


def test_keys_never_hold_what_a_database_cannot(sam):
    for name in ("x" * 300, "sa\0m", "correct horse battery staple"):
        assert re.fullmatch("name:[0-9a-f]{40}", lockouts.key_of(name))
    assert lockouts.key_of("SAM") == f"user:{sam.pk}"


def test_where_the_tries_came_from_is_shown_latest_first(ada, sam, time_machine):
    api("sam", address=CAFE)
    api("ada", address=CAFE)
    time_machine.move_to(NOW + timedelta(minutes=1), tick=False)
    api("sam")
    api("sam", HTTP_USER_AGENT="another")
    rows = [(row["ip_address"], row["failures"]) for row in lockouts.attempts_on(sam)]
    assert rows == [(HOME, 2), (CAFE, 1)]


def test_the_locked_are_found_by_pair_and_only_those_asked_for(ada, sam, cleo):
    for _try in range(5):
        api("sam")
        api("cleo")
    api("ada")
    api("zoe")
    assert {pk: lock.scope for pk, lock in lockouts.locked_people().items()} == {sam.pk: "pair", cleo.pk: "pair"}
    assert set(lockouts.locked_people(only=[ada.pk, sam.pk])) == {sam.pk}
    assert lockouts.locked_people(only=[]) == {}


def test_renaming_does_not_shake_off_a_lock(ada, sam):
    for _try in range(5):
        api("sam")
    User.objects.filter(pk=sam.pk).update(username="samuel")
    assert api("samuel", PASSWORD).status_code == 429


@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS)
def test_changing_the_address_within_ones_own_network_gives_no_more_tries(door, sam):
    answers = [DOORS[door]("sam", address=f"2001:db8:0:7::{number:x}").status_code for number in range(1, 8)]
    assert answers == [WRONG[door]] * 4 + [429] * 3
    assert DOORS[door]("sam", PASSWORD, address="2001:db8:0:8::1").status_code == RIGHT[door]
