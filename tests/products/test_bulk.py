"""The bulk act where others write at the same time: it starts over, refuses the item, or gives up cleanly."""

import pytest
from django.db import OperationalError

from products.models import ChangeSet, Product
from products.services import bulk, catalogue, history, trash
from products.services.bulk import Item
from products.views.timeline import timeline
from site_config.lib.errors import Conflict
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def new(sku, index=0):
    return Item("create", index, {"name": "Tin", "price": "4", "sku": sku})


class Deadlock(Exception):
    sqlstate = "40P01"


def failing(cause, times):
    """As `catalogue.insert`, which fails so many times first."""
    left, insert = [None] * times, catalogue.insert

    def act(recorder, products):
        if left:
            left.pop()
            raise OperationalError("the database said so") from cause
        return insert(recorder, products)

    return act


def test_a_sku_taken_between_the_check_and_the_write_is_found_by_starting_over(ada, mug, monkeypatch):
    holders, blind = catalogue.holders, [True]
    monkeypatch.setattr(catalogue, "holders", lambda skus: {} if blind and blind.pop() else holders(skus))
    before = ChangeSet.objects.count()
    with pytest.raises(bulk.Refused) as refusal:
        bulk.run(actor=ada, items=[new("TIN-1"), new("mug-1", 1)])
    [outcome] = refusal.value.outcomes
    assert (outcome.item.index, outcome.refusal.field, outcome.refusal.code) == (1, "sku", "already_exists")
    assert (Product.objects.count(), ChangeSet.objects.count()) == (1, before)
    blind.append(True)
    report = bulk.run(actor=ada, items=[new("TIN-1"), new("mug-1", 1)], atomic=False)
    assert [bool(outcome.refusal) for outcome in report.outcomes] == [False, True]
    assert set(Product.objects.values_list("sku", flat=True)) == {"MUG-1", "TIN-1"}
    assert ChangeSet.objects.count() == before + 1


def test_when_starting_over_does_not_help_nothing_is_written(ada, mug, monkeypatch):
    monkeypatch.setattr(catalogue, "holders", lambda skus: {})
    before = ChangeSet.objects.count()
    with pytest.raises(Conflict) as refusal:
        bulk.run(actor=ada, items=[new("TIN-1"), new("mug-1", 1)])
    assert refusal.value.code == "rival"
    assert (Product.objects.count(), ChangeSet.objects.count()) == (1, before)


def test_a_call_that_the_database_ended_to_free_another_starts_over(ada, monkeypatch):
    monkeypatch.setattr(catalogue, "insert", failing(Deadlock(), 2))
    assert bulk.run(actor=ada, items=[new("TIN-1")]).outcomes[0].product.pk
    assert ChangeSet.objects.count() == Product.objects.count() == 1
    monkeypatch.setattr(catalogue, "insert", failing(Deadlock(), 3))
    with pytest.raises(Conflict):
        bulk.run(actor=ada, items=[new("TIN-2")])


def test_a_database_that_fails_otherwise_is_no_rival(ada, monkeypatch):
    monkeypatch.setattr(catalogue, "insert", failing(ConnectionError(), 1))
    with pytest.raises(OperationalError):
        bulk.run(actor=ada, items=[new("TIN-1")])


def test_what_went_to_the_trash_meanwhile_is_a_conflict(ada, mug):
    jug = ProductFactory(name="Jug")
    trash.discard(actor=ada, product=mug)
    items = [Item("update", 0, {"name": "x"}, key=mug.pk), Item("update", 1, {"name": "x"}, key=jug.pk)]
    report = bulk.run(actor=ada, items=items, atomic=False)
    assert [getattr(outcome.refusal, "code", None) for outcome in report.outcomes] == ["trashed", None]
    jug.refresh_from_db()
    assert jug.name == "x"


def test_a_products_history_tells_of_its_own_part_as_of_a_single_act(ada, mug):
    jug = ProductFactory(name="Jug")
    items = [
        new("TIN-1"),
        Item("update", 0, {"name": "Pot", "stock": 4}, key=mug.pk, version=1),
        Item("trash", 0, key=jug.pk),
    ]
    made = bulk.run(actor=ada, items=items).outcomes[0].product
    told = [timeline(history.history(product=product, reader=ada, size=1), ada)[0].what for product in (made, mug, jug)]
    assert told == ["created this product", "changed 2 fields", "moved it to the trash"]
