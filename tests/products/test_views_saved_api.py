"""Saved views over the API, and the list asked for by one."""

import pytest

from accounts.policy import Role
from products.models import SavedView
from products.services import views_saved
from tests.factories import ProductFactory

DOOR = "/api/views/"
PRODUCTS = "/api/products/"


@pytest.fixture
def cheap(sam):
    return views_saved.create(actor=sam, name="Cheap", query="price_max=20&sort=price", columns=["price"])


def code(answer):
    return answer.status_code, answer.json()["code"]


def at_fault(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_a_view_is_made_read_changed_replaced_and_deleted(api_of, sam):
    script = api_of(sam)
    answer = script.post(DOOR, {"name": "Cheap", "query": "price_max=20", "columns": ["price", "stock"]}, format="json")
    made = answer.json()
    assert answer.status_code == 201
    assert (made["slug"], made["query"], made["columns"], made["owner"]) == (
        "cheap",
        "price_max=20",
        ["stock", "price"],
        sam.pk,
    )
    assert script.get(f"{DOOR}cheap/").json() == made
    assert script.get(DOOR).json()["results"] == [made]
    changed = script.patch(f"{DOOR}cheap/", {"name": "Bargains", "is_shared": True}, format="json").json()
    assert changed == {**made, "name": "Bargains", "is_shared": True}
    replaced = script.put(f"{DOOR}cheap/", {"name": "Bargains"}, format="json").json()
    assert replaced == {**made, "name": "Bargains", "query": "", "columns": []}
    assert script.delete(f"{DOOR}cheap/").status_code == 204
    assert script.get(f"{DOOR}cheap/").status_code == 404


@pytest.mark.parametrize(
    ("sent", "pointer", "why"),
    [
        ({}, "/name", "required"),
        ({"name": "x" * 61}, "/name", "max_length"),
        ({"name": "Cheap"}, "/name", "already_exists"),
        ({"name": "Odd", "query": "colour=red"}, "/query", "unknown_filter"),
        ({"name": "Odd", "query": "price_max=dear"}, "/query", "bad_filter"),
        ({"name": "Odd", "query": "sort=secret"}, "/query", "bad_ordering"),
        ({"name": "Odd", "columns": ["secret"]}, "/columns", "invalid_choice"),
        ({"name": "Odd", "default_for": "king"}, "/default_for", "invalid_choice"),
        ({"name": "Odd", "slug": "mine"}, "/slug", "read_only_field"),
        ({"name": "Odd", "colour": 1}, "/colour", "unknown_field"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is(sent, pointer, why, api_of, sam, cheap):
    answer = api_of(sam).post(DOOR, sent, format="json")
    assert answer.status_code == 400
    assert at_fault(answer) == [(pointer, why)]
    assert SavedView.objects.count() == 1


def test_rights_are_those_of_the_pages(api_of, ada, sam, cleo, cheap):
    client = api_of(cleo)
    assert client.get(f"{DOOR}cheap/").status_code == 404
    assert code(client.post(DOOR, {"name": "Mine", "is_shared": True}, format="json")) == (403, "permission_denied")
    assert code(api_of(sam).patch(f"{DOOR}cheap/", {"default_for": "staff"}, format="json")) == (
        403,
        "permission_denied",
    )
    views_saved.update(actor=sam, view=cheap, is_shared=True)
    assert client.get(f"{DOOR}cheap/").status_code == 200
    for answer in (
        client.patch(f"{DOOR}cheap/", {"name": "Mine"}, format="json"),
        client.put(f"{DOOR}cheap/", {"name": "Mine"}, format="json"),
        client.delete(f"{DOOR}cheap/"),
    ):
        assert code(answer) == (403, "not_yours")
    assert api_of(ada).patch(f"{DOOR}cheap/", {"default_for": "staff"}, format="json").json()["default_for"] == "staff"
    cheap.refresh_from_db()
    assert (cheap.name, cheap.default_for) == ("Cheap", Role.STAFF)


def test_a_rehearsal_keeps_nothing_and_a_repeat_keeps_one(api_of, sam):
    script = api_of(sam)
    rehearsed = script.post(f"{DOOR}?dry_run=true", {"name": "Cheap"}, format="json").json()
    assert (rehearsed["status"], rehearsed["result"]["slug"]) == (201, "cheap")
    assert not SavedView.objects.exists()
    answers = [script.post(DOOR, {"name": "Cheap"}, format="json", HTTP_IDEMPOTENCY_KEY="once") for _try in range(2)]
    assert answers[0].json() == answers[1].json()
    assert SavedView.objects.count() == 1


# --- The list by a view ----------------------------------------------------------------------------------------------


@pytest.fixture
def shop(ada, mug):
    ProductFactory(name="Pin", price="1.00", owner=ada)
    ProductFactory(name="Table", price="240.00", owner=ada)


def names(answer):
    return [row["name"] for row in answer.json()["results"]]


def test_the_list_takes_a_view_and_what_is_asked_for_besides(api_of, sam, cheap, shop):
    script = api_of(sam)
    assert names(script.get(PRODUCTS, {"view": "cheap"})) == ["Pin", "Enamel mug"]
    assert names(script.get(PRODUCTS, {"view": "cheap", "ordering": "-price"})) == ["Enamel mug", "Pin"]
    assert names(script.get(PRODUCTS, {"view": "cheap", "price_max": "5"})) == ["Pin"]
    first = script.get(PRODUCTS, {"view": "cheap", "page_size": 1}).json()
    assert names(script.get(first["next"])) == ["Enamel mug"]


def test_a_view_that_one_does_not_have_is_refused(api_of, ada, cheap):
    answer = api_of(ada).get(PRODUCTS, {"view": "cheap"})
    assert answer.status_code == 400
    assert at_fault(answer) == [("/view", "does_not_exist")]


def test_a_view_by_cost_is_refused_to_a_client(api_of, ada, cleo):
    ProductFactory(owner=cleo, cost="4.00")
    views_saved.create(actor=ada, name="By cost", query="cost__lt=5", is_shared=True)
    assert code(api_of(cleo).get(PRODUCTS, {"view": "by-cost"})) == (403, "view_not_allowed")


def test_what_others_look_for_among_costs_is_not_told_to_a_client(api_of, ada, cleo):
    views_saved.create(actor=ada, name="By cost", query="cost__lt=5&price_min=3", is_shared=True)
    assert api_of(ada).get(f"{DOOR}by-cost/").json()["query"] == "cost__lt=5&price_min=3"
    assert api_of(cleo).get(f"{DOOR}by-cost/").json()["query"] == "price_min=3"


def test_the_file_is_the_views_list_with_its_columns(api_of, sam, cleo, cheap, shop):
    lines = (
        b"".join(api_of(sam).get("/api/products/export/", {"view": "cheap"}).streaming_content).decode().splitlines()
    )
    assert lines[0].lstrip("\ufeff") == "Name,SKU,Price"
    assert [line.split(",")[0] for line in lines[1:]] == ["Pin", "Enamel mug"]


def test_a_hidden_column_of_a_view_is_in_no_file_of_a_client(api_of, ada, cleo):
    ProductFactory(owner=cleo, price="9.00", cost="641.17")
    views_saved.create(actor=ada, name="With cost", columns=["price", "cost"], is_shared=True)
    text = b"".join(api_of(cleo).get("/api/products/export/", {"view": "with-cost"}).streaming_content).decode()
    assert "9.00" in text
    assert "641.17" not in text
