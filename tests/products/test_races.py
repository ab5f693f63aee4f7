"""What holds while others write at the same time.

On PostgreSQL rows are locked; on SQLite writers take turns because a transaction begins IMMEDIATE. The rules are the same.
"""

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from products.models import ChangeSet, Product, StockMovement
from products.services import catalogue, categories, changes, stock, trash, undo
from site_config.lib.errors import Conflict, DomainError
from tests.factories import ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def balances(product):
    return sorted(product.movements.values_list("balance", flat=True), reverse=True)


@pytest.fixture
def door(api_of):
    """A client for a thread of its own, with one token for all: `door(sam)()`."""

    def of(person):
        credentials = api_of(person)._credentials

        def client():
            api = APIClient(raise_request_exception=False)
            api.credentials(**credentials)
            return api

        return client

    return of


# --- Stock -----------------------------------------------------------------------------------------------------------


def test_fifty_sales_of_twenty_five_units_sell_twenty_five(sam):
    mug = ProductFactory(stock=25)
    results = at_once(lambda _n: stock.adjust(actor=sam, product=mug, delta=-1, kind="sold"), times=50, workers=25)
    sold = [result for result in results if isinstance(result, ChangeSet)]
    refused = [result.code for result in results if isinstance(result, DomainError)]
    assert (len(sold), refused) == (25, ["not_enough_stock"] * 25)
    mug.refresh_from_db()
    assert (mug.stock, mug.version) == (0, 26)
    assert balances(mug) == list(range(25, -1, -1))
    assert not stock.mismatches()


def test_fifty_scripts_that_each_take_one_unit_never_take_more_than_there_are(sam, door):
    """By the API's door: read, then set one less with If-Match; who comes too late reads again."""
    mug, other = ProductFactory(stock=25), ProductFactory(stock=25)
    client = door(sam)

    def take_one(_number):
        api = client()
        for _try in range(200):
            seen = api.get(f"/api/products/{mug.pk}/")
            left = seen.json()["stock"]
            if left == 0:
                return "sold out"
            answer = api.patch(f"/api/products/{mug.pk}/", {"stock": left - 1}, headers={"If-Match": seen["ETag"]})
            if answer.status_code != 412:
                return answer.status_code
        return "gave up"

    results = at_once(take_one, times=50, workers=4)
    assert (results.count(200), results.count("sold out")) == (25, 25)
    mug.refresh_from_db()
    other.refresh_from_db()
    assert (mug.stock, other.stock) == (0, 25)
    assert balances(mug) == list(range(25, -1, -1))


def test_fifty_people_who_each_sell_one_unit_by_the_page_sell_no_more_than_there_are(sam, page_of):
    mug = ProductFactory(stock=25)
    cookies = page_of(sam).cookies

    def sell(_number):
        page = Client(raise_request_exception=False)
        page.cookies = cookies.copy()
        form = {"kind": "sold", "units": "1", "expected": "25", "note": ""}
        return page.post(f"/products/{mug.pk}/stock/adjust/", form).status_code

    results = at_once(sell, times=50, workers=5)
    assert (results.count(302), results.count(409)) == (25, 25)
    assert balances(mug) == list(range(25, -1, -1))


def test_the_second_sale_waits_for_the_first_and_sees_what_it_left(sam):
    mug = ProductFactory(stock=10)
    with before_commit(lambda: stock.adjust(actor=sam, product=mug, delta=-7, kind="sold")) as rival:
        stock.adjust(actor=sam, product=mug, delta=-5, kind="sold")
    assert rival.result().message == "Only 5 in stock: 7 cannot be taken out."
    assert balances(mug) == [10, 5]


def test_a_count_waits_for_a_sale_and_is_refused(sam):
    mug = ProductFactory(stock=10)
    with before_commit(lambda: stock.count(actor=sam, product=mug, counted=10, expected=10)) as rival:
        stock.adjust(actor=sam, product=mug, delta=-5, kind="sold")
    assert rival.result().code == "stock_changed"
    assert Product.objects.get().stock == 5


def test_two_deliveries_over_the_same_shelves_cannot_block_each_other(sam):
    """Rows are locked in the order of their keys, whatever the order of the lines."""
    first, second = ProductFactory(stock=0), ProductFactory(stock=0)

    def deliver(number):
        lines = [stock.Line(first.pk, 1, "received"), stock.Line(second.pk, 1, "received")]
        return stock.post(actor=sam, lines=lines if number % 2 else lines[::-1])

    assert all(isinstance(result, ChangeSet) for result in at_once(deliver, times=20, workers=4))
    assert set(Product.objects.values_list("stock", flat=True)) == {20}


