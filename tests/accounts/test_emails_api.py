"""Another e-mail address over the API: with the password, and in force once the link's token has confirmed it."""

import re

import pytest

from accounts.models import Mail, User
from accounts.services import personal_tokens
from tests.factories import PASSWORD, UserFactory

ASK = "/api/users/me/email/"
CONFIRM = "/api/email_confirm/"
NEW = "sam.reyes@example.com"
BODY = {"email": NEW, "current_password": PASSWORD}


def codes(answer) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def mailed_token() -> str:
    return re.search(r"/confirm/([^/\s]+)/", Mail.objects.get(kind="email_confirm").text)[1]


def address_of(person: User) -> str:
    return User.objects.get(pk=person.pk).email


def test_a_script_asks_with_the_password_and_confirms_with_the_token(api_of, sam):
    script = api_of(sam)
    answer = script.post(ASK, BODY)
    assert (answer.status_code, answer.json()) == (202, {"pending": NEW})
    assert script.get("/api/users/me/").json()["email"] == "sam@example.com"
    confirmed = api_of().post(CONFIRM, {"token": mailed_token()})
    assert (confirmed.status_code, confirmed.content) == (204, b"")
    assert script.get("/api/users/me/").json()["email"] == NEW
    again = api_of().post(CONFIRM, {"token": mailed_token()})
    assert (again.status_code, again.json()["code"]) == (410, "link_dead")


def test_the_profile_says_where_to_ask(api_of, sam):
    answer = api_of(sam).patch("/api/users/me/", {"email": NEW, "name": "New"})
    assert (answer.status_code, codes(answer)) == (400, {"/email": "read_only_field"})
    assert answer.json()["email"] == ["Ask for another address at /api/users/me/email/."]
    assert api_of(sam).patch("/api/users/me/", {"email": "sam@example.com", "name": "New"}).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"current_password": "wrong"}, "/current_password", "wrong_password"),
        ({"current_password": None}, "/current_password", "null"),
        ({"email": "nowhere"}, "/email", "invalid"),
        ({"email": "x" * 250 + "@example.com"}, "/email", "max_length"),
        ({"email": "a\0@example.com"}, "/email", "invalid"),
        ({"email": "SAM@example.com"}, "/email", "unchanged"),
        ({"person": 1}, "/person", "unknown_field"),
    ],
)
def test_what_breaks_a_rule_sends_nothing(change, pointer, code, api_of, sam):
    answer = api_of(sam).post(ASK, {**BODY, **change})
    assert answer.status_code == 400
    assert codes(answer)[pointer] == code
    assert not Mail.objects.exists()


def test_guessing_the_password_and_asking_too_often_are_throttled(api_of, ada, sam):
    script = api_of(sam)
    answers = [script.post(ASK, {**BODY, "current_password": "wrong"}) for _try in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    script = api_of(ada)
    answers = [script.post(ASK, {**BODY, "email": f"a{number}@example.com"}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]


def test_a_personal_token_and_a_stranger_change_no_address(api_of, ada):
    _token, secret = personal_tokens.create(actor=ada, name="Till", scopes=["read", "products", "stock", "admin"])
    script = api_of()
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert script.post(ASK, BODY).json()["code"] == "scope_missing"
    assert api_of().post(ASK, BODY).status_code == 401
    assert not Mail.objects.exists()


def test_a_rehearsal_and_a_repetition_send_no_second_one(api_of, sam):
    script = api_of(sam)
    rehearsed = script.post(f"{ASK}?dry_run=true", BODY).json()
    assert rehearsed["changes"] == [
        {"object": "person", "id": sam.pk, "label": "Sam Reyes", "field": "email", "old": "sam@example.com", "new": NEW}
    ]
    assert not Mail.objects.exists()
    for _time in range(2):
        assert script.post(ASK, BODY, headers={"Idempotency-Key": "k"}).json() == {"pending": NEW}
    assert Mail.objects.filter(kind="email_confirm").count() == 1


def test_a_taken_address_is_a_conflict_at_the_end_alone(api_of, sam):
    UserFactory(username="kim", email=NEW)
    assert api_of(sam).post(ASK, BODY).status_code == 202
    answer = api_of().post(CONFIRM, {"token": mailed_token()})
    assert (answer.status_code, answer.json()["code"], address_of(sam)) == (409, "already_exists", "sam@example.com")


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"token": ""}, 400), ({"token": "\0"}, 400), ({"token": "x" * 3001}, 400), ({"token": "a:b:c"}, 410)],
)
def test_a_forged_token_confirms_nothing(body, status, api_of, sam):
    assert api_of().post(CONFIRM, body).status_code == status
