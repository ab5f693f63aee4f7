"""Tags while others give, rename and forget the same ones."""

import pytest

from products.models import Product, Tag
from products.services import catalogue, tags
from site_config.lib.errors import DomainError
from tests.factories import ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def names():
    return sorted(Tag.objects.values_list("name", flat=True))


def test_ten_who_make_the_same_tags_make_each_once(ada, sam):
    products = [ProductFactory() for _n in range(10)]
    words = [["red", "blue"], ["blue", "red"]]
    results = at_once(lambda n: catalogue.edit(actor=sam, product=products[n], tags=words[n % 2]), times=10)
    assert not [result for result in results if isinstance(result, DomainError)]
    assert (names(), {tuple(row.tags) for row in Product.objects.all()}) == (["blue", "red"], {("blue", "red")})


def test_a_tag_that_is_given_just_now_is_not_forgotten(ada, sam):
    """It was of no product a moment ago, and is of one as soon as the other has committed."""
    mug = ProductFactory(tags=["red"])
    catalogue.edit(actor=sam, product=mug, tags=[])
    with before_commit(tags.prune) as pruned:
        catalogue.edit(actor=sam, product=mug, tags=["red"])
    assert (pruned.result(), names()) == (0, ["red"])


def test_a_tag_that_is_forgotten_just_now_is_made_again(ada, sam):
    mug = ProductFactory(tags=["red"])
    catalogue.edit(actor=sam, product=mug, tags=[])
    with before_commit(lambda: catalogue.edit(actor=sam, product=mug, tags=["red"])) as given:
        assert tags.prune() == 1
    assert (given.result().tags, names()) == (["red"], ["red"])


def test_a_rename_takes_what_is_tagged_when_it_gets_the_product(ada, sam):
    mug = ProductFactory(tags=["red"])
    red = Tag.objects.get()
    with before_commit(lambda: tags.rename(actor=ada, tag=red, name="crimson")) as renamed:
        catalogue.edit(actor=sam, product=mug, tags=["red", "large"])
    assert renamed.result().kind == "tag.renamed"
    assert Product.objects.get().tags == ["crimson", "large"]
