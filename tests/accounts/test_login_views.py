"""The sign-in page and signing out."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Activity, User
from tests.factories import PASSWORD, UserFactory

URL = "/accounts/login/"


@pytest.fixture
def browser() -> Client:
    return Client()


def sign_in(browser, login="sam", password=PASSWORD, url=URL, **fields):
    return browser.post(url, {"login": login, "password": password, **fields})


def text(answer) -> str:
    return answer.content.decode()


def test_the_page_shows_a_form_that_password_managers_understand(browser, db):
    page = browser.get(URL)
    assert page.status_code == 200
    for part in ('autocomplete="username"', 'autocomplete="current-password"', 'maxlength="254"', "Show password"):
        assert part in text(page)
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("login", ["sam", "SAM", " sam@example.com "])
def test_a_person_signs_in_by_name_or_address_and_lands_at_home(login, browser, ada, sam):
    answer = sign_in(browser, login)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert browser.get("/account/").context["request"].user == sam
    line = Activity.objects.get()
    assert (line.kind, line.actor, line.person) == ("person.signed_in", sam, sam)


def test_the_session_key_is_a_new_one(browser, sam):
    browser.get(URL)
    session = browser.session
    session["kept"] = 1
    session.save()
    browser.cookies["sessionid"] = before = session.session_key
    sign_in(browser)
    assert browser.session.session_key not in ("", None, before)


@pytest.mark.parametrize(("fields", "forever"), [({}, False), ({"remember": "on"}, True)])
def test_the_session_ends_with_the_browser_unless_asked_to_stay(fields, forever, browser, sam):
    cookie = sign_in(browser, **fields).cookies["sessionid"]
    assert bool(cookie["max-age"]) is forever
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("login", ["sam", "zoe", "zoe@example.com", "old"])
def test_a_refusal_never_says_which_half_was_wrong_but_how_many_tries_are_left(login, browser, ada, sam):
    UserFactory(username="old", is_active=False)
    sign_in(browser, login, "wrong")
    page = sign_in(browser, login, "wrong")
    assert page.status_code == 422
    assert "Username or password is wrong" in text(page)
    assert "You have 3 tries left before a 15-minute lock." in text(page)
    assert f'value="{login}"' in text(page)
    assert "wrong</" not in text(page).replace("is wrong</h2>", "")
    assert "sessionid" not in browser.cookies
    assert set(Activity.objects.values_list("kind", flat=True)) == {"sign_in.failed"}


def test_the_last_try_is_announced_in_the_singular(browser, sam):
    for _try in range(4):
        page = sign_in(browser, "sam", "wrong")
    assert "You have 1 try left" in text(page)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"login": "", "password": "x"}, "Username or email address: This field is required."),
        ({"login": "sam", "password": ""}, "Password: This field is required."),
        ({}, "2 things need fixing"),
        ({"login": "s\0m", "password": "x"}, "Null characters are not allowed."),
        ({"login": "sam", "password": "x\0"}, "Null characters are not allowed."),
        ({"login": "s" * 5000, "password": "x"}, "at most 254 characters (it has 5000)"),
        ({"login": "sam", "password": "x" * 5000}, "at most 1000 characters (it has 5000)"),
    ],
)
def test_what_cannot_be_a_name_or_password_is_a_plain_form_error(fields, sentence, browser, ada, sam):
    page = browser.post(URL, fields)
    assert page.status_code == 422
    assert sentence in text(page)


@pytest.mark.parametrize(
    "body", [b"login=%00", b"login=%ff%fe&password=%ff", b"\xff\xfe", b"login=sam&login=ada&password=x"]
)
def test_a_strange_body_is_refused_not_an_error(body, ada, sam):
    answer = Client(raise_request_exception=False).post(URL, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422


@pytest.mark.parametrize("headers", [{"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}, {"HTTP_ACCEPT": "application/json"}])
def test_there_is_no_json_twin_that_sends_the_password_back(headers, browser, sam):
    answer = browser.post(URL, {"login": "sam", "password": "my-secret-guess"}, **headers)
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/html; charset=utf-8")
    assert "my-secret-guess" not in text(answer)


@pytest.mark.parametrize("place", ["query", "body"])
def test_next_leads_back_to_a_page_of_ours(place, browser, ada, sam):
    target = "/users/?role=staff&q=x"
    url = f"{URL}?next=/users/%3Frole%3Dstaff%26q%3Dx" if place == "query" else URL
    page = sign_in(browser, "sam", "wrong", url, **({"next": target} if place == "body" else {}))
    assert 'name="next" value="/users/?role=staff&amp;q=x"' in text(page)
    answer = sign_in(browser, url=url, **({"next": target} if place == "body" else {}))
    assert answer["Location"] == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " https://evil.example",
        "\x01https://evil.example",
        "https://testserver@evil.example/",
        "https:///evil.example",
    ],
)
def test_next_never_leads_elsewhere(target, browser, ada, sam):
    assert sign_in(browser, next=target)["Location"] == "/"
    assert "evil" not in Client().get(URL, {"next": target}).headers.get("Location", "")


def test_next_with_a_line_break_adds_no_header(browser, sam):
    answer = sign_in(browser, next="/users/\r\nSet-Cookie: x=1")
    assert answer["Location"] == "/users/%0D%0ASet-Cookie:%20x=1"
    assert "x" not in answer.cookies


def test_a_form_from_elsewhere_is_refused(sam):
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403
    strict.get(URL)
    token = strict.cookies["csrftoken"].value
    assert sign_in(strict, csrfmiddlewaretoken=token).status_code == 302


def test_who_is_signed_in_is_led_on(page_of, sam):
    assert page_of(sam).get(URL)["Location"] == "/"
    assert page_of(sam).get(f"{URL}?next=/account/")["Location"] == "/account/"
    answer = sign_in(page_of(sam), "sam", "wrong")
    assert (answer.status_code, Activity.objects.count()) == (302, 0)


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_the_page_answers_get_and_post_only(method, browser, db):
    assert getattr(browser, method)(URL).status_code == 405


def test_signing_out_ends_the_session_and_only_by_post(page_of, ada, sam):
    page, other = page_of(sam), page_of(sam)
    assert page.get("/accounts/logout/").status_code == 405
    assert page.get("/account/").status_code == 200
    copied = page.cookies["sessionid"].value
    answer = page.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"]) == (302, URL)
    thief = Client()
    thief.cookies["sessionid"] = copied
    assert thief.get("/account/").status_code == 302
    assert other.get("/account/").status_code == 200


def test_signing_out_twice_is_no_error(browser, db):
    assert browser.post("/accounts/logout/").status_code == 302


@pytest.mark.parametrize("path", ["signup", "password/reset", "email", "reauthenticate", "inactive", "", "login/code"])
@pytest.mark.parametrize("who", [None, "ada"])
def test_pages_of_the_sign_in_library_that_are_not_offered_are_404(path, who, page_of, ada):
    answer = page_of(ada if who else None).get(f"/accounts/{path}/".replace("//", "/"))
    assert answer.status_code == 404


def test_signing_in_again_after_reactivation_works(browser, ada, sam):
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert sign_in(browser).status_code == 422
    User.objects.filter(pk=sam.pk).update(is_active=True)
    assert sign_in(browser).status_code == 302
