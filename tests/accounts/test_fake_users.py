"""manage.py create_fake_users: only adds, and can be run again."""

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands import create_fake_users
from accounts.models import Activity, User
from tests.factories import PASSWORD, UserFactory


def fakes():
    return User.objects.filter(username__startswith="fake-").order_by("pk")


def test_it_adds_clients_that_nobody_can_sign_in_as(ada, capsys):
    call_command("create_fake_users", count=3)
    assert [(person.role, person.has_usable_password()) for person in fakes()] == [("client", False)] * 3
    assert User.objects.filter(pk=ada.pk).exists()
    first = fakes()[0].username
    assert capsys.readouterr().out == f"Added 3 people, {first} to fake-{int(first[5:]) + 2}.\n"
    assert all(person.name and person.email == f"{person.username}@example.com" for person in fakes())


def test_a_role_and_a_password_can_be_given(db):
    call_command("create_fake_users", count=2, role="staff", password=PASSWORD)
    assert [(person.role, person.check_password(PASSWORD)) for person in fakes()] == [("staff", True)] * 2


def test_it_can_be_run_again_also_after_somebody_was_removed(ada):
    call_command("create_fake_users", count=3)
    fakes().last().delete()
    call_command("create_fake_users", count=3)
    assert fakes().count() == 5


@pytest.mark.django_db
def test_every_person_is_in_the_log():
    call_command("create_fake_users", count=2, role="admin")
    entries = Activity.objects.filter(kind="person.created").order_by("pk")
    assert [entry.person for entry in entries] == list(fakes())
    assert entries[0].details == {"role": ["", "admin"]}


@pytest.mark.django_db
def test_it_works_in_batches(monkeypatch):
    monkeypatch.setattr(create_fake_users, "BATCH", 2)
    call_command("create_fake_users", count=5)
    assert fakes().count() == 5


@pytest.mark.django_db
def test_what_cannot_be_done_is_refused_in_a_sentence():
    with pytest.raises(CommandError, match="count of 1 or more"):
        call_command("create_fake_users", count=0)
    with pytest.raises(CommandError, match="too short"):
        call_command("create_fake_users", count=1, password="short")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("create_fake_users", "--count=1", "--role=owner")
    taken = UserFactory()
    taken.username = f"fake-{taken.pk + 1}"
    taken.save()
    with pytest.raises(CommandError, match="This username already exists"):
        call_command("create_fake_users", count=2)
    assert fakes().count() == 1
