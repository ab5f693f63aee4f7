"""Asking what a token is: the answer tells all, uses nothing up and ends nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import SlidingToken

from accounts.models import Activity, ApiSession
from accounts.services import people, personal_tokens, tokens

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nine_o_clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def pair(ada, sam):
    return tokens.sign_in(person=sam)


def verify(token, **options):
    return APIClient(raise_request_exception=False).post("/api/verify/", {"token": token}, **options)


def told(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize(("kind", "until"), [("access", "2026-03-02T09:15:00Z"), ("refresh", "2026-03-16T09:00:00Z")])
def test_a_living_token_says_what_it_is_whose_and_until_when(kind, until, pair, sam):
    answer = verify(pair[kind])
    assert answer.status_code == 200
    assert answer.json() == {
        "kind": kind,
        "expires_at": until,
        "user": sam.pk,
        "username": "sam",
        "role": "staff",
        "scopes": None,
    }


def test_a_personal_token_says_its_scopes_too(sam):
    _row, secret = personal_tokens.create(actor=sam, name="Till", scopes=["stock", "read"], days=30)
    body = verify(secret).json()
    assert (body["kind"], body["scopes"]) == ("personal", ["read", "stock"])
    assert (body["username"], body["expires_at"]) == ("sam", "2026-04-01T09:00:00Z")


def test_asking_uses_nothing_up(pair):
    for _time in range(3):
        assert told(verify(pair["refresh"])) == (200, "")
    assert tokens.refresh(token=pair["refresh"])["access"]


@pytest.mark.parametrize(
    ("later", "code"), [(timedelta(seconds=10), "token_rotated"), (timedelta(seconds=11), "token_blacklisted")]
)
def test_asking_about_a_used_refresh_token_says_so_and_does_not_end_the_family(later, code, pair, time_machine):
    newer = tokens.refresh(token=pair["refresh"])
    time_machine.move_to(NOW + later, tick=False)
    refused = verify(pair["refresh"])
    assert told(refused) == (401, code)
    assert refused["WWW-Authenticate"] == 'Bearer realm="api"'
    assert "blacklisted" in refused.json()["detail"]
    assert ApiSession.objects.get().ended_at is None
    assert not Activity.objects.filter(kind="api.token_reused").exists()
    assert told(verify(newer["refresh"])) == (200, "")


def test_after_a_reuse_every_token_of_the_family_is_blacklisted(pair):
    newest = tokens.refresh(token=tokens.refresh(token=pair["refresh"])["refresh"])
    with pytest.raises(tokens.Refused):
        tokens.refresh(token=pair["refresh"])
    for token in (pair["access"], pair["refresh"], newest["access"], newest["refresh"]):
        assert told(verify(token)) == (401, "token_blacklisted")


def test_each_way_to_end_has_its_own_code(pair, ada, sam, time_machine):
    other = tokens.sign_in(person=sam)
    _row, secret = personal_tokens.create(actor=sam, name="Till", scopes=["read"], days=30)
    tokens.end(tokens.verify(token=pair["access"])[1], "logged_out")
    assert told(verify(pair["access"])) == told(verify(pair["refresh"])) == (401, "session_ended")
    time_machine.move_to(NOW + timedelta(minutes=15, seconds=1), tick=False)
    assert told(verify(other["access"])) == (401, "token_expired")
    assert told(verify(other["refresh"])) == told(verify(secret)) == (200, "")
    people.set_active(actor=ada, person=sam, active=False)
    assert told(verify(other["refresh"])) == told(verify(secret)) == (401, "session_ended")
    people.delete(actor=ada, person=sam, successor=ada)
    assert told(verify(other["refresh"])) == told(verify(secret)) == (401, "token_invalid")


@pytest.mark.parametrize("token", ["x", "a.b.c", "stockroom_pat_x", "é", "Bearer x"])
def test_what_was_never_a_token_is_invalid(token, db):
    assert told(verify(token)) == (401, "token_invalid")


def test_a_token_of_a_kind_that_we_do_not_make_is_invalid(pair, sam):
    forged = SlidingToken()
    forged.payload.update(sid=str(ApiSession.objects.get().pk), sub=str(sam.pk))
    assert told(verify(str(forged))) == (401, "token_invalid")


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": None}, {"token": "x" * 2001}, {"token": "x", "a": 1}])
def test_a_malformed_question_names_the_field(body, db):
    refused = APIClient().post("/api/verify/", body)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] in ("/token", "/a")


def test_whoever_asks_needs_no_token_of_their_own_and_a_bad_one_is_not_looked_at(pair):
    assert told(verify(pair["access"], HTTP_AUTHORIZATION="Bearer x")) == (200, "")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "login"),
        ("post", "refresh"),
        ("post", "verify"),
        ("post", "logout"),
        ("post", "logout/all"),
        ("post", "users/login"),
        ("post", "users/logout"),
        ("get", "protected"),
    ],
)
def test_a_token_door_names_a_parameter_that_it_does_not_take(method, path, api_of, sam):
    """Not one of them can be rehearsed, and a script that tries must not be logged out by it."""
    script = api_of(sam)
    refused = getattr(script, method)(f"/api/{path}/?dry_run=true")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/dry_run")
    assert script.get("/api/protected/").status_code == 200


def test_asking_is_no_use_of_a_personal_token(sam):
    token, secret = personal_tokens.create(actor=sam, name="Feed", scopes=["read"])
    assert verify(secret).json()["kind"] == "personal"
    token.refresh_from_db()
    assert token.last_used_at is None
