"""Many people in one call."""

import pytest

from accounts.models import Activity, User
from tests.factories import UserFactory

URL = "/api/users/bulk/"


def errors(answer) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_many_change_in_one_call_and_whoever_is_left_out_is_named(api_of, ada, sam, cleo):
    body = {"ids": [sam.pk, ada.pk, cleo.pk, 999], "role": "client"}
    answer = api_of(ada).post(URL, body)
    assert (answer.status_code, answer.json()["changed"]) == (200, [sam.pk])
    left = {line["id"]: line["code"] for line in answer.json()["left_out"]}
    assert left == {ada.pk: "own_account", cleo.pk: "unchanged", 999: "not_found"}
    assert all(line["reason"] for line in answer.json()["left_out"])
    assert dict(User.objects.values_list("username", "role")) == {"ada": "admin", "sam": "client", "cleo": "client"}


def test_deactivated_people_are_out_at_once(api_of, ada, sam, cleo):
    theirs = [api_of(sam), api_of(cleo)]
    assert api_of(ada).post(URL, {"ids": [sam.pk, cleo.pk], "is_active": False}).status_code == 200
    assert [script.get("/api/protected/").status_code for script in theirs] == [401, 401]
    assert api_of(ada).post(URL, {"ids": [sam.pk], "is_active": True, "role": "admin"}).json()["changed"] == [sam.pk]
    sam.refresh_from_db()
    assert (sam.is_active, sam.role) == (True, "admin")


def test_a_rehearsal_tells_every_change_and_makes_none(api_of, ada, sam, cleo):
    body = api_of(ada).post(f"{URL}?dry_run=true", {"ids": [sam.pk, cleo.pk], "role": "client"}).json()
    assert (body["status"], body["result"]["changed"]) == (200, [sam.pk])
    assert {
        "object": "person",
        "id": sam.pk,
        "label": "Sam Reyes",
        "field": "role",
        "old": "staff",
        "new": "client",
    } in (body["changes"])
    sam.refresh_from_db()
    assert sam.role == "staff"


def test_a_repeat_with_its_key_does_nothing_more(api_of, ada, sam):
    script, headers = api_of(ada), {"Idempotency-Key": "k1"}
    first = script.post(URL, {"ids": [sam.pk], "role": "client"}, headers=headers)
    again = script.post(URL, {"ids": [sam.pk], "role": "client"}, headers=headers)
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert Activity.objects.filter(kind="person.role_changed").count() == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("/ids", "required")),
        ({"ids": [], "role": "staff"}, ("/ids", "min_length")),
        ({"ids": [*range(1, 502)], "role": "staff"}, ("/ids", "max_length")),
        ({"ids": [0], "role": "staff"}, ("/ids/0", "min_value")),
        ({"ids": ["x"], "role": "staff"}, ("/ids", "invalid")),
        ({"ids": [1], "role": "owner"}, ("/role", "invalid_choice")),
        ({"ids": [1], "is_active": None}, ("/is_active", "null")),
        ({"ids": [1], "role": "staff", "is_superuser": True}, ("/is_superuser", "unknown_field")),
        ({"ids": [1], "role": "staff", "password": "x"}, ("/password", "unknown_field")),
    ],
)
def test_what_a_call_does_not_understand_is_refused_by_name(body, expected, api_of, ada):
    refused = api_of(ada).post(URL, body)
    assert (refused.status_code, errors(refused)) == (400, [expected])


def test_a_call_for_nothing_is_refused(api_of, ada, sam):
    refused = api_of(ada).post(URL, {"ids": [sam.pk]})
    assert (refused.status_code, refused.json()["code"]) == (400, "nothing_to_do")


@pytest.mark.parametrize("who", ["sam", "cleo"])
def test_nobody_but_an_admin_changes_anybody(who, api_of, ada, sam, cleo, request):
    bob = UserFactory()
    refused = api_of(request.getfixturevalue(who)).post(URL, {"ids": [bob.pk, ada.pk], "role": "client"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert api_of().post(URL, {"ids": [bob.pk], "role": "client"}).status_code == 401
    bob.refresh_from_db()
    assert bob.role == "staff"
