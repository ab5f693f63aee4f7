"""The tree as people look through it: what is in each category, what is below it, and the way down."""

import pytest

from products.models import Category
from products.services import category_tree, trash
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kitchen():
    return CategoryFactory(name="kitchen")


@pytest.fixture
def mugs(kitchen):
    return CategoryFactory(name="Mugs", parent=kitchen)


@pytest.fixture
def shop(ada, sam, cleo, kitchen, mugs):
    """kitchen (1) > Mugs (2, one of them hidden from sam) > Espresso (1, cleo's); Bath with one in the trash."""
    espresso, bath = CategoryFactory(name="Espresso", parent=mugs), CategoryFactory(name="Bath")
    ProductFactory(category=kitchen)
    ProductFactory(category=mugs)
    ProductFactory(category=mugs, is_public=False)
    ProductFactory(category=espresso, owner=cleo)
    trash.discard(actor=ada, product=ProductFactory(category=bath))


def shelf(reader, place=None, cursor=None):
    return category_tree.shelf(reader=reader, branches=category_tree.Branches(), place=place, cursor=cursor)


def told(found):
    return [(row.category.name, row.depth, row.children, row.own, row.total) for row in found.rows]


def test_a_small_tree_is_shown_whole_siblings_by_name(ada, sam, cleo, shop):
    assert told(shelf(ada)) == [
        ("Bath", 0, 0, 0, 0),
        ("kitchen", 0, 1, 1, 4),
        ("Mugs", 1, 1, 2, 3),
        ("Espresso", 2, 0, 1, 1),
    ]
    assert [(own, total) for *_rest, own, total in told(shelf(sam))] == [(0, 0), (1, 3), (1, 2), (1, 1)]
    assert [(own, total) for *_rest, own, total in told(shelf(cleo))] == [(0, 0), (0, 1), (0, 1), (1, 1)]
    assert [row.indent for row in shelf(ada).rows] == [0, 0, 12, 36]


def test_a_category_shows_what_is_below_it(ada, shop, kitchen, mugs):
    assert [name for name, *_rest in told(shelf(ada, kitchen))] == ["Mugs", "Espresso"]
    assert told(shelf(ada, mugs)) == [("Espresso", 0, 0, 1, 1)]
    assert told(shelf(ada, CategoryFactory(name="Empty"))) == []


def test_of_a_large_tree_a_level_is_shown_a_page_at_a_time(ada, shop, monkeypatch):
    monkeypatch.setattr(category_tree, "WHOLE", 3)
    monkeypatch.setattr(category_tree, "PAGE_SIZE", 1)
    first = shelf(ada)
    assert (told(first), first.whole, first.previous) == ([("Bath", 0, 0, 0, 0)], False, None)
    second = shelf(ada, cursor=first.next)
    assert (told(second), second.next) == ([("kitchen", 0, 1, 1, 4)], None)
    with pytest.raises(DomainError) as refusal:
        shelf(ada, cursor="nonsense")
    assert refusal.value.code == "bad_cursor"


def test_a_count_ends_at_its_limit(ada, shop, monkeypatch):
    monkeypatch.setattr(category_tree, "COUNTED", 1)
    assert [(own, total) for *_rest, own, total in told(shelf(ada))] == [(0, 0), (1, 2), (2, 2), (1, 1)]


@pytest.mark.parametrize("number", [1, 30])
def test_a_tree_costs_two_queries_however_large(number, ada, kitchen, django_assert_num_queries):
    for n in range(number):
        ProductFactory(category=CategoryFactory(name=f"Shelf {n}", parent=kitchen))
    with django_assert_num_queries(2):
        assert len(shelf(ada).rows) == number + 1


def test_the_way_down_is_one_query(mugs, kitchen, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert [place.name for place in category_tree.trail(mugs)] == ["kitchen", "Mugs"]
    with django_assert_num_queries(0):
        assert category_tree.trail(None) == []
    mugs.delete()
    assert category_tree.trail(Category(pk=999)) == []


def test_the_way_in_the_tree_ends_where_a_rival_deleted_what_was_above(mugs, kitchen):
    branches = category_tree.Branches()
    assert [place.name for place in branches.trail(mugs.pk)] == ["kitchen", "Mugs"]
    del branches.rows[kitchen.pk]
    assert [place.name for place in branches.trail(mugs.pk)] == ["Mugs"]
    assert branches.trail(None) == []


def test_a_category_that_is_deleted_while_it_is_counted_has_no_products(ada, mugs):
    branches = category_tree.Branches()
    Category.objects.filter(pk=mugs.pk).delete()
    [row] = category_tree.counted(ada, branches, [(branches.rows[mugs.pk], 0)])
    assert (row.own, row.total) == (0, 0)
