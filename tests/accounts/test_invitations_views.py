"""The pages of invitations: for admins, and the one that a mailed link opens."""

import json
import logging
import shlex
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Activity, Invitation, Mail, User
from accounts.services import invitations
from site_config.lib.links import LogFilter
from tests.factories import PASSWORD, UserFactory, invited, mailed_secret
from tests.site.test_curl_pages import Commands

HTMX = {"HX-Request": "true"}
NEW = {"email": "Noor@example.com", "role": "client", "name": "Noor Haddad", "language": "es"}
ENTRY = {"name": "Noor Haddad", "username": "noor", "password": PASSWORD}


@pytest.fixture
def admin(page_of, ada):
    return page_of(ada)


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def open_one(ada):
    """An open invitation, its secret, and the page of its link."""
    invitation, secret = invited(actor=ada, name="Noor H.")
    return invitation, secret, f"/invitations/{secret}/"


def text(answer) -> str:
    return answer.content.decode()


def toasts(client, answer) -> str:
    return str([str(message) for message in client.get(answer["Location"]).context["messages"]])


def signed_in(client) -> str:
    """Who this browser is signed in as."""
    return client.get("/api/docs/").wsgi_request.user.username


# --- By admins -------------------------------------------------------------------------------------------------------


def test_an_admin_invites_on_a_page(admin):
    page = admin.get("/users/invite/")
    assert "They get a link that works once, for 7 days." in text(page)
    answer = admin.post("/users/invite/", NEW)
    assert (answer.status_code, answer["Location"]) == (302, "/users/invitations/")
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.language) == ("noor@example.com", "client", "es")
    assert "Invitation sent to noor@example.com" in toasts(admin, answer)


@pytest.mark.parametrize("part", [{}, HTMX])
def test_the_form_is_offered_to_a_script_as_it_is_filled_in(part, admin, api_of, ada):
    typed = {**NEW, "email": "not an address"}
    [command] = Commands(text(admin.post("/users/invite/", typed, headers=part))).found
    words = shlex.split(command.replace(" \\\n", " "))
    assert words[3:6] == ["-X", "POST", "http://testserver/api/invitations/"]
    assert json.loads(words[-1]) == typed
    assert api_of(ada).post("/api/invitations/", {**json.loads(words[-1]), "email": "n@example.com"}).status_code == 201


@pytest.mark.parametrize("method", ["get", "post"])
def test_by_htmx_it_is_a_dialog(method, admin):
    answer = getattr(admin, method)("/users/invite/", headers=HTMX)
    assert text(answer).strip().startswith("<dialog")
    assert 'hx-post="/users/invite/"' in text(answer)


def test_a_refused_dialog_comes_back_as_one(admin, sam):
    answer = admin.post("/users/invite/", {**NEW, "email": "sam@example.com"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"], answer["HX-Reswap"]) == (422, "#dialog", "innerHTML")
    assert (answer["HX-Reselect"], answer["HX-Push-Url"]) == ("dialog", "false")
    assert "has an account already" in text(answer)
    assert 'value="sam@example.com"' in text(answer)
    assert not Invitation.objects.exists()


def test_an_empty_form_says_what_is_missing(admin):
    answer = admin.post("/users/invite/", {})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"email", "role"}


def test_the_sixth_mail_within_the_hour_is_refused_with_a_time(admin, ada):
    for _time in range(invitations.MAILS_AN_HOUR):
        invitation, _secret = invited(actor=ada)
        invitations.revoke(actor=ada, invitation=invitation)
    answer = admin.post("/users/invite/", NEW)
    assert answer.status_code == 429
    assert 3500 < int(answer["Retry-After"]) <= 3600
    assert "five mails within the hour" in text(answer)


def test_the_list_shows_who_is_awaited(admin, ada, open_one):
    expired, _secret = invited(actor=ada, email="kim@example.com", role="admin")
    Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=1))
    page = text(admin.get("/users/invitations/"))
    for part in ("noor@example.com", "Noor H.", "Staff", "Ada Okafor", "In 6", "kim@example.com", "Admin", "Expired"):
        assert part in page, part
    assert open_one[1] not in page


def test_an_empty_list_says_so_and_a_forged_place_in_it_leads_to_its_start(admin):
    assert "Nobody is invited" in text(admin.get("/users/invitations/"))
    assert admin.get("/users/invitations/?cursor=x")["Location"] == "/users/invitations/"


