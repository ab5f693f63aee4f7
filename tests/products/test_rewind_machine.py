"""Undo brings back exactly what was: any sequence of acts, taken back in turn, leaves each state as it was before."""

from decimal import Decimal
from itertools import count

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import initialize, precondition, rule

from accounts.policy import Role
from products.models import Category, ChangeSet, Product
from products.services import (
    archive,
    batch,
    bulk,
    catalogue,
    categories,
    category_merge,
    changes,
    proposal_decisions,
    proposals,
    stock,
    undo,
)
from products.services.batch_values import Edit, PriceRule, TagRule
from site_config.lib.errors import DomainError
from tests.factories import UserFactory
from tests.machines import run
from tests.products.test_ledger_machine import AMOUNTS, NAMES, PICK, SKUS, Warehouse

EDITS = some.sampled_from(
    [
        Edit({"is_public": False, "low_stock_threshold": 4}),
        Edit(price=PriceRule("percent", Decimal(10), ".99")),
        Edit(price=PriceRule("amount", Decimal(-1), "none")),
        Edit(tags=TagRule("add", ("sale",))),
        Edit(tags=TagRule("remove", ("new",))),
        Edit(archived=True),
        Edit(trashed=True),
    ]
)
TAGS = some.sampled_from([[], ["new"], ["blue", "new"]])


