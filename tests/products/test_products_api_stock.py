"""The ledger by the API: lines in and out, counts, and the page of them."""

import pytest

from accounts.services import personal_tokens
from products.models import StockMovement
from products.models.catalogue import MAX_STOCK
from products.services import catalogue, stock, trash
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(api_of, sam):
    return api_of(sam)


@pytest.fixture
def ledger(mug):
    ProductFactory(stock=3)
    return f"/api/products/{mug.pk}/stock/"


# --- Adding a line ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "delta"), [("received", 24), ("returned", 1), ("sold", -2), ("damaged", -10), ("correction", -3)]
)
def test_units_come_and_go_for_a_reason(reason, delta, api, ledger, mug):
    answer = api.post(ledger, {"delta": delta, "reason": reason, "note": "Delivery 1187"})
    line = mug.movements.latest("pk")
    assert (answer.status_code, answer["ETag"]) == (201, '"2"')
    assert answer.json() == {
        "id": line.pk,
        "product": mug.pk,
        "reason": reason,
        "delta": delta,
        "balance": 10 + delta,
        "note": "Delivery 1187",
        "at": line.at.isoformat().replace("+00:00", "Z"),
        "change_set": line.change_set_id,
    }
    mug.refresh_from_db()
    assert (mug.stock, line.change_set.source) == (10 + delta, "api")
    assert not stock.mismatches()


@pytest.mark.parametrize("reason", [{}, {"reason": "count"}])
def test_a_count_sets_what_is_there(reason, api, ledger, mug):
    answer = api.post(ledger, {"counted": 7, "expected": 10, **reason})
    row = answer.json()
    assert (answer.status_code, row["reason"], row["delta"], row["balance"], row["note"]) == (201, "count", -3, 7, "")
    assert answer["ETag"] == '"2"' == api.get(f"/api/products/{mug.pk}/")["ETag"]


def test_a_count_that_finds_what_was_expected_is_written_and_changes_no_version(api, ledger, mug):
    answer = api.post(ledger, {"counted": 10, "expected": 10})
    assert (answer.status_code, answer.json()["delta"], answer["ETag"]) == (201, 0, '"1"')
    assert mug.movements.count() == 2


BAD = [
    ({}, "delta", "either"),
    ({"note": "x"}, "delta", "either"),
    ({"delta": 1, "counted": 1, "expected": 1}, "delta", "either"),
    ({"delta": 1, "reason": "received", "expected": 10}, "expected", "either"),
    ({"delta": 1}, "reason", "moved"),
    ({"delta": 1, "reason": "count"}, "reason", "moved"),
    ({"delta": 1, "reason": "stolen"}, "reason", "invalid_choice"),
    ({"counted": 1}, "expected", "required"),
    ({"counted": 1, "expected": 10, "reason": "sold"}, "reason", "count"),
    ({"counted": -1, "expected": 10}, "counted", "min_value"),
    ({"counted": MAX_STOCK + 1, "expected": 10}, "counted", "max_value"),
    ({"delta": 0, "reason": "sold"}, "delta", "no_movement"),
    ({"delta": 1, "reason": "sold"}, "delta", "wrong_direction"),
    ({"delta": MAX_STOCK, "reason": "received"}, "delta", "too_large"),
    ({"delta": 1.5, "reason": "received"}, "delta", "invalid"),
    ({"delta": None, "reason": "received"}, "delta", "null"),
    ({"delta": 1, "reason": "received", "note": "n" * 201}, "note", "max_length"),
    ({"delta": 1, "reason": "received", "kind": "sold"}, "kind", "unknown_field"),
]


