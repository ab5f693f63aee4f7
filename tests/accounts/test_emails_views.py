"""The pages of another e-mail address: asked for after a recent sign-in, confirmed by a button, from any browser."""

import re

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Activity, Mail, User
from accounts.services import emails
from tests import recent
from tests.factories import UserFactory

CHANGE = "/account/email/"
NEW = "sam.reyes@example.com"


def text(answer) -> str:
    return answer.content.decode()


def link_to(email: str = NEW) -> str:
    mail = Mail.objects.get(kind="email_confirm", to=email)
    return re.search(rf"{re.escape(settings.SITE_URL)}(/account/email/confirm/\S+)", mail.text)[1]


def address_of(person: User) -> str:
    return User.objects.get(pk=person.pk).email


@pytest.mark.parametrize("who", ["ada", "sam", "cleo"])
def test_everyone_asks_for_another_address_of_their_own(who, page_of, ada, sam, cleo, request):
    person = request.getfixturevalue(who)
    page = page_of(person)
    assert f'href="{CHANGE}"' in text(page.get("/account/"))
    assert person.email in text(page.get(CHANGE))
    answer = page.post(CHANGE, {"email": NEW, "person": ada.pk, "pk": ada.pk})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    shown = text(page.get("/account/"))
    assert f"Open the link in the mail to {NEW}." in shown
    assert (address_of(person), Mail.objects.get(kind="email_confirm").person) == (f"{who}@example.com", person)


def test_an_old_sign_in_is_asked_to_confirm_first(page_of, sam):
    page = page_of(sam)
    recent.age(page)
    for answer in (page.get(CHANGE), page.post(CHANGE, {"email": NEW})):
        assert answer.status_code == 302
        assert "/reauthenticate/" in answer["Location"] or "/confirm" in answer["Location"]
    assert not Mail.objects.exists()


@pytest.mark.parametrize("email", ["", "nowhere", "\0@example.com", "x" * 250 + "@example.com", "sam@example.com"])
def test_a_refused_address_says_why(email, page_of, sam):
    page = page_of(sam).post(CHANGE, {"email": email})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["email"])
    assert not Mail.objects.exists()


def test_the_sixth_time_within_an_hour_waits(page_of, sam):
    page = page_of(sam)
    answers = [page.post(CHANGE, {"email": f"sam{number}@example.com"}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert 3590 < int(answers[-1]["Retry-After"]) <= 3600


def test_looking_at_the_link_changes_nothing_and_the_button_does(page_of, sam):
    page_of(sam).post(CHANGE, {"email": NEW})
    link, browser = link_to(), page_of()
    for method in ("get", "head", "get"):
        page = getattr(browser, method)(link)
        assert page.status_code == 200
    assert (NEW in text(page), "sam@example.com" in text(page)) == (True, False)
    assert page["Referrer-Policy"] == "strict-origin"
    assert page["Cache-Control"] == "no-store, private"
    assert address_of(sam) == "sam@example.com"
    answer = browser.post(link)
    assert (answer.status_code, answer["Location"], address_of(sam)) == (302, "/account/", NEW)
    sign_in = browser.get(browser.get("/account/")["Location"])
    assert f"Your email address is now {NEW}" in text(sign_in)
    for again in (browser.get(link), browser.post(link)):
        assert again.status_code == 410
        assert "The address was not changed" in text(again)


def test_who_is_signed_in_stays_so(page_of, sam):
    page = page_of(sam)
    page.post(CHANGE, {"email": NEW})
    page.get("/account/")  # shows that the link is on its way
    answer = page.post(link_to(), follow=True)
    assert answer.redirect_chain == [("/account/", 302)]
    assert f"Your email address is now {NEW}" in text(answer)


def test_an_address_taken_meanwhile_is_said_so(page_of, sam):
    page_of(sam).post(CHANGE, {"email": NEW})
    UserFactory(username="kim", email=NEW)
    answer = page_of().post(link_to())
    assert (answer.status_code, address_of(sam)) == (409, "sam@example.com")
    assert "Another account has this address." in text(answer)


@pytest.mark.parametrize("token", ["x", "a:b:c", "%C3%A9", "x" * 3000])
def test_a_forged_link_is_a_plain_answer(token, page_of, sam):
    for method in ("get", "post"):
        assert getattr(page_of(), method)(f"{CHANGE}confirm/{token}/").status_code == 410
    assert page_of().get(f"{CHANGE}confirm/a%00b/").status_code == 400


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_what_the_request_calls_the_site_never_reaches_a_mail(header, page_of, sam):
    page = Client(raise_request_exception=False)
    page.cookies = page_of(sam).cookies
    for number, host in enumerate(["127.0.0.1", "evil.example", "localhost:81"]):
        page.post(CHANGE, {"email": f"sam{number}@example.com"}, **{header: host})
    links = [link for mail in Mail.objects.all() for link in re.findall(r"https?://[^\s\"<]+", mail.text + mail.html)]
    assert links
    assert {link for link in links if not link.startswith((f"{settings.SITE_URL}/", f"{settings.SITE_URL}."))} == set()


def test_no_token_is_in_the_activity_or_the_log(page_of, sam, caplog):
    page_of(sam).post(CHANGE, {"email": NEW})
    token = link_to().split("/")[-2]
    with caplog.at_level("DEBUG"):
        page_of().get(link_to())
        page_of().post(link_to())
    assert token not in "".join(record.getMessage() for record in caplog.records)
    assert token not in str(list(Activity.objects.values()))


def test_next_leads_nowhere_and_forms_from_elsewhere_are_refused(page_of, sam):
    page = page_of(sam)
    assert (
        page.post(f"{CHANGE}?next=//evil.example", {"email": NEW, "next": "//evil.example"})["Location"] == "/account/"
    )
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link_to()).status_code == 403
    strict.force_login(sam, backend="accounts.backends.IdentifierBackend")
    assert strict.post(CHANGE, {"email": "x@example.com"}).status_code == 403
    assert address_of(sam) == "sam@example.com"
    assert emails.HOURS == 24
