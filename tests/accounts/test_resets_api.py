"""A forgotten password over the API: one answer for everyone, a link's token once, and admins who have one sent."""

import pytest
from django_tasks_db.models import DBTaskResult

from accounts.models import Activity, Mail, User
from accounts.services import people, resets
from tests.factories import PASSWORD, UserFactory

ASK = "/api/password_reset/"
SET = "/api/password_reset/complete/"
NEW = "four unrelated words together"


def codes(answer) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def link(person: User) -> dict:
    return {"uid": person.pk, "token": resets.links.make_token(person), "new_password": NEW}


def test_known_unknown_and_deactivated_are_answered_alike(api_of, sam, hashes, django_assert_num_queries):
    UserFactory(username="old", is_active=False)
    hashes.clear()
    seen = []
    for identifier in ("sam", "SAM@example.com", "old", "nobody"):
        with django_assert_num_queries(2):
            answer = api_of().post(ASK, {"identifier": identifier})
        told = {"X-Request-ID", "RateLimit", "RateLimit-Policy"}
        seen.append((answer.status_code, {k: v for k, v in answer.items() if k not in told}, answer.content))
    assert all(answer == seen[0] for answer in seen)
    assert (seen[0][0], seen[0][2], hashes) == (202, b"", [])
    assert DBTaskResult.objects.count() == 4


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"identifier": ""}, "blank"),
        ({"identifier": "s\0m"}, "null_characters_not_allowed"),
        ({"identifier": "s" * 255}, "max_length"),
        ({"identifier": 1}, "invalid"),
        ({"identifier": None}, "null"),
    ],
)
def test_what_names_nobody_is_refused(body, code, api_of, sam):
    answer = api_of().post(ASK, body)
    assert (answer.status_code, codes(answer)) == (400, {"/identifier": code})
    assert api_of().post(ASK, {"identifier": "sam", "next": "x"}).status_code == 400
    assert not DBTaskResult.objects.exists()


def test_pages_and_scripts_share_the_ten_of_a_network(api_of, page_of, sam):
    for _time in range(5):
        assert api_of().post(ASK, {"identifier": "sam"}).status_code == 202
        assert page_of().post("/accounts/reset/", {"identifier": "sam"}).status_code == 302
    answer = api_of().post(ASK, {"identifier": "sam"})
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (429, "3600", "throttled")


def test_a_link_sets_the_password_once_and_ends_every_token(api_of, page_of, sam):
    script, page, body = api_of(sam), page_of(sam), link(sam)
    answer = api_of().post(SET, body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert script.get("/api/protected/").status_code == 401
    assert page.get("/account/").status_code == 302
    again = api_of().post(SET, body)
    assert (again.status_code, again.json()["code"]) == (410, "link_dead")
    assert api_of().post("/api/login/", {"username": "sam", "password": NEW}).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"new_password": "short"}, 400, "/new_password"),
        ({"new_password": "x" * 1001}, 400, "/new_password"),
        ({"new_password": "\0" * 20}, 400, "/new_password"),
        ({"token": "\0"}, 400, "/token"),
        ({"token": "x" * 201}, 400, "/token"),
        ({"token": 5}, 400, "/token"),
        ({"uid": "1"}, 400, "/uid"),
        ({"uid": 0}, 400, "/uid"),
        ({"uid": 2**63}, 400, "/uid"),
        ({"role": "admin"}, 400, "/role"),
        ({"is_active": True}, 400, "/is_active"),
    ],
)
def test_a_body_that_breaks_a_rule_sets_nothing(change, status, pointer, api_of, sam):
    answer = api_of().post(SET, {**link(sam), **change})
    assert (answer.status_code, list(codes(answer))) == (status, [pointer])
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)


@pytest.mark.parametrize("token", ["x", "c0ffee-c0ffee", "é", "-"])
def test_a_forged_or_borrowed_token_sets_nothing(token, api_of, ada, sam):
    for body in ({**link(sam), "token": token}, {**link(sam), "uid": ada.pk}, {**link(sam), "uid": 10**17}):
        assert api_of().post(SET, body).status_code == 410
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)


def test_an_admin_has_a_link_sent(api_of, ada, sam):
    answer = api_of(ada).post(f"/api/users/{sam.pk}/send_password_reset/")
    assert (answer.status_code, answer.json()) == (202, {"sent_to": "sam@example.com"})
    assert Activity.objects.get(kind="person.password_reset_sent").person == sam
    assert Mail.objects.get().to == "sam@example.com"


def test_a_rehearsal_and_a_repetition_send_no_second_one(api_of, ada, sam):
    api, url = api_of(ada), f"/api/users/{sam.pk}/send_password_reset/"
    rehearsed = api.post(f"{url}?dry_run=true").json()
    assert (rehearsed["status"], rehearsed["changes"][0]["field"]) == (202, "person.password_reset_sent")
    assert not Mail.objects.exists()
    for _time in range(2):
        assert api.post(url, headers={"Idempotency-Key": "k"}).status_code == 202
    assert Mail.objects.count() == 1


def test_the_deactivated_are_sent_none_and_only_admins_send(api_of, ada, sam, cleo):
    people.set_active(actor=ada, person=cleo, active=False)
    refused = api_of(ada).post(f"/api/users/{cleo.pk}/send_password_reset/")
    assert (refused.status_code, refused.json()["code"]) == (409, "deactivated")
    assert api_of(sam).post(f"/api/users/{cleo.pk}/send_password_reset/").status_code == 403
    assert api_of(ada).post("/api/users/999/send_password_reset/").status_code == 404
    assert not Mail.objects.exists()
