"""Another e-mail address of one's own: in force once it is confirmed, once, and not after what must end the link."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.utils import timezone

from accounts.models import Activity, Mail, User
from accounts.services import emails, passwords, people, resets
from site_config.lib.errors import Conflict, DomainError, Gone, Throttled
from tests.factories import PASSWORD, UserFactory
from tests.parallel import before_commit

NEW = "sam.reyes@example.com"


def token_for(person: User, email: str = NEW) -> str:
    return emails.token_of(User.objects.get(pk=person.pk), email)


def address_of(person: User) -> str:
    return User.objects.get(pk=person.pk).email


def test_asking_changes_nothing_but_tells_both_addresses(sam):
    assert emails.ask(actor=sam, email=" Sam.Reyes@Example.com ") == NEW
    assert address_of(sam) == "sam@example.com"
    link, warning = Mail.objects.order_by("pk")
    assert (link.kind, link.to, warning.kind, warning.to) == (
        "email_confirm", NEW, "email_change_asked", "sam@example.com"
    )  # fmt: skip
    start = f"{settings.SITE_URL}/account/email/confirm/"
    assert start in link.text
    assert start in link.html
    assert "confirm/" not in warning.text + warning.html
    assert NEW in warning.text
    line = Activity.objects.get()
    assert (line.kind, line.actor, line.person) == ("person.email_change_asked", sam, sam)
    assert line.details == {"email": ["sam@example.com", NEW]}
    token = link.text.split(start)[1].split("/")[0]
    assert emails.opened(token=token) == emails.Change(sam, NEW)


def test_confirming_changes_it_and_tells_the_old_address(sam):
    session = sam.get_session_auth_hash()
    emails.confirm(token=token_for(sam))
    assert address_of(sam) == NEW
    mail = Mail.objects.get()
    assert (mail.kind, mail.to, NEW in mail.text) == ("email_changed", "sam@example.com", True)
    line = Activity.objects.get()
    assert (line.kind, line.actor, line.person) == ("person.email_confirmed", sam, sam)
    assert line.details == {"email": ["sam@example.com", NEW]}
    assert User.objects.get(pk=sam.pk).get_session_auth_hash() == session


def test_a_link_works_once_even_when_the_address_comes_back(sam):
    token = token_for(sam)
    emails.confirm(token=token)
    with pytest.raises(Gone) as refusal:
        emails.confirm(token=token)
    assert (refusal.value.status, refusal.value.code) == (410, "link_dead")


ENDINGS = {
    "another password": lambda ada, sam: passwords.change(person=sam, current=PASSWORD, new="four words in a long row"),
    "a reset": lambda ada, sam: resets.complete(
        uid=sam.pk, token=resets.links.make_token(sam), new="four words in a long row"
    ),
    "signed out everywhere": lambda ada, sam: people.sign_out(actor=sam, person=sam),
    "another address": lambda ada, sam: people.edit(actor=ada, person=sam, email="third@example.com"),
    "deactivation": lambda ada, sam: people.set_active(actor=ada, person=sam, active=False),
    "deletion": lambda ada, sam: people.delete(actor=ada, person=sam, successor=ada),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_a_link_ends_with(what, ada, sam):
    token = token_for(sam)
    ENDINGS[what](ada, sam)
    for act in (emails.opened, emails.confirm):
        with pytest.raises(Gone):
            act(token=token)
    assert not User.objects.filter(email=NEW).exists()


def test_a_link_works_for_a_day_and_a_sign_in_does_not_end_it(sam, page_of):
    now = timezone.now()
    token = token_for(sam)
    page_of().post("/accounts/login/", {"login": "sam", "password": PASSWORD})
    with time_machine.travel(now + timedelta(hours=25)), pytest.raises(Gone):
        emails.confirm(token=token)
    with time_machine.travel(now + timedelta(hours=23)):
        emails.confirm(token=token)
    assert address_of(sam) == NEW


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "é", "\0", "x" * 5000])
def test_a_forged_link_changes_nothing(token, sam):
    with pytest.raises(Gone):
        emails.confirm(token=token)


def test_a_link_signed_for_something_else_or_changed_is_forged(ada, sam):
    state = emails.state_of(sam)
    other_salt = signing.dumps([sam.pk, NEW, state], salt="accounts.resets")
    anothers = signing.dumps([ada.pk, NEW, state], salt=emails.SALT)
    body, stamp, signature = token_for(sam).split(":")
    for token in (other_salt, anothers, f"{body}xx:{stamp}:{signature}", f"{body}:{stamp}0:{signature}"):
        with pytest.raises(Gone):
            emails.confirm(token=token)
    assert (address_of(sam), address_of(ada)) == ("sam@example.com", "ada@example.com")


def test_an_address_that_was_taken_meanwhile_is_a_conflict(sam):
    token = token_for(sam)
    UserFactory(username="kim", email=NEW.upper())
    with pytest.raises(Conflict) as refusal:
        emails.confirm(token=token)
    assert (refusal.value.status, refusal.value.code) == (409, "already_exists")
    assert address_of(sam) == "sam@example.com"
    assert not Activity.objects.exists()


def test_asking_does_not_tell_whether_somebody_has_the_address(ada, sam):
    assert emails.ask(actor=sam, email="ada@example.com") == "ada@example.com"
    assert emails.ask(actor=sam, email="nobody@example.com") == "nobody@example.com"


@pytest.mark.parametrize("email", ["", "nowhere", "a@b", "a b@example.com", "x" * 250 + "@example.com"])
def test_what_is_no_address_is_refused(email, sam):
    with pytest.raises(DomainError) as refusal:
        emails.ask(actor=sam, email=email)
    assert refusal.value.field == "email"
    assert not Mail.objects.exists()


def test_the_present_address_needs_no_change(sam):
    with pytest.raises(DomainError) as refusal:
        emails.ask(actor=sam, email="SAM@example.com")
    assert (refusal.value.field, refusal.value.code) == ("email", "unchanged")


def test_somebody_asks_five_times_an_hour(ada, sam):
    for number in range(5):
        emails.ask(actor=sam, email=f"sam{number}@example.com")
    with pytest.raises(Throttled) as refusal:
        emails.ask(actor=sam, email=NEW)
    assert 3590 < refusal.value.wait <= 3600
    emails.ask(actor=ada, email=NEW)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        emails.ask(actor=sam, email=NEW)


def test_by_password_takes_the_right_one_and_five_wrong_ones(sam):
    for _try in range(5):
        with pytest.raises(DomainError) as refusal:
            emails.ask_by_password(actor=sam, email=NEW, current="wrong")
        assert refusal.value.field == "current_password"
    with pytest.raises(Throttled):
        emails.ask_by_password(actor=sam, email=NEW, current=PASSWORD)
    assert not Mail.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_one_address_at_once_the_second_is_refused(ada, sam):
    hers, his = token_for(ada), token_for(sam)
    with before_commit(lambda: emails.confirm(token=his)) as rival:
        emails.confirm(token=hers)
    assert rival.result().code == "already_exists"
    assert (address_of(ada), address_of(sam)) == (NEW, "sam@example.com")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_link_confirmed_while_the_password_changes_is_dead(sam):
    token = token_for(sam)
    with before_commit(lambda: emails.confirm(token=token)) as rival:
        passwords.change(person=sam, current=PASSWORD, new="four words in a long row")
    assert rival.result().code == "link_dead"
    assert address_of(sam) == "sam@example.com"
