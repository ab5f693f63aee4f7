"""The pages of a forgotten password: they tell nobody who has an account, and the link leaks nowhere."""

import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from accounts.models import Activity, Mail, User
from accounts.services import mails, people, resets
from tests.factories import PASSWORD, UserFactory

ASK = "/accounts/reset/"
NEW = "four unrelated words together"


def text(answer) -> str:
    return answer.content.decode()


def ask(client: Client, identifier: str, **extra):
    return client.post(ASK, {"identifier": identifier}, **extra)


def mailed_link(person: User) -> str:
    """The path in the mail that the worker writes."""
    resets.answer(person.pk)
    return re.search(r"http://\S+?(/accounts/reset/\S+)", Mail.objects.latest("pk").text)[1]


def opened(client: Client, person: User) -> str:
    """Follows the mailed link; the address of the form."""
    answer = client.get(mailed_link(person))
    assert answer.status_code == 302
    return answer["Location"]


def test_sign_in_leads_to_the_page_and_that_to_one_answer(page_of, sam):
    assert f'href="{ASK}"' in text(page_of().get("/accounts/login/"))
    page = page_of().get(ASK)
    assert (page.status_code, "Username or email address" in text(page)) == (200, True)
    answer = ask(page_of(), "sam")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/reset/sent/")
    assert "Look at your mail" in text(page_of().get(answer["Location"]))


def test_known_unknown_and_deactivated_are_answered_alike(page_of, sam, hashes, django_assert_num_queries):
    UserFactory(username="old", is_active=False)
    hashes.clear()
    seen = []
    for identifier in ("sam", "sam@example.com", "old", "nobody", "nobody@example.com"):
        client = page_of()
        with django_assert_num_queries(2):
            answer = ask(client, identifier)
        headers = {name: value for name, value in answer.items() if name != "X-Request-ID"}
        after = client.get(answer["Location"])
        seen.append(
            (answer.status_code, headers, answer.content, after.status_code, after.content, dict(client.cookies))
        )
    assert all(answer == seen[0] for answer in seen)
    assert hashes == []
    assert DBTaskResult.objects.count() == 5
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    ("identifier", "sentence"),
    [
        ("", "This field is required."),
        ("s\0m", "Null characters are not allowed."),
        ("s" * 5000, "at most 254 characters"),
    ],
)
def test_what_names_nobody_is_a_plain_form_error(identifier, sentence, page_of, sam):
    page = ask(page_of(), identifier)
    assert page.status_code == 422
    assert sentence in text(page)
    assert not DBTaskResult.objects.exists()