class Rewinder(Warehouse):
    """The same acts and invariants; each act that wrote something is remembered with the state that it met.

    New products get SKUs that nobody had: one that was made and undone is in the trash, and keeps its SKU there.
    """

    @initialize()
    def open(self):
        super().open()
        self.cleo = UserFactory(username="cleo", role=Role.CLIENT)
        self.done = []
        self.numbers = count()

    def state(self):
        """What exists: every product outside the trash by its fields, and the tree."""
        rows = Product.objects.filter(trashed_at=None).values("pk", "stock", *changes.FIELDS)
        tree = {pk: (name, parent) for pk, name, parent in Category.objects.values_list("pk", "name", "parent_id")}
        return {row["pk"]: row for row in rows}, tree

    def attempt(self, act, *args, **kwargs):
        before, last = self.state(), self.last()
        super().attempt(act, *args, **kwargs)
        # A count that finds no difference has nothing to take back.
        if self.last() != last and self.last().changes.exists():
            self.done.append((before, self.last()))

    def last(self):
        return ChangeSet.objects.order_by("-pk").first()

    @rule(name=NAMES, price=AMOUNTS, units=some.integers(0, 5), tags=TAGS)
    def create(self, name, price, units, tags):
        sku = f"N-{next(self.numbers)}"
        self.attempt(catalogue.create, name=name, sku=sku, price=price, stock=units, tags=tags)

    @precondition(Warehouse.stocked)
    @rule(pick=PICK, delta=some.integers(-3, 6).filter(bool))
    def move(self, pick, delta):
        self.attempt(stock.adjust, product=self.one(pick), delta=delta, kind="correction")

    @precondition(Warehouse.stocked)
    @rule(
        pick=PICK,
        fields=some.fixed_dictionaries(
            {"name": NAMES, "price": AMOUNTS},
            optional={"sku": SKUS, "cost": some.none() | AMOUNTS, "is_public": some.booleans(), "tags": TAGS},
        ),
        filed=some.booleans(),
    )
    def edit(self, pick, fields, filed):
        self.attempt(catalogue.edit, product=self.one(pick), category=self.category if filed else None, **fields)

    @precondition(Warehouse.stocked)
    @rule(picks=some.lists(PICK, min_size=1, max_size=3), sku=SKUS, op=some.sampled_from(["update", "trash"]))
    def do_several(self, picks, sku, op):
        fields = {"sku": sku, "stock": 3, "tags": ["sale"]} if op == "update" else {}
        keys = {self.one(pick).pk: self.one(pick).version for pick in picks}
        items = [bulk.Item(op, at, fields, key=key, version=keys[key]) for at, key in enumerate(keys)]
        self.attempt(bulk.run, items=items, atomic=False)

    @precondition(Warehouse.stocked)
    @rule(picks=some.lists(PICK, min_size=1, max_size=3), edit=EDITS, whole=some.booleans())
    def edit_a_selection(self, picks, edit, whole):
        keys = () if whole else tuple({self.one(pick).pk for pick in picks})
        self.attempt(batch.run, selection=batch.Selection(keys, "" if whole else None), edit=edit)

    @precondition(Warehouse.stocked)
    @rule(
        pick=PICK,
        fields=some.fixed_dictionaries({"price": AMOUNTS}, optional={"name": NAMES, "tags": TAGS}),
        counted=some.none() | some.integers(0, 9),
        approved=some.sets(some.sampled_from(["price", "name", "tags", "stock"])),
    )
    def propose(self, pick, fields, counted, approved):
        """A client's request, of which a part is approved: that part is an act of theirs."""
        product = self.one(pick)
        self.attempt(catalogue.edit, product=product, owner=self.cleo)
        product.refresh_from_db()
        try:
            given = {**fields, "counted": counted, "expected": product.stock}
            proposal = proposals.make(actor=self.cleo, product=product, **given)
        except DomainError:
            return
        asked = {field.field for field in proposal.fields.all()}
        choice = {"approve": asked & approved, "refuse": asked - approved}
        self.attempt(proposal_decisions.decide, proposal=proposal, reply="As agreed.", **choice)

    @precondition(Warehouse.stocked)
    @rule(pick=PICK, put=some.booleans())
    def archive(self, pick, put):
        self.attempt(archive.archive if put else archive.unarchive, product=self.one(pick))

    @precondition(Warehouse.stocked)
    @rule(pick=PICK)
    def merge_a_category(self, pick):
        tree = list(Category.objects.exclude(pk=self.category.pk).order_by("pk"))
        if tree:
            self.attempt(category_merge.merge, source=tree[pick % len(tree)], target=self.category)

    @precondition(Warehouse.stocked)
    @rule(name=NAMES, inside=some.booleans())
    def make_a_category(self, name, inside):
        self.attempt(categories.create, name=name, parent=self.category if inside else None)

    @precondition(Warehouse.stocked)
    @rule(pick=PICK, name=NAMES)
    def change_a_category(self, pick, name):
        tree = list(Category.objects.order_by("pk"))
        self.attempt(categories.edit, category=tree[pick % len(tree)], name=name, parent=None)

    @precondition(Warehouse.stocked)
    @rule(pick=PICK)
    def delete_a_category(self, pick):
        tree = list(Category.objects.exclude(pk=self.category.pk).order_by("pk"))
        if tree:
            self.attempt(categories.delete, category=tree[pick % len(tree)])

    @precondition(lambda self: getattr(self, "done", []))
    @rule(steps=some.integers(1, 8))
    def rewind(self, steps):
        """The last acts are taken back in turn."""
        for _step in range(min(steps, len(self.done))):
            self.take_back()

    @precondition(lambda self: getattr(self, "done", []))
    @rule()
    def hesitate(self):
        """What an undo did is undone too, and counts as the act again."""
        before, after = self.done[-1][0], self.state()
        back = undo.undo(actor=self.ada, change_set=self.take_back())
        assert (back.skipped, self.state()) == ([], after)
        self.done.append((before, back.change_set))

    def take_back(self):
        before, act = self.done.pop()
        undone = undo.undo(actor=self.ada, change_set=act)
        assert (undone.skipped, self.state()) == ([], before)
        # What an undo had taken back is done again, by this.
        self.done = [(was, undone.change_set if one == act.undoes else one) for was, one in self.done]
        return undone.change_set

    def teardown(self):
        """In the end everything that is left is taken back, to the empty shop."""
        try:
            while getattr(self, "done", []):
                self.take_back()
        finally:
            super().teardown()


@pytest.mark.timeout(180)
@pytest.mark.django_db
def test_the_undo_of_any_sequence_of_acts_returns_the_exact_former_state():
    run(Rewinder, examples=25, steps=15)
