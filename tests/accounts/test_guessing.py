"""Guessing passwords from outside: by form, API and both, from many places, in every disguise."""

import itertools
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Activity, User
from accounts.services import activity, limits, lockouts
from site_config.lib.origin import Origin, acting_from
from tests.factories import PASSWORD, UserFactory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME, CAFE = "198.51.100.7", "203.0.113.24"
BROWSER, SCRIPT = Client(), APIClient()
WRONG, RIGHT = {"form": 422, "api": 401}, {"form": 302, "api": 200}


def form(name, password="wrong", address=HOME, **headers):
    BROWSER.cookies.clear()
    return BROWSER.post("/accounts/login/", {"login": name, "password": password}, REMOTE_ADDR=address, **headers)


def api(name, password="wrong", address=HOME, **headers):
    return SCRIPT.post("/api/login/", {"username": name, "password": password}, REMOTE_ADDR=address, **headers)


DOORS = {"form": form, "api": api}
MIXED = {"form": [form], "api": [api], "both": [form, api]}


@pytest.fixture(autouse=True)
def _nine_o_clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def let_through(answers):
    """How many tries were answered as right or wrong, not with the lock; the fifth locks, and was one too."""
    return sum(answer.status_code != 429 for answer in answers)


def signed_in_from(person, address, days_ago=1, kind="api.signed_in"):
    with acting_from(Origin("api", address, "r")):
        line = activity.record(kind, actor=person, person=person)
    Activity.objects.filter(pk=line.pk).update(at=NOW - timedelta(days=days_ago))


def attacked(person):
    """Sixty wrong tries from sixty addresses, as the requests of `botnet` leave them behind."""
    AccessAttempt.objects.bulk_create(
        AccessAttempt(username=f"user:{person.pk}", ip_address=f"192.0.2.{number}", failures_since_start=1)
        for number in range(60)
    )


def botnet(name, tries=60):
    """From so many addresses, one try each."""
    return [api(name, address=f"192.0.{number // 250}.{number % 250}") for number in range(tries)]


# --- Nothing tells which names exist


ABSENT = [("zoe", PASSWORD), ("sam", "wrong"), ("old", PASSWORD), ("old", "wrong"), ("zoe@example.com", "x")]


def public_parts(answer, name):
    """All that a guesser sees, without what differs from answer to answer anyhow."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()).replace(name, "NAME")
    own = ("X-Request-ID", "Content-Length", "Content-Security-Policy", "RateLimit", "Set-Cookie")
    headers = {key: value for key, value in answer.items() if key not in own}
    return answer.status_code, re.sub("[0-9a-f]{32}", "ID", body), str(sorted(headers.items())), set(answer.cookies)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("before", [0, 4, 5])
def test_unknown_wrong_and_deactivated_look_and_cost_the_same(before, door, ada, sam, hashes):
    """At the first try, at the one that locks and behind the lock."""
    UserFactory(username="old", is_active=False)
    seen = []
    for name, password in ABSENT:
        AccessAttempt.objects.all().delete()
        lockouts.forget_locks()
        for _try in range(before):
            DOORS[door](name)
        hashes.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = DOORS[door](name, password)
        seen.append((*public_parts(answer, name), len(hashes), len(queries)))
    assert [each for each in seen if each != seen[0]] == []


def test_the_cost_stays_the_same_over_the_cap_of_an_account(sam):
    signed_in_from(sam, CAFE)
    numbers = []
    for name in ("sam", "zoe"):
        AccessAttempt.objects.all().delete()
        attacked(sam)
        AccessAttempt.objects.update(username=lockouts.key_of(name))
        with CaptureQueriesContext(connection) as queries:
            assert api(name).status_code == 429
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


# --- A hundred guesses


@pytest.mark.parametrize("way", MIXED)
def test_a_hundred_guesses_at_one_account_are_five(way, sam, ada):
    doors = itertools.cycle(MIXED[way])
    assert let_through([next(doors)("sam", f"guess {number}") for number in range(100)]) == 4
    assert api("sam", PASSWORD).status_code == 429
    assert form("ada", PASSWORD).status_code == 302
    assert form("sam", PASSWORD, CAFE).status_code == 302


FORGED = ["X_FORWARDED_FOR", "X_REAL_IP", "FORWARDED", "CLIENT_IP", "X_CLIENT_IP", "TRUE_CLIENT_IP", "CF_CONNECTING_IP"]


@pytest.mark.parametrize("header", FORGED)
@pytest.mark.parametrize("way", MIXED)
def test_a_forged_address_gives_no_more_guesses(way, header, sam):
    doors, answers = itertools.cycle(MIXED[way]), []
    for number in range(7):
        value = f"for=192.0.2.{number}" if header == "FORWARDED" else f"192.0.2.{number}"
        answers.append(next(doors)("sam", **{f"HTTP_{header}": value}))
    assert let_through(answers) == 4
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {HOME}


SPELLINGS = [
    "sam",
    "SAM",
    " sam",
    "sam ",
    "ｓａｍ",
    "Sam@Example.com",
    "sam@EXAMPLE.com ",
    "\u2003sam",
    "ＳＡＭ",
    "ſam",
]


def test_other_spellings_give_no_more_guesses(sam):
    """Full-width letters, wide spaces and the long s fold into the account; none opens a second count."""
    answers = [door(name) for name in SPELLINGS for door in (form, api)]
    assert let_through(answers) == 4
    assert {row.username for row in AccessAttempt.objects.all()} == {f"user:{sam.pk}"}


def test_look_alikes_of_other_scripts_are_other_names(sam):
    """They are nobody's: they neither sign in nor lock sam out."""
    for name in ("ѕаm", "sаm", "s\u200bam", "sam\u0301"):
        assert api(name, PASSWORD).status_code == 401
    assert api("sam", PASSWORD).status_code == 200


