"""The same call under the same key happens once, whatever runs at once and whoever dies in between."""

from datetime import timedelta
from threading import Event
from unittest.mock import patch

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from accounts.models import KeptAnswer, User
from accounts.services import housekeeping, idempotency
from accounts.services.idempotency import Answer, KeyReused
from site_config.lib.errors import Conflict, DomainError
from tests.factories import UserFactory
from tests.parallel import at_once


def calls(made: list, status: int = 201):
    """An act that leaves a person behind, and says how many times it ran."""

    def act() -> Answer:
        made.append(UserFactory())
        return Answer(status, f'{{"run": {len(made)}}}', {"ETag": '"1"'})

    return act


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer_and_nothing_happens_again(sam):
    made: list[User] = []
    first = idempotency.once(person=sam, key="k", call="a", act=calls(made))
    again = idempotency.once(person=sam, key="k", call="a", act=calls(made))
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.status, again.body, again.headers) == (201, '{"run": 1}', {"ETag": '"1"'})
    assert len(made) == 1


@pytest.mark.django_db
def test_another_call_under_a_used_key_is_refused(sam):
    idempotency.once(person=sam, key="k", call="a", act=calls([]))
    with pytest.raises(KeyReused) as refusal:
        idempotency.once(person=sam, key="k", call="b", act=calls([]))
    assert (refusal.value.status, refusal.value.code) == (422, "idempotency_key_reused")


@pytest.mark.django_db
def test_a_key_belongs_to_one_person(sam, ada):
    made: list[User] = []
    idempotency.once(person=sam, key="k", call="a", act=calls(made))
    assert not idempotency.once(person=ada, key="k", call="a", act=calls(made)).replayed
    assert len(made) == 2


@pytest.mark.django_db
def test_what_was_refused_frees_the_key_and_leaves_nothing(sam):
    def refused() -> Answer:
        UserFactory(username="half")
        raise DomainError("No.", code="no")

    with pytest.raises(DomainError, match=r"No\."):
        idempotency.once(person=sam, key="k", call="a", act=refused)
    assert not User.objects.filter(username="half").exists()
    assert not idempotency.once(person=sam, key="k", call="mended", act=calls([])).replayed


@pytest.mark.django_db
def test_a_twin_that_still_runs_is_a_conflict(sam):
    assert str(idempotency.claim(sam, "k", "a")) == "k"
    with pytest.raises(Conflict) as refusal:
        idempotency.once(person=sam, key="k", call="a", act=calls([]))
    assert refusal.value.code == "idempotency_in_progress"


@pytest.mark.django_db
def test_a_claim_that_a_dead_call_left_is_taken_over_and_the_dead_can_store_nothing(sam):
    dead = idempotency.claim(sam, "k", "a")
    KeptAnswer.objects.update(claimed_at=timezone.now() - idempotency.ABANDONED - timedelta(seconds=1))
    made: list[User] = []
    assert idempotency.once(person=sam, key="k", call="a", act=calls(made)).body == '{"run": 1}'
    with pytest.raises(Conflict), transaction.atomic():
        UserFactory(username="ghost")
        idempotency.store(dead, Answer(201, "late"))
    assert not User.objects.filter(username="ghost").exists()
    assert KeptAnswer.objects.get().body == '{"run": 1}'


@pytest.mark.django_db
def test_only_one_takes_a_left_claim_over(sam):
    left = idempotency.claim(sam, "k", "a")
    KeptAnswer.objects.update(claimed_at=timezone.now() - timedelta(minutes=5))
    # What this one reads is what a rival has just raised.
    with patch.object(idempotency, "mine", lambda kept: KeptAnswer.objects.none()), pytest.raises(Conflict):
        idempotency.claim(sam, "k", "a")
    assert KeptAnswer.objects.get().attempt == left.attempt


@pytest.mark.django_db
def test_a_key_whose_call_was_refused_in_between_is_a_conflict_not_a_fault(sam):
    idempotency.claim(sam, "k", "a")
    with patch.object(KeptAnswer.objects, "filter", lambda **where: KeptAnswer.objects.none()), pytest.raises(Conflict):
        idempotency.claim(sam, "k", "a")


@pytest.mark.django_db
def test_an_answer_is_kept_for_a_day(sam):
    made: list[User] = []
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        idempotency.once(person=sam, key="k", call="a", act=calls(made))
        clock.shift(timedelta(hours=23, minutes=59))
        assert idempotency.once(person=sam, key="k", call="a", act=calls(made)).replayed
        assert housekeeping.clean()["kept_answers"] == 0
        clock.shift(timedelta(minutes=2))
        assert not idempotency.once(person=sam, key="k", call="b", act=calls(made)).replayed
        clock.shift(timedelta(hours=25))
        assert housekeeping.clean()["kept_answers"] == 1
    assert len(made) == 2


def test_the_fingerprint_tells_bodies_apart_and_keeps_none():
    secret = "correct horse"
    assert idempotency.fingerprint("/a/", secret) == idempotency.fingerprint("/a/", secret)
    assert idempotency.fingerprint("/a/", secret) != idempotency.fingerprint("/a/", "other")
    assert secret not in idempotency.fingerprint("/a/", secret)


# --- At once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_calls_at_once_happen_once():
    sam, made = UserFactory(username="sam"), []
    outcomes = at_once(lambda number: idempotency.once(person=sam, key="k", call="a", act=calls(made)), times=20)
    assert len(made) == 1
    assert User.objects.count() == 2
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert {refusal.code for refusal in refused} <= {"idempotency_in_progress"}
    assert {outcome.body for outcome in outcomes if isinstance(outcome, Answer)} == {'{"run": 1}'}


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_twins_would_both_happen():
    """The proof that the claim is what holds them: with one key each, the same twins happen twice."""
    sam, made = UserFactory(username="sam"), []
    at_once(lambda n: idempotency.once(person=sam, key=f"k{n}", call="a", act=calls(made)), times=2, workers=2)
    assert len(made) == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_twin_is_told_to_wait_while_the_first_runs_and_gets_its_answer_afterwards():
    sam, made = UserFactory(username="sam"), []
    running, go_on = Event(), Event()

    def slow() -> Answer:
        running.set()
        assert go_on.wait(30)
        return calls(made)()

    def twin(number: int):
        if number == 0:
            return idempotency.once(person=sam, key="k", call="a", act=slow)
        assert running.wait(30)
        with pytest.raises(Conflict):
            idempotency.once(person=sam, key="k", call="a", act=calls(made))
        go_on.set()
        return None

    if transaction.get_connection().vendor == "sqlite":
        # There a writer holds the whole database: the twin waits instead of being told, so it must not be asked to.
        go_on.set()
        assert idempotency.once(person=sam, key="k", call="a", act=slow).status == 201
    else:
        at_once(twin, times=2, workers=2)
    assert idempotency.once(person=sam, key="k", call="a", act=calls(made)).replayed
    assert len(made) == 1
