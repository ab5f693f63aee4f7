"""The token doors: log in, refresh, log out, and a page to try a token on."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import tokens
from tests.factories import PASSWORD


@pytest.fixture
def api():
    return APIClient(raise_request_exception=False)


def bearer(token):
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


@pytest.mark.parametrize("name", ["sam", "SAM", "sam@example.com", "Sam@Example.COM"])
def test_logging_in_by_name_or_address_gives_a_pair_that_works(name, api, ada, sam):
    answer = api.post("/api/login/", {"username": name, "password": PASSWORD})
    assert (answer.status_code, set(answer.json())) == (200, {"access", "refresh"})
    who = api.get("/api/protected/", **bearer(answer.json()["access"])).json()
    assert (who["username"], who["role"]) == ("sam", "staff")
    sam.refresh_from_db()
    assert sam.last_login is not None


def test_logging_in_starts_no_browser_session(api, sam):
    answer = api.post("/api/login/", {"username": "sam", "password": PASSWORD})
    assert "sessionid" not in answer.cookies


@pytest.mark.parametrize("name", ["sam", "zoe"])
def test_a_wrong_password_and_an_unknown_name_read_the_same(name, api, ada, sam):
    answer = api.post("/api/login/", {"username": name, "password": "wrong"})
    assert answer.status_code == 401
    assert (answer.json()["code"], answer["WWW-Authenticate"]) == ("no_active_account", 'Bearer realm="api"')
    assert answer.json()["detail"] == "The username or the password is wrong."


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"password": "x"}, "username", "required"),
        ({"username": "sam"}, "password", "required"),
        ({"username": "", "password": "x"}, "username", "blank"),
        ({"username": "s\0m", "password": "x"}, "username", "null_characters_not_allowed"),
        ({"username": "s" * 255, "password": "x"}, "username", "max_length"),
        ({"username": "sam", "password": "x" * 1001}, "password", "max_length"),
        ({"username": ["sam"], "password": "x"}, "username", "invalid"),
        ({"username": "sam", "password": "x", "role": "admin"}, "role", "unknown_field"),
    ],
)
def test_a_malformed_log_in_names_the_field(body, field, code, api, sam):
    answer = api.post("/api/login/", body)
    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(f"/{field}", code)]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"username": "\\ud800", "password": "x"}', b"\xff"])
def test_a_body_that_no_name_can_be_read_from_is_400(body, api, sam):
    assert api.post("/api/login/", body, content_type="application/json").status_code == 400


def test_refreshing_rotates_and_the_used_token_is_refused(api, sam):
    old = tokens.sign_in(person=sam)
    answer = api.post("/api/refresh/", {"refresh": old["refresh"]})
    assert answer.status_code == 200
    assert api.get("/api/protected/", **bearer(answer.json()["access"])).status_code == 200
    again = api.post("/api/refresh/", {"refresh": old["refresh"]})
    assert (again.status_code, again.json()["code"]) == (401, "token_rotated")
    access = api.post("/api/refresh/", {"refresh": old["access"]})
    assert (access.status_code, access.json()["code"]) == (401, "token_invalid")


def test_refreshing_without_a_token_names_the_field(api):
    answer = api.post("/api/refresh/", {})
    assert (answer.status_code, answer.json()["refresh"]) == (400, ["This field is required."])


@pytest.mark.parametrize("by", ["access", "refresh"])
def test_logging_out_ends_the_access_and_the_refresh_token_of_that_sign_in(by, api, sam):
    mine, other = tokens.sign_in(person=sam), tokens.sign_in(person=sam)
    sent = ({}, bearer(mine["access"])) if by == "access" else ({"refresh": mine["refresh"]}, {})
    assert api.post("/api/logout/", sent[0], **sent[1]).status_code == 204
    assert api.get("/api/protected/", **bearer(mine["access"])).json()["code"] == "session_ended"
    assert api.post("/api/refresh/", {"refresh": mine["refresh"]}).json()["code"] == "session_ended"
    assert api.get("/api/protected/", **bearer(other["access"])).status_code == 200


def test_logging_out_needs_a_token_that_works(api, sam):
    assert api.post("/api/logout/", {}).json()["code"] == "not_authenticated"
    assert api.post("/api/logout/", {"refresh": "x"}).json()["code"] == "token_invalid"
    mine = tokens.sign_in(person=sam)
    assert api.post("/api/logout/", {"refresh": mine["refresh"]}).status_code == 204
    assert api.post("/api/logout/", {"refresh": mine["refresh"]}).status_code == 401
    assert api.post("/api/logout/", {}, **bearer(mine["access"])).status_code == 401


def test_the_protected_page_asks_for_a_token_not_for_a_session(api, page_of, sam, api_of):
    assert api_of(sam).get("/api/protected/").json()["message"] == "Your token works."
    for client in (api, page_of(sam)):
        refused = client.get("/api/protected/")
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_a_lost_right_is_lost_at_the_next_request(api_of, ada, sam):
    script = api_of(sam)
    User.objects.filter(pk=sam.pk).update(role="client")
    assert script.get("/api/protected/").json()["role"] == "client"
    assert script.get("/api/users/").status_code == 403


@pytest.mark.parametrize("path", ["login", "refresh", "logout"])
def test_a_token_door_answers_post_only(path, api, api_of, sam):
    assert api.get(f"/api/{path}/").status_code == 405
    assert api_of(sam).delete(f"/api/{path}/").status_code == 405