def test_the_list_is_paged_and_its_queries_are_constant(admin, ada):
    counted = []
    admin.get("/users/invitations/")  # the first request of a session notes it
    for numbers in (range(2), range(2, 27)):
        for number in numbers:
            invited(actor=ada, email=f"n{number}@example.com")
        with CaptureQueriesContext(connection) as queries:
            page = admin.get("/users/invitations/")
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert len(page.context["page"].rows) == 25
    rest = admin.get(f"/users/invitations/?cursor={page.context['page'].next}")
    assert [row.email for row in rest.context["page"].rows] == ["n1@example.com", "n0@example.com"]


@pytest.mark.parametrize("path", ["/users/", "/users/invitations/"])
def test_the_users_pages_offer_to_invite_and_count_the_invited(path, admin, ada, open_one):
    page = text(admin.get(path))
    assert 'hx-get="/users/invite/"' in page
    assert 'Invited<span class="count">1</span>' in page


def test_an_admin_sends_again_and_revokes(admin, open_one):
    invitation, secret, path = open_one
    answer = admin.post(f"/users/invitations/{invitation.pk}/resend/")
    assert "Invitation sent to noor@example.com again" in toasts(admin, answer)
    assert admin.get(path).status_code == 404
    assert mailed_secret(invitation.email) != secret
    answer = admin.post(f"/users/invitations/{invitation.pk}/revoke/")
    assert "Invitation of noor@example.com revoked" in toasts(admin, answer)
    for act in ("resend", "revoke"):
        answer = admin.post(f"/users/invitations/{invitation.pk}/{act}/")
        assert "accepted or revoked a moment ago" in toasts(admin, answer)
        assert admin.post(f"/users/invitations/999999/{act}/").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "localhost:8000@evil.example"])
def test_the_mailed_link_is_never_what_the_request_calls_the_site(host, admin, settings):
    settings.SITE_URL = "https://stock.example.com"
    settings.ALLOWED_HOSTS = ["*"]
    admin.post("/users/invite/", NEW, headers={"host": "evil.example", "X-Forwarded-Host": host})
    mail = Mail.objects.get()
    assert "https://stock.example.com/invitations/" in mail.text
    assert "evil" not in mail.text + mail.html + mail.subject


# --- By whoever has the link -----------------------------------------------------------------------------------------


def test_the_link_opens_a_form_that_is_kept_nowhere(browser, open_one):
    page = browser.get(open_one[2])
    assert page.status_code == 200
    for part in ("Ada Okafor invited <b>noor@example.com</b>", "Your role: Staff", 'value="Noor H."', 'value="noor"'):
        assert part in text(page)
    assert 'autocomplete="new-password"' in text(page)
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    assert not User.objects.filter(username="noor").exists()
    assert browser.head(open_one[2]).status_code == 200


def test_who_accepts_is_signed_in_at_home_with_a_new_session(browser, open_one):
    session = browser.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    browser.cookies[settings.SESSION_COOKIE_NAME] = before
    answer = browser.post(open_one[2], ENTRY)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    assert not answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"], "it ends with the browser"
    assert signed_in(browser) == "noor"
    noor = User.objects.get(username="noor")
    assert list(Activity.objects.filter(person=noor).order_by("pk").values_list("kind", flat=True)) == [
        "invitation.accepted",
        "person.signed_in",
    ]
    assert noor.last_login


