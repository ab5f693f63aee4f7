"""A person: one spelling, one role, and no flags beside it."""

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.models.user import fold
from tests.factories import PASSWORD, UserFactory


@pytest.mark.parametrize("field", ["username", "email"])
def test_a_name_or_address_is_unique_whatever_its_case(field, ada, sam):
    taken = {"username": "ADA", "email": "Ada@Example.com"}[field]
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=sam.pk).update(**{field: taken})
    User.objects.filter(pk=sam.pk).update(**{field: f"new-{taken}"})
    assert User.objects.filter(**{f"{field}__iexact": taken}).get() == ada


def test_a_role_outside_the_three_cannot_be_stored(ada, sam):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=sam.pk).update(role="owner")


@pytest.mark.parametrize("name", ["аda", "ada@example.com", "-ada", "ada lovelace", "ada\nx", "Ålesund", "a" * 65, ""])
def test_a_name_that_could_pass_for_another_is_refused(name, ada):
    with pytest.raises(ValidationError) as refusal:
        User.objects.create_user(name, "other@example.com", PASSWORD)
    assert set(refusal.value.message_dict) == {"username"}


def test_a_plain_name_is_taken_in_one_spelling(ada):
    person = User.objects.create_user(" ａda.2 ", "Ada.Two@Example.COM ", PASSWORD)
    assert (person.username, person.email, person.role) == ("ada.2", "ada.two@example.com", "client")
    assert person.check_password(PASSWORD)


def test_createsuperuser_makes_an_admin(db, monkeypatch, sam):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", username="root", email="root@example.com", verbosity=0)
    person = User.objects.get(username="root")
    assert (person.role, person.is_active) == ("admin", True)
    assert not hasattr(person, "is_superuser")


@pytest.mark.parametrize("typed", ["ada", "ADA", " Ada ", "ada@example.com", "ADA@EXAMPLE.COM", "ａｄａ"])
def test_a_person_is_found_by_any_spelling_of_name_or_address(typed, ada, sam):
    assert User.objects.identified_by(typed) == ada


@pytest.mark.parametrize("typed", ["ad", "ada%", "a_a", "", "ada@example", "ada@example.com.example"])
def test_nobody_is_found_by_a_part_or_a_pattern(typed, ada, sam):
    assert User.objects.identified_by(typed) is None


def test_the_natural_key_ignores_case(ada, sam):
    assert get_user_model().objects.get_by_natural_key("ADA") == ada
    with pytest.raises(User.DoesNotExist):
        get_user_model().objects.get_by_natural_key(None)


def test_fold_gives_one_spelling():
    assert fold(" Straße@EXAMPLE.com") == "strasse@example.com"


def test_active_admins_are_admins_who_are_active(ada, sam):
    UserFactory(role="admin", is_active=False)
    assert list(User.objects.active_admins()) == [ada]


def test_raising_the_epoch_changes_what_sessions_are_signed_with(ada):
    before = ada.get_session_auth_hash()
    ada.session_epoch += 1
    assert ada.get_session_auth_hash() != before


@pytest.mark.parametrize(
    ("name", "username", "initials"),
    [("Ada Okafor", "ada", "AO"), ("", "ben.stone", "BS"), ("Cher", "cher", "C"), ("Ana Maria de Sá", "x", "AM")],
)
def test_initials_come_from_the_name_or_else_the_username(name, username, initials):
    person = User(name=name, username=username)
    assert (person.initials, str(person)) == (initials, name or username)


def test_the_role_reads_as_a_word(ada):
    assert str(ada.role_label) == "Admin"
