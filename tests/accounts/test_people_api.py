"""People over the API: for admins, and for everyone their own account."""

import pytest

from accounts.models import User
from accounts.services import tokens
from tests.factories import PASSWORD, UserFactory

NEW = {"username": "dan", "email": "Dan@Example.com", "role": "staff", "password": PASSWORD}


def codes(answer) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("who", ["sam", "cleo"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/users/"),
        ("post", "/api/users/"),
        ("get", "/api/users/{}/"),
        ("put", "/api/users/{}/"),
        ("patch", "/api/users/{}/"),
        ("delete", "/api/users/{}/"),
    ],
)
def test_only_admins_manage_people(method, path, who, api_of, ada, sam, cleo, request):
    caller = request.getfixturevalue(who)
    for person in (caller, ada):
        refused = getattr(api_of(caller), method)(path.format(person.pk), {"role": "admin"})
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert getattr(api_of(), method)(path.format(ada.pk)).status_code == 401
    assert User.objects.count() == 3


def test_an_admin_lists_everyone_a_page_at_a_time(api_of, ada, sam, cleo):
    script = api_of(ada)
    first = script.get("/api/users/?page_size=2").json()
    second = script.get(first["next"]).json()
    assert [row["username"] for row in first["results"] + second["results"]] == ["ada", "sam", "cleo"]
    assert set(first["results"][0]) == {
        "id", "username", "email", "name", "phone", "language", "role", "is_active", "created_at", "last_login",
    }  # fmt: skip
    names = [row["username"] for row in script.get("/api/users/?ordering=-username").json()["results"]]
    assert names == ["sam", "cleo", "ada"]


def test_an_admin_creates_reads_changes_and_deletes_a_person(api_of, ada, sam):
    script = api_of(ada)
    created = script.post("/api/users/", NEW)
    assert (created.status_code, created.json()["email"]) == (201, "dan@example.com")
    assert "password" not in created.json()
    url = f"/api/users/{created.json()['id']}/"
    assert User.objects.get(username="dan").check_password(PASSWORD)
    body = script.get(url).json()
    assert script.put(url, {**body, "name": "Dan"}).json()["name"] == "Dan"
    changed = script.patch(url, {"role": "client", "is_active": False}).json()
    assert (changed["role"], changed["is_active"], changed["name"]) == ("client", False, "Dan")
    assert script.delete(f"{url}?successor={sam.pk}").status_code == 204
    assert script.get(url).status_code == 404
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"username": "SAM"}, "/username", "already_exists"),
        ({"email": "sam@example.com"}, "/email", "already_exists"),
        ({"username": "no spaces"}, "/username", "invalid"),
        ({"role": "owner"}, "/role", "invalid_choice"),
        ({"password": "short"}, "/password", "weak_password"),
        ({"is_staff": True}, "/is_staff", "unknown_field"),
        ({"is_superuser": True}, "/is_superuser", "unknown_field"),
        ({"session_epoch": 1}, "/session_epoch", "unknown_field"),
        ({"id": 1}, "/id", "read_only_field"),
        ({"last_login": None}, "/last_login", "read_only_field"),
    ],
)
def test_a_person_who_breaks_a_rule_is_not_created(fields, pointer, code, api_of, ada, sam):
    refused = api_of(ada).post("/api/users/", {**NEW, **fields})
    assert refused.status_code == 400
    assert codes(refused)[pointer] == code
    assert User.objects.count() == 2


@pytest.mark.parametrize("field", ["username", "email", "role", "password"])
def test_a_new_person_needs_each_of_these(field, api_of, ada):
    refused = api_of(ada).post("/api/users/", {name: value for name, value in NEW.items() if name != field})
    assert (refused.status_code, codes(refused)) == (400, {f"/{field}": "required"})


def test_an_admin_does_not_set_somebodys_password(api_of, ada, sam):
    refused = api_of(ada).patch(f"/api/users/{sam.pk}/", {"password": "another long password"})
    assert codes(refused) == {"/password": "unknown_field"}
    sam.refresh_from_db()
    assert sam.check_password(PASSWORD)


def test_the_rules_about_admins_hold_here_too(api_of, ada, sam):
    script, own = api_of(ada), f"/api/users/{ada.pk}/"
    demoted = script.patch(own, {"role": "staff", "name": "X"})
    assert (demoted.status_code, demoted.json()["code"]) == (403, "own_role")
    off = script.patch(own, {"is_active": False, "name": "X"})
    assert (off.status_code, off.json()["code"]) == (409, "last_admin")
    gone = script.delete(f"{own}?successor={sam.pk}")
    assert (gone.status_code, gone.json()["code"]) == (403, "own_account")
    ada.refresh_from_db()
    assert (ada.name, ada.role, ada.is_active) == ("Ada Okafor", "admin", True)