def test_the_new_person_can_sign_in_with_the_password(browser, open_one):
    browser.post(open_one[2], ENTRY)
    answer = Client().post("/accounts/login/", {"login": "noor@example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize(
    "extra", [{"role": "admin"}, {"email": "evil@example.com"}, {"is_active": ""}, {"session_epoch": "9"}]
)
@pytest.mark.parametrize("where", ["body", "query"])
def test_nothing_that_is_sent_changes_who_one_becomes(extra, where, browser, open_one):
    path, body = (open_one[2], {**ENTRY, **extra}) if where == "body" else (open_one[2] + "?next=//evil.example", ENTRY)
    answer = browser.post(path, body)
    assert answer["Location"] == "/"
    noor = User.objects.get(username="noor")
    assert (noor.role, noor.email, noor.is_active, noor.session_epoch) == ("staff", "noor@example.com", True, 0)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/"])
@pytest.mark.parametrize("field", ["next", "redirect_to", "url"])
def test_it_leads_nowhere_but_home(target, field, browser, open_one):
    assert browser.post(f"{open_one[2]}?{field}={target}", {**ENTRY, field: target})["Location"] == "/"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("username", "no spaces"),
        ("username", "ADA"),
        ("password", "short"),
        ("password", ""),
        ("name", "x" * 121),
    ],
)
def test_a_refused_form_says_where_and_keeps_what_was_typed_but_the_password(field, value, browser, open_one):
    answer = browser.post(open_one[2], {**ENTRY, field: value})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert PASSWORD not in text(answer)
    assert "noor@example.com" in text(answer)
    assert not signed_in(browser)


def test_an_address_taken_at_the_last_moment_is_said_above_the_form(browser, open_one, monkeypatch):
    UserFactory(username="other", email="noor@example.com")
    monkeypatch.setattr(invitations, "belongs_to_somebody", lambda email: False)
    answer = browser.post(open_one[2], ENTRY)
    assert answer.status_code == 422
    assert "This email address already exists." in text(answer)


@pytest.mark.parametrize(
    ("how", "status", "sentence"),
    [
        ("unknown", 404, "This link leads to no invitation."),
        ("expired", 410, "This invitation has expired. Ask for a new one."),
        ("revoked", 410, "This invitation was withdrawn. Ask for a new one."),
        ("used", 410, "This invitation was used. Sign in"),
        ("has_account", 410, "Your address has an account already."),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_dead_link_says_why_and_nothing_more(how, status, sentence, method, browser, ada, open_one):
    invitation, secret, path = open_one
    if how == "expired":
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())
    elif how == "revoked":
        invitations.revoke(actor=ada, invitation=invitation)
    elif how == "used":
        invitations.accept(secret=secret, username="noor", password=PASSWORD)
    elif how == "has_account":
        UserFactory(username="other", email="noor@example.com")
    people = User.objects.count()
    answer = getattr(browser, method)("/invitations/x/" if how == "unknown" else path, ENTRY)
    assert answer.status_code == status
    assert sentence in text(answer)
    for word in ("noor@", "Noor H", "Ada", secret):
        assert word not in text(answer), word
    assert User.objects.count() == people
    assert not signed_in(browser)


def test_a_link_that_dies_while_the_form_is_sent_is_dead(browser, open_one, monkeypatch):
    def gone(**_fields):
        raise invitations.Dead("Gone.", code="used")

    monkeypatch.setattr(invitations, "accept", gone)
    assert browser.post(open_one[2], ENTRY).status_code == 410


@pytest.mark.parametrize(
    "path", ["/invitations/a.b/", "/invitations/%00/", "/invitations//", f"/invitations/{'x' * 4000}/"]
)
def test_a_broken_link_is_not_there(path, browser, db):
    assert browser.get(path).status_code in (400, 404)


def test_whoever_is_signed_in_is_asked_to_sign_out_first(page_of, sam, open_one):
    client, path = page_of(sam), open_one[2]
    page = client.get(path)
    assert "You are signed in as Sam Reyes" in text(page)
    assert "<input name=" not in text(page)
    assert client.post(path, ENTRY).status_code == 409
    assert not User.objects.filter(username="noor").exists()
    answer = client.post(path, {"sign_out": "1"})
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert not signed_in(client)
    assert client.post(path, ENTRY)["Location"] == "/"
    assert signed_in(client) == "noor"


def test_accepting_needs_the_forms_own_token(open_one):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(open_one[2], ENTRY).status_code == 403
    assert browser.put(open_one[2]).status_code in (403, 405)


def test_no_log_line_holds_the_secret_of_a_link(browser, open_one, caplog):
    caplog.handler.addFilter(LogFilter())
    with caplog.at_level(logging.DEBUG, logger="django.request"):
        browser.post(open_one[2], {})
        Client(enforce_csrf_checks=True).post(open_one[2], ENTRY)
    assert "Unprocessable Entity: /invitations/…/" in caplog.text
    assert open_one[1] not in caplog.text
    assert "links" in settings.LOGGING["handlers"]["console"]["filters"]
