"""Deleting for good while others bring back, delete too, or write what hangs on the product."""

import pytest

from products.models import ChangeSet, Product
from products.services import archive, trash
from site_config.lib.errors import Conflict, DomainError
from tests.factories import ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def binned(ada):
    product = ProductFactory(sku="MUG-1", stock=3)
    trash.discard(actor=ada, product=product)
    return Product.objects.filter(pk=product.pk)


def purge(ada, rows):
    return trash.purge(actor=ada, products=rows, confirmed="MUG-1")


def test_of_many_who_delete_the_same_product_one_does(ada, binned):
    results = at_once(lambda _n: purge(ada, binned.all()), times=10, workers=5)
    done = [result for result in results if isinstance(result, ChangeSet) and result.pk]
    assert len(done) == 1
    assert not Product.objects.exists()
    [act] = ChangeSet.objects.filter(kind="product.purged")
    assert act.changes.count() == 1


def test_who_brings_it_back_first_keeps_it(ada, binned):
    with before_commit(lambda: purge(ada, binned.all())) as rival:
        trash.restore(actor=ada, products=Product.objects.all())
    assert isinstance(rival.result(), Conflict)
    assert Product.objects.get().trashed_at is None
    assert not ChangeSet.objects.filter(kind="product.purged").exists()


def test_who_comes_too_late_to_bring_it_back_is_told(ada, binned):
    with before_commit(lambda: trash.restore(actor=ada, products=Product.objects.all())) as rival:
        purge(ada, binned.all())
    assert isinstance(rival.result(), Conflict)
    assert not Product.objects.exists()


def test_of_many_who_archive_the_same_product_one_does(sam):
    mug = ProductFactory()
    results = at_once(lambda _n: archive.archive(actor=sam, product=mug), times=10, workers=5)
    refused = [result.code for result in results if isinstance(result, DomainError)]
    assert refused == ["archived_already"] * 9
    mug.refresh_from_db()
    assert mug.version == 2
