"""Two admins at once. Row locks keep the rule on PostgreSQL; on SQLite writers take turns, to the same outcome."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.models.signals import pre_delete

from accounts.models import User
from accounts.services import activity, bulk, people
from products.models import Product
from site_config.lib.errors import Conflict, DomainError
from tests.factories import PASSWORD, ProductFactory, UserFactory
from tests.parallel import SECONDS, at_once, before_commit, outcome

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bea() -> User:
    return UserFactory(username="bea", name="Bea Lind", role="admin")


def demote(actor, person):
    return people.change_role(actor=actor, person=person, role="staff")


def test_two_admins_who_demote_each_other_leave_one(ada, bea):
    with before_commit(lambda: demote(bea, ada)) as rival:
        demote(ada, bea)
    assert (rival.result().code, rival.result().status) == ("permission_denied", 403)
    assert list(User.objects.active_admins()) == [ada]


def test_it_is_the_lock_that_leaves_one(ada, bea, monkeypatch):
    """The same act with the lock taken away: on PostgreSQL nobody is left; on SQLite writers still take turns."""
    monkeypatch.setattr(people, "rows_to_change", lambda: User.objects.order_by("pk"))
    locks_rows = connection.vendor == "postgresql"
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            demote(ada, bea)
            rival = pool.submit(outcome, lambda: demote(bea, ada))
            if locks_rows:
                rival.result(SECONDS)
        refused = isinstance(rival.result(SECONDS), DomainError)
    assert (refused, User.objects.active_admins().count()) == ((False, 0) if locks_rows else (True, 1))


@pytest.mark.parametrize("act", ["demote", "deactivate", "delete", "update"])
def test_admins_who_all_turn_on_each_other_leave_one(act, ada, bea, sam):
    admins = [ada, bea, UserFactory(role="admin"), UserFactory(role="admin")]

    def strike(number: int):
        actor, person = admins[number], admins[(number + 1) % len(admins)]
        return {
            "demote": lambda: demote(actor, person),
            "deactivate": lambda: people.set_active(actor=actor, person=person, active=False),
            "delete": lambda: people.delete(actor=actor, person=person, successor=sam),
            "update": lambda: people.update(actor=actor, person=person, name="Struck", role="client"),
        }[act]()

    results = at_once(strike, times=4, workers=4)
    assert User.objects.active_admins().count() >= 1
    assert {result.code for result in results if isinstance(result, DomainError)} <= {
        "permission_denied",
        "deleted",
        "last_admin",
    }


def test_admins_who_demote_each_other_by_the_dozen_leave_one(ada, bea):
    """Two halves at once: each admin takes the role of the other and of the other's whole half."""
    halves = [[ada, *UserFactory.create_batch(4, role="admin")], [bea, *UserFactory.create_batch(4, role="admin")]]

    def strike(number: int):
        mine, theirs = halves[number], halves[1 - number]
        return bulk.change(actor=mine[0], ids=[person.pk for person in theirs], role="staff")

    results = at_once(strike, times=2, workers=2)
    refused = [result for result in results if isinstance(result, DomainError)]
    assert [refusal.code for refusal in refused] == ["permission_denied"]
    winners = halves[next(n for n, result in enumerate(results) if not isinstance(result, DomainError))]
    assert set(User.objects.active_admins()) == set(winners)


def test_it_is_the_lock_on_admins_that_stops_the_second_half(ada, bea):
    with before_commit(lambda: bulk.change(actor=bea, ids=[ada.pk], active=False)) as rival:
        bulk.change(actor=ada, ids=[bea.pk], role="staff")
    assert (rival.result().code, rival.result().status) == ("permission_denied", 403)
    assert list(User.objects.active_admins()) == [ada]


def test_bulk_and_single_acts_never_deadlock(ada, bea, sam):
    staff = UserFactory.create_batch(6)

    def act(number: int):
        if number % 2:
            return people.update(actor=bea, person=staff[number % 6], name=f"N{number}", is_active=True)
        role = "client" if number % 4 else "staff"
        return bulk.change(actor=ada, ids=[person.pk for person in reversed(staff)], role=role)

    results = at_once(act, times=20, workers=4)
    assert [result for result in results if isinstance(result, DomainError)] == []


