"""The trash: a way back for everything, open to admins alone."""

import pytest

from products.models import ChangeSet, Product
from products.services import catalogue, trash, versions
from site_config.lib.errors import Conflict
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def test_a_discarded_product_exists_for_nobody_and_waits_in_the_trash(ada, sam, mug):
    jug = ProductFactory()
    change_set = trash.discard(actor=ada, product=mug)
    assert (change_set.kind, change_set.actor) == ("product.trashed", ada)
    assert list(Product.objects.visible_to(ada)) == list(Product.objects.visible_to(sam)) == [jug]
    assert list(Product.objects.trash_of(ada)) == [mug]
    assert Product.objects.get(pk=mug.pk).trashed_at == change_set.at


def test_the_trash_is_empty_for_staff_and_clients(ada, sam, cleo):
    mug = ProductFactory(owner=cleo)
    trash.discard(actor=ada, product=mug)
    assert not Product.objects.trash_of(sam).exists()
    assert not Product.objects.trash_of(cleo).exists()


def test_it_comes_back_as_it_was(ada, mug):
    trash.discard(actor=ada, product=mug)
    change_set = trash.restore(actor=ada, products=Product.objects.filter(pk=mug.pk))
    mug.refresh_from_db()
    assert (mug.trashed_at, mug.stock, mug.sku, mug.version) == (None, 10, "MUG-1", 3)
    assert change_set.kind == "product.restored"


def test_several_come_back_at_once_and_the_rest_stay(ada, mug):
    jug, cup = ProductFactory(), ProductFactory()
    for product in (mug, jug, cup):
        trash.discard(actor=ada, product=product)
    trash.restore(actor=ada, products=Product.objects.filter(pk__in=[mug.pk, jug.pk]))
    assert list(Product.objects.trash_of(ada)) == [cup]


def test_what_is_not_there_any_more_is_said(ada, mug):
    with pytest.raises(Conflict) as refusal:
        trash.restore(actor=ada, products=Product.objects.filter(pk=mug.pk))
    assert refusal.value.code == "not_in_trash"
    trash.discard(actor=ada, product=mug)
    with pytest.raises(Conflict) as refusal:
        trash.discard(actor=ada, product=mug)
    assert refusal.value.code == "trashed"


def test_a_version_protects_what_somebody_changed_since(ada, sam, mug):
    catalogue.edit(actor=sam, product=mug, name="Jug")
    with pytest.raises(versions.VersionMismatch):
        trash.discard(actor=ada, product=mug, version=1)
    assert not ChangeSet.objects.filter(kind="product.trashed").exists()
    trash.discard(actor=ada, product=mug, version=2)
    assert list(Product.objects.trash_of(ada)) == [mug]
