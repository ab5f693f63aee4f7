"""Previous and next: a list is gone through product by product."""

from urllib.parse import quote, urlencode

import pytest
from django.http import QueryDict

from products.filters import SORTS
from products.models import Product
from products.services import catalogue, neighbours, search
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
LIST = "/products/"


def around(reader, query, product):
    found = neighbours.around(reader=reader, query=QueryDict(query), product=product)
    return (found.previous, found.next)


@pytest.fixture
def five(ada):
    """Equal in price and stock, some equal in name."""
    return [ProductFactory(name=name, owner=ada, price="5") for name in ("Cup", "Bowl", "Cup", "Jar", "Bowl")]


@pytest.mark.parametrize("key", SORTS)
def test_both_ways_through_every_order(key, ada, five):
    sort = SORTS[key]
    sign = "-" if sort.descending else ""
    keys = list(Product.objects.order_by(f"{sign}{sort.field}", f"{sign}pk").values_list("pk", flat=True))
    by_key = {product.pk: product for product in five}
    for before, now, after in zip([None, *keys], keys, [*keys[1:], None], strict=False):
        assert around(ada, f"sort={key}", by_key[now]) == (before, after)


def test_through_a_search_by_rank(ada, five):
    jar, bowls = five[3], [five[1], five[4]]
    best = ProductFactory(name="Last", sku="bowl")
    assert around(ada, "q=bowl", best) == (None, bowls[0].pk)
    assert around(ada, "q=bowl", bowls[0]) == (best.pk, bowls[1].pk)
    assert around(ada, "q=bowl", bowls[1]) == (bowls[0].pk, None)
    # Of what the list does not hold, the place where it would be.
    assert around(ada, "q=bowl", jar) == (bowls[1].pk, None)


def test_through_more_than_can_be_ranked(ada, five, monkeypatch):
    monkeypatch.setattr(search, "MOST_RANKED", 1)
    monkeypatch.setattr(search, "MOST_SORTED", 1)
    assert around(ada, "q=bowl", five[4]) == (None, five[1].pk)


def test_only_what_the_list_holds_and_the_reader_sees(ada, sam, cleo, five):
    mine = ProductFactory(name="Mine", owner=cleo, is_public=False, price="5")
    assert around(cleo, "sort=name", mine) == (None, None)
    assert around(sam, "sort=id", five[4]) == (five[3].pk, None)
    assert around(ada, "sort=id", five[4]) == (five[3].pk, mine.pk)
    assert around(ada, "sort=id&name__contains=bowl", five[1]) == (None, five[4].pk)


def test_an_edit_that_takes_it_out_of_the_list_leaves_its_place(ada, five):
    catalogue.edit(actor=ada, product=five[2], price="9")
    five[2].refresh_from_db()
    assert around(ada, "sort=id&price_max=5", five[2]) == (five[1].pk, five[3].pk)


def test_a_query_that_is_none_has_no_neighbours(ada, cleo, mug):
    for reader, query in ((ada, "price__lt=x"), (cleo, "cost__lt=5"), (ada, "what__ever=1")):
        assert neighbours.around(reader=reader, query=QueryDict(query), product=mug) is None


# --- On the pages ----------------------------------------------------------------------------------------------------


def inside(query):
    return f"?{urlencode({'in': query})}"


def test_a_lists_links_carry_its_query_and_the_product_leads_on(page_of, sam, five):
    page = page_of(sam)
    listed = page.get(f"{LIST}?q=bowl&sort=name&cursor=").content.decode()
    behind = inside("q=bowl&sort=name")
    assert f'href="/products/{five[1].pk}/{behind}"' in listed
    response = page.get(f"/products/{five[1].pk}/{behind}")
    steps = response.context["steps"]
    assert (steps.previous, steps.next) == ("", f"/products/{five[4].pk}/{behind}")
    assert steps.back == f"{LIST}?q=bowl&sort=name"
    html = response.content.decode()
    assert f'rel="next" href="/products/{five[4].pk}/{behind}"' in html
    assert 'disabled aria-label="Previous product"' in html


def test_the_plain_list_has_plain_links(page_of, sam, mug):
    assert f'href="/products/{mug.pk}/"' in page_of(sam).get(LIST).content.decode()
    response = page_of(sam).get(f"/products/{mug.pk}/")
    assert (response.context["steps"], response.context["carried"]) == (None, "")
    assert "Next product" not in response.content.decode()


@pytest.mark.parametrize("query", ["", "price__lt=x", "q=" + "x" * 3000, "q=a%00b"])
def test_a_query_that_is_none_is_left_aside(query, page_of, sam, mug):
    response = page_of(sam).get(f"/products/{mug.pk}/?in={quote(query)}")
    assert response.status_code == 200
    assert response.context["steps"] is None


def test_saving_stays_in_the_list(page_of, sam, five):
    page, bowl, behind = page_of(sam), five[1], inside("q=bowl")
    html = page.get(f"/products/{bowl.pk}/{behind}").content.decode()
    assert f'action="/products/{bowl.pk}/edit/{behind}"' in html
    fields = {"name": "Bowl two", "sku": bowl.sku, "price": "5", "low_stock_threshold": 0, "owner": bowl.owner_id}
    form = {**fields, "is_public": "on", "version": bowl.version}
    answer = page.post(f"/products/{bowl.pk}/edit/{behind}", form)
    assert (answer.status_code, answer["Location"]) == (302, f"/products/{bowl.pk}/{behind}")
    refused = page.post(f"/products/{bowl.pk}/edit/{behind}", {**form, "version": bowl.version + 1, "name": ""})
    assert refused.status_code == 422
    assert refused.context["carried"] == behind


def test_a_client_is_led_through_what_is_theirs(page_of, cleo, five):
    mine = [ProductFactory(name=f"Bowl {number}", owner=cleo, is_public=False) for number in range(2)]
    steps = page_of(cleo).get(f"/products/{mine[0].pk}/{inside('q=bowl')}").context["steps"]
    assert steps.next == f"/products/{mine[1].pk}/{inside('q=bowl')}"
    assert steps.previous == ""


def test_neighbours_take_two_queries_and_a_search_two_more(ada, five, django_assert_num_queries):
    for query, number in (("sort=name", 2), ("stock=out", 3), ("q=bowl", 4)):
        with django_assert_num_queries(number):
            around(ada, query, five[1])
