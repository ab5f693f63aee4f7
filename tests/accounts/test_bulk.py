"""Many people at once: told, done in one act, with reasons for whoever is left out."""

import pytest

from accounts.models import Activity, ApiSession, User
from accounts.services import bulk, people, tokens
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import UserFactory


@pytest.fixture
def crew(ada, sam, cleo) -> list[User]:
    return [ada, sam, cleo, UserFactory(username="old", is_active=False)]


def keys(persons) -> list[int]:
    return [person.pk for person in persons]


def reasons(plan) -> dict[int, str]:
    return {left.pk: left.code for left in plan.left_out}


def states() -> list[tuple]:
    return list(User.objects.order_by("pk").values_list("username", "role", "is_active"))


def test_a_preview_names_who_changes_and_who_is_left_out_and_changes_nothing(ada, sam, cleo, crew):
    before = states()
    plan = bulk.preview(actor=ada, ids=[*keys(crew), 999], role="client")
    assert plan.keys == [crew[3].pk, sam.pk]
    assert reasons(plan) == {ada.pk: "own_account", cleo.pk: "unchanged", 999: "not_found"}
    assert all(left.reason for left in plan.left_out)
    assert states() == before
    assert not Activity.objects.exists()


def test_a_role_is_given_to_everyone_who_can_have_it_each_with_a_line(ada, sam, cleo, crew):
    tokens.sign_in(person=sam)
    plan = bulk.change(actor=ada, ids=keys(crew), role="client")
    assert [row[1:] for row in states()] == [("admin", True), ("client", True), ("client", True), ("client", False)]
    lines = Activity.objects.filter(kind="person.role_changed").order_by("pk")
    assert [(line.actor, line.person_id) for line in lines] == [(ada, pk) for pk in sorted(plan.keys)]
    assert ApiSession.objects.get(user=sam).ended_because == "role_changed"


def test_deactivation_ends_every_sign_in_and_reactivation_revives_none(ada, sam, cleo, crew, page_of, api_of):
    page, script, bystander = page_of(sam), api_of(sam), page_of(ada)
    for active in (False, True):
        plan = bulk.change(actor=ada, ids=keys(crew), active=active)
        assert ada.pk in reasons(plan)
        assert page.get("/account/").status_code == 302
        assert script.get("/api/protected/").status_code == 401
    assert bystander.get("/account/").status_code == 200
    assert [row[2] for row in states()] == [True] * 4


def test_both_at_once_change_whoever_needs_either(ada, sam, cleo, crew):
    plan = bulk.change(actor=ada, ids=keys(crew), role="staff", active=True)
    assert set(plan.keys) == {cleo.pk, crew[3].pk}
    assert [row[1:] for row in states()] == [("admin", True), *[("staff", True)] * 3]


@pytest.mark.parametrize(
    ("call", "field", "code"),
    [
        ({"ids": [], "role": "staff"}, "ids", "nobody"),
        ({"ids": range(1, 502), "role": "staff"}, "ids", "too_many"),
        ({"ids": [1]}, None, "nothing_to_do"),
        ({"ids": [1], "role": "owner"}, "role", "unknown_role"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(call, field, code, ada, sam):
    for act in (bulk.preview, bulk.change):
        with pytest.raises(DomainError) as refusal:
            act(actor=ada, **call)
        assert (refusal.value.field, refusal.value.code) == (field, code)
    assert not Activity.objects.exists()


def test_all_the_people_of_the_limit_fit_and_nobody_counts_twice(ada):
    for number in range(3):
        UserFactory(username=f"many{number}")
    plan = bulk.change(actor=ada, ids=[*User.objects.values_list("pk", flat=True)] * 100, role="client")
    assert (len(plan.changed), len(plan.left_out)) == (3, 1)


def test_only_the_people_that_were_told_of_are_changed(ada, sam, cleo, crew):
    told = bulk.preview(actor=ada, ids=keys(crew), active=False)
    people.set_active(actor=ada, person=sam, active=False)
    before = states()
    with pytest.raises(Conflict) as refusal:
        bulk.change(actor=ada, ids=keys(crew), active=False, expected=told.keys)
    assert (refusal.value.code, states()) == ("changed", before)
    told = bulk.preview(actor=ada, ids=keys(crew), active=False)
    assert bulk.change(actor=ada, ids=keys(crew), active=False, expected=told.keys).keys == [cleo.pk]


def test_who_is_no_admin_any_more_changes_nobody(ada, sam, crew):
    User.objects.filter(pk=ada.pk).update(role="staff")
    with pytest.raises(NotAllowed) as refusal:
        bulk.change(actor=ada, ids=keys(crew), role="client")
    assert refusal.value.code == "permission_denied"
    assert User.objects.get(pk=sam.pk).role == "staff"


def test_one_who_breaks_off_the_act_breaks_it_for_all(ada, sam, cleo, crew, monkeypatch):
    switch = people.switch

    def fail(actor, person, active):
        if person == cleo:
            raise RuntimeError
        switch(actor, person, active)

    monkeypatch.setattr(people, "switch", fail)
    before = states()
    with pytest.raises(RuntimeError):
        bulk.change(actor=ada, ids=keys(crew), active=False)
    assert states() == before


def test_an_admin_who_takes_everything_from_everyone_stays_one(ada, crew):
    UserFactory.create_batch(3, role="admin")
    everyone = list(User.objects.values_list("pk", flat=True))
    bulk.change(actor=ada, ids=everyone, role="client", active=False)
    assert list(User.objects.active_admins()) == [ada]
