"""Invitations by the API: for admins, and the public door for whoever has the link."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Activity, Invitation, Mail, User
from accounts.services import invitations, personal_tokens
from tests.factories import PASSWORD, UserFactory, invited, mailed_secret

URL = "/api/invitations/"
ACCEPT = f"{URL}accept/"
NEW = {"email": "Noor@example.com", "role": "client", "name": "Noor Haddad", "language": "es"}


@pytest.fixture
def api(api_of, ada) -> APIClient:
    return api_of(ada)


@pytest.fixture
def stranger(db) -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def open_one(ada):
    return invited(actor=ada, name="Noor H.")


def entry(secret, **fields) -> dict:
    return {"token": secret, "username": "noor", "name": "Noor", "password": PASSWORD, **fields}


def codes(answer) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


# --- By admins -------------------------------------------------------------------------------------------------------


def test_an_admin_invites_and_reads_back_everything_but_the_secret(api, ada):
    answer = api.post(URL, NEW)
    invitation = Invitation.objects.get()
    secret = mailed_secret("noor@example.com")
    assert answer.status_code == 201
    assert answer.json() == {
        "id": invitation.pk,
        "email": "noor@example.com",
        "name": "Noor Haddad",
        "role": "client",
        "language": "es",
        "invited_by": "Ada Okafor",
        "sent_at": answer.json()["sent_at"],
        "expires_at": answer.json()["expires_at"],
        "has_expired": False,
    }
    assert api.get(URL).json()["results"] == [answer.json()]
    assert api.get(f"{URL}{invitation.pk}/").json() == answer.json()
    for hidden in (secret, invitation.digest):
        assert hidden not in (answer.content + api.get(URL).content).decode()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "nowhere", "invalid"),
        ("email", "SAM@example.com", "has_account"),
        ("email", "kim@example.com", "already_exists"),
        ("role", "owner", "invalid_choice"),
        ("language", "xx", "invalid_choice"),
        ("name", "x" * 121, "max_length"),
        ("digest", "x", "unknown_field"),
        ("invited_by", "sam", "unknown_field"),
        ("expires_at", "2099-01-01T00:00:00Z", "unknown_field"),
    ],
)
def test_a_bad_field_is_named(field, value, code, api, ada, sam):
    invited(actor=ada, email="kim@example.com")
    refused = api.post(URL, {**NEW, field: value})
    assert (refused.status_code, codes(refused)) == (400, {f"/{field}": code})
    assert Invitation.objects.count() == 1


def test_a_rehearsal_invites_nobody(api):
    answer = api.post(f"{URL}?dry_run=true", NEW)
    assert answer.json()["status"] == 201
    assert {line["field"]: line["new"] for line in answer.json()["changes"]} == {
        "email": "noor@example.com",
        "role": "client",
    }
    assert not Invitation.objects.exists()
    assert not Mail.objects.exists()


def test_a_repeat_by_key_sends_one_mail(api):
    answers = [api.post(URL, NEW, headers={"Idempotency-Key": "k1"}) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 1)


def test_an_admin_sends_again_and_revokes(api, open_one, stranger):
    invitation, secret = open_one
    again = api.post(f"{URL}{invitation.pk}/resend/")
    assert again.status_code == 200
    assert again.json()["id"] == invitation.pk
    assert stranger.post(ACCEPT, entry(secret)).json()["code"] == "unknown"
    assert api.delete(f"{URL}{invitation.pk}/").status_code == 204
    assert stranger.post(ACCEPT, entry(mailed_secret("noor@example.com"))).json()["code"] == "revoked"
    for act in (api.get, api.delete):
        assert act(f"{URL}{invitation.pk}/").status_code == 404
    assert api.post(f"{URL}{invitation.pk}/resend/").status_code == 404
    assert api.get(URL).json()["results"] == []


def test_the_sixth_mail_within_the_hour_waits(api, open_one):
    at = f"{URL}{open_one[0].pk}/resend/"
    assert [api.post(at).status_code for _time in range(5)] == [200] * 4 + [429]
    refused = api.post(at)
    assert 0 < int(refused["Retry-After"]) <= 3600


def test_the_list_takes_its_order_and_no_unknown_parameter(api, ada):
    for name in ("a", "b"):
        invited(actor=ada, email=f"{name}@example.com")
    for order, emails in (("id", "ab"), ("-id", "ba")):
        rows = api.get(f"{URL}?ordering={order}").json()["results"]
        assert [row["email"][0] for row in rows] == list(emails)
    assert api.get(f"{URL}?status=open").json()["code"] == "unknown_parameter"


@pytest.mark.parametrize("who", ["sam", "cleo"])
def test_only_admins_invite(who, api_of, open_one, request):
    api, at = api_of(request.getfixturevalue(who)), f"{URL}{open_one[0].pk}/"
    answers = [api.get(URL), api.post(URL, NEW), api.get(at), api.delete(at), api.post(f"{at}resend/")]
    assert [answer.status_code for answer in answers] == [403] * 5
    assert (Invitation.objects.get().is_open, Mail.objects.count()) == (True, 1)


def test_a_personal_token_invites_with_the_scope_admin_alone(ada, stranger):
    for scope, status in (("read", 403), ("admin", 201)):
        _token, secret = personal_tokens.create(actor=ada, name=scope, scopes=[scope])
        stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        assert stranger.post(URL, NEW).status_code == status


# --- By whoever has the link -----------------------------------------------------------------------------------------


def test_who_accepts_is_shown_to_themselves_and_logs_in_next(stranger, open_one):
    answer = stranger.post(ACCEPT, entry(open_one[1]))
    noor = User.objects.get(username="noor")
    assert answer.status_code == 201
    shown = {key: answer.json()[key] for key in ("id", "username", "email", "name", "role", "is_active", "last_login")}
    assert shown == {
        "id": noor.pk,
        "username": "noor",
        "email": "noor@example.com",
        "name": "Noor",
        "role": "staff",
        "is_active": True,
        "last_login": None,
    }
    assert "access" not in answer.json()
    assert PASSWORD not in answer.content.decode()
    pair = stranger.post("/api/login/", {"username": "noor", "password": PASSWORD}).json()
    me = stranger.get("/api/users/me/", headers={"Authorization": f"Bearer {pair['access']}"}).json()
    assert {**me, "last_login": None} == answer.json()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("role", "admin", "unknown_field"),
        ("email", "evil@example.com", "unknown_field"),
        ("is_active", True, "unknown_field"),
        ("id", 1, "unknown_field"),
        ("is_superuser", True, "unknown_field"),
        ("session_epoch", 1, "unknown_field"),
        ("password", "short", "weak_password"),
        ("username", "no spaces", "invalid"),
        ("username", "ADA", "already_exists"),
        ("name", "x" * 121, "max_length"),
    ],
)
def test_what_is_not_ones_own_to_set_or_breaks_a_rule_is_refused_by_name(field, value, code, stranger, open_one):
    refused = stranger.post(ACCEPT, entry(open_one[1], **{field: value}))
    assert (refused.status_code, codes(refused)) == (400, {f"/{field}": code})
    assert not User.objects.filter(email="noor@example.com").exists()
    assert stranger.post(ACCEPT, entry(open_one[1])).status_code == 201


@pytest.mark.parametrize("field", ["token", "username", "password"])
def test_each_of_these_is_needed(field, stranger, open_one):
    body = {name: value for name, value in entry(open_one[1]).items() if name != field}
    assert codes(stranger.post(ACCEPT, body)) == {f"/{field}": "required"}


@pytest.mark.parametrize("how", ["unknown", "expired", "revoked", "used", "has_account"])
def test_a_dead_link_says_why(how, stranger, ada, open_one):
    invitation, secret = open_one
    if how == "expired":
        Invitation.objects.update(expires_at=timezone.now())
    elif how == "revoked":
        invitations.revoke(actor=ada, invitation=invitation)
    elif how == "used":
        stranger.post(ACCEPT, entry(secret))
    elif how == "has_account":
        UserFactory(username="other", email="noor@example.com")
    refused = stranger.post(ACCEPT, entry("0" * 43 if how == "unknown" else secret, username="late"))
    assert (refused.status_code, refused.json()["code"]) == (404 if how == "unknown" else 410, how)
    assert "noor@" not in refused.content.decode()
    assert not User.objects.filter(username="late").exists()


def test_accepting_is_limited_as_signing_in_is(stranger, open_one, settings, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # all within one minute of the count
    settings.API_RATES = {**settings.API_RATES, "sign_in": 2}
    statuses = [stranger.post(ACCEPT, entry("0" * 43)).status_code for _try in range(3)]
    assert statuses == [404, 404, 429]


def test_a_stranger_can_neither_rehearse_nor_repeat_by_key(stranger, open_one):
    assert stranger.post(f"{ACCEPT}?dry_run=true", entry(open_one[1])).json()["code"] == "bad_dry_run"
    refused = stranger.post(ACCEPT, entry(open_one[1]), headers={"Idempotency-Key": "k1"})
    assert refused.json()["code"] == "idempotency_key_not_taken"
    assert not User.objects.filter(username="noor").exists()


def test_a_script_that_is_logged_in_makes_the_invited_person_and_stays_itself(api_of, sam, open_one):
    answer = api_of(sam).post(ACCEPT, entry(open_one[1]))
    assert (answer.status_code, answer.json()["username"]) == (201, "noor")
    assert Activity.objects.get(kind="invitation.accepted").actor.username == "noor"
