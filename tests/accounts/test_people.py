"""Who may sign in and as what: each refusal beside its success."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError

from accounts.models import Activity, ApiSession, User
from accounts.services import activity, people, tokens
from products.models import Product
from site_config.lib.errors import Conflict, DomainError, Invalid, NotAllowed
from tests.factories import PASSWORD, ProductFactory, UserFactory


@pytest.fixture
def bea(db) -> User:
    return UserFactory(username="bea", name="Bea Lind", role="admin")


def new(actor, **fields):
    values = {"username": "dan", "email": "Dan@Example.com", "password": PASSWORD, "role": "staff", **fields}
    return people.create(actor=actor, **values)


def test_creating_a_person_gives_a_role_and_a_password(ada, sam):
    person = new(ada, name="Dan", phone="+44 20 7946 0123")
    person.refresh_from_db()
    assert (person.username, person.email, person.role, person.name) == ("dan", "dan@example.com", "staff", "Dan")
    assert person.check_password(PASSWORD)
    line = Activity.objects.get()
    assert (line.kind, line.actor, line.person, line.details) == (
        "person.created",
        ada,
        person,
        {"role": ["", "staff"]},
    )


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"username": "SAM"}, "username", "already_exists"),
        ({"email": "SAM@example.com"}, "email", "already_exists"),
        ({"username": "no spaces"}, "username", "invalid"),
        ({"email": "nowhere"}, "email", "invalid"),
        ({"role": "owner"}, "role", "invalid"),
        ({"phone": "call me"}, "phone", "invalid"),
        ({"name": "x" * 121}, "name", "invalid"),
        ({"password": "short"}, "password", "weak_password"),
        ({"password": "password1234"}, "password", "weak_password"),
        ({"password": "dan@example.com"}, "password", "weak_password"),
    ],
)
def test_a_person_who_breaks_a_rule_is_not_created(fields, field, code, ada, sam):
    with pytest.raises(DomainError) as refusal:
        new(ada, **fields)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert User.objects.count() == 2
    assert not Activity.objects.exists()


def test_several_broken_rules_are_told_at_once(ada):
    with pytest.raises(Invalid) as refusal:
        new(ada, username="no spaces", phone="call me")
    assert set(refusal.value.fields) == {"username", "phone"}


def test_editing_changes_only_the_fields_given_and_writes_down_which(ada, sam, cleo):
    people.edit(actor=ada, person=sam, name="Samuel", email="Sam@New.example", role="admin", password="x")
    sam.refresh_from_db()
    assert (sam.name, sam.email, sam.role) == ("Samuel", "sam@new.example", "staff")
    assert sam.check_password(PASSWORD)
    details = {"name": ["Sam Reyes", "Samuel"], "email": ["sam@example.com", "sam@new.example"]}
    assert Activity.objects.get().details == details
    cleo.refresh_from_db()
    assert cleo.name == "Cleo Martin"


def test_saving_without_a_change_leaves_no_trace(ada, sam):
    people.edit(actor=ada, person=sam, name="Sam Reyes", email="SAM@example.com")
    assert not Activity.objects.exists()


def test_editing_into_somebody_elses_name_is_refused(ada, sam):
    with pytest.raises(DomainError) as refusal:
        people.edit(actor=ada, person=sam, username="Ada", name="New")
    assert (refusal.value.field, refusal.value.code) == ("username", "already_exists")
    sam.refresh_from_db()
    assert (sam.username, sam.name) == ("sam", "Sam Reyes")


def test_editing_into_something_malformed_is_refused(ada, sam):
    with pytest.raises(Invalid) as refusal:
        people.edit(actor=ada, person=sam, theme="purple")
    assert list(refusal.value.fields) == ["theme"]


def test_a_new_role_ends_the_api_sign_ins_of_that_person_only(ada, sam, cleo):
    tokens.sign_in(person=sam)
    tokens.sign_in(person=cleo)
    people.change_role(actor=ada, person=sam, role="client")
    sam.refresh_from_db()
    assert sam.role == "client"
    ended = {session.user: session.ended_because for session in ApiSession.objects.all()}
    assert ended == {sam: "role_changed", cleo: ""}
    assert Activity.objects.latest("id").details == {"role": ["staff", "client"]}


def test_the_role_one_has_is_no_change(ada, sam):
    tokens.sign_in(person=sam)
    people.change_role(actor=ada, person=sam, role="staff")
    assert ApiSession.objects.get().ended_at is None


def test_nobody_changes_their_own_role_even_with_another_admin_there(ada, bea):
    with pytest.raises(NotAllowed) as refusal:
        people.change_role(actor=ada, person=ada, role="staff")
    assert (refusal.value.field, refusal.value.code) == ("role", "own_role")
    people.change_role(actor=bea, person=ada, role="staff")
    ada.refresh_from_db()
    assert ada.role == "staff"


def test_an_unknown_role_is_refused(ada, sam):
    with pytest.raises(DomainError) as refusal:
        people.change_role(actor=ada, person=sam, role="owner")
    assert (refusal.value.field, refusal.value.code) == ("role", "unknown_role")


def test_who_is_no_admin_any_more_manages_nobody(ada, bea, sam):
    User.objects.filter(pk=ada.pk).update(role="staff")
    for act in (
        lambda: people.change_role(actor=ada, person=sam, role="client"),
        lambda: people.set_active(actor=ada, person=sam, active=False),
        lambda: people.delete(actor=ada, person=sam, successor=bea),
    ):
        with pytest.raises(NotAllowed) as refusal:
            act()
        assert refusal.value.code == "permission_denied"
    sam.refresh_from_db()
    assert (sam.role, sam.is_active) == ("staff", True)


def test_the_last_active_admin_stays_active(ada, sam):
    UserFactory(role="admin", is_active=False)
    with pytest.raises(Conflict) as refusal:
        people.set_active(actor=ada, person=ada, active=False)
    assert refusal.value.code == "last_admin"
    ada.refresh_from_db()
    assert (ada.is_active, ada.session_epoch) == (True, 0)


def test_one_of_two_admins_may_be_demoted_deactivated_or_deleted(ada, bea, sam):
    people.set_active(actor=ada, person=bea, active=False)
    people.set_active(actor=ada, person=bea, active=True)
    people.change_role(actor=ada, person=bea, role="client")
    people.delete(actor=ada, person=bea, successor=sam)
    assert set(User.objects.all()) == {ada, sam}


def test_deactivation_ends_every_sign_in_and_reactivation_revives_none(ada, sam, cleo, page_of, api_of):
    page, script, others = page_of(sam), api_of(sam), page_of(cleo)
    people.set_active(actor=ada, person=sam, active=False)
    for active in (False, True):
        people.set_active(actor=ada, person=sam, active=active)
        assert page.get("/account/").status_code == 302
        assert script.get("/api/protected/").status_code == 401
    assert others.get("/account/").status_code == 200
    kinds = Activity.objects.filter(person=sam).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["api.signed_in", "person.deactivated", "person.reactivated"]


def test_update_does_all_of_it_or_nothing(ada, sam, cleo):
    with pytest.raises(Conflict):
        people.update(actor=ada, person=ada, name="Changed", is_active=False)
    with pytest.raises(NotAllowed):
        people.update(actor=ada, person=ada, name="Changed", role="staff")
    ada.refresh_from_db()
    assert ada.name == "Ada Okafor"
    person = people.update(actor=ada, person=sam, name="Samuel", role="client", is_active=False)
    assert (person.name, person.role, person.is_active) == ("Samuel", "client", False)
    assert people.update(actor=ada, person=ada, name="Ada", role="admin", is_active=True).name == "Ada"
    assert people.update(actor=ada, person=cleo, name="C").role == "client"


def test_deletion_hands_over_and_keeps_the_names_in_the_log(ada, sam, cleo, monkeypatch):
    calls = []
    monkeypatch.setattr(people, "successions", [lambda **given: calls.append(given)])
    people.edit(actor=sam, person=sam, name="Sam R")
    people.delete(actor=ada, person=sam, successor=cleo)
    assert [(call["actor"], call["successor"]) for call in calls] == [(ada, cleo)]
    assert set(User.objects.all()) == {ada, cleo}
    lines = {line.kind: line for line in Activity.objects.all()}
    assert (lines["person.edited"].actor, lines["person.edited"].actor_name) == (None, "Sam Reyes")
    assert lines["person.deleted"].details == {"successor": ["Sam R", "Cleo Martin"]}


@pytest.mark.parametrize("who", ["nobody", "themselves", "a deactivated person", "a deleted person"])
def test_deletion_needs_an_active_successor(who, ada, sam, cleo):
    gone = UserFactory()
    User.objects.filter(pk=gone.pk).delete()
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    successor = {"nobody": None, "themselves": sam, "a deactivated person": cleo, "a deleted person": gone}[who]
    with pytest.raises(DomainError) as refusal:
        people.delete(actor=ada, person=sam, successor=successor)
    assert (refusal.value.field, refusal.value.code) == ("successor", "successor")
    assert User.objects.filter(pk=sam.pk).exists()


def test_nobody_deletes_their_own_account(ada, bea, sam):
    with pytest.raises(NotAllowed) as refusal:
        people.delete(actor=ada, person=ada, successor=sam)
    assert refusal.value.code == "own_account"
    assert User.objects.filter(pk=ada.pk).exists()


def test_a_person_who_still_owns_something_is_not_deleted(ada, sam, cleo, monkeypatch):
    monkeypatch.setattr(people, "successions", [])
    ProductFactory(owner=sam)
    with pytest.raises(Conflict) as refusal:
        people.delete(actor=ada, person=sam, successor=cleo)
    assert refusal.value.code == "still_owns"
    assert User.objects.filter(pk=sam.pk).exists()


def test_products_go_to_the_successor(ada, sam, cleo, mug):
    stool = ProductFactory(owner=sam)
    people.delete(actor=ada, person=sam, successor=cleo)
    assert {product.pk: product.owner for product in Product.objects.select_related("owner")} == {
        mug.pk: ada,
        stool.pk: cleo,
    }


def test_what_only_the_database_sees_stops_a_deletion_too(ada, sam, cleo, monkeypatch):
    """PostgreSQL is asked before the commit; test_people_races.py has the rival that makes it refuse."""

    def refuse():
        raise IntegrityError("violates foreign key constraint")

    monkeypatch.setattr(people, "connection", SimpleNamespace(vendor="postgresql", check_constraints=refuse))
    with pytest.raises(Conflict) as refusal:
        people.delete(actor=ada, person=sam, successor=cleo)
    assert refusal.value.code == "still_owns"
    assert User.objects.filter(pk=sam.pk).exists()


def test_acts_on_somebody_who_was_deleted_a_moment_ago_are_refused(ada, sam, cleo):
    User.objects.filter(pk=sam.pk).delete()
    for act in (
        lambda: people.edit(actor=ada, person=sam, name="x"),
        lambda: people.change_role(actor=ada, person=sam, role="client"),
        lambda: people.set_active(actor=ada, person=sam, active=False),
        lambda: people.delete(actor=ada, person=sam, successor=cleo),
    ):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.code == "deleted"


def test_the_log_reads_as_sentences(ada, sam, cleo):
    people.change_role(actor=ada, person=sam, role="client")
    people.edit(actor=sam, person=sam, phone="+44 20 7946 0123", name="S")
    activity.record("site.tidied", actor=None, person=sam)
    people.edit(actor=ada, person=cleo, name="C")
    lines = [(line.sentence, line.by_another, line.icon) for line in activity.recent(sam)]
    assert lines == [
        ("site.tidied", "", "history"),
        ("Profile changed: name, phone", "", "edit"),
        ("Role changed from Staff to Client", "Ada Okafor", "shield"),
    ]
    assert str(activity.recent(sam, limit=1)[0]) == "site.tidied Sam Reyes"
