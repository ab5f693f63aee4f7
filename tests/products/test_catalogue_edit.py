"""Editing: nobody's work is overwritten."""

from decimal import Decimal

import pytest

from products.models import ChangeSet
from products.services import catalogue, stock, trash, versions
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


def test_the_given_fields_are_saved_and_no_others(sam, mug):
    other = ProductFactory(name="Other")
    edited = catalogue.edit(actor=sam, product=mug, name="Jug", price=Decimal("9.99"))
    mug.refresh_from_db()
    other.refresh_from_db()
    assert (mug.name, mug.price, mug.sku, mug.stock, mug.version) == ("Jug", Decimal("9.99"), "MUG-1", 10, 2)
    assert (edited.pk, edited.version) == (mug.pk, 2)
    assert (other.name, other.version) == ("Other", 1)


def test_an_edit_that_changes_nothing_leaves_no_trace(sam, mug):
    before = ChangeSet.objects.count()
    same = catalogue.edit(actor=sam, product=mug, name=" Enamel mug ", price=Decimal("12.5"), version=1)
    assert (same.version, ChangeSet.objects.count()) == (1, before)


def test_an_emptied_sku_keeps_the_one_it_has(sam, mug):
    assert catalogue.edit(actor=sam, product=mug, sku="", name="Jug").sku == "MUG-1"


def test_an_edit_writes_old_and_new_to_history(sam, mug):
    category = CategoryFactory()
    catalogue.edit(actor=sam, product=mug, price=Decimal("9.90"), category=category, is_public=False)
    change_set = ChangeSet.objects.latest("pk")
    assert (change_set.kind, change_set.actor) == ("product.edited", sam)
    assert {(c.field, c.old, c.new, c.version) for c in change_set.changes.all()} == {
        ("price", "12.50", "9.90", 2),
        ("category_id", None, category.pk, 2),
        ("is_public", True, False, 2),
    }


def test_fields_that_only_the_other_changed_are_kept(ada, sam, mug):
    catalogue.edit(actor=ada, product=mug, name="Jug", note="Ask Al")
    whole_form = {"name": "Enamel mug", "note": "Ask Jo", "price": Decimal("9.99")}
    merged = catalogue.edit(actor=sam, product=mug, version=1, **whole_form)
    assert (merged.name, merged.note, merged.price, merged.version) == ("Jug", "Ask Al", Decimal("9.99"), 3)


def test_a_sale_meanwhile_is_no_clash(ada, sam, mug):
    stock.adjust(actor=ada, product=mug, delta=-1, kind="sold")
    edited = catalogue.edit(actor=sam, product=mug, version=1, name="Jug")
    assert (edited.name, edited.stock, edited.version) == ("Jug", 9, 3)


def test_the_same_field_set_differently_clashes_and_saves_nothing(ada, sam, mug):
    catalogue.edit(actor=ada, product=mug, price=Decimal("11"), name="Jug")
    catalogue.edit(actor=ada, product=mug, price=Decimal("10"))
    form = {"price": Decimal("9"), "name": "Enamel mug", "description": "New"}
    with pytest.raises(versions.StaleSave) as refusal:
        catalogue.edit(actor=sam, product=mug, version=1, **form)
    clash = versions.Clash("price", base=Decimal("12.50"), theirs=Decimal("10.00"), yours=Decimal("9"))
    assert (refusal.value.clashes, refusal.value.merged, refusal.value.status) == ([clash], ["name"], 409)
    assert (refusal.value.product.version, refusal.value.code) == (3, "stale")
    mug.refresh_from_db()
    assert (mug.price, mug.description, mug.version) == (Decimal("10.00"), "", 3)


def test_the_clash_is_settled_by_saving_on_the_newest_version(ada, sam, mug):
    catalogue.edit(actor=ada, product=mug, price=Decimal("11"))
    assert catalogue.edit(actor=sam, product=mug, version=2, price=Decimal("9")).price == Decimal("9")


def test_the_same_value_by_both_is_no_clash(ada, sam, mug):
    catalogue.edit(actor=ada, product=mug, price=Decimal("11"))
    assert catalogue.edit(actor=sam, product=mug, version=1, price=Decimal("11.00"), name="Jug").version == 3


