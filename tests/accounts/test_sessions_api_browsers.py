"""Browser sessions in the API: listed between the API sign-ins, and ended like them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Activity
from accounts.services import personal_tokens, sessions, tokens
from tests.factories import PASSWORD

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWN = "/api/users/me/sessions/"


@pytest.fixture(autouse=True)
def _nine_o_clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def signed_in():
    def sign_in(person) -> Client:
        browser = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0 Safari/537.36"})
        browser.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
        return browser

    return sign_in


def is_in(browser) -> bool:
    return browser.get("/account/").status_code == 200


def test_a_browser_is_listed_beside_the_api_sign_ins(api_of, signed_in, sam, cleo, time_machine):
    signed_in(sam)
    signed_in(cleo)
    time_machine.move_to(NOW + timedelta(hours=1), tick=False)
    script, browser = api_of(sam).get(OWN).json()["results"]
    assert (script["kind"], script["current"]) == ("api", True)
    assert browser == {
        "id": str(sessions.key_of(UserSession.objects.get(user=sam).pk)),
        "kind": "browser",
        "device": "Chrome on Windows",
        "created_at": "2026-03-02T09:00:00Z",
        "last_seen_at": "2026-03-02T09:00:00Z",
        "last_refresh": None,
        "address": "127.0.0.1",
        "expires_at": "2026-03-05T09:00:00Z",
        "current": False,
    }
    assert UserSession.objects.get(user=sam).session_key not in str(browser)


def test_with_a_personal_token_none_of_them_is_the_current_one(api_of, signed_in, sam):
    signed_in(sam)
    _row, secret = personal_tokens.create(actor=sam, name="Till", scopes=["read", "products", "stock"])
    script = APIClient()
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    answer = script.get(OWN)
    assert answer.status_code in (200, 403)
    assert [row["current"] for row in answer.json().get("results", [])] in ([], [False])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 50])
@pytest.mark.parametrize("order", ["created_at", "-created_at"])
def test_both_kinds_come_a_page_at_a_time_each_once_in_order(order, size, api_of, signed_in, sam, time_machine):
    script = api_of(sam)
    for minute, act in enumerate(("browser", "api", "api", "browser", "browser", "api")):
        time_machine.move_to(NOW + timedelta(minutes=minute // 2), tick=False)  # two at a time have the same time
        signed_in(sam) if act == "browser" else tokens.sign_in(person=sam)
    seen, pages, url = [], [], f"{OWN}?page_size={size}&ordering={order}"
    while url:
        page = script.get(url).json()
        pages, url = [*pages, page], page["next"]
        seen += page["results"]
    places = [(row["created_at"], UUID(row["id"])) for row in seen]
    assert len(set(places)) == len(places) == 7
    assert places == sorted(places, reverse=order.startswith("-"))
    assert pages[0]["previous"] is None
    back = pages[-1]
    for page in reversed(pages[:-1]):
        back = script.get(back["previous"]).json()
        assert back["results"] == page["results"]


def test_a_person_ends_a_browser_of_their_own(api_of, signed_in, sam):
    lost, mine, script = signed_in(sam), signed_in(sam), api_of(sam)
    sid = sessions.key_of(lost.session[sessions.NUMBER])
    assert script.delete(f"{OWN}{sid}/").status_code == 204
    assert (is_in(lost), is_in(mine)) == (False, True)
    again = script.delete(f"{OWN}{sid}/")
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    assert Activity.objects.get(kind="session.ended").source == "api"


def test_nobody_ends_a_browser_of_somebody_else(api_of, signed_in, ada, sam, cleo):
    hers = signed_in(cleo)
    sid = sessions.key_of(hers.session[sessions.NUMBER])
    assert api_of(sam).delete(f"{OWN}{sid}/").status_code == 404
    assert api_of(sam).delete(f"/api/users/{cleo.pk}/sessions/{sid}/").status_code == 403
    assert api_of(ada).delete(f"/api/users/{sam.pk}/sessions/{sid}/").status_code == 404
    assert is_in(hers)


def test_an_admin_sees_and_ends_the_browser_of_a_person(api_of, signed_in, ada, sam):
    browser, script = signed_in(sam), api_of(ada)
    (row,) = script.get(f"/api/users/{sam.pk}/sessions/").json()["results"]
    assert (row["kind"], row["current"]) == ("browser", False)
    assert script.delete(f"/api/users/{sam.pk}/sessions/{row['id']}/").status_code == 204
    assert not is_in(browser)
    assert Activity.objects.get(kind="session.ended").actor == ada


def test_a_rehearsed_end_ends_no_browser(api_of, signed_in, sam):
    browser = signed_in(sam)
    sid = sessions.key_of(browser.session[sessions.NUMBER])
    body = api_of(sam).delete(f"{OWN}{sid}/?dry_run=true").json()
    assert (body["status"], len(body["changes"])) == (204, 1)
    assert is_in(browser)


def test_a_page_takes_as_many_queries_whatever_its_length(api_of, signed_in, sam, django_assert_num_queries):
    script = api_of(sam)
    for _more in range(2):
        signed_in(sam)
        tokens.sign_in(person=sam)
        with django_assert_num_queries(4):  # who asks, the API sign-ins, the rows and the sessions of browsers
            script.get(OWN)
