"""API sign-ins: seen and ended by oneself and by admins, one by one or all at once."""

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import Activity, ApiSession
from accounts.services import personal_tokens, tokens
from site_config.lib.origin import Origin, acting_from
from tests.factories import PASSWORD

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nine_o_clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def with_token(token: str) -> APIClient:
    script = APIClient()
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return script


def works(pair) -> bool:
    return with_token(pair["access"]).get("/api/protected/").status_code == 200


def test_the_sign_ins_that_work_are_listed_and_the_one_that_asks_is_marked(sam, cleo, time_machine):
    with acting_from(Origin("api", "198.51.100.7")):
        old = tokens.sign_in(person=sam)
    tokens.sign_in(person=cleo)
    time_machine.move_to(NOW + timedelta(hours=1), tick=False)
    tokens.end(tokens.verify(token=tokens.sign_in(person=sam)["access"])[1], "logged_out")
    old = tokens.refresh(token=old["refresh"])
    mine = tokens.sign_in(person=sam)
    body = with_token(mine["access"]).get("/api/users/me/sessions/").json()
    assert [(row["current"], row["address"], row["last_refresh"]) for row in body["results"]] == [
        (True, None, None),
        (False, "198.51.100.7", "2026-03-02T10:00:00Z"),
    ]
    kept = {"id", "created_at", "last_refresh", "address", "expires_at", "current"}
    assert set(body["results"][0]) == kept | {"kind", "device", "last_seen_at"}
    assert [(row["kind"], row["device"]) for row in body["results"]] == [("api", "API sign-in")] * 2
    assert [row["last_seen_at"] for row in body["results"]] == ["2026-03-02T10:00:00Z"] * 2
    assert body["results"][1]["created_at"] == "2026-03-02T09:00:00Z"
    assert body["results"][1]["expires_at"] == "2026-03-16T09:00:00Z"