@pytest.mark.parametrize("way", MIXED)
def test_spraying_from_one_address_is_thirty_guesses(way, ada, sam):
    doors = itertools.cycle(MIXED[way])
    assert let_through([next(doors)(f"name{number}") for number in range(100)]) == 30
    assert api("sam", PASSWORD).status_code == 429
    assert api("sam", PASSWORD, CAFE).status_code == 200


def test_a_botnet_has_sixty_guesses_at_one_account(ada, sam):
    assert let_through(botnet("sam", 65)) == 60
    assert api("ada", PASSWORD).status_code == 200
    assert api("sam", PASSWORD).status_code == 429


def test_trying_on_does_not_lengthen_the_lock(sam, time_machine):
    for minutes in range(15):
        time_machine.move_to(NOW + timedelta(minutes=minutes), tick=False)
        for door in (form, api, form, api, form):
            door("sam")
    time_machine.move_to(NOW + timedelta(minutes=15), tick=False)
    assert api("sam", PASSWORD).status_code == 200


def test_a_wide_lock_says_when_it_really_ends(sam, time_machine):
    """It ends when the sixtieth try from the end is old, not when the last one is."""
    for number in range(61):
        time_machine.move_to(NOW + timedelta(seconds=10 * number), tick=False)
        answer = api("sam", address=f"192.0.2.{number}")
    assert (answer.status_code, answer["Retry-After"]) == (429, "300")
    time_machine.move_to(NOW + timedelta(minutes=15), tick=False)
    assert api("sam", PASSWORD).status_code == 200


@pytest.mark.parametrize("door", DOORS)
def test_a_right_guess_that_a_lock_overtook_wins_nothing(door, sam, monkeypatch):
    """Five wrong ones are answered while the right one is being hashed."""
    check = User.check_password

    def slow(person, password):
        if password == PASSWORD:
            for _try in range(5):
                APIClient().post("/api/login/", {"username": "sam", "password": "wrong"}, REMOTE_ADDR=HOME)
        return check(person, password)

    monkeypatch.setattr(User, "check_password", slow)
    answer = DOORS[door]("sam", PASSWORD)
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert not answer.wsgi_request.user.is_authenticated
    assert "access" not in answer.content.decode()


# --- The owner is not shut out of where they work


@pytest.mark.parametrize("kind", ["person.signed_in", "api.signed_in"])
def test_the_owner_signs_in_where_they_did_before_while_a_botnet_hits_the_cap(kind, sam):
    signed_in_from(sam, HOME, kind=kind)
    attacked(sam)
    assert api("sam", PASSWORD, CAFE).status_code == 429
    assert [api("sam").status_code for _try in range(5)] == [401] * 4 + [429]
    assert form("sam", PASSWORD).status_code == 429


@pytest.mark.parametrize("door", DOORS)
def test_the_right_password_at_a_known_address_opens_at_once(door, sam):
    signed_in_from(sam, HOME)
    attacked(sam)
    assert DOORS[door]("sam", PASSWORD).status_code == RIGHT[door]
    assert api("sam", PASSWORD, "192.0.3.1").status_code == 429


def test_a_success_at_the_known_address_does_not_help_the_botnet(sam):
    signed_in_from(sam, HOME)
    attacked(sam)
    assert api("sam", PASSWORD).status_code == 200
    assert let_through(botnet("sam", 3)) == 0


