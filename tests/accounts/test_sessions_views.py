"""The list of sessions on the account page and, for admins, on a person's page."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import Activity
from accounts.services import sessions, tokens
from tests.factories import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.fixture
def signed_in():
    def sign_in(person, agent=FIREFOX) -> Client:
        browser = Client(headers={"user-agent": agent})
        browser.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
        return browser

    return sign_in


def key_of(browser):
    return sessions.key_of(browser.session[sessions.NUMBER])


def section(browser, url="/account/") -> str:
    return re.search(r'<section class="section" id="sessions".*?</section>', browser.get(url).content.decode(), re.S)[0]


def is_in(browser) -> bool:
    return browser.get("/account/").status_code == 200


def test_the_account_page_lists_the_sessions_and_marks_this_one(signed_in, sam, cleo):
    mine, _phone, _hers = signed_in(sam), signed_in(sam, IPHONE), signed_in(cleo, "Edg Windows")
    tokens.sign_in(person=sam)
    page = section(mine)
    assert page.count("<tr>") == 1 + 3
    assert page.index("Firefox on Linux") < page.index("This session") < page.index("Safari on iPhone")
    assert 'aria-label="Sign out Safari on iPhone"' in page
    assert 'aria-label="Sign out API sign-in"' in page
    assert 'aria-label="Sign out Firefox on Linux"' not in page
    assert "127.0.0.1" in page
    assert "Sign out all others" in page
    assert "Edge" not in page
    assert 'href="#sessions"' in mine.get("/account/").content.decode()


def test_no_key_of_a_session_is_in_a_page(signed_in, ada, sam):
    mine, hers = signed_in(sam), signed_in(ada)
    for page in (mine.get("/account/"), hers.get(f"/users/{sam.pk}/")):
        text = page.content.decode()
        assert not [row.session_key for row in UserSession.objects.all() if row.session_key in text]


def test_alone_there_are_no_others_to_sign_out(signed_in, sam):
    assert "Sign out all others" not in section(signed_in(sam))


def test_signing_out_a_device_ends_it_at_once(signed_in, sam):
    mine, phone = signed_in(sam), signed_in(sam, IPHONE)
    answer = mine.post(f"/account/sessions/{key_of(phone)}/end/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/#sessions")
    assert "Safari on iPhone signed out" in mine.get("/account/").content.decode()
    assert "Safari" not in section(mine)
    assert not is_in(phone)
    assert mine.post(f"/account/sessions/{key_of(mine)}/end/").status_code == 302
    assert not is_in(mine)


def test_the_session_of_another_is_not_there(signed_in, ada, sam, cleo):
    browser = signed_in(sam)
    for person in (cleo, ada):
        assert signed_in(person).post(f"/account/sessions/{key_of(browser)}/end/").status_code == 404
    assert signed_in(ada).post(f"/users/{cleo.pk}/sessions/{key_of(browser)}/end/").status_code == 404
    assert is_in(browser)


def test_signing_out_all_others_leaves_this_one(signed_in, sam, cleo):
    mine, phone, hers = signed_in(sam), signed_in(sam, IPHONE), signed_in(cleo)
    pair, number = tokens.sign_in(person=sam), mine.session[sessions.NUMBER]
    answer = mine.post("/account/sessions/end/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/#sessions")
    assert "Your other sessions and API sign-ins have ended" in mine.get("/account/").content.decode()
    assert [is_in(browser) for browser in (mine, phone, hers)] == [True, False, True]
    assert mine.session[sessions.NUMBER] == number
    assert section(mine).count("<tr>") == 2
    with pytest.raises(tokens.Refused):
        tokens.verify(token=pair["access"])


def test_who_was_signed_out_at_this_moment_does_not_come_back(signed_in, sam, monkeypatch):
    mine, end_others = signed_in(sam), sessions.end_others

    def too_late(**given):
        type(sam).objects.update(session_epoch=7)
        end_others(**given)

    monkeypatch.setattr(sessions, "end_others", too_late)
    assert mine.post("/account/sessions/end/").status_code == 302
    assert not is_in(mine)


def test_an_admin_sees_and_ends_the_sessions_of_a_person(signed_in, ada, sam):
    admin, browser, phone = signed_in(ada, "Edg Windows"), signed_in(sam), signed_in(sam, IPHONE)
    page = section(admin, f"/users/{sam.pk}/")
    assert "Sign out everywhere" in page
    assert "Edge" not in page
    assert "This session" not in page
    answer = admin.post(f"/users/{sam.pk}/sessions/{key_of(phone)}/end/")
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{sam.pk}/#sessions")
    assert (is_in(phone), is_in(browser)) == (False, True)
    assert Activity.objects.get(kind="session.ended").actor == ada
    assert "This session" in section(admin, f"/users/{ada.pk}/")


def test_an_admin_signs_a_person_out_everywhere(signed_in, ada, sam, cleo):
    admin, browser, phone, hers = signed_in(ada), signed_in(sam), signed_in(sam, IPHONE), signed_in(cleo)
    answer = admin.post(f"/users/{sam.pk}/sessions/end/")
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{sam.pk}/#sessions")
    page = section(admin, f"/users/{sam.pk}/")
    assert "Signed in nowhere." in page
    assert "Sign out everywhere" not in page
    assert [is_in(one) for one in (browser, phone, hers, admin)] == [False, False, True, True]
    assert Activity.objects.get(kind="person.signed_out").person == sam


@pytest.mark.parametrize("path", ["sessions/{key}/end/", "sessions/end/"])
def test_nobody_but_an_admin_ends_sessions_of_others(path, signed_in, sam, cleo):
    hers = signed_in(cleo)
    url = f"/users/{cleo.pk}/{path.format(key=key_of(hers))}"
    assert signed_in(sam).post(url).status_code == 403
    assert is_in(hers)