def test_a_field_that_was_put_back_meanwhile_is_no_clash(ada, sam, mug):
    for price in ("11", "12.50"):
        catalogue.edit(actor=ada, product=mug, price=Decimal(price))
    assert catalogue.edit(actor=sam, product=mug, version=1, price=Decimal("9")).price == Decimal("9")


def test_categories_and_owners_clash_by_their_keys(ada, sam, mug):
    ours, theirs = CategoryFactory(), CategoryFactory()
    catalogue.edit(actor=ada, product=mug, category=theirs)
    with pytest.raises(versions.StaleSave) as refusal:
        catalogue.edit(actor=sam, product=mug, version=1, category=ours)
    assert refusal.value.clashes == [versions.Clash("category_id", None, theirs.pk, ours.pk)]
    with pytest.raises(versions.StaleSave):
        catalogue.edit(actor=ada, product=mug, version=1, category=ours, owner=sam)
    assert catalogue.edit(actor=sam, product=mug, version=1, category=None).category == theirs


def test_exact_insists_on_the_version_even_where_nothing_clashes(ada, sam, mug):
    assert catalogue.edit(actor=ada, product=mug, version=1, exact=True, name="Jug").version == 2
    with pytest.raises(versions.VersionMismatch) as refusal:
        catalogue.edit(actor=sam, product=mug, version=1, exact=True, price=Decimal("9"))
    assert (refusal.value.status, refusal.value.product.version, refusal.value.product.name) == (412, 2, "Jug")
    mug.refresh_from_db()
    assert mug.price == Decimal("12.50")


def test_counted_stock_is_written_in_the_same_change_set(sam, mug):
    edited = catalogue.edit(actor=sam, product=mug, counted=7, exact=True, name="Jug")
    change_set = ChangeSet.objects.latest("pk")
    line = mug.movements.latest("pk")
    assert (line.change_set, line.kind, line.delta, line.balance) == (change_set, "count", -3, 7)
    assert {c.field for c in change_set.changes.all()} == {"name", "stock"}
    assert edited.stock == 7


def test_counting_what_is_there_writes_nothing(sam, mug):
    catalogue.edit(actor=sam, product=mug, counted=10)
    assert mug.movements.count() == 1


@pytest.mark.parametrize("counted", [-1, 1_000_000_001])
def test_an_impossible_count_refuses_the_whole_edit(counted, sam, mug):
    with pytest.raises(DomainError) as refusal:
        catalogue.edit(actor=sam, product=mug, counted=counted, exact=True, name="Jug")
    assert (refusal.value.field, refusal.value.code) == ("stock", "out_of_range")
    mug.refresh_from_db()
    assert (mug.name, mug.stock) == ("Enamel mug", 10)


def test_only_an_admin_gives_a_product_to_somebody_else(ada, sam, mug):
    with pytest.raises(NotAllowed) as refusal:
        catalogue.edit(actor=sam, product=mug, owner=sam)
    assert refusal.value.field == "owner"
    assert catalogue.edit(actor=sam, product=mug, owner=ada, name="Jug").name == "Jug"
    assert catalogue.edit(actor=ada, product=mug, owner=sam).owner == sam


def test_what_is_in_the_trash_cannot_be_edited(ada, sam, mug):
    trash.discard(actor=ada, product=mug)
    with pytest.raises(Conflict) as refusal:
        catalogue.edit(actor=sam, product=mug, name="Jug")
    assert refusal.value.code == "trashed"


def test_a_catalogue_may_bring_a_past_of_its_own(sam, mug):
    at = mug.created_at.replace(year=2020)
    assert catalogue.edit(actor=sam, product=mug, name="Jug", at=at).updated_at == at
    assert ChangeSet.objects.latest("pk").at == at


def test_a_different_stock_is_counted_only_onto_a_version_that_was_read(sam, mug):
    with pytest.raises(versions.VersionNeeded) as refusal:
        catalogue.edit(actor=sam, product=mug, counted=7, name="Jug")
    assert (refusal.value.status, refusal.value.field, refusal.value.code) == (428, "stock", "if_match_needed")
    mug.refresh_from_db()
    assert (mug.stock, mug.name) == (10, "Enamel mug")
    assert catalogue.edit(actor=sam, product=mug, version=1, counted=7, name="Jug").version == 2
