"""The list of people, what it says of each, and the file of it."""

from datetime import UTC, datetime

from allauth.mfa.models import Authenticator
from django.utils import timezone, translation

from accounts.models import Activity, Invitation, User
from accounts.services import activity, directory, people
from tests.accounts.test_people_api_list import lock
from tests.factories import UserFactory


def factor(person, kind="totp"):
    return Authenticator.objects.create(user=person, type=kind, data={})


def names(rows) -> set[str]:
    return {person.username for person in rows}


def test_people_are_found_by_whether_they_have_a_second_factor(ada, sam, cleo):
    factor(ada)
    factor(ada, "webauthn")
    factor(sam, "recovery_codes")
    assert names(directory.found(factor="any")) == {"ada"}
    assert names(directory.found(factor="none")) == {"sam", "cleo"}
    assert names(directory.found(factor="none", role="client")) == {"cleo"}
    assert names(directory.found()) == {"ada", "sam", "cleo"}


def test_second_factors_are_named_in_one_query(ada, sam, cleo, django_assert_num_queries):
    for kind in ("totp", "webauthn", "webauthn"):
        factor(ada, kind)
    factor(sam, "webauthn")
    factor(cleo, "recovery_codes")
    with django_assert_num_queries(1):
        found = directory.factors_of([ada, sam, cleo])
    assert found == {ada.pk: "Authenticator app, Passkey", sam.pk: "Passkey"}


def test_facts_tell_of_the_password_the_factor_and_who_invited(ada, sam, cleo):
    assert directory.facts(sam) == directory.Facts("", None, "")
    factor(sam)
    activity.record("person.password_changed", actor=sam, person=sam)
    latest = activity.record("person.password_reset", actor=sam, person=sam)
    activity.record("person.password_changed", actor=cleo, person=cleo)
    now = timezone.now()
    Invitation.objects.create(
        email="sam@example.com", digest="x", invited_by=ada, invited_by_name="Ada Okafor", person=sam,
        sent_at=now, expires_at=now, accepted_at=now,
    )  # fmt: skip
    assert directory.facts(sam) == directory.Facts("Authenticator app", latest.at, "Ada Okafor")


def test_obstacles_name_what_would_be_refused(ada, sam, cleo):
    own, other = (directory.obstacles(actor=ada, person=person) for person in (ada, sam))
    assert (own.role, own.delete) == (people.own_role(), people.own_account())
    assert own.deactivate == people.last_admin()
    assert (other.role, other.deactivate, other.delete) == ("", "", "")
    UserFactory(role="admin")
    assert directory.obstacles(actor=ada, person=ada).deactivate == ""


# --- The file


def exported(actor, **options) -> list[list[str]]:
    return list(directory.export(actor=actor, **options))


def test_the_file_holds_every_column_of_each_person_of_the_list(ada, sam, cleo):
    factor(sam)
    lock(sam)
    moment = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    User.objects.filter(pk=sam.pk).update(phone="+44 20 7946 0123", last_login=moment, created_at=moment)
    User.objects.filter(pk=cleo.pk).update(is_active=False, created_at=moment)
    header, *rows = exported(ada)
    assert header == [
        "Username", "Name", "Email address", "Phone", "Role", "Status", "Two-step", "Last sign-in", "Added",
    ]  # fmt: skip
    assert [row[0] for row in rows] == ["ada", "cleo", "sam"]
    assert rows[1][4:] == ["Client", "Deactivated", "", "", "2026-11-02 09:00:00Z"]
    assert rows[2] == [
        "sam", "Sam Reyes", "sam@example.com", "+44 20 7946 0123", "Staff", "Locked", "Authenticator app",
        "2026-11-02 09:00:00Z", "2026-11-02 09:00:00Z",
    ]  # fmt: skip
    assert rows[0][5] == "Active"


def test_the_file_is_narrowed_and_ordered_as_asked_and_written_down(ada, sam, cleo):
    User.objects.filter(pk=cleo.pk).update(last_login=timezone.now())
    rows = exported(ada, order="-seen", factor="none", q="e")
    assert [row[0] for row in rows[1:]] == ["cleo", "sam", "ada"]
    line = Activity.objects.get(kind="people.exported")
    assert (line.actor, line.person, line.details) == (ada, None, {"filter": ["", "factor=none q=e"], "count": ["", 3]})


def test_a_long_file_is_read_a_batch_at_a_time(ada, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(directory, "BATCH", 4)
    UserFactory.create_batch(7)
    with django_assert_num_queries(6):  # the log, its count, the locks, the rows, and the factors of each batch
        assert len(exported(ada)) == 9


def test_the_file_speaks_the_language_of_who_asked_for_it(ada):
    with translation.override("es"):
        rows = directory.export(actor=ada)
    assert "Administr" in next(row for row in rows if row[0] == "ada")[4]