def test_who_deactivates_themselves_while_being_the_last_is_refused(ada, bea):
    with before_commit(lambda: people.set_active(actor=ada, person=ada, active=False)) as rival:
        people.set_active(actor=ada, person=bea, active=False)
    assert isinstance(rival.result(), Conflict)
    assert list(User.objects.active_admins()) == [ada]


def test_a_line_of_the_log_does_not_wait_for_whoever_waits_for_us(ada, bea, sam):
    """Were the keys locked too, the two would wait for each other and one would die of it."""
    with before_commit(lambda: people.set_active(actor=ada, person=sam, active=False)) as rival:
        people.edit(actor=ada, person=bea, name="B")
        ahead = list(people.rows_to_change().filter(pk=bea.pk))
        activity.record("person.edited", actor=ada, person=ahead[0])
    assert rival.result().is_active is False


def test_updates_of_each_other_never_deadlock(ada, bea):
    pairs = [(ada, bea), (bea, ada)]
    results = at_once(
        lambda n: people.update(actor=pairs[n % 2][0], person=pairs[n % 2][1], name=f"N{n}", is_active=True),
        times=40,
        workers=4,
    )
    assert [result for result in results if isinstance(result, DomainError)] == []


def test_the_same_name_is_taken_once(ada, sam):
    def create(number: int):
        return people.create(
            actor=ada, username="Dan", email=f"dan{number}@example.com", password=PASSWORD, role="staff"
        )

    with before_commit(lambda: create(2)) as rival:
        create(1)
    assert (rival.result().field, rival.result().code) == ("username", "already_exists")
    assert User.objects.filter(username__iexact="dan").count() == 1


def test_a_successor_deleted_meanwhile_inherits_nothing(ada, sam, cleo):
    with before_commit(lambda: people.delete(actor=ada, person=cleo, successor=sam)) as rival:
        people.delete(actor=ada, person=sam, successor=cleo)
    assert rival.result().code == "successor"
    assert set(User.objects.all()) == {ada, cleo}


# --- Deleted while given something -----------------------------------------------------------------------------------


def test_who_is_given_a_product_at_this_moment_is_not_deleted_from_under_it(ada, sam, cleo):
    """The product is safe either way: on PostgreSQL the deletion is refused, on SQLite it comes after and hands over."""
    with before_commit(lambda: people.delete(actor=ada, person=sam, successor=cleo)) as rival:
        product = ProductFactory(owner=sam, actor=ada)
    product.refresh_from_db()
    if connection.vendor == "postgresql":
        assert (rival.result().code, rival.result().status, product.owner) == ("still_owns", 409, sam)
    else:
        assert (rival.result(), product.owner) == (None, cleo)


def test_a_product_for_somebody_who_is_deleted_at_this_moment_is_refused(ada, sam, cleo):
    with before_commit(lambda: ProductFactory(owner=sam, actor=ada)) as rival:
        people.delete(actor=ada, person=sam, successor=cleo)
    assert rival.result().status in (400, 409)  # the sooner it looks, the plainer the answer
    assert not Product.objects.exists()


def test_a_product_that_comes_between_the_last_look_and_the_deletion_stops_it(ada, sam, cleo):
    """Nobody is looked at again after that, so only the database sees it; it is asked before the commit, not by it."""
    rivals = connection.vendor == "postgresql"

    def give(**_signal):
        if rivals:  # on SQLite nobody can write while the deletion does
            with ThreadPoolExecutor(1) as pool:
                pool.submit(outcome, lambda: ProductFactory(owner=sam, actor=ada)).result(SECONDS)

    pre_delete.connect(give, sender=User)
    try:
        result = outcome_here(lambda: people.delete(actor=ada, person=sam, successor=cleo))
    finally:
        pre_delete.disconnect(give, sender=User)
    assert getattr(result, "code", "") == ("still_owns" if rivals else "")
    assert User.objects.filter(pk=sam.pk).exists() is rivals


def outcome_here(act):
    """As `outcome`, on the connection of the test."""
    try:
        return act()
    except DomainError as refusal:
        return refusal
