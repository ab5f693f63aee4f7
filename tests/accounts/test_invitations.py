"""Inviting, sending again, revoking and accepting: one open invitation per address, one person per link."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Activity, Invitation, Mail, User
from accounts.policy import Role
from accounts.services import invitations, mails, people
from site_config.lib.errors import Conflict, DomainError, NotAllowed, Throttled
from tests.factories import PASSWORD, UserFactory, invited, mailed_secret

pytestmark = pytest.mark.django_db


def accepted(secret, username="noor", **fields) -> User:
    return invitations.accept(secret=secret, username=username, password=PASSWORD, **fields)


def refusal(act, *args, **fields) -> DomainError:
    with pytest.raises(DomainError) as refused:
        act(*args, **fields)
    return refused.value


def expire(invitation) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())


def lines(kind) -> list[Activity]:
    return list(Activity.objects.filter(kind=kind))


# --- Inviting --------------------------------------------------------------------------------------------------------


def test_an_invitation_is_written_down_and_mailed_in_its_language(ada):
    invitation = invitations.create(
        actor=ada, email=" Noor@Example.com", role="client", name=" Noor Haddad ", language="es"
    )
    assert (invitation.email, invitation.name, invitation.role) == ("noor@example.com", "Noor Haddad", "client")
    assert (invitation.invited_by, invitation.invited_by_name) == (ada, "Ada Okafor")
    assert invitation.expires_at - invitation.sent_at == timedelta(days=7)
    mail = Mail.objects.get()
    assert (mail.kind, mail.to, mail.language, mail.person) == ("invitation", "noor@example.com", "es", None)
    [line] = lines("invitation.sent")
    assert (line.actor, line.person) == (ada, None)
    assert line.details == {"email": ["", "noor@example.com"], "role": ["", "client"]}
    assert line.sentence == "Invited noor@example.com"


def test_the_days_are_a_setting(ada, settings):
    settings.INVITATION_DAYS = 3
    invitation, _secret = invited(actor=ada)
    assert invitation.expires_at - invitation.sent_at == timedelta(days=3)
    assert "for 3 days" in Mail.objects.get().text


def test_only_the_digest_of_the_secret_is_stored_and_the_secret_has_32_bytes(ada):
    invitation, secret = invited(actor=ada)
    assert len(secret) == 43
    assert invitation.digest == invitations.digest_of(secret)
    assert secret not in str(Invitation.objects.values().get())


@pytest.mark.parametrize("email", ["sam@example.com", "SAM@Example.com ", "ｓａｍ@example.com"])
@pytest.mark.parametrize("active", [True, False])
def test_an_address_that_belongs_to_a_person_is_refused(email, active, ada, sam):
    User.objects.filter(pk=sam.pk).update(is_active=active)
    refused = refusal(invitations.create, actor=ada, email=email, role="staff")
    assert (refused.field, refused.code) == ("email", "has_account")
    assert not Mail.objects.exists()


def test_an_address_has_one_open_invitation(ada):
    invited(actor=ada)
    refused = refusal(invitations.create, actor=ada, email="NOOR@example.com", role="admin")
    assert (refused.field, refused.code) == ("email", "already_exists")
    assert (Invitation.objects.get().role, Mail.objects.count()) == ("staff", 1)


def test_an_expired_one_is_renewed_by_inviting_again(ada):
    old, old_secret = invited(actor=ada, role="admin", name="N.", language="es")
    expire(old)
    new, secret = invited(actor=ada, role="client", name="Noor")
    assert (new.pk, new.role, new.name, new.language, new.has_expired) == (old.pk, "client", "Noor", "", False)
    assert refusal(invitations.find, old_secret).code == "unknown"
    assert invitations.find(secret) == new
    assert len(lines("invitation.sent")) == len(lines("invitation.resent")) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nowhere"),
        ("email", "a" * 250 + "@example.com"),
        ("role", "owner"),
        ("language", "xx"),
        ("name", "x" * 121),
    ],
)
def test_a_bad_field_is_named(field, value, ada):
    refused = refusal(invitations.create, **{"actor": ada, "email": "noor@example.com", "role": "staff", field: value})
    assert refused.field == field
    assert not Invitation.objects.exists()
    assert not Mail.objects.exists()


@pytest.mark.parametrize("act", ["create", "resend", "revoke"])
def test_who_is_no_admin_any_more_does_nothing(act, ada, sam):
    invitation, secret = invited(actor=ada)
    fields = {"email": "kim@example.com", "role": "staff"} if act == "create" else {"invitation": invitation}
    assert isinstance(refusal(getattr(invitations, act), actor=sam, **fields), NotAllowed)
    assert invitations.find(secret) == invitation
    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 1)


# --- Sending again and revoking --------------------------------------------------------------------------------------


def test_sending_again_gives_another_link_and_the_full_time(ada, time_machine):
    time_machine.move_to("2026-03-02T09:00Z", tick=False)
    invitation, old = invited(actor=ada)
    time_machine.move_to("2026-03-12T09:00Z", tick=False)
    assert refusal(invitations.find, old).code == "expired"
    kim = UserFactory(username="kim", role=Role.ADMIN)
    again = invitations.resend(actor=kim, invitation=invitation)
    new = mailed_secret(invitation.email)
    assert new != old
    assert refusal(invitations.find, old).code == "unknown"
    assert invitations.find(new) == again
    assert again.expires_at == timezone.now() + timedelta(days=7)
    assert again.invited_by == kim, "who sends it again answers for it"
    assert lines("invitation.resent")[0].actor == kim


def test_five_mails_an_hour_go_to_one_address_whoever_sends_them_and_however(ada, time_machine):
    time_machine.move_to("2026-03-02T09:00Z", tick=False)
    invitation, _secret = invited(actor=ada)
    for _time in range(2):
        time_machine.shift(60)
        invitations.resend(actor=ada, invitation=invitation)
    for _time in range(2):
        invitations.revoke(actor=ada, invitation=invitation)
        invitation, _secret = invited(actor=ada)
    refused = refusal(invitations.resend, actor=ada, invitation=invitation)
    assert isinstance(refused, Throttled)
    assert refused.wait == 3600 - 120
    assert refusal(invitations.create, actor=ada, email=" Noor@example.com", role="staff").code == "already_exists"
    invitations.revoke(actor=ada, invitation=invitation)
    assert isinstance(refusal(invitations.create, actor=ada, email="NOOR@example.com", role="staff"), Throttled)
    invited(actor=ada, email="kim@example.com")
    time_machine.shift(3600 - 120)
    invited(actor=ada)


def test_a_revoked_link_is_dead_and_its_address_can_be_invited_again(ada):
    invitation, secret = invited(actor=ada)
    invitations.revoke(actor=ada, invitation=invitation)
    assert refusal(invitations.find, secret).code == "revoked"
    assert refusal(accepted, secret).code == "revoked"
    assert not User.objects.filter(username="noor").exists()
    [line] = lines("invitation.revoked")
    assert (line.actor, line.details) == (ada, {"email": ["noor@example.com", ""]})
    invited(actor=ada)
    assert invitations.number_waiting().number == 1


@pytest.mark.parametrize("act", ["resend", "revoke"])
@pytest.mark.parametrize("gone", ["accepted", "revoked"])
def test_what_is_not_open_is_neither_sent_again_nor_revoked(act, gone, ada):
    invitation, secret = invited(actor=ada)
    if gone == "accepted":
        accepted(secret)
    else:
        invitations.revoke(actor=ada, invitation=invitation)
    refused = refusal(getattr(invitations, act), actor=ada, invitation=invitation)
    assert (type(refused), refused.code) == (Conflict, "not_open")


def test_an_address_that_somebody_has_by_now_gets_no_mail(ada):
    invitation, secret = invited(actor=ada)
    UserFactory(username="other", email="noor@example.com")
    assert refusal(invitations.resend, actor=ada, invitation=invitation).code == "has_account"
    assert refusal(accepted, secret).code == "has_account"
    assert User.objects.count() == 2


# --- Accepting -------------------------------------------------------------------------------------------------------


def test_whoever_accepts_becomes_the_person_that_the_admin_named(ada):
    invitation, secret = invited(actor=ada, role="client", language="es")
    noor = accepted(secret, " Noor.H ", name=" Noor Haddad ")
    noor.refresh_from_db()
    assert (noor.username, noor.email, noor.name) == ("Noor.H", "noor@example.com", "Noor Haddad")
    assert (noor.role, noor.language, noor.is_active) == ("client", "es", True)
    assert noor.check_password(PASSWORD)
    invitation.refresh_from_db()
    assert (invitation.is_open, invitation.person) == (False, noor)
    [line] = lines("invitation.accepted")
    assert (line.actor, line.person, line.details) == (noor, noor, {"role": ["", "client"]})


def test_a_link_works_once(ada):
    _invitation, secret = invited(actor=ada)
    accepted(secret)
    refused = refusal(accepted, secret, "other")
    assert (refused.status, refused.code) == (410, "used")
    assert User.objects.count() == 2


def test_a_link_works_until_its_end_and_no_longer(ada, time_machine):
    time_machine.move_to("2026-03-02T09:00:00Z", tick=False)
    _invitation, secret = invited(actor=ada)
    time_machine.move_to("2026-03-09T08:59:59Z", tick=False)
    assert invitations.find(secret)
    time_machine.move_to("2026-03-09T09:00:00Z", tick=False)
    refused = refusal(accepted, secret)
    assert (refused.status, refused.code) == (410, "expired")


@pytest.mark.parametrize("secret", ["", "x", "é", "0" * 10_000])
def test_a_link_that_was_never_one_is_unknown(secret, ada):
    invited(actor=ada)
    refused = refusal(accepted, secret)
    assert (refused.status, refused.code) == (404, "unknown")


def test_a_dead_link_costs_no_password_hash(ada, hashes):
    invitation, secret = invited(actor=ada)
    invitations.revoke(actor=ada, invitation=invitation)
    refusal(accepted, secret)
    refusal(accepted, "nothing")
    assert hashes == []


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"password": "short"}, "password", "weak_password"),
        ({"password": "noor@example.com"}, "password", "weak_password"),
        ({"username": "no spaces"}, "username", "invalid"),
        ({"username": "ADA"}, "username", "already_exists"),
        ({"name": "x" * 121}, "name", "invalid"),
    ],
)
def test_a_refused_field_is_named_and_the_link_goes_on_working(fields, field, code, ada):
    _invitation, secret = invited(actor=ada)
    refused = refusal(invitations.accept, **{"secret": secret, "username": "noor", "password": PASSWORD, **fields})
    assert (refused.field, refused.code) == (field, code)
    assert accepted(secret).username == "noor"


# --- When who invited is no admin any more ---------------------------------------------------------------------------


@pytest.mark.parametrize("left", ["demoted", "deactivated", "deleted"])
@pytest.mark.parametrize("role", ["admin", "staff", "client"])
def test_the_invitations_of_a_former_admin_stand_but_for_those_of_admins(left, role, ada):
    kim = UserFactory(username="kim", role=Role.ADMIN)
    invitation, secret = invited(actor=kim, role=role)
    if left == "demoted":
        people.change_role(actor=ada, person=kim, role="staff")
    elif left == "deactivated":
        people.set_active(actor=ada, person=kim, active=False)
    else:
        people.delete(actor=ada, person=kim, successor=ada)
    if role == "admin":
        refused = refusal(accepted, secret)
        assert (refused.status, refused.code) == (410, "void")
        invitations.resend(actor=ada, invitation=invitation)
        secret = mailed_secret(invitation.email)
    assert accepted(secret).role == role


# --- What the mail and the page are given ----------------------------------------------------------------------------


def test_the_mail_names_who_invites_on_one_line_and_without_tricks(ada):
    ada = people.edit(actor=ada, person=ada, name="Ada\r\nBcc: all@example.com \u202ekooF\u202c O'Hara <b>")
    invited(actor=ada, name="Noor\nHaddad")
    mail = Mail.objects.get()
    assert mail.subject == "Ada Bcc: all@example.com kooF O'Hara <b> invites you to Stockroom"
    assert "Hello Noor Haddad," in mail.text
    assert "O'Hara <b> invites you" in mail.text
    assert "<b>" not in mail.html.partition("</head>")[2].replace("<b>Stockroom</b>", "")
    assert "\u202e" not in mail.text + mail.html


def test_the_link_is_on_the_configured_site_in_text_and_html(ada, settings):
    settings.SITE_URL = "https://stock.example.com"
    _invitation, secret = invited(actor=ada)
    mail = Mail.objects.get()
    assert f"\n\nhttps://stock.example.com/invitations/{secret}/\n\n" in mail.text
    assert f'href="https://stock.example.com/invitations/{secret}/"' in mail.html
    assert secret not in mail.subject


def test_once_sent_the_secret_is_nowhere_but_in_the_mail(ada, mailoutbox):
    _invitation, secret = invited(actor=ada)
    assert mails.attempt(Mail.objects.get().pk)
    assert secret in mailoutbox[0].body
    for table in (Invitation, Mail, Activity, User):
        assert secret not in str(list(table.objects.values()))


@pytest.mark.parametrize(
    ("email", "username"),
    [
        ("noor@example.com", "noor"),
        ("noor.haddad+till@example.com", "noor.haddadtill"),
        ("_.-x@example.com", "x"),
        ("'''@example.com", ""),
        ("sam@elsewhere.example", "sam3"),
        (f"{'a' * 64}@example.com", "a" * 62),
    ],
)
def test_a_free_username_is_suggested_from_the_address(email, username, sam):
    UserFactory(username="SAM2")
    assert invitations.suggested_username(Invitation(email=email)) == username


def test_nothing_is_suggested_where_everything_is_taken(sam):
    for number in range(2, 10):
        UserFactory(username=f"sam{number}")
    assert invitations.suggested_username(Invitation(email="sam@elsewhere.example")) == ""


def test_the_list_has_the_open_ones_the_expired_too(ada):
    kept = invited(actor=ada)[0]
    expire(kept)
    revoked, _secret = invited(actor=ada, email="rex@example.com")
    invitations.revoke(actor=ada, invitation=revoked)
    accepted(invited(actor=ada, email="acc@example.com")[1])
    assert list(invitations.waiting()) == [kept]
    assert str(kept) == "noor@example.com (staff)"