def test_many_sign_ins_come_a_page_at_a_time_each_once(sam, time_machine):
    for minute in range(5):
        time_machine.move_to(NOW + timedelta(minutes=minute // 2), tick=False)
        mine = tokens.sign_in(person=sam)
    for order in ("created_at", "-created_at"):
        script, seen, url = with_token(mine["access"]), [], f"/api/users/me/sessions/?page_size=2&ordering={order}"
        while url:
            page = script.get(url).json()
            seen, url = seen + [row["id"] for row in page["results"]], page["next"]
        assert len(seen) == len(set(seen)) == 5
        assert script.get(page["previous"]).json()["results"][-1]["id"] == seen[3]


@pytest.mark.parametrize("cursor", ["x", "WyItY3JlYXRlZF9hdCIsIm4iLCIyMDI2LTAzLTAyIiwxXQ"])
def test_a_cursor_of_another_kind_is_refused(cursor, api_of, sam):
    refused = api_of(sam).get(f"/api/users/me/sessions/?cursor={cursor}")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor")


def test_a_person_ends_a_sign_in_of_their_own_and_the_others_go_on(sam):
    lost, mine = tokens.sign_in(person=sam), tokens.sign_in(person=sam)
    sid = tokens.verify(token=lost["access"])[1].pk
    assert with_token(mine["access"]).delete(f"/api/users/me/sessions/{sid}/").status_code == 204
    assert (works(lost), works(mine)) == (False, True)
    assert ApiSession.objects.get(pk=sid).ended_because == "ended_by_hand"
    line = Activity.objects.get(kind="api.session_ended")
    assert (line.actor, line.person, line.sentence) == (sam, sam, "An API sign-in was ended")
    assert with_token(mine["access"]).delete(f"/api/users/me/sessions/{sid}/").status_code == 404


def test_nobody_ends_a_sign_in_of_somebody_else(api_of, sam, cleo):
    theirs = tokens.sign_in(person=cleo)
    sid = tokens.verify(token=theirs["access"])[1].pk
    script = api_of(sam)
    assert script.delete(f"/api/users/me/sessions/{sid}/").status_code == 404
    assert script.delete(f"/api/users/{cleo.pk}/sessions/{sid}/").status_code == 403
    assert script.delete(f"/api/users/{cleo.pk}/sessions/").status_code == 403
    assert script.get(f"/api/users/{cleo.pk}/sessions/").status_code == 403
    assert works(theirs)


def test_a_sign_in_ended_twice_at_once_is_written_down_once(sam):
    session = tokens.verify(token=tokens.sign_in(person=sam)["access"])[1]
    for _time in range(2):
        tokens.end_one(actor=sam, session=session)
    assert Activity.objects.filter(kind="api.session_ended").count() == 1


def test_an_admin_sees_and_ends_the_sign_ins_of_a_person(api_of, ada, sam, cleo):
    first, second, other = [tokens.sign_in(person=person) for person in (sam, sam, cleo)]
    script, url = api_of(ada), f"/api/users/{sam.pk}/sessions/"
    rows = script.get(url).json()["results"]
    assert [row["current"] for row in rows] == [False, False]
    sid = tokens.verify(token=first["access"])[1].pk
    assert str(sid) in [row["id"] for row in rows]
    assert script.delete(f"/api/users/{cleo.pk}/sessions/{sid}/").status_code == 404
    assert script.delete(f"{url}{sid}/").status_code == 204
    assert [works(pair) for pair in (first, second, other)] == [False, True, True]
    assert Activity.objects.get(kind="api.session_ended").actor == ada


def test_an_admin_signs_a_person_out_everywhere_in_the_browser_too(api_of, page_of, ada, sam, cleo):
    pair, browser = tokens.sign_in(person=sam), page_of(sam)
    others, other_browser = tokens.sign_in(person=cleo), page_of(cleo)
    assert api_of(ada).delete(f"/api/users/{sam.pk}/sessions/").status_code == 204
    assert (works(pair), works(others)) == (False, True)
    assert (browser.get("/account/").status_code, other_browser.get("/account/").status_code) == (302, 200)
    line = Activity.objects.get(kind="person.signed_out")
    assert (line.actor, line.person, line.sentence) == (ada, sam, "Signed out everywhere")
    assert works(tokens.sign_in(person=sam))


@pytest.mark.parametrize("path", ["sessions/", "sessions/{sid}/"])
def test_a_rehearsed_end_ends_nothing(path, api_of, ada, sam):
    pair = tokens.sign_in(person=sam)
    sid = tokens.verify(token=pair["access"])[1].pk
    body = api_of(ada).delete(f"/api/users/{sam.pk}/{path.format(sid=sid)}?dry_run=true").json()
    assert (body["status"], len(body["changes"])) == (204, 1)
    assert works(pair)
    assert not Activity.objects.exclude(kind="api.signed_in").exists()


@pytest.mark.parametrize("path", ["/api/users/99/sessions/", "/api/users/me/sessions/x/", "/api/users/99/activity/"])
def test_what_is_not_there_is_404(path, api_of, ada):
    assert api_of(ada).get(path).status_code == 404


# --- Signing out everywhere ------------------------------------------------------------------------------------------


def test_who_signs_out_everywhere_ends_every_script_and_browser_of_theirs_alone(page_of, sam, cleo):
    mine, other, hers = [tokens.sign_in(person=person) for person in (sam, sam, cleo)]
    browser, her_browser = page_of(sam), page_of(cleo)
    answer = with_token(mine["access"]).post("/api/logout/all/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert [works(pair) for pair in (mine, other, hers)] == [False, False, True]
    for pair in (mine, other):
        refused = APIClient().post("/api/refresh/", {"refresh": pair["refresh"]})
        assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
    assert (browser.get("/account/").status_code, her_browser.get("/account/").status_code) == (302, 200)
    assert Activity.objects.get(kind="person.signed_out").actor == sam


def test_signing_out_everywhere_is_asked_with_a_sign_in_not_with_a_personal_token(sam):
    pair = tokens.sign_in(person=sam)
    _row, secret = personal_tokens.create(actor=sam, name="Till", scopes=["read"])
    refused = with_token(secret).post("/api/logout/all/")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    anonymous = APIClient().post("/api/logout/all/")
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "not_authenticated")
    assert works(pair)


def test_a_personal_token_goes_on_when_its_person_signs_out_everywhere(sam):
    _row, secret = personal_tokens.create(actor=sam, name="Till", scopes=["read"])
    with_token(tokens.sign_in(person=sam)["access"]).post("/api/logout/all/")
    assert with_token(secret).get("/api/protected/").status_code == 200


# --- Aliases ---------------------------------------------------------------------------------------------------------


def test_log_in_and_out_answer_under_users_as_well(sam):

    pair = APIClient().post("/api/users/login/", {"username": "sam", "password": PASSWORD}).json()
    assert works(pair)
    assert APIClient().post("/api/users/login/", {"username": "sam", "password": "wrong"}).status_code == 401
    assert with_token(pair["access"]).post("/api/users/logout/").status_code == 204
    assert not works(pair)
