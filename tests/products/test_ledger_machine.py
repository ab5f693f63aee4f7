"""Any sequence of acts leaves a ledger that adds up and a history that explains every difference."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.policy import Role
from products.models import Change, ChangeSet, Product, StockMovement
from products.models.changes import CREATED
from products.services import catalogue, changes, stock, trash
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory, UserFactory

NAMES = some.sampled_from(["Mug", "Jug", "Pot"])
SKUS = some.sampled_from(["A-1", "a-1", "B-1", "", "C-1"])
AMOUNTS = some.sampled_from(["0", "1", "9.99"]).map(Decimal)
DELTAS = some.one_of(some.integers(-6, 6), some.sampled_from([-(10**9), 10**9, 10**9 - 3]))
KINDS = some.sampled_from(["received", "sold", "returned", "damaged", "correction", "count"])
PICK = some.integers(0, 50)
EMPTY = dict.fromkeys((*changes.FIELDS, "stock")) | {"barcode": "", "description": "", "note": "", "version": 1}


class Warehouse(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.sandbox.__exit__(None, None, None)

    @initialize()
    def open(self):
        self.ada = UserFactory(username="ada", role=Role.ADMIN)
        self.category = CategoryFactory(name="Kitchen")

    def attempt(self, act, *args, **kwargs):
        """A refusal is fine, as long as it leaves everything as it was; the invariants see to that."""
        before = self.rows()
        try:
            act(actor=self.ada, **kwargs)
        except DomainError:
            assert self.rows() == before

    def rows(self):
        return list(Product.objects.order_by("pk").values())

    def one(self, pick):
        products = list(Product.objects.order_by("pk"))
        return products[pick % len(products)]

    def stocked(self):
        return hasattr(self, "ada") and Product.objects.exists()

    @rule(name=NAMES, sku=SKUS, price=AMOUNTS, units=some.integers(0, 5))
    def create(self, name, sku, price, units):
        self.attempt(catalogue.create, name=name, sku=sku, price=price, stock=units)

    @precondition(stocked)
    @rule(pick=PICK, delta=DELTAS, kind=KINDS)
    def move(self, pick, delta, kind):
        self.attempt(stock.adjust, product=self.one(pick), delta=delta, kind=kind)

    @precondition(stocked)
    @rule(picks=some.lists(PICK, min_size=1, max_size=4), deltas=some.lists(DELTAS, min_size=4, max_size=4))
    def move_several(self, picks, deltas):
        lines = [stock.Line(self.one(p).pk, d, "correction") for p, d in zip(picks, deltas, strict=False)]
        self.attempt(stock.post, lines=lines)

    @precondition(stocked)
    @rule(pick=PICK, counted=some.integers(0, 9), blind=some.booleans())
    def count(self, pick, counted, blind):
        product = self.one(pick)
        self.attempt(stock.count, product=product, counted=counted, expected=product.stock + blind)

    @precondition(stocked)
    @rule(
        pick=PICK,
        fields=some.fixed_dictionaries(
            {},
            optional={
                "name": NAMES,
                "sku": SKUS,
                "price": AMOUNTS,
                "cost": some.none() | AMOUNTS,
                "is_public": some.booleans(),
            },
        ),
        age=some.integers(0, 2),
        filed=some.booleans(),
        counted=some.none() | some.integers(0, 9),
    )
    def edit(self, pick, fields, age, filed, counted):
        product = self.one(pick)
        fields["category"] = self.category if filed else None
        version = max(1, product.version - age)
        self.attempt(catalogue.edit, product=product, version=version, counted=counted, **fields)

    @precondition(stocked)
    @rule(pick=PICK)
    def discard(self, pick):
        self.attempt(trash.discard, product=self.one(pick))

    @precondition(stocked)
    @rule(pick=PICK)
    def restore(self, pick):
        self.attempt(trash.restore, products=Product.objects.filter(pk=self.one(pick).pk))

    @precondition(stocked)
    @rule(pick=PICK)
    def undo(self, pick):
        sets = list(ChangeSet.objects.order_by("pk"))
        self.attempt(changes.undo, change_set=sets[pick % len(sets)])

    @invariant()
    def stock_is_the_sum_of_its_movements(self):
        assert not stock.mismatches()
        balances: Counter[int] = Counter()
        for line in StockMovement.objects.order_by("pk"):
            balances[line.product_id] += line.delta
            assert line.balance == balances[line.product_id] >= 0
        assert all(product.stock == balances[product.pk] for product in Product.objects.all())

    @invariant()
    def history_explains_what_every_field_is(self):
        told = {}
        for change in Change.objects.order_by("pk"):
            if change.field == CREATED:
                told[change.object_id] = EMPTY | change.new
            else:
                state = told[change.object_id]
                assert (state[change.field], change.old != change.new) == (change.old, True)
                assert state["version"] <= change.version
                state |= {change.field: change.new, "version": change.version}
        for product in Product.objects.all():
            assert told.pop(product.pk) == {name: changes.to_json(getattr(product, name)) for name in EMPTY}
        assert not told

    @invariant()
    def every_act_wrote_something_or_is_an_undo(self):
        for change_set in ChangeSet.objects.filter(changes=None, movements=None):
            assert change_set.undoes_id


@pytest.mark.timeout(120)
@pytest.mark.django_db
def test_no_sequence_of_acts_makes_the_ledger_or_the_history_lie():
    limits = settings(
        max_examples=25,
        stateful_step_count=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Warehouse, settings=limits)