def test_without_the_lock_the_ledger_would_lie(sam, monkeypatch):
    """Proof that the tests above bite: two sales of which neither waits before it reads."""
    mug = ProductFactory(stock=10)
    read = [Product.objects.get(pk=mug.pk), Product.objects.get(pk=mug.pk)]
    monkeypatch.setattr(changes, "lock", lambda products: [read.pop()])
    stock.adjust(actor=sam, product=mug, delta=-7, kind="sold")
    stock.adjust(actor=sam, product=mug, delta=-5, kind="sold")
    mug.refresh_from_db()
    assert mug.stock == 5
    assert [(row.stock, row.ledger) for row in stock.mismatches()] == [(5, -2)]


def test_the_lock_is_the_databases_where_it_has_one(django_assert_num_queries, sam, mug):
    """SQLite has no row locks; there the transaction itself is the lock, taken before the first read."""
    with changes.recorded(actor=sam, kind="x"), django_assert_num_queries(2) as queries:
        changes.lock_one(mug, sam)
    locking = 'FOR UPDATE OF "products_product"' in queries.captured_queries[0]["sql"]
    assert locking == (connection.vendor == "postgresql")
    assert locking or connection.transaction_mode == "IMMEDIATE"


# --- One of many -----------------------------------------------------------------------------------------------------


def test_ten_equal_creates_make_one_product_and_nine_clear_refusals(sam, door):
    client = door(sam)
    body = {"sku": "RACE-1", "name": "Mug", "price": "1.00"}
    answers = at_once(lambda _n: client().post("/api/products/", body), times=10)
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 9
    for answer in answers:
        if answer.status_code == 400:
            assert answer.json()["sku"] == ["This SKU already belongs to another product."]
    assert Product.objects.count() == ChangeSet.objects.count() == 1


def test_a_sku_that_a_rival_has_inserted_but_not_committed_is_a_clear_refusal(sam, door):
    """No check before the insert could see it; only the constraint does."""
    client = door(sam)
    body = {"sku": "race-1", "name": "Mug", "price": "1.00"}
    with before_commit(lambda: client().post("/api/products/", body)) as rival:
        ProductFactory(sku="RACE-1")
    answer = rival.result()
    assert (answer.status_code, answer.json()["code"], list(answer.json()["sku"])) == (
        400,
        "already_exists",
        ["This SKU already belongs to another product."],
    )
    assert Product.objects.count() == 1


def test_of_twenty_edits_with_one_etag_one_wins(sam, door):
    mug, client = ProductFactory(name="Mug"), door(sam)

    def rename(number):
        return client().patch(f"/api/products/{mug.pk}/", {"name": f"Mug {number}"}, headers={"If-Match": '"1"'})

    answers = at_once(rename, times=20)
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    winner = next(answer.json()["name"] for answer in answers if answer.status_code == 200)
    mug.refresh_from_db()
    assert (mug.name, mug.version) == (winner, 2)
    assert {a.json()["current"]["version"] for a in answers if a.status_code == 412} == {2}


def test_an_edit_waits_for_the_other_and_keeps_its_fields(ada, sam):
    mug = ProductFactory(name="Mug")
    with before_commit(lambda: catalogue.edit(actor=sam, product=mug, version=1, price="9")) as rival:
        catalogue.edit(actor=ada, product=mug, version=1, name="Jug")
    assert rival.result().version == 3
    mug.refresh_from_db()
    assert (mug.name, mug.price) == ("Jug", 9)


def test_a_change_set_is_undone_once_however_many_press_the_button(sam):
    mug = ProductFactory(stock=10)
    sale = stock.adjust(actor=sam, product=mug, delta=-4, kind="sold")
    results = at_once(lambda _n: undo.undo(actor=sam, change_set=sale), times=8, workers=8)
    assert sorted(getattr(result, "code", "undone") for result in results) == ["undone"] + ["undone_already"] * 7
    mug.refresh_from_db()
    assert mug.stock == 10
    assert StockMovement.objects.count() == 3


def test_a_sale_meets_the_trash(ada, sam):
    mug = ProductFactory(stock=10)
    with before_commit(lambda: stock.adjust(actor=sam, product=mug, delta=-1, kind="sold")) as rival:
        trash.discard(actor=ada, product=mug)
    assert isinstance(rival.result(), Conflict)
    assert rival.result().code == "trashed"
    assert Product.objects.get().stock == 10


def test_a_category_path_made_twice_at_once_is_made_once(sam):
    path = ("Kitchen", "Cups")
    made = at_once(lambda _n: categories.ensure(actor=sam, paths=[path])[path].pk, times=8, workers=8)
    assert len(set(made)) == 1