def test_the_eleventh_time_within_an_hour_waits(page_of, sam):
    answers = [ask(page_of(), f"name{number}") for number in range(11)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert answers[-1]["Retry-After"] == "3600"
    assert "Try again in an hour." in text(answers[-1])


def test_the_link_is_moved_out_of_the_address_and_sets_the_password(page_of, api_of, sam):
    browser, other, script = page_of(), page_of(sam), api_of(sam)
    form = opened(browser, sam)
    assert form == f"/accounts/reset/{sam.pk}/new/"
    page = browser.get(form)
    assert (page.status_code, "sam" in text(page)) == (200, True)
    assert browser.session["reset_token"] not in text(page)
    answer = browser.post(form, {"new_password": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert "Your new password is set. Sign in with it." in text(browser.get(answer["Location"]))
    assert "reset_token" not in browser.session
    assert browser.get("/account/").status_code == 302  # nobody is signed in by it
    assert other.get("/account/").status_code == 302
    assert script.get("/api/protected/").status_code == 401
    assert browser.post("/accounts/login/", {"login": "sam", "password": PASSWORD}).status_code == 422
    assert browser.post("/accounts/login/", {"login": "sam", "password": NEW}).status_code == 302


def test_who_is_signed_in_here_is_signed_out_too(page_of, sam):
    browser = page_of(sam)
    form = opened(browser, sam)
    browser.post(form, {"new_password": NEW})
    assert browser.get("/account/").status_code == 302


def test_a_link_sets_nobody_elses_password(page_of, ada, sam):
    browser = page_of()
    opened(browser, sam)
    assert browser.post(f"/accounts/reset/{ada.pk}/new/", {"new_password": NEW}).status_code == 410
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)


@pytest.mark.parametrize(
    ("new", "status"), [("brief", 422), ("", 422), ("\0" * 20, 422), ("x" * 1001, 422), ("samsamsamsamsam", 422)]
)
def test_a_refused_password_says_why_and_never_comes_back(new, status, page_of, sam):
    browser = page_of()
    form = opened(browser, sam)
    page = browser.post(form, {"new_password": new})
    assert (page.status_code, list(page.context["form"].errors)) == (status, ["new_password"])
    assert not new or new not in text(page)
    assert browser.post(form, {"new_password": NEW}).status_code == 302


def test_a_link_works_once_and_says_so(page_of, sam):
    link = mailed_link(sam)
    first, second = page_of(), page_of()
    form = first.get(link)["Location"]
    second.get(link)
    assert first.post(form, {"new_password": NEW}).status_code == 302
    for answer in (second.get(form), second.post(form, {"new_password": "other unrelated words"}), page_of().get(link)):
        assert answer.status_code == 410
        assert "Ask for a new link" in text(answer)
        assert f'href="{ASK}"' in text(answer)
    assert User.objects.get(pk=sam.pk).check_password(NEW)


@pytest.mark.parametrize(
    "tail", ["1/x-y/", "999/new/", "1/new/", "1/" + "z" * 3000 + "/", "1/%C3%A9/", "1/..%2F..%2F/"]
)
def test_a_forged_link_is_a_plain_answer(tail, page_of, sam):
    for method in ("get", "post"):
        answer = getattr(page_of(), method)(ASK + tail, {"new_password": NEW})
        assert answer.status_code in (404, 410)
    assert page_of().get(f"{ASK}1/a%00b/").status_code == 400
    assert page_of().get(f"{ASK}x/new/").status_code == 404
    assert not Session.objects.exists()


def test_who_was_deactivated_cannot_use_an_old_link(page_of, ada, sam):
    browser, link = page_of(), mailed_link(sam)
    form = browser.get(link)["Location"]
    people.set_active(actor=ada, person=sam, active=False)
    assert browser.post(form, {"new_password": NEW}).status_code == 410
    people.set_active(actor=ada, person=sam, active=True)
    assert browser.post(form, {"new_password": NEW}).status_code == 410
    assert browser.get(link).status_code == 410


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_SERVER", "HTTP_ORIGIN"])
def test_what_the_request_calls_the_site_never_reaches_a_mail(header, page_of, ada, sam):
    for host in ("evil.example", "127.0.0.1", "localhost:81", "localhost@evil.example"):
        ask(Client(raise_request_exception=False), "sam", **{header: host})
    for job in DBTaskResult.objects.all():
        resets.answer(*job.args_kwargs["args"])
    page_of(ada).post(f"/users/{sam.pk}/reset/", **{header: "127.0.0.1"})
    links = [link for mail in Mail.objects.all() for link in re.findall(r"https?://[^\s\"<]+", mail.text + mail.html)]
    assert links
    assert {link for link in links if not link.startswith((f"{settings.SITE_URL}/", f"{settings.SITE_URL}."))} == set()
    assert "evil" not in str(list(Mail.objects.values()))


def test_no_token_is_in_a_referer_the_log_or_the_activity(page_of, ada, sam, caplog):
    browser, link = page_of(), mailed_link(sam)
    token = link.split("/")[-2]
    with caplog.at_level("DEBUG"):
        answer = browser.get(link)
        page = browser.get(answer["Location"])
        browser.post(answer["Location"], {"new_password": "short"})
        browser.post(answer["Location"], {"new_password": NEW})
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cache-Control"] == "no-store, private"
    assert token not in text(page)
    assert token not in "".join(record.getMessage() for record in caplog.records)
    assert token not in str(list(Activity.objects.values()))
    assert token not in str(list(DBTaskResult.objects.values()))


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example"])
def test_next_leads_nowhere(target, page_of, sam):
    browser = page_of()
    assert browser.post(f"{ASK}?next={target}", {"identifier": "sam", "next": target})["Location"] == f"{ASK}sent/"
    form = opened(browser, sam)
    answer = browser.post(f"{form}?next={target}", {"new_password": NEW, "next": target})
    assert answer["Location"] == "/accounts/login/"


def test_forms_from_elsewhere_are_refused(sam):
    strict = Client(enforce_csrf_checks=True)
    assert ask(strict, "sam").status_code == 403
    assert strict.post(opened(strict, sam), {"new_password": NEW}).status_code == 403
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)


# --- By an admin -----------------------------------------------------------------------------------------------------


def test_an_admin_has_a_link_sent(page_of, ada, sam):
    page = page_of(ada)
    answer = page.post(reverse("accounts:resets-send", args=[sam.pk]))
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{sam.pk}/")
    shown = text(page.get(answer["Location"]))
    assert "Link to set a new password sent to sam@example.com" in shown
    assert Mail.objects.get().text.count("/accounts/reset/") == 1
    assert Mail.objects.get().text.split("/accounts/reset/")[1].split()[0] not in shown


def test_an_admin_is_told_when_mails_wait(page_of, ada, sam):
    mail = mails.send("test", to="x@example.com")
    Mail.objects.filter(pk=mail.pk).update(error="ConnectionRefusedError: nobody listens")
    page = page_of(ada)
    page.post(f"/users/{sam.pk}/reset/")
    assert "Link for sam@example.com is waiting" in text(page.get(f"/users/{sam.pk}/"))


def test_the_deactivated_are_sent_none(page_of, ada, sam):
    people.set_active(actor=ada, person=sam, active=False)
    page = page_of(ada)
    assert page.post(f"/users/{sam.pk}/reset/").status_code == 302
    assert "Sam Reyes is deactivated. Reactivate the account first." in text(page.get(f"/users/{sam.pk}/"))
    assert not Mail.objects.exists()
    assert page.post("/users/999/reset/").status_code == 404


def test_only_admins_have_one_sent(page_of, sam, cleo):
    assert page_of(sam).post(f"/users/{cleo.pk}/reset/").status_code == 403
    assert page_of().post(f"/users/{cleo.pk}/reset/").status_code == 302
    assert not Mail.objects.exists()
