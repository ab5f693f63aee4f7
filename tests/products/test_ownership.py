"""Who leaves hands over what they own."""

import pytest

from accounts.models import User
from accounts.services import people
from products.models import ChangeSet, Product
from products.services import ownership, trash
from site_config.lib.errors import DomainError
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def test_every_product_goes_to_the_successor_the_trash_too(ada, sam, cleo):
    mug, jug, kept = ProductFactory(owner=cleo), ProductFactory(owner=cleo), ProductFactory(owner=sam)
    trash.discard(actor=ada, product=jug)
    assert ownership.hand_over(actor=ada, person=cleo, successor=ada) == 2
    assert set(Product.objects.filter(owner=ada)) == {mug, jug}
    assert list(Product.objects.filter(owner=sam)) == [kept]
    change_set = ChangeSet.objects.get(kind="product.handed_over")
    assert {(c.field, c.old, c.new) for c in change_set.changes.all()} == {("owner_id", cleo.pk, ada.pk)}


def test_who_owns_nothing_hands_over_nothing(ada, cleo):
    assert ownership.hand_over(actor=ada, person=cleo, successor=ada) == 0
    assert not ChangeSet.objects.exists()


def test_nobody_is_deleted_with_their_products(ada, sam, cleo):
    mug = ProductFactory(owner=cleo)
    with pytest.raises(DomainError):
        people.delete(actor=ada, person=cleo, successor=None)
    assert Product.objects.get().owner == cleo
    people.delete(actor=ada, person=cleo, successor=sam)
    assert not User.objects.filter(username="cleo").exists()
    mug.refresh_from_db()
    assert mug.owner == sam
