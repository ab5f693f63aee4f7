"""The page of mails that did not go out, and the banner that leads there."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Mail
from accounts.models.mails import SUBJECTS
from accounts.services import mails

ERROR = "SMTPServerDisconnected: <b>Connection</b> unexpectedly closed"


@pytest.fixture
def admin(page_of, ada):
    return page_of(ada)


def text(answer) -> str:
    return answer.content.decode()


def mail_to(address, **fields):
    mail = mails.send("test", to=address)
    Mail.objects.filter(pk=mail.pk).update(**fields)
    mail.refresh_from_db()
    return mail


def waits(address="waits@example.com"):
    return mail_to(address, attempts=2, error=ERROR, next_try_at=timezone.now() + timedelta(minutes=4, seconds=30))


def given_up(address="never@example.com"):
    return mail_to(address, attempts=6, error=ERROR, failed_at=timezone.now(), text="", html="")


def test_the_page_shows_what_waits_and_what_was_given_up_and_why(admin):
    waits()
    given_up()
    mail_to("under-way@example.com", attempts=1, next_try_at=timezone.now() + timedelta(minutes=10))
    mail_to("sent@example.com", sent_at=timezone.now())
    page = text(admin.get("/users/mails/"))
    addresses = ["under-way@example.com", "never@example.com", "waits@example.com"]
    assert sorted(addresses, key=page.index) == addresses
    for words in (
        "Test mail",
        "Being sent",
        "Given up",
        "Next try in 4\xa0minutes",
        "SMTPServerDisconnected: &lt;b&gt;",
    ):
        assert words in page
    assert "sent@example.com" not in page.replace("under-way", "")
    assert page.count("Try now") == 1


def test_a_mail_that_nothing_names_is_called_by_its_kind(db):
    assert Mail(kind="stock_alert").about == "stock alert"


def test_without_such_mails_the_page_says_so(admin):
    mail_to("sent@example.com", sent_at=timezone.now())
    page = text(admin.get("/users/mails/"))
    assert "Every mail was sent" in page
    assert "sent@example.com" not in page


def test_a_mail_is_tried_now_by_a_button(admin):
    mail = waits()
    answer = admin.post(f"/users/mails/{mail.pk}/retry/")
    assert (answer.status_code, answer["Location"]) == (302, "/users/mails/")
    mail.refresh_from_db()
    assert (mail.attempts, mail.next_try_at) == (0, None)
    assert "The mail to waits@example.com is tried again" in text(admin.get("/users/mails/"))


def test_what_was_given_up_cannot_be_tried_and_the_page_says_what_to_do(admin):
    mail = given_up()
    admin.post(f"/users/mails/{mail.pk}/retry/")
    assert "Do again what it told of, like inviting somebody." in text(admin.get("/users/mails/"))
    mail.refresh_from_db()
    assert mail.status == "failed"
    assert admin.post("/users/mails/987654/retry/").status_code == 404


def test_every_mail_is_on_exactly_one_page_and_pages_cost_the_same(admin, django_assert_max_num_queries):
    for number in range(60):
        waits(f"w{number}@example.com")
    seen, path = [], "/users/mails/"
    while path:
        with django_assert_max_num_queries(12):
            answer = admin.get(path)
        rows = answer.context["page"]
        seen += [mail.pk for mail in rows.rows]
        path = rows.next and f"/users/mails/?cursor={rows.next}"
    assert seen == sorted(Mail.objects.values_list("pk", flat=True), reverse=True)


def test_a_cursor_that_is_not_ours_leads_to_the_first_page(admin):
    answer = admin.get("/users/mails/?cursor=x")
    assert (answer.status_code, answer["Location"]) == (302, "/users/mails/")


def test_the_users_page_counts_what_could_not_be_sent(admin):
    assert "could not be sent" not in text(admin.get("/users/"))
    waits()
    assert "1 mail could not be sent." in text(admin.get("/users/"))
    given_up()
    page = text(admin.get("/users/"))
    assert "2 mails could not be sent." in page
    assert 'href="/users/mails/"' in page
    fragment = text(admin.get("/users/", headers={"HX-Request": "true"}))
    assert "could not be sent" not in fragment


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_is_for_admins_alone(method, page_of, sam, cleo):
    mail = waits()
    path = "/users/mails/" if method == "get" else f"/users/mails/{mail.pk}/retry/"
    for person in (sam, cleo):
        assert getattr(page_of(person), method)(path).status_code == 403
    assert getattr(page_of(), method)(path).status_code == 302
    mail.refresh_from_db()
    assert mail.attempts == 2


def test_every_mail_has_its_three_parts_and_a_name_for_admins():
    folder = Path(settings.BASE_DIR) / "templates/emails"
    kinds = {path.name.split(".")[0] for path in folder.iterdir()} - {"base"}
    assert kinds == set(SUBJECTS)
    assert {path.name for path in folder.iterdir()} - {"base.html"} == {
        f"{kind}.{part}" for kind in kinds for part in ("subject.txt", "txt", "html")
    }