@pytest.mark.parametrize(
    ("was", "now", "status"),
    [
        ("2001:db8:0:7::1", "2001:db8:0:7:aaaa::2", 200),
        ("2001:db8:0:7::1", "2001:db8:0:8::1", 429),
        ("::ffff:198.51.100.7", HOME, 200),
    ],
)
def test_a_known_network_is_what_one_subscriber_has(was, now, status, sam):
    signed_in_from(sam, was)
    attacked(sam)
    assert api("sam", PASSWORD, now).status_code == status


def test_a_sign_in_of_long_ago_or_of_somebody_else_makes_no_network_known(ada, sam):
    signed_in_from(sam, HOME, days_ago=31)
    signed_in_from(ada, CAFE)
    signed_in_from(sam, "192.0.9.9", kind="person.edited")
    attacked(sam)
    assert [api("sam", PASSWORD, address).status_code for address in (HOME, CAFE, "192.0.9.9")] == [429] * 3


def test_one_account_never_sees_more_than_a_hundred_wrong_tries(sam):
    """60, and 5 at each of the last 8 networks: the number of NIST SP 800-63B."""
    for number in range(12):
        signed_in_from(sam, f"203.0.113.{number}", days_ago=12 - number)
    attacked(sam)
    answers = [api("sam", address=f"203.0.113.{number}") for number in range(12) for _try in range(6)]
    assert let_through(answers) == 8 * 4
    counted = sum(AccessAttempt.objects.values_list("failures_since_start", flat=True))
    assert counted == limits.LIMITS["account"] + 8 * limits.LIMITS["pair"] == 100


def test_a_client_without_an_address_is_at_no_known_network(sam):
    with acting_from(Origin("command", None, "")):
        activity.record("person.signed_in", actor=sam, person=sam)
    attacked(sam)
    assert api("sam", PASSWORD, "").status_code == 429


# --- What is written down


def test_each_wrong_try_and_each_lock_is_written_down_once(sam, hashes):
    for door in (form, api, form, api, form, api, form):
        door("sam")
    lines = Activity.objects.filter(kind__startswith="sign_in.").order_by("pk")
    assert [(line.kind, line.source) for line in lines] == [
        *(("sign_in.failed", source) for source in ("page", "api", "page", "api", "page")),
        ("sign_in.locked", "page"),
    ]
    assert {(line.person, line.actor, line.address) for line in lines} == {(sam, None, HOME)}
    assert lines.last().details == {"failures": [0, 5], "scope": ["", "pair"]}


def test_of_an_unknown_name_nothing_that_was_typed_is_kept(sam, caplog, capsys):
    """People type their password into the wrong field."""
    secret = "hunter2-and-more"
    with caplog.at_level(logging.DEBUG):
        for door in (form, api) * 3:
            door(secret, secret)
    assert {line.person_name for line in Activity.objects.all()} == {""}
    rows = [*Activity.objects.values(), *AccessAttempt.objects.values()]
    assert secret not in str(rows) + caplog.text + str(capsys.readouterr())


def test_wide_locks_are_written_down_once_too(sam, ada):
    botnet("sam", 62)
    for number in range(32):
        api(f"name{number}")
    lines = Activity.objects.filter(kind="sign_in.locked").order_by("pk")
    assert [(line.person, line.details["scope"][1], line.details["failures"]) for line in lines] == [
        (sam, "account", [0, 60]),
        (None, "address", [0, 30]),
    ]


def test_a_new_lock_after_an_unlocking_is_written_down_anew(ada, sam, django_capture_on_commit_callbacks):
    for _round in range(2):
        for _try in range(6):
            api("sam")
        with django_capture_on_commit_callbacks(execute=True):
            lockouts.unlock(actor=ada, person=sam, reason="Rang")
    assert Activity.objects.filter(kind="sign_in.locked").count() == 2


FORGERY = "x\n2026-03-02 09:00:00,000 INFO accounts [-] ada signed in\x1b[2K\u202e"


def test_log_lines_cannot_be_forged(sam, caplog):
    with caplog.at_level(logging.DEBUG):
        for name in (FORGERY, "sam", "sam" + FORGERY):
            for door in (form, api):
                door(name, FORGERY, HTTP_USER_AGENT=FORGERY, HTTP_REFERER=FORGERY, HTTP_ACCEPT=FORGERY)
    sent = "".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    assert caplog.records
    assert "signed in" not in sent
    assert "\x1b" not in sent
    assert "\u202e" not in sent
    assert "signed in" not in str(list(Activity.objects.values()))


def test_a_failure_without_a_request_is_left_to_django_axes(sam, caplog):
    lockouts.Handler().user_login_failed(sender=None, credentials={"username": "sam"})
    assert not Activity.objects.exists()
