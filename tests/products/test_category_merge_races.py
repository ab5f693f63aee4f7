"""A merge while others fill, move and merge the same categories: nothing is lost, nothing is left in what is gone."""

import pytest
from django.db import connection

from products.models import Category, Product
from products.services import catalogue, categories, category_merge
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory, ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_a_product_that_is_put_in_just_now_stops_the_merge_or_goes_along(ada, sam):
    mugs, cups, mug = CategoryFactory(name="Mugs"), CategoryFactory(name="Cups"), ProductFactory()
    with before_commit(lambda: category_merge.merge(actor=ada, source=mugs, target=cups)) as merged:
        catalogue.edit(actor=sam, product=mug, category=mugs)
    if connection.vendor == "postgresql":  # on SQLite the merge could not begin before
        assert merged.result().code == "rival"
        assert Product.objects.get().category == mugs
    else:
        assert Product.objects.get().category == cups


def test_a_product_is_not_put_into_what_is_merged_away_just_now(ada, sam):
    mugs, cups, mug = CategoryFactory(name="Mugs"), CategoryFactory(name="Cups"), ProductFactory()
    with before_commit(lambda: catalogue.edit(actor=sam, product=mug, category=mugs)) as filled:
        category_merge.merge(actor=ada, source=mugs, target=cups)
    assert isinstance(filled.result(), DomainError)
    assert (Product.objects.get().category, Category.objects.get()) == (None, cups)


def test_a_product_that_changes_meanwhile_goes_along_as_it_is_then(ada, sam):
    mugs, cups = CategoryFactory(name="Mugs"), CategoryFactory(name="Cups")
    mug = ProductFactory(category=mugs)
    with before_commit(lambda: category_merge.merge(actor=ada, source=mugs, target=cups)) as merged:
        catalogue.edit(actor=sam, product=mug, name="Jug")
    assert merged.result().kind == "category.merged"
    mug.refresh_from_db()
    assert (mug.name, mug.category, mug.version) == ("Jug", cups, 3)


def test_two_that_are_merged_into_each_other_leave_one(ada, sam):
    for _round in range(5):
        pair = [CategoryFactory(name="Mugs"), CategoryFactory(name="Cups")]
        products = [ProductFactory(category=place) for place in pair]
        results = at_once(
            lambda n, pair=pair: category_merge.merge(actor=ada, source=pair[n], target=pair[1 - n]), times=2, workers=2
        )
        refused = [result for result in results if isinstance(result, DomainError)]
        assert len(refused) == 1, results
        left = Category.objects.get()
        assert {Product.objects.get(pk=product.pk).category for product in products} == {left}
        for product in products:
            catalogue.edit(actor=ada, product=product, category=None)
        categories.delete(actor=ada, category=left)