@pytest.mark.parametrize(("body", "field", "code"), BAD)
def test_what_makes_no_line_is_named(body, field, code, api, ledger, mug):
    answer = api.post(ledger, body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{field}"), answer.content
    assert answer.json()["errors"][0]["code"] == code
    assert answer.json()[field]
    assert mug.movements.count() == 1


def test_nothing_can_be_taken_that_is_not_there(api, ledger, mug):
    answer = api.post(ledger, {"delta": -11, "reason": "sold"})
    body = answer.json()
    assert (answer.status_code, body["code"], body["stock"]) == (409, "not_enough_stock", 10)
    assert body["detail"] == "Only 10 in stock: 11 cannot be taken out."
    assert mug.movements.count() == 1


def test_a_count_of_what_moved_meanwhile_is_refused_with_the_stock_as_it_is(api, ledger, ada, mug):
    stock.adjust(actor=ada, product=mug, delta=-1, kind="sold")
    answer = api.post(ledger, {"counted": 10, "expected": 10})
    assert (answer.status_code, answer.json()["code"], answer.json()["stock"]) == (409, "stock_changed", 9)
    mug.refresh_from_db()
    assert mug.stock == 9


def test_if_match_is_honoured(api, ledger, ada, mug):
    catalogue.edit(actor=ada, product=mug, name="Jug")
    for body in ({"delta": 1, "reason": "received"}, {"counted": 3, "expected": 10}):
        answer = api.post(ledger, body, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
        assert (answer.json()["current"]["name"], answer.json()["conflicts"]) == ("Jug", [])
    for header in ('"2"', "*"):
        answer = api.post(ledger, {"delta": 1, "reason": "received"}, headers={"If-Match": header})
        assert answer.status_code == 201
    assert mug.movements.count() == 3


def test_a_product_that_just_went_to_the_trash_is_a_conflict(api, ledger, ada, mug, monkeypatch):
    move = stock.move

    def after_the_trash(**given):
        trash.discard(actor=ada, product=mug)
        return move(**given)

    monkeypatch.setattr(stock, "move", after_the_trash)
    answer = api.post(ledger, {"delta": 1, "reason": "received"})
    assert (answer.status_code, answer.json()["code"]) == (409, "trashed")


def test_a_rehearsed_line_is_not_written(api, ledger, mug):
    answer = api.post(f"{ledger}?dry_run=true", {"delta": -2, "reason": "sold"})
    body = answer.json()
    assert (answer.status_code, body["status"], body["result"]["balance"], body["result"]["id"]) == (200, 201, 8, None)
    assert [(line["field"], line["old"], line["new"]) for line in body["changes"]] == [("stock", 10, 8)]
    mug.refresh_from_db()
    assert (mug.stock, mug.movements.count()) == (10, 1)


def test_a_repeated_line_is_written_once(api, ledger, mug):
    first, again = (
        api.post(ledger, {"delta": -2, "reason": "sold"}, headers={"Idempotency-Key": "till-1-2026-0001"})
        for _time in range(2)
    )
    assert (first.status_code, again.status_code, again["ETag"], again.json()) == (201, 201, '"2"', first.json())
    mug.refresh_from_db()
    assert mug.stock == 8


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_clients_move_nothing_and_read_their_own(api_of, cleo, ledger, mug):
    mine = ProductFactory(owner=cleo, stock=5)
    at_mine = f"/api/products/{mine.pk}/stock/"
    answer = api_of(cleo).post(at_mine, {"delta": 1, "reason": "received"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert [row["balance"] for row in api_of(cleo).get(at_mine).json()["results"]] == [5]
    assert api_of(cleo).get(ledger).status_code == 404


def test_the_ledger_of_what_one_does_not_see_is_not_there(api_of, sam, ada):
    hidden = ProductFactory(owner=ada, is_public=False, stock=5)
    at_hidden = f"/api/products/{hidden.pk}/stock/"
    assert api_of(sam).get(at_hidden).status_code == 404
    assert api_of(sam).post(at_hidden, {"delta": -1, "reason": "sold"}).status_code == 404
    assert StockMovement.objects.count() == 1


# --- Reading it ------------------------------------------------------------------------------------------------------


def test_lines_come_newest_first_a_page_at_a_time(api, ledger, sam, mug):
    for _number in range(4):
        stock.adjust(actor=sam, product=mug, delta=-1, kind="sold")
    first = api.get(f"{ledger}?page_size=2").json()
    assert [row["balance"] for row in first["results"]] == [6, 7]
    second = api.get(first["next"]).json()
    assert [row["balance"] for row in second["results"]] == [8, 9]
    last = api.get(second["next"]).json()
    assert ([row["balance"] for row in last["results"]], last["next"]) == ([10], None)
    assert (last["results"][0]["reason"], last["results"][0]["note"]) == ("received", "Initial stock")
    assert [row["balance"] for row in api.get(f"{ledger}?ordering=id").json()["results"]] == [10, 9, 8, 7, 6]
    assert api.get(f"{ledger}?kind=sold").json()["code"] == "unknown_parameter"


@pytest.mark.parametrize("lines", [1, 12])
def test_a_page_takes_three_queries_whatever_its_length(lines, api, ledger, sam, mug, django_assert_num_queries):
    for _number in range(lines):
        stock.adjust(actor=sam, product=mug, delta=1, kind="received")
    with django_assert_num_queries(3):  # the token's session with its person, the product, the page
        assert len(api.get(ledger).json()["results"]) == lines + 1


# --- Scopes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def api_with(api_of):
    def of(person, *scopes):
        _token, secret = personal_tokens.create(actor=person, name="+".join(scopes), scopes=list(scopes), days=30)
        api = api_of(None)
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return api

    return of


def test_a_token_for_products_alone_changes_no_stock_by_any_door(api_with, sam, ledger, mug):
    api, at_mug = api_with(sam, "products"), f"/api/products/{mug.pk}/"
    body = {"name": "Jug", "price": "1"}
    refused = [
        api.post(ledger, {"delta": 1, "reason": "received"}),
        api.post("/api/products/", body | {"stock": 1}),
        api.put(at_mug, body | {"stock": 4}, headers={"If-Match": '"1"'}),
        api.patch(at_mug, {"stock": 4}, headers={"If-Match": '"1"'}),
        api.patch(at_mug, {"stock": 4}),
        api.post("/api/products/bulk/", {"create": [body | {"stock": 1}]}),
        api.post("/api/products/bulk/", {"update": [{"id": mug.pk, "version": 1, "stock": 4}]}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "scope_missing")] * 7
    mug.refresh_from_db()
    assert (mug.stock, mug.version, StockMovement.objects.count()) == (10, 1, 2)
    allowed = [
        api.post("/api/products/", body | {"stock": 0}),
        api.put(at_mug, body | {"stock": 10}),
        api.post("/api/products/bulk/", {"update": [{"id": mug.pk, "stock": 10, "name": "Pot"}]}),
    ]
    assert [answer.status_code for answer in allowed] == [201, 200, 200]


def test_a_token_for_stock_alone_changes_nothing_else(api_with, sam, ledger, mug):
    api = api_with(sam, "stock")
    assert api.post(ledger, {"delta": 1, "reason": "received"}).status_code == 201
    answer = api.patch(f"/api/products/{mug.pk}/", {"stock": 4}, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_the_ledger_is_narrowed_to_what_happened_and_to_some_days(api_of, sam, mug, time_machine):
    time_machine.move_to("2026-11-02T22:00:00Z")
    stock.adjust(actor=sam, product=mug, delta=-1, kind="sold")
    time_machine.move_to("2026-11-03T01:00:00Z")
    stock.adjust(actor=sam, product=mug, delta=-2, kind="sold")
    stock.adjust(actor=sam, product=mug, delta=5, kind="received")
    api, ledger = api_of(sam), f"/api/products/{mug.pk}/stock/"

    def deltas(query):
        return [row["delta"] for row in api.get(f"{ledger}?{query}").json()["results"]]

    assert deltas("reason=sold") == [-2, -1]
    assert deltas("reason=sold&since=2026-11-03") == [-2]
    assert deltas("since=2026-11-02&until=2026-11-02") == [-1]
    for wrong in ("reason=stolen", "reason=", "since=yesterday", "until=11/12/2026", "since="):
        assert api.get(f"{ledger}?{wrong}").status_code == 400, wrong
