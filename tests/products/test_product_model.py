"""What a product tells about itself, and for whom it exists."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from products.models import Product
from products.services import changes, trash
from tests.factories import CategoryFactory, ProductFactory, UserFactory


@pytest.mark.parametrize(
    ("stock", "threshold", "level"), [(0, 0, "out"), (0, 5, "out"), (5, 5, "low"), (6, 5, ""), (1, 0, "")]
)
def test_stock_is_out_low_or_neither(stock, threshold, level):
    assert Product(stock=stock, low_stock_threshold=threshold).stock_level == level


@pytest.mark.parametrize(
    ("archived", "public", "status"),
    [(None, True, "active"), (None, False, "draft"), (datetime(2026, 1, 1, tzinfo=UTC), True, "archived")],
)
def test_status_follows_from_publicity_and_archive(archived, public, status):
    assert Product(archived_at=archived, is_public=public).status == status


@pytest.mark.parametrize(
    ("price", "cost", "margin"),
    [
        ("10", "6", "40"),
        ("10", "0", "100"),
        ("10", "12", "-20"),
        ("10", None, None),
        ("0", "5", None),
        (None, "5", None),
    ],
)
def test_margin_is_the_share_of_the_price_that_is_not_cost(price, cost, margin):
    product = Product(price=price and Decimal(price), cost=cost and Decimal(cost))
    assert product.margin == (Decimal(margin) if margin else None)


def test_products_and_categories_are_called_by_their_name():
    assert str(Product(name="Mug")) == "Mug"
    assert str(CategoryFactory.build(name="Kitchen")) == "Kitchen"


def test_each_role_sees_what_the_policy_says(ada, sam, cleo):
    for owner in (ada, sam, cleo):
        for is_public in (True, False):
            ProductFactory(name=f"{owner.username} {is_public}", owner=owner, is_public=is_public)
    trash.discard(actor=ada, product=ProductFactory(name="trashed", owner=cleo))

    def names(person):
        return set(Product.objects.visible_to(person).values_list("name", flat=True))

    public = {"ada True", "sam True", "cleo True"}
    assert names(ada) == public | {"ada False", "sam False", "cleo False"}
    assert names(sam) == public | {"sam False"}
    assert names(cleo) == {"cleo True", "cleo False"}
    assert names(AnonymousUser()) == set()
    assert names(UserFactory(role="admin", is_active=False)) == set()
    assert "trashed" in set(Product.objects.in_sight_of(cleo).values_list("name", flat=True))


def test_low_on_stock_counts_what_is_there_but_short(db):
    low = ProductFactory(stock=2, low_stock_threshold=2)
    ProductFactory(stock=3, low_stock_threshold=2)
    ProductFactory(stock=0, low_stock_threshold=2)
    assert list(Product.objects.low_on_stock()) == [low]


@pytest.mark.parametrize("spelling", ["kitchen", "KITCHEN"])
def test_a_category_name_is_unique_among_its_siblings_in_any_case(spelling, db):
    kitchen = CategoryFactory(name="Kitchen")
    CategoryFactory(name="Kitchen", parent=kitchen)
    for parent in (None, kitchen):
        with pytest.raises(IntegrityError), transaction.atomic():
            CategoryFactory(name=spelling, parent=parent)


def test_the_search_column_follows_the_fields(sam, mug):
    with changes.recorded(actor=sam, kind="product.edited") as recorder:
        recorder.update([(mug, {"name": "Big Jug", "barcode": "96385074"})])
    assert Product.objects.values_list("search", flat=True).get() == "big jug mug-1 96385074"
