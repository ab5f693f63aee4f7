"""Signing up over the API: closed unless opened, and then to clients only."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Activity, User
from accounts.services import people
from site_config.lib.errors import NotAllowed
from tests.factories import PASSWORD
from tests.parallel import at_once, before_commit

NEW = {"username": "dan", "email": "Dan@Example.com", "password": PASSWORD}


@pytest.fixture
def stranger(db) -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def opened(settings):
    settings.ALLOW_SIGNUP = True


def codes(answer) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def test_by_default_a_stranger_is_asked_to_log_in(stranger, ada):
    refused = stranger.post("/api/users/", NEW)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")
    assert refused["WWW-Authenticate"] == 'Bearer realm="api"'
    with pytest.raises(NotAllowed) as closed:
        people.sign_up(username="dan", email="dan@example.com", password=PASSWORD)
    assert (closed.value.code, User.objects.count()) == ("sign_up_closed", 1)


def test_where_it_is_open_a_stranger_becomes_a_client(opened, stranger):
    answer = stranger.post("/api/users/", {**NEW, "name": "Dan Ode", "phone": "+44 20 7946 0123"})
    assert answer.status_code == 201
    dan = User.objects.get()
    assert answer.json() == {
        "id": dan.pk,
        "username": "dan",
        "email": "dan@example.com",
        "name": "Dan Ode",
        "phone": "+44 20 7946 0123",
        "language": "",
        "role": "client",
        "is_active": True,
        "created_at": answer.json()["created_at"],
        "last_login": None,
    }
    assert PASSWORD not in answer.content.decode()
    line = Activity.objects.get()
    assert (line.kind, line.actor, line.person, line.details) == (
        "person.signed_up",
        dan,
        dan,
        {"role": ["", "client"]},
    )
    assert line.sentence == "Signed up"
    logged_in = stranger.post("/api/login/", {"username": "dan", "password": PASSWORD})
    assert logged_in.status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("role", "admin", "read_only_field"),
        ("role", "client", "read_only_field"),
        ("is_active", True, "read_only_field"),
        ("id", 1, "read_only_field"),
        ("created_at", None, "read_only_field"),
        ("last_login", None, "read_only_field"),
        ("is_staff", True, "unknown_field"),
        ("is_superuser", True, "unknown_field"),
        ("session_epoch", 1, "unknown_field"),
        ("password", "short", "weak_password"),
        ("password", "password1234", "weak_password"),
        ("password", "dan@example.com", "weak_password"),
        ("username", "no spaces", "invalid"),
        ("email", "nowhere", "invalid"),
    ],
)
def test_what_a_stranger_may_not_set_or_breaks_a_rule_is_refused_by_name(field, value, code, opened, stranger):
    refused = stranger.post("/api/users/", {**NEW, field: value})
    assert (refused.status_code, codes(refused)) == (400, {f"/{field}": code})
    assert not User.objects.exists()


@pytest.mark.parametrize("field", ["username", "email", "password"])
def test_a_stranger_needs_each_of_these(field, opened, stranger):
    refused = stranger.post("/api/users/", {name: value for name, value in NEW.items() if name != field})
    assert codes(refused) == {f"/{field}": "required"}


@pytest.mark.parametrize(("field", "value"), [("username", "SAM"), ("email", "Sam@example.com")])
def test_who_exists_already_is_refused(field, value, opened, stranger, sam):
    refused = stranger.post("/api/users/", {**NEW, field: value})
    assert (refused.status_code, codes(refused)) == (400, {f"/{field}": "already_exists"})


def test_an_open_door_gives_the_signed_in_nothing_more(opened, api_of, ada, sam, cleo):
    for person in (sam, cleo):
        assert api_of(person).post("/api/users/", NEW).status_code == 403
    bad = APIClient().post("/api/users/", NEW, HTTP_AUTHORIZATION="Bearer x")
    assert (bad.status_code, bad.json()["code"]) == (401, "token_invalid")
    assert codes(api_of(ada).post("/api/users/", NEW)) == {"/role": "required"}
    assert User.objects.count() == 3


def test_an_open_door_opens_no_other(opened, stranger, sam):
    assert stranger.get("/api/users/").status_code == 401
    assert stranger.get(f"/api/users/{sam.pk}/").status_code == 401
    assert stranger.patch(f"/api/users/{sam.pk}/", {"name": "x"}).status_code == 401
    assert stranger.get("/accounts/signup/").status_code == 404


def test_a_sign_up_is_not_kept_by_key(opened, stranger):
    refused = stranger.post("/api/users/", NEW, HTTP_IDEMPOTENCY_KEY="k1")
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_not_taken")
    assert not User.objects.exists()


# --- At once ---------------------------------------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_ten_strangers_with_one_name_one_gets_it_and_the_others_are_told(opened):
    answers = at_once(
        lambda number: APIClient(raise_request_exception=False).post(
            "/api/users/", {**NEW, "username": "Dan" if number % 2 else "dan", "email": f"dan{number}@example.com"}
        ),
        times=10,
        workers=10,
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 9
    assert {codes(answer)["/username"] for answer in answers if answer.status_code == 400} == {"already_exists"}
    assert User.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_an_address_that_a_rival_takes_at_this_moment_is_refused(opened, ada):
    def rival():
        return APIClient(raise_request_exception=False).post("/api/users/", {**NEW, "username": "danny"})

    with before_commit(rival) as late:
        people.create(actor=ada, username="dan", email="dan@example.com", password=PASSWORD, role="staff")
    assert (late.result().status_code, codes(late.result())) == (400, {"/email": "already_exists"})


def test_signing_up_is_limited_as_signing_in_is(opened, stranger, settings, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # all within one minute of the count
    settings.API_RATES = {**settings.API_RATES, "sign_in": 2}
    statuses = [stranger.post("/api/users/", {**NEW, "password": "x"}).status_code for _try in range(3)]
    assert statuses == [400, 400, 429]
    assert stranger.get("/api/users/").status_code == 401


def test_a_stranger_cannot_rehearse_which_names_are_taken(opened, stranger, ada):
    for name in ("ada", "nobody"):
        answer = stranger.post("/api/users/?dry_run=true", {**NEW, "username": name})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_dry_run")
