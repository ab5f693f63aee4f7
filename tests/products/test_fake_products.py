"""manage.py create_fake_products: only adds, and can be run again."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.management.commands import create_fake_products
from products.models import Category, ChangeSet, Product
from products.services import stock


def test_it_adds_valid_products_with_a_history(ada, mug, capsys):
    call_command("create_fake_products", count=30)
    fakes = Product.objects.exclude(pk=mug.pk).select_related("owner", "category__parent")
    assert capsys.readouterr().out == f"Added 30 products, FAKE-{mug.pk + 1:08} to FAKE-{mug.pk + 30:08}.\n"
    assert (fakes.count(), Product.objects.filter(pk=mug.pk).count()) == (30, 1)
    for product in fakes:
        product.clean_fields(exclude={"owner", "category"})
        assert (product.owner, product.category.parent.name) == (ada, "Made up")
    assert not stock.mismatches()
    assert ChangeSet.objects.latest("pk").changes.count() == 30


def test_it_can_be_run_again_in_batches_and_for_somebody_else(ada, cleo, monkeypatch):
    monkeypatch.setattr(create_fake_products, "BATCH", 4)
    call_command("create_fake_products", count=10, owner="CLEO")
    call_command("create_fake_products", count=2)
    assert (cleo.products.count(), ada.products.count()) == (10, 2)
    assert [change_set.changes.count() for change_set in ChangeSet.objects.order_by("pk")] == [
        11,
        4,
        4,
        2,
        2,
    ]  # the categories once
    assert Category.objects.filter(parent=None).count() == 1


def test_only_the_inserts_grow_with_the_products(ada):
    call_command("create_fake_products", count=1)
    numbers = []
    for count in (10, 200):
        with CaptureQueriesContext(connection) as queries:
            call_command("create_fake_products", count=count)
        numbers.append(len([query for query in queries if not query["sql"].startswith("INSERT")]))
    assert numbers[0] == numbers[1]


def test_what_cannot_be_done_is_refused_in_a_sentence(ada, cleo):
    with pytest.raises(CommandError, match="count of 1 or more"):
        call_command("create_fake_products", count=0)
    with pytest.raises(CommandError, match="no person called nobody"):
        call_command("create_fake_products", count=1, owner="nobody")
    cleo.is_active = False
    cleo.save()
    with pytest.raises(CommandError, match="Choose an active person"):
        call_command("create_fake_products", count=1, owner="cleo")
    ada.is_active = False
    ada.save()
    with pytest.raises(CommandError, match="no active admin"):
        call_command("create_fake_products", count=1)
    assert not Product.objects.exists()
