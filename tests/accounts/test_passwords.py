"""Changing one's own password: only who knows the old one, and everything else ends."""

import pytest
from django.core.cache import cache

from accounts.models import Activity, ApiSession, Mail, User
from accounts.services import passwords, tokens
from site_config.lib.errors import DomainError, Throttled
from tests.factories import PASSWORD

NEW = "four unrelated words together"


def test_a_new_password_replaces_the_old_one_and_ends_every_api_sign_in(ada, sam):
    tokens.sign_in(person=sam)
    tokens.sign_in(person=ada)
    passwords.change(person=sam, current=PASSWORD, new=NEW)
    sam.refresh_from_db()
    assert (sam.check_password(NEW), sam.check_password(PASSWORD)) == (True, False)
    ended = {session.user: session.ended_because for session in ApiSession.objects.all()}
    assert ended == {sam: "password_changed", ada: ""}
    line = Activity.objects.get(kind="person.password_changed")
    assert (line.actor, line.person, line.details) == (sam, sam, {})


@pytest.mark.parametrize(
    ("current", "new", "field", "code"),
    [
        ("wrong", NEW, "current_password", "wrong_password"),
        (PASSWORD.upper(), NEW, "current_password", "wrong_password"),
        (PASSWORD, "short", "new_password", "weak_password"),
        (PASSWORD, "passwordpassword", "new_password", "weak_password"),
        (PASSWORD, "sam@example.com", "new_password", "weak_password"),
    ],
)
def test_a_refused_change_leaves_the_old_password_and_the_sign_ins(current, new, field, code, ada, sam):
    tokens.sign_in(person=sam)
    with pytest.raises(DomainError) as refusal:
        passwords.change(person=sam, current=current, new=new)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    sam.refresh_from_db()
    assert sam.check_password(PASSWORD)
    assert ApiSession.objects.get().ended_at is None


@pytest.mark.parametrize("new", ["  spaces around it  ", "пароль из многих слов", "emoji 🗝️🗝️🗝️🗝️🗝️", ' !"§$%&/()=?`{[]}\\'])
def test_any_long_password_is_taken_exactly_as_typed(new, sam):
    passwords.change(person=sam, current=PASSWORD, new=new)
    assert sam.check_password(new)
    assert not sam.check_password(new.strip() if new != new.strip() else new[:-1])


def test_after_five_wrong_tries_even_the_right_password_waits(ada, sam):
    for _try in range(5):
        with pytest.raises(DomainError) as refusal:
            passwords.change(person=sam, current="wrong", new=NEW)
        assert not isinstance(refusal.value, Throttled)
    with pytest.raises(Throttled) as throttled:
        passwords.change(person=sam, current=PASSWORD, new=NEW)
    assert (throttled.value.wait, throttled.value.status) == (900, 429)
    passwords.change(person=ada, current=PASSWORD, new=NEW)
    cache.clear()  # as after fifteen minutes
    passwords.change(person=sam, current=PASSWORD, new=NEW)


def test_a_change_forgets_the_wrong_tries(sam):
    for current in ["wrong"] * 4 + [PASSWORD]:
        try:
            passwords.change(person=sam, current=current, new=NEW)
        except DomainError:
            continue
    for _try in range(5):
        with pytest.raises(DomainError) as refusal:
            passwords.change(person=sam, current="wrong", new=NEW)
        assert refusal.value.code == "wrong_password"


def test_a_count_that_runs_out_in_between_begins_anew(monkeypatch):
    monkeypatch.setattr(passwords.cache, "add", lambda *given: False)
    assert passwords.tries("gone") == 1


def test_of_two_who_know_the_old_password_the_second_is_refused(sam):
    first, second = User.objects.get(pk=sam.pk), User.objects.get(pk=sam.pk)  # both read before either wrote
    passwords.change(person=first, current=PASSWORD, new=NEW)
    with pytest.raises(DomainError) as refusal:
        passwords.change(person=second, current=PASSWORD, new="other unrelated words here")
    assert refusal.value.code == "wrong_password"
    sam.refresh_from_db()
    assert sam.check_password(NEW)


def test_a_change_is_told_by_mail(sam):
    with pytest.raises(DomainError):
        passwords.change(person=sam, current="wrong", new=NEW)
    assert not Mail.objects.exists()
    passwords.change(person=sam, current=PASSWORD, new=NEW)
    mail = Mail.objects.get()
    assert (mail.kind, mail.to, mail.person) == ("password_changed", "sam@example.com", sam)
    assert NEW not in mail.text + mail.html
