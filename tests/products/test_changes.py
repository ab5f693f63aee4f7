"""Change sets: every write is one act, whole or not at all, and nothing is written beside them."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.services import people
from products.models import Change, ChangeSet, Product, StockMovement
from products.services import catalogue, changes, history, trash
from site_config.lib import origin
from site_config.lib.errors import Conflict
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def test_a_change_set_knows_who_when_and_from_where(sam, mug):
    with origin.acting_from(origin.Origin("api", "192.0.2.7", "abc123")):
        catalogue.edit(actor=sam, product=mug, name="Jug")
    change_set = ChangeSet.objects.latest("pk")
    assert (change_set.actor, change_set.actor_name, change_set.kind) == (sam, "Sam Reyes", "product.edited")
    assert (change_set.source, change_set.address, change_set.request_id) == ("api", "192.0.2.7", "abc123")
    assert abs((timezone.now() - change_set.at).total_seconds()) < 60
    assert str(change_set) == "product.edited by Sam Reyes"
    assert [str(change) for change in change_set.changes.all()] == ["Enamel mug: name"]


def test_a_new_products_first_state_is_one_change(sam):
    product = catalogue.create(actor=sam, name="Mug", price="1", cost="0.5", stock=3)
    change = Change.objects.get()
    assert (change.field, change.old, change.version, str(change)) == ("", None, 1, "Mug: created")
    assert change.new == {
        "name": "Mug",
        "sku": product.sku,
        "price": "1.00",
        "cost": "0.50",
        "low_stock_threshold": 0,
        "is_public": False,
        "owner_id": sam.pk,
        "stock": 3,
    }


def test_a_failing_block_writes_nothing_at_all(sam, mug):
    before = list(Product.objects.values())
    with pytest.raises(RuntimeError), changes.recorded(actor=sam, kind="product.edited") as recorder:
        recorder.update([(changes.lock_one(mug, sam), {"name": "Jug"})])
        recorder.move(mug, delta=5, kind="received")
        raise RuntimeError
    assert list(Product.objects.values()) == before
    assert (ChangeSet.objects.count(), Change.objects.count(), StockMovement.objects.count()) == (1, 1, 1)


def test_an_act_that_writes_nothing_leaves_no_change_set(sam, mug):
    with changes.recorded(actor=sam, kind="product.edited") as recorder:
        assert recorder.update([(mug, {"name": mug.name})]) == []
    assert not ChangeSet.objects.filter(kind="product.edited").exists()


def test_several_products_are_updated_together(sam, mug):
    jug, cup = ProductFactory(name="Jug"), ProductFactory(name="Cup")
    with changes.recorded(actor=sam, kind="product.bulk_edited") as recorder:
        rows = changes.lock(Product.objects.filter(pk__in=[mug.pk, jug.pk]))
        written = recorder.update([(row, {"price": Decimal(2), "name": "Jug"}) for row in rows])
    assert {row.pk for row in written} == {mug.pk, jug.pk}
    assert list(Product.objects.order_by("pk").values_list("name", "price", "version")) == [
        ("Jug", Decimal("2.00"), 2),
        ("Jug", Decimal("2.00"), 2),
        ("Cup", Decimal("10.00"), 1),
    ]
    fields = recorder.change_set.changes.order_by("pk").values_list("object_id", "field")
    assert set(fields) == {(mug.pk, "name"), (mug.pk, "price"), (jug.pk, "price")}
    cup.refresh_from_db()
    assert cup.version == 1


def test_two_products_cannot_be_given_one_sku_in_bulk(sam, mug):
    jug = ProductFactory(sku="JUG-1")
    with pytest.raises(Exception, match="SKU") as refusal, changes.recorded(actor=sam, kind="x") as recorder:
        recorder.update([(mug, {"sku": "Z-1"}), (jug, {"sku": "z-1"})])
    assert refusal.value.code == "already_exists"
    assert set(Product.objects.values_list("sku", flat=True)) == {"MUG-1", "JUG-1"}


@pytest.mark.parametrize(
    "write",
    [
        lambda mug: Product.objects.filter(pk=mug.pk).update(name="Jug"),
        lambda mug: Product.objects.bulk_create([Product(name="Jug", price=1, owner=mug.owner)]),
        lambda mug: Product.objects.bulk_update([mug], ["name"]),
        lambda mug: Product.objects.filter(pk=mug.pk).delete(),
        lambda mug: mug.owner.products.update(name="Jug"),
        lambda mug: mug.owner.products.all().delete(),
    ],
    ids=["update", "bulk_create", "bulk_update", "delete", "related update", "related delete"],
)
def test_bulk_writes_outside_a_change_set_are_refused(write, mug):
    with pytest.raises(TypeError, match="recorded"):
        write(mug)
    assert Product.objects.get().name == "Enamel mug"


def test_inside_a_change_set_all_four_are_open(sam, mug):
    with changes.recorded(actor=sam, kind="product.purged"):
        mug.name = "Jug"
        Product.objects.bulk_update([mug], ["name"])
        assert Product.objects.filter(pk=mug.pk, name="Jug").update(name="Cup") == 1
        StockMovement.objects.all().delete()
        assert Product.objects.filter(pk=mug.pk).delete()[0] == 1
    assert not changes.recording.get()


def test_the_actors_name_outlives_the_actor(ada, sam):
    mug = ProductFactory(name="Mug", owner=sam, actor=sam)
    people.delete(actor=ada, person=sam, successor=ada)
    first, last = ChangeSet.objects.order_by("pk")
    assert (first.actor, first.actor_name) == (None, "Sam Reyes")
    assert (last.kind, last.actor, last.reason) == ("product.handed_over", ada, "Sam Reyes")
    mug.refresh_from_db()
    assert mug.owner == ada
    assert history.history(product=mug, reader=ada)[-1].change_set.actor_name == "Sam Reyes"


def test_what_is_locked_is_what_is_there_now(ada, sam, mug):
    stale = Product.objects.get(pk=mug.pk)
    catalogue.edit(actor=ada, product=mug, name="Jug")
    assert changes.lock_one(stale, ada).name == "Jug"
    trash.discard(actor=ada, product=mug)
    with pytest.raises(Conflict) as refusal:
        changes.lock_one(stale, ada)
    assert (refusal.value.code, refusal.value.status) == ("trashed", 409)


def test_what_was_hidden_meanwhile_is_not_locked_for_who_does_not_see_it(ada, sam, mug):
    catalogue.edit(actor=ada, product=mug, is_public=False)
    with transaction.atomic(), pytest.raises(Conflict) as refused:
        changes.lock_one(mug, sam)
    assert refused.value.code == "gone"


def test_values_survive_the_way_through_json():
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    values = {"price": Decimal("12.50"), "trashed_at": at, "name": "é", "cost": None, "is_public": True, "stock": 4}
    for name, value in values.items():
        assert changes.from_json(name, changes.to_json(value)) == value
    assert changes.to_json(Decimal("1E+3")) == "1000.00"


@pytest.mark.parametrize(("field", "asked"), [("category_id", 1), ("owner_id", 1), ("", 1), ("price", 0)])
def test_an_act_that_names_other_rows_has_them_checked_before_it_ends(field, asked, mug, monkeypatch):
    """On SQLite nobody can have written meanwhile."""
    calls = []
    for name in ("postgresql", "sqlite"):
        here = SimpleNamespace(vendor=name, check_constraints=lambda: calls.append(1))
        monkeypatch.setattr(changes, "connection", here)
        changes.check_keys(changes.Recorder(history.latest(mug), [Change(field=field, old=None, new=1)]))
    assert len(calls) == asked
