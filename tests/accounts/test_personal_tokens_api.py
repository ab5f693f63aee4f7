"""Personal API tokens by the API: carrying one, what it opens, making, listing and revoking."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import PersonalToken
from accounts.services import people, personal_tokens, tokens
from tests.factories import PASSWORD, ProductFactory, UserFactory
from tests.hostile import OTHERS, RAW, TEXTS

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BODY = {"name": "Till sync", "scopes": ["stock", "read"], "days": 30}


def carrying(secret) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def script_of(db):
    """A script with a personal token of somebody: `script_of(sam, "read").get(...)`."""

    def make(person, *scopes):
        _token, secret = personal_tokens.create(actor=person, name=" ".join(scopes), scopes=scopes)
        return carrying(secret)

    return make


# --- Carrying one ----------------------------------------------------------------------------------------------------


def test_a_token_acts_as_its_person(script_of, sam, cleo):
    mine, hidden = ProductFactory(owner=cleo, is_public=False), ProductFactory(owner=sam, is_public=False)
    script = script_of(cleo, "read")
    assert script.get("/api/protected/").json()["username"] == "cleo"
    assert script.get("/api/users/me/").json()["username"] == "cleo"
    seen = [row["id"] for row in script.get("/api/products/").json()["results"]]
    assert seen == [mine.pk]
    assert script.get(f"/api/products/{hidden.pk}/").status_code == 404
    assert "cost" not in script.get(f"/api/products/{mine.pk}/").json()


@pytest.mark.parametrize("method", ["delete", "patch", "post", "put"])
def test_a_token_that_may_only_read_changes_nothing(method, script_of, sam, mug):
    script = script_of(sam, "read")
    assert script.get(f"/api/products/{mug.pk}/").json()["cost"] == "6.10"
    url = "/api/products/" if method == "post" else f"/api/products/{mug.pk}/"
    answer = getattr(script, method)(url, {"name": "Renamed", "price": "1"})
    wanted = "permission_denied" if method == "delete" else "scope_missing"
    assert (answer.status_code, answer.json()["code"]) == (403, wanted)
    mug.refresh_from_db()
    assert mug.name == "Enamel mug"


def test_the_scope_products_opens_products_and_the_scope_admin_only_people(script_of, ada, mug):
    products, admin = script_of(ada, "products"), script_of(ada, "admin")
    assert products.patch(f"/api/products/{mug.pk}/", {"name": "Renamed"}).status_code == 200
    assert products.get("/api/users/").json()["code"] == "scope_missing"
    assert admin.get("/api/users/").status_code == 200
    assert admin.get("/api/products/").json()["code"] == "scope_missing"
    assert admin.get("/api/protected/").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/users/change_password/", {"current_password": PASSWORD, "new_password": "four unrelated words"}),
        ("patch", "/api/users/me/", {"name": "Renamed"}),
        ("get", "/api/tokens/", None),
        ("post", "/api/tokens/", BODY),
    ],
)
def test_no_token_touches_its_own_account(method, path, body, script_of, ada):
    answer = getattr(script_of(ada, "read", "products", "stock", "admin"), method)(path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "log in with the password" in answer.json()["detail"]
    ada.refresh_from_db()
    assert (ada.name, ada.check_password(PASSWORD), PersonalToken.objects.count()) == ("Ada Okafor", True, 1)


def test_a_lost_role_is_lost_at_the_next_request(script_of, ada, sam, mug):
    script = script_of(sam, "products")
    people.change_role(actor=ada, person=sam, role="client")
    answer = script.patch(f"/api/products/{mug.pk}/", {"name": "Renamed"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_each_refusal_has_its_code_and_a_challenge(sam, ada, time_machine):
    time_machine.move_to(NOW, tick=False)
    (revoked, first), (_kept, second) = (
        personal_tokens.create(actor=sam, name=name, scopes=["read"], days=30) for name in ("One", "Two")
    )
    personal_tokens.revoke(actor=sam, token=revoked)
    answers = [carrying(secret).get("/api/protected/") for secret in (first, second[:-1], second)]
    time_machine.move_to(NOW + timedelta(days=30), tick=False)
    answers.append(carrying(second).get("/api/protected/"))
    seen = [(answer.status_code, answer.json().get("code")) for answer in answers]
    assert seen == [(401, "session_ended"), (401, "token_invalid"), (200, None), (401, "token_expired")]
    assert answers[0]["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_personal_token_is_no_sign_in_to_log_out_of_or_refresh(script_of, sam):
    script = script_of(sam, "read")
    answer = script.post("/api/logout/", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_sign_in")
    secret = script._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert APIClient().post("/api/refresh/", {"refresh": secret}).json()["code"] == "token_invalid"
    assert script.get("/api/protected/").status_code == 200
    pair = tokens.sign_in(person=sam)
    assert script.post("/api/logout/", {"refresh": pair["refresh"]}).status_code == 204
    assert carrying(pair["access"]).get("/api/protected/").json()["code"] == "session_ended"


def test_it_opens_no_page(script_of, sam):
    script = script_of(sam, "read")
    assert script.get("/account/").status_code == 302


# --- One's own -------------------------------------------------------------------------------------------------------


def test_a_new_token_is_answered_once_and_listed_without_its_text(api_of, sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    api = api_of(sam)
    answer = api.post("/api/tokens/", BODY)
    assert answer.status_code == 201
    secret = answer.json().pop("token")
    assert carrying(secret).get("/api/protected/").status_code == 200
    row = {name: value for name, value in answer.json().items() if name != "token"}
    assert row == {
        "id": PersonalToken.objects.get().pk,
        "name": "Till sync",
        "hint": secret[-4:],
        "scopes": ["read", "stock"],
        "created_at": "2026-03-02T09:00:00Z",
        "expires_at": "2026-04-01T09:00:00Z",
        "last_used_at": None,
        "last_used_address": None,
        "ended_at": None,
        "ended_because": "",
    }
    used = {**row, "last_used_at": "2026-03-02T09:00:00Z", "last_used_address": "127.0.0.1"}
    assert api.get("/api/tokens/").json()["results"] == [used]
    assert api.get(f"/api/tokens/{row['id']}/").json() == used


def test_ninety_days_are_the_default(api_of, sam, time_machine):
    time_machine.move_to(NOW, tick=False)
    answer = api_of(sam).post("/api/tokens/", {"name": "Feed", "scopes": ["read"]})
    assert answer.json()["expires_at"] == "2026-05-31T09:00:00Z"


@pytest.mark.parametrize(
    ("given", "field", "status", "code"),
    [
        ({"name": ""}, "name", 400, "blank"),
        ({"name": "x" * 61}, "name", 400, "max_length"),
        ({"name": "taken"}, "name", 400, "already_exists"),
        ({"scopes": []}, "scopes", 400, "empty"),
        ({"scopes": "read"}, "scopes", 400, "not_a_list"),
        ({"scopes": ["read"] * 5}, "scopes", 400, "max_length"),
        ({"scopes": ["admin"]}, "scopes", 403, "scope_not_allowed"),
        ({"scopes": ["write"]}, "scopes", 400, "invalid_choice"),
        ({"days": 31}, "days", 400, "invalid_choice"),
        ({"token": "stockroom_pat_mine"}, "token", 400, "unknown_field"),
        ({"user": 1}, "user", 400, "unknown_field"),
    ],
)
def test_a_refused_token_names_the_field(given, field, status, code, api_of, sam):
    personal_tokens.create(actor=sam, name="Taken", scopes=["read"])
    answer = api_of(sam).post("/api/tokens/", {**BODY, **given})
    assert answer.status_code == status
    (error,) = answer.json()["errors"]
    assert (error["pointer"].split("/")[1], error["code"]) == (field, code)
    assert PersonalToken.objects.count() == 1


def test_the_answer_with_the_secret_is_kept_for_nobody(api_of, sam):
    api = api_of(sam)
    answer = api.post("/api/tokens/", BODY, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_not_taken")
    assert "no-store" in api.post("/api/tokens/", BODY)["Cache-Control"]


def test_a_dry_run_says_what_would_be_made_and_gives_no_secret(api_of, sam):
    answer = api_of(sam).post("/api/tokens/?dry_run=true", BODY).json()
    assert (answer["status"], answer["result"]["id"], answer["result"]["token"]) == (201, None, None)
    assert ("token", "Till sync") in [(line["field"], line["new"]) for line in answer["changes"]]
    assert not PersonalToken.objects.exists()


def test_revoking_ends_it_at_once_and_again_is_no_error(api_of, sam):
    token, secret = personal_tokens.create(actor=sam, name="Till sync", scopes=["read"])
    api = api_of(sam)
    assert api.delete(f"/api/tokens/{token.pk}/?dry_run=true").json()["status"] == 204
    assert carrying(secret).get("/api/protected/").status_code == 200
    assert [api.delete(f"/api/tokens/{token.pk}/").status_code for _time in range(2)] == [204, 204]
    assert carrying(secret).get("/api/protected/").json()["code"] == "session_ended"
    row = api.get(f"/api/tokens/{token.pk}/").json()
    assert (row["ended_because"], row["ended_at"] is not None) == ("revoked", True)


def test_the_token_of_another_is_not_there(api_of, ada, sam):
    token, secret = personal_tokens.create(actor=sam, name="Till sync", scopes=["read"])
    api = api_of(ada)
    assert api.get("/api/tokens/").json()["results"] == []
    assert api.get(f"/api/tokens/{token.pk}/").status_code == 404
    assert api.delete(f"/api/tokens/{token.pk}/").status_code == 404
    assert carrying(secret).get("/api/protected/").status_code == 200


def test_the_list_comes_in_pages_newest_first(api_of, sam):
    made = [personal_tokens.create(actor=sam, name=f"T{n}", scopes=["read"])[0].pk for n in range(3)]
    api = api_of(sam)
    first = api.get("/api/tokens/?page_size=2").json()
    second = api.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == made[::-1]
    assert [row["id"] for row in api.get("/api/tokens/?ordering=id").json()["results"]] == made
    assert api.get("/api/tokens/?scope=read").json()["code"] == "unknown_parameter"


@pytest.mark.timeout(180)
def test_whatever_is_sent_nothing_breaks(api_of, sam):
    api, accepted = api_of(sam), 0
    rest = json.dumps({"name": "Till sync", "scopes": ["read"]}).encode()[:-1]
    for name in BODY:
        values = [json.dumps(value).encode() for value in [*TEXTS, *OTHERS]] + RAW
        for value in values:
            body = rest + b", " + json.dumps(name).encode() + b": " + value + b"}"
            with transaction.atomic():
                answer = api.generic("POST", "/api/tokens/", body, content_type="application/json")
                transaction.set_rollback(True)
            assert answer.status_code in (201, 400, 413), (name, value[:80], answer.content[:300])
            if answer.status_code == 201:
                accepted += 1
                assert re.fullmatch(personal_tokens.SHAPE, answer.json()["token"])
    assert accepted > 10


# --- Anybody's, for admins -------------------------------------------------------------------------------------------


def test_an_admin_lists_and_revokes_the_tokens_of_a_person(api_of, ada, sam):
    token, secret = personal_tokens.create(actor=sam, name="Till sync", scopes=["read"])
    other, _hers = personal_tokens.create(actor=ada, name="Hers", scopes=["read"])
    api = api_of(ada)
    (row,) = api.get(f"/api/users/{sam.pk}/tokens/").json()["results"]
    assert (row["id"], row["name"], "token" in row) == (token.pk, "Till sync", False)
    assert api.delete(f"/api/users/{sam.pk}/tokens/{other.pk}/").status_code == 404
    assert api.delete(f"/api/users/{sam.pk}/tokens/{token.pk}/").status_code == 204
    assert carrying(secret).get("/api/protected/").json()["code"] == "session_ended"
    (row,) = api.get(f"/api/users/{sam.pk}/tokens/").json()["results"]
    assert row["ended_because"] == "revoked_by_admin"
    assert api.get(f"/api/users/{sam.pk + 1000}/tokens/").status_code == 404
    assert api.get(f"/api/users/{UserFactory().pk}/tokens/").json()["results"] == []


def test_nobody_else_reaches_them_and_an_admins_script_needs_the_scope(script_of, api_of, ada, sam, cleo):
    token, secret = personal_tokens.create(actor=sam, name="Till sync", scopes=["read"])
    url = f"/api/users/{sam.pk}/tokens/{token.pk}/"
    assert [api_of(person).delete(url).status_code for person in (sam, cleo)] == [403, 403]
    assert script_of(ada, "products").delete(url).json()["code"] == "scope_missing"
    assert carrying(secret).get("/api/protected/").status_code == 200
    assert script_of(ada, "admin").delete(url).status_code == 204


def test_a_token_that_manages_people_does_not_manage_its_own(script_of, ada, sam):
    script = script_of(ada, "admin")
    assert script.patch(f"/api/users/{sam.pk}/", {"name": "Sam R"}).status_code == 200
    refused = script.patch(f"/api/users/{ada.pk}/", {"email": "mine@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
