"""Any sequence of acts leaves a ledger that adds up and a history that explains every difference."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from accounts.policy import Role
from products.models import Change, ChangeSet, Product, StockMovement
from products.models.changes import ITSELF
from products.services import bulk, catalogue, changes, stock, trash, undo
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory, UserFactory
from tests.machines import World, run

NAMES = some.sampled_from(["Mug", "Jug", "Pot"])
SKUS = some.sampled_from(["A-1", "a-1", "B-1", "", "C-1"])
AMOUNTS = some.sampled_from(["0", "1", "9.99"]).map(Decimal)
DELTAS = some.one_of(some.integers(-6, 6), some.sampled_from([-(10**9), 10**9, 10**9 - 3]))
KINDS = some.sampled_from(["received", "sold", "returned", "damaged", "correction", "count"])
PICK = some.integers(0, 50)
EMPTY = dict.fromkeys((*changes.FIELDS, "stock")) | {
    "barcode": "",
    "description": "",
    "note": "",
    "tags": [],
    "version": 1,
}


class Warehouse(World):
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
    @rule(
        picks=some.lists(PICK, min_size=1, max_size=3),
        fields=some.fixed_dictionaries({"name": NAMES, "sku": SKUS}, optional={"stock": some.integers(0, 9)}),
        ops=some.lists(some.sampled_from(["create", "update", "trash"]), min_size=3, max_size=3),
        age=some.integers(0, 1),
        atomic=some.booleans(),
    )
    def do_several(self, picks, fields, ops, age, atomic):
        """Also the products in the trash, the same one twice, and SKUs that are taken or wanted twice."""
        items = []
        for index, (pick, op) in enumerate(zip(picks, ops, strict=False)):
            if op == "create":
                items.append(bulk.Item(op, index, {**fields, "price": "1"}))
                continue
            product = self.one(pick)
            values = fields if op == "update" else {}
            items.append(bulk.Item(op, index, values, key=product.pk, version=max(1, product.version - age)))
        self.attempt(bulk.run, items=items, atomic=atomic)

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
        self.attempt(undo.undo, change_set=sets[pick % len(sets)])

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
        for change in Change.objects.filter(object_type="product").order_by("pk"):
            if change.field == ITSELF:
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
    run(Warehouse, examples=25, steps=15)
