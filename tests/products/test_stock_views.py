"""A product's ledger, and adjusting or counting its stock."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from products.services import stock
from tests.factories import ProductFactory

HTMX = {"HTTP_HX_REQUEST": "true"}
REORDER = reverse("products:stock-reorder")


def show(product):
    return reverse("products:stock-show", args=[product.pk])


def adjust(product, inline=False):
    return reverse("products:stock-adjust", args=[product.pk]) + ("?inline=1" if inline else "")


def stock_of(product):
    product.refresh_from_db()
    return product.stock


@pytest.mark.parametrize(
    ("kind", "units", "left"),
    [
        ("received", 24, 34),
        ("sold", 3, 7),
        ("returned", 1, 11),
        ("damaged", 2, 8),
        ("correction", -4, 6),
        ("count", 9, 9),
    ],
)
def test_each_kind_of_movement_moves_stock_its_way(kind, units, left, page_of, sam, mug):
    sent = {"kind": kind, "units": units, "expected": 10, "note": "DN-1"}
    response = page_of(sam).post(adjust(mug), sent, follow=True)
    assert stock_of(mug) == left
    movement = mug.movements.latest("pk")
    assert (movement.kind, movement.balance, movement.note) == (kind, left, "DN-1")
    assert f"changed from 10 to {left}" in response.content.decode()


def test_from_a_list_the_answer_is_the_rows_number(page_of, sam, mug):
    client = page_of(sam)
    assert b"<dialog" in client.get(adjust(mug, inline=True), **HTMX).content
    sent = {"kind": "sold", "units": 3, "expected": 10}
    response = client.post(adjust(mug, inline=True), sent, **HTMX)
    assert response.url == show(mug)
    html = client.get(show(mug), **HTMX).content.decode()
    assert f'id="stock-{mug.pk}"' in html
    assert "<html" not in html


def test_more_than_there_is_cannot_go_out_and_the_dialog_says_so(page_of, sam, mug):
    sent = {"kind": "sold", "units": 11, "expected": 10}
    response = page_of(sam).post(adjust(mug, inline=True), sent, **HTMX)
    assert response.status_code == 409
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#dialog", "innerHTML")
    assert "Only 10 in stock: 11 cannot be taken out." in response.content.decode()
    assert stock_of(mug) == 10


def test_a_count_of_a_shelf_that_moved_is_refused_with_the_number_now(page_of, sam, mug):
    stock.adjust(actor=sam, product=mug, delta=-2, kind="sold")
    client = page_of(sam)
    response = client.post(adjust(mug), {"kind": "count", "units": 9, "expected": 10})
    assert response.status_code == 409
    assert "Stock is now 8, not 10" in response.content.decode()
    assert response.context["form"]["expected"].value() == "8"
    assert client.post(adjust(mug), {"kind": "count", "units": 9, "expected": 8}).status_code == 302
    assert stock_of(mug) == 9


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "received", "units": "²", "expected": 10}, "units"),
        ({"kind": "received", "units": "9" * 30, "expected": 10}, "units"),
        ({"kind": "received", "units": 0, "expected": 10}, "units"),
        ({"kind": "received", "units": -1, "expected": 10}, "units"),
        ({"kind": "count", "units": -1, "expected": 10}, "units"),
        ({"kind": "stolen", "units": 1, "expected": 10}, "kind"),
        ({"kind": "received", "units": 1}, "expected"),
        ({"kind": "received", "units": 1, "expected": 10, "note": "x" * 201}, "note"),
        ({"kind": "received", "units": 1, "expected": 10, "note": "a\0b"}, "note"),
        ({}, "units"),
    ],
)
def test_a_mistake_is_said_and_nothing_moves(sent, field, page_of, sam, mug):
    response = page_of(sam).post(adjust(mug), sent)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert stock_of(mug) == 10


def test_a_client_reads_the_ledger_but_does_not_write_it(page_of, cleo, ada):
    product, other = ProductFactory(owner=cleo, stock=5), ProductFactory(stock=7)
    client = page_of(cleo)
    assert [m.delta for m in client.get(show(product)).context["page"].rows] == [5]
    assert client.get(adjust(product)).status_code == 403
    assert client.post(adjust(product), {"kind": "sold", "units": 1, "expected": 5}).status_code == 403
    assert client.get(show(other)).status_code == 404


def test_the_ledger_pages_and_shrugs_at_a_bad_cursor(page_of, sam, mug, monkeypatch):
    monkeypatch.setattr("products.views.stock.PAGE_SIZE", 2)
    for _time in range(3):
        stock.adjust(actor=sam, product=mug, delta=1, kind="received")
    client = page_of(sam)
    first = client.get(show(mug))
    assert [m.balance for m in first.context["page"].rows] == [13, 12]
    second = client.get(show(mug), {"cursor": first.context["page"].next})
    assert [m.balance for m in second.context["page"].rows] == [11, 10]
    assert client.get(show(mug), {"cursor": "x"}).url == show(mug)


def test_an_empty_ledger_says_how_it_starts(page_of, sam):
    assert b"No movements yet" in page_of(sam).get(show(ProductFactory())).content


# --- Looking through it ----------------------------------------------------------------------------------------------


@pytest.fixture
def moved(sam, mug, time_machine):
    """A sale on one day, a count and a delivery with a note on the next."""
    time_machine.move_to("2026-11-02T22:00:00Z")
    stock.adjust(actor=sam, product=mug, delta=-1, kind="sold")
    time_machine.move_to("2026-11-03T09:00:00Z")
    stock.count(actor=sam, product=mug, counted=8, expected=9)
    stock.adjust(actor=sam, product=mug, delta=24, kind="received", note="DN-20418")


@pytest.mark.parametrize(
    ("asked", "balances"),
    [
        ({}, [32, 8, 9, 10]),
        ({"kind": "count"}, [8]),
        ({"kind": "received", "since": "2026-11-03"}, [32]),
        ({"since": "2026-11-02", "until": "2026-11-02"}, [9]),
        ({"until": "2026-11-02", "kind": "damaged"}, []),
    ],
)
@pytest.mark.usefixtures("moved")
def test_the_ledger_is_narrowed_by_kind_and_day_with_its_running_balance(asked, balances, page_of, sam, mug):
    mug.movements.filter(kind="received", note="Initial stock").update(at="2026-10-01T08:00:00Z")
    response = page_of(sam).get(show(mug), asked)
    assert [m.balance for m in response.context["page"].rows] == balances
    assert ("No movement fits these filters" in response.content.decode()) == (not balances)


@pytest.mark.usefixtures("moved")
def test_each_line_says_who_and_why_and_leads_to_its_act(page_of, sam, mug):
    line = mug.movements.latest("pk")
    html = page_of(sam).get(show(mug)).content.decode()
    assert reverse("products:changes-show", args=[line.change_set_id]) in html
    assert "DN-20418" in html
    assert "Sam Reyes" in html


@pytest.mark.parametrize("asked", [{"kind": "stolen"}, {"since": "yesterday"}, {"until": "²"}])
def test_a_filter_that_is_none_is_said(asked, page_of, sam, mug):
    response = page_of(sam).get(show(mug), asked)
    assert (response.status_code, response.context["page"].rows) == (422, [])


@pytest.mark.usefixtures("moved")
def test_the_ledger_costs_the_same_however_long_it_is(page_of, sam, mug, django_assert_num_queries):
    client = page_of(sam)
    client.get(show(mug))
    with CaptureQueriesContext(connection) as few:
        client.get(show(mug))
    for _time in range(9):
        stock.adjust(actor=sam, product=mug, delta=1, kind="received")
    with django_assert_num_queries(len(few)):
        client.get(show(mug))


def test_a_client_is_told_why_the_ledger_cannot_be_written(page_of, cleo, ada):
    html = page_of(cleo).get(show(ProductFactory(owner=cleo, stock=5))).content.decode()
    assert "Clients cannot change stock." in html
    assert "Ada Okafor can give you these rights" in html


def test_what_runs_out_first_is_reordered_first(page_of, sam, ada, django_assert_num_queries):
    slow, quick, still = (
        ProductFactory(name=name, stock=40, low_stock_threshold=30) for name in ("Slow", "Quick", "Still")
    )
    ProductFactory(name="Plenty", stock=90, low_stock_threshold=30)
    for product, sold in ((slow, 16), (quick, 32)):
        stock.adjust(actor=sam, product=product, delta=-sold, kind="sold")
    stock.adjust(actor=sam, product=still, delta=-20, kind="damaged")
    client = page_of(sam)
    response = client.get(REORDER)
    rows = [
        (row.product.name, str(row.weekly), row.weeks_left and str(row.weeks_left)) for row in response.context["rows"]
    ]
    assert rows == [("Quick", "4", "2"), ("Slow", "2", "12"), ("Still", "0", None)]
    assert "Does not sell" in response.content.decode()
    with CaptureQueriesContext(connection) as few:
        client.get(REORDER)
    for _number in range(4):
        ProductFactory(low_stock_threshold=3)
    with django_assert_num_queries(len(few)):
        client.get(REORDER)


def test_nobody_reorders_what_they_do_not_see(page_of, sam, cleo, ada):
    ProductFactory(name="Ada's draft", is_public=False, low_stock_threshold=3)
    response = page_of(sam).get(REORDER)
    assert (response.context["rows"], "Nothing to reorder" in response.content.decode()) == ([], True)
    assert page_of(cleo).get(REORDER).status_code == 403
