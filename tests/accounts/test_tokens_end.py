"""What ends a sign-in ends its access and refresh tokens at once, and nobody else's."""

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiSession
from accounts.services import tokens
from tests.factories import PASSWORD

NEW = "four unrelated words together"

# What is sent, by whom, and the code that both tokens meet afterwards.
ENDS = {
    "log out": ("sam", "post", "/api/logout/", {}, "session_ended"),
    "log out by refresh token": ("sam", "post", "/api/logout/", {"refresh": "{refresh}"}, "session_ended"),
    "log out everywhere": ("sam", "post", "/api/logout/all/", {}, "session_ended"),
    "end this one": ("sam", "delete", "/api/users/me/sessions/{sid}/", None, "session_ended"),
    "new password": (
        "sam", "post", "/api/users/change_password/", {"current_password": PASSWORD, "new_password": NEW},
        "session_ended",
    ),
    "ended by an admin": ("ada", "delete", "/api/users/{sam}/sessions/{sid}/", None, "session_ended"),
    "all ended by an admin": ("ada", "delete", "/api/users/{sam}/sessions/", None, "session_ended"),
    "new role": ("ada", "patch", "/api/users/{sam}/", {"role": "client"}, "session_ended"),
    "deactivation": ("ada", "patch", "/api/users/{sam}/", {"is_active": False}, "session_ended"),
    "deletion": ("ada", "delete", "/api/users/{sam}/?successor={ada}", None, "token_invalid"),
}  # fmt: skip


def script(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def met(pair) -> set[str]:
    """The codes that the access and the refresh token are refused with; empty where both work."""
    asked = script(pair["access"]).get("/api/protected/")
    refreshed = APIClient().post("/api/refresh/", {"refresh": pair["refresh"]})
    answers = [answer for answer in (asked, refreshed) if answer.status_code != 200]
    assert all(answer["WWW-Authenticate"] == 'Bearer realm="api"' for answer in answers)
    return {answer.json()["code"] for answer in answers}


def do(end: str, pairs: dict, ada, sam) -> int:
    who, method, path, body, _code = ENDS[end]
    names = {"sam": sam.pk, "ada": ada.pk, "sid": tokens.verify(token=pairs["sam"]["access"])[1].pk}
    if body:
        body = {key: value.format(**pairs["sam"]) if isinstance(value, str) else value for key, value in body.items()}
    return getattr(script(pairs[who]["access"]), method)(path.format(**names), body).status_code


@pytest.fixture
def pairs(ada, sam, cleo):
    return {person.username: tokens.sign_in(person=person) for person in (ada, sam, cleo)}


@pytest.mark.parametrize("end", ENDS)
def test_both_tokens_are_refused_from_the_next_request_on(end, pairs, ada, sam):
    assert do(end, pairs, ada, sam) in (200, 204)
    assert met(pairs["sam"]) == {ENDS[end][-1]}
    assert met(pairs["ada"]) == met(pairs["cleo"]) == set()


@pytest.mark.parametrize("end", ["deactivation", "log out everywhere", "new role"])
def test_nothing_that_happens_to_the_person_later_revives_them(end, pairs, ada, sam):
    do(end, pairs, ada, sam)
    for change in ({"is_active": False}, {"is_active": True}, {"role": "staff"}, {"name": "Sam"}):
        assert script(pairs["ada"]["access"]).patch(f"/api/users/{sam.pk}/", change).status_code == 200
    assert met(pairs["sam"]) == {"session_ended"}
    assert APIClient().post("/api/login/", {"username": "sam", "password": PASSWORD}).status_code == 200


def test_a_change_that_takes_no_right_ends_nothing(pairs, ada, sam):
    changes = ({"name": "Sam R."}, {"role": "staff"}, {"is_active": True}, {"email": "sam.reyes@example.com"})
    for change in changes:
        script(pairs["ada"]["access"]).patch(f"/api/users/{sam.pk}/", change)
    assert ApiSession.objects.filter(ended_at=None).count() == 3
    assert met(pairs["sam"]) == set()
