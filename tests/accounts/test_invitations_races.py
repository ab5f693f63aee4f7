"""Several at once: one open invitation per address, one person per link. On SQLite writers take turns."""

import pytest

from accounts.models import Activity, Invitation, Mail, User
from accounts.services import invitations, people
from site_config.lib.errors import DomainError
from tests.factories import PASSWORD, UserFactory, invited, mailed_secret
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def invite(actor, email="noor@example.com"):
    return invitations.create(actor=actor, email=email, role="staff")


def accept(secret, username="noor"):
    return invitations.accept(secret=secret, username=username, password=PASSWORD)


def codes(results):
    return sorted(result.code for result in results if isinstance(result, DomainError))


def test_of_ten_who_invite_one_address_one_does(ada):
    kim = UserFactory(username="kim", role="admin")
    results = at_once(
        lambda n: invite([ada, kim][n % 2], ["noor@example.com", "Noor@Example.com"][n % 2]), times=10, workers=10
    )
    assert codes(results) == ["already_exists"] * 9
    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 1)


def test_an_expired_one_is_renewed_once(ada):
    invited(actor=ada)
    Invitation.objects.update(expires_at="2020-01-01T00:00Z")
    with before_commit(lambda: invite(ada)) as rival:
        invite(ada)
    assert rival.result().code == "already_exists"
    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 2)


def test_of_ten_who_accept_one_link_one_becomes_somebody(ada):
    _invitation, secret = invited(actor=ada)
    results = at_once(lambda number: accept(secret, f"noor{number}"), times=10, workers=10)
    refused = codes(results)
    assert len(refused) == 9
    assert set(refused) <= {"used", "has_account"}, "which one depends on what was seen of the winner"
    assert User.objects.count() == 2
    assert Activity.objects.filter(kind="invitation.accepted").count() == 1


def test_a_link_that_is_revoked_at_this_moment_makes_nobody(ada):
    invitation, secret = invited(actor=ada)
    with before_commit(lambda: accept(secret)) as rival:
        invitations.revoke(actor=ada, invitation=invitation)
    assert rival.result().code == "revoked"
    assert User.objects.count() == 1


def test_a_link_that_is_replaced_at_this_moment_makes_nobody(ada):
    invitation, secret = invited(actor=ada)
    with before_commit(lambda: accept(secret)) as rival:
        invitations.resend(actor=ada, invitation=invitation)
    assert rival.result().code == "unknown"
    assert accept(mailed_secret(invitation.email)).username == "noor"


def test_one_that_is_accepted_at_this_moment_is_neither_revoked_nor_sent_again(ada):
    for number, act in enumerate((invitations.revoke, invitations.resend)):
        invitation, secret = invited(actor=ada, email=f"noor{number}@example.com")
        with before_commit(lambda act=act, invitation=invitation: act(actor=ada, invitation=invitation)) as rival:
            accept(secret, f"noor{number}")
        assert rival.result().code == "not_open"


def test_an_address_that_somebody_gets_at_this_moment_makes_nobody_else(ada):
    _invitation, secret = invited(actor=ada)
    with before_commit(lambda: accept(secret)) as rival:
        people.create(actor=ada, username="other", email="noor@example.com", password=PASSWORD, role="staff")
    assert rival.result().code in ("already_exists", "has_account")
    assert User.objects.filter(email="noor@example.com").count() == 1
    assert Invitation.objects.get().is_open
