"""Fields that a form or a call does not have set nothing, at any door about people, whoever sends them."""

import pytest

from accounts.models import User
from tests.factories import PASSWORD

SMUGGLED = {
    "id": "77",
    "pk": "77",
    "is_staff": "on",
    "is_superuser": "on",
    "role": "admin",
    "is_active": "",
    "session_epoch": "9",
    "password": "another long password 12",
    "password1": "another long password 12",
    "last_login": "2001-01-01",
    "created_at": "2001-01-01",
    "user_permissions": "1",
    "groups": "1",
    "scopes": "admin",
    "expected": "admin",
}
RIGHTS = ("pk", "role", "is_active", "session_epoch", "password", "created_at")
SECOND = {"name": "Kim", "username": "kim", "email": "kim@example.com", "phone": ""}


def rights() -> list[tuple]:
    return list(User.objects.order_by("pk").values_list(*RIGHTS))


def smuggle(body: dict, *needed: str) -> dict:
    """What the door takes, and beside it everything that it does not."""
    return {**{name: value for name, value in SMUGGLED.items() if name not in needed}, **body}


def test_the_page_of_a_person_sets_no_right(page_of, ada, sam):
    before = rights()
    body = smuggle({"name": "Sam R.", "username": "sam", "email": "sam@example.com", "phone": ""})
    assert page_of(ada).post(f"/users/{sam.pk}/", body).status_code == 302
    assert User.objects.get(pk=sam.pk).name == "Sam R."
    assert rights() == before


@pytest.mark.parametrize("who", ["ada", "sam", "cleo"])
def test_ones_own_profile_sets_no_right_and_no_name_to_sign_in_by(who, page_of, ada, sam, cleo, request):
    person, before = request.getfixturevalue(who), rights()
    body = smuggle({"name": "New", "phone": "", "theme": "dark", "username": "root", "email": "root@example.com"})
    assert page_of(person).post("/account/", body).status_code == 302
    now = User.objects.get(pk=person.pk)
    assert (now.name, now.username, now.email) == ("New", person.username, person.email)
    assert rights() == before


def test_a_new_person_gets_the_role_of_the_form_and_nothing_else(page_of, ada, sam):
    before = rights()
    body = smuggle({**SECOND, "role": "client", "password": PASSWORD}, "role", "password")
    assert page_of(ada).post("/users/new/", body).status_code == 302
    kim = User.objects.get(username="kim")
    assert (kim.role, kim.is_active, kim.session_epoch, kim.last_login) == ("client", True, 0, None)
    assert kim.check_password(PASSWORD)
    assert kim.created_at.year > 2001
    assert [row for row in rights() if row[0] != kim.pk] == before


def test_another_role_and_many_at_once_set_the_role_alone(page_of, ada, sam, cleo):
    admin, [owner, *_others] = page_of(ada), rights()
    body = smuggle({"role": "client", "expected": "staff", "is_active": ""}, "role", "expected")
    assert admin.post(f"/users/{sam.pk}/role/", body).status_code == 302
    body = smuggle({"act": "staff", "ids": [cleo.pk], "expected": [cleo.pk], "sure": "1"}, "role", "expected")
    assert admin.post("/users/bulk/", body).status_code == 302
    assert [row[1:4] for row in rights()] == [owner[1:4], ("client", True, 0), ("staff", True, 0)]
    assert all(person.check_password(PASSWORD) for person in User.objects.all())


@pytest.mark.parametrize("path", ["deactivate", "reactivate", "unlock"])
def test_acts_without_a_form_take_nothing_from_one(path, page_of, ada, sam):
    assert page_of(ada).post(f"/users/{sam.pk}/{path}/", {**SMUGGLED, "reason": "Asked by phone"}).status_code == 302
    now = User.objects.get(pk=sam.pk)
    assert (now.role, now.check_password(PASSWORD)) == ("staff", True)


@pytest.mark.parametrize("field", [name for name in SMUGGLED if name not in ("role", "is_active", "expected")])
@pytest.mark.parametrize("door", ["person", "put", "new", "me", "bulk"])
def test_the_api_refuses_by_name_what_it_does_not_take(door, field, api_of, ada, sam, cleo):
    script, mine = api_of(ada), api_of(cleo)
    before, extra = rights(), {field: SMUGGLED[field]}
    if door == "new" and field == "password":
        return  # the one door that takes it
    whole = {"name": "S", "username": "sam", "email": "sam@example.com", "role": "staff"}
    answer = {
        "person": lambda: script.patch(f"/api/users/{sam.pk}/", {"name": "S", **extra}),
        "put": lambda: script.put(f"/api/users/{sam.pk}/", {**whole, **extra}),
        "new": lambda: script.post("/api/users/", {**SECOND, "role": "client", "password": PASSWORD, **extra}),
        "me": lambda: mine.patch("/api/users/me/", {"name": "C", **extra}),
        "bulk": lambda: script.post("/api/users/bulk/", {"ids": [sam.pk], "role": "client", **extra}),
    }[door]()
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
    assert rights() == before


@pytest.mark.parametrize("fields", [{"role": "admin"}, {"is_active": False}, {"username": "root"}])
def test_one_gives_oneself_no_right_over_the_api(fields, api_of, sam, cleo):
    before = rights()
    for person in (sam, cleo):
        assert api_of(person).patch("/api/users/me/", {"name": "New", **fields}).status_code == 400
    assert rights() == before