@pytest.mark.parametrize("query", ["", "?successor=999", "?successor={sam}", "?successor=x", "?successor=0", "?heir=1"])
def test_deletion_names_a_successor(query, api_of, ada, sam, cleo):
    refused = api_of(ada).delete(f"/api/users/{sam.pk}/{query.format(sam=sam.pk)}")
    assert refused.status_code == 400
    assert User.objects.filter(pk=sam.pk).exists()


@pytest.mark.parametrize("pk", ["999", "0", "9" * 18, "9" * 19, "x", "-1"])
def test_a_person_who_is_not_there_is_404(pk, api_of, ada, sam):
    assert api_of(ada).get(f"/api/users/{pk}/").status_code == 404


@pytest.mark.parametrize("who", ["ada", "sam", "cleo"])
def test_everyone_reads_and_changes_their_own_profile(who, api_of, ada, sam, cleo, request):
    person = request.getfixturevalue(who)
    script = api_of(person)
    assert script.get("/api/users/me/").json()["username"] == who
    assert script.patch("/api/users/me/", {"name": "New", "phone": "+44 20 7946 0123"}).json()["name"] == "New"
    assert User.objects.filter(name="New").get() == person
    assert api_of().get("/api/users/me/").status_code == 401


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role": "admin"}, "read_only_field"),
        ({"is_active": False}, "read_only_field"),
        ({"username": "ada2"}, "read_only_field"),
        ({"email": "x@example.com"}, "read_only_field"),
        ({"is_staff": True}, "unknown_field"),
        ({"is_superuser": True}, "unknown_field"),
        ({"owner": 1}, "unknown_field"),
        ({"password": "another long password"}, "unknown_field"),
        ({"session_epoch": 9}, "unknown_field"),
    ],
)
def test_nobody_gives_themselves_rights(fields, code, api_of, ada, cleo):
    refused = api_of(cleo).patch("/api/users/me/", {"name": "New", **fields})
    assert (refused.status_code, codes(refused)) == (400, {f"/{next(iter(fields))}": code})
    before = {field.attname: getattr(cleo, field.attname) for field in User._meta.fields}
    cleo.refresh_from_db()
    assert {field.attname: getattr(cleo, field.attname) for field in User._meta.fields} == before


def test_what_was_read_may_be_sent_back(api_of, cleo):
    script = api_of(cleo)
    body = script.get("/api/users/me/").json()
    assert script.patch("/api/users/me/", {**body, "name": "Cleopatra"}).json()["name"] == "Cleopatra"


def test_changing_the_password_ends_every_token_and_asks_for_the_old_one(api_of, api, ada, sam):
    script, second = api_of(sam), tokens.sign_in(person=sam)
    wrong = script.post("/api/users/change_password/", {"current_password": "x", "new_password": "four words in a row"})
    assert (wrong.status_code, codes(wrong)) == (400, {"/current_password": "wrong_password"})
    body = {"current_password": PASSWORD, "new_password": "four words in a row"}
    assert script.post("/api/users/change_password/", {**body, "user": ada.pk}).status_code == 400
    assert script.post("/api/users/change_password/", body).status_code == 204
    assert script.get("/api/protected/").status_code == 401
    assert api.post("/api/refresh/", {"refresh": second["refresh"]}).status_code == 401
    assert api.post("/api/login/", {"username": "sam", "password": "four words in a row"}).status_code == 200
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_guessing_the_current_password_is_throttled(api_of, sam):
    script = api_of(sam)
    body = {"current_password": "x", "new_password": "four words in a row"}
    statuses = [script.post("/api/users/change_password/", body) for _try in range(6)]
    assert [answer.status_code for answer in statuses] == [400] * 5 + [429]
    assert statuses[-1]["Retry-After"] == "900"


@pytest.fixture
def api(api_of):
    return api_of()


def test_listing_costs_the_same_for_many_as_for_few(api_of, ada, sam, django_assert_max_num_queries):
    UserFactory.create_batch(10)
    script = api_of(ada)
    with django_assert_max_num_queries(2):
        assert len(script.get("/api/users/").json()["results"]) == 12
