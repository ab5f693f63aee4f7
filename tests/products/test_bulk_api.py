"""Many products in one call: each item by the rules of its single call, all in one change set."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import ChangeSet, Product, StockMovement
from products.services import catalogue, stock, trash, undo
from tests.factories import CategoryFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
BULK = "/api/products/bulk/"


@pytest.fixture
def api(api_of, ada):
    return api_of(ada)


@pytest.fixture
def jug(ada):
    return ProductFactory(name="Jug", sku="JUG-1", price="3", stock=2, owner=ada)


def everything():
    return list(Product.objects.order_by("pk").values()), ChangeSet.objects.count(), StockMovement.objects.count()


def places(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def statuses(answer):
    return [(row["op"], row["index"], row["status"]) for row in answer.json()["results"]]


# --- All or nothing --------------------------------------------------------------------------------------------------


def test_products_are_created_changed_and_trashed_as_one_change_set(api, ada, mug, jug):
    untouched = ProductFactory(name="Pot")
    body = {
        "create": [{"name": "Tin", "price": "4", "stock": 6}, {"name": "Cup", "price": "5", "sku": "CUP-1"}],
        "update": [{"id": mug.pk, "version": 1, "price": "13.20", "stock": 4}],
        "trash": [{"id": jug.pk, "version": 1}],
        "reason": "Spring prices",
    }
    answer = api.post(BULK, body)
    tin, cup = Product.objects.get(name="Tin"), Product.objects.get(name="Cup")
    change_set = ChangeSet.objects.latest("pk")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "change_set": change_set.pk,
            "results": [
                {"op": "create", "index": 0, "status": 201, "id": tin.pk, "version": 1},
                {"op": "create", "index": 1, "status": 201, "id": cup.pk, "version": 1},
                {"op": "update", "index": 0, "status": 200, "id": mug.pk, "version": 2},
                {"op": "trash", "index": 0, "status": 204, "id": jug.pk, "version": 2},
            ],
        },
    )
    for product in (mug, jug, untouched):
        product.refresh_from_db()
    assert (str(mug.price), mug.stock, bool(jug.trashed_at), untouched.version) == ("13.20", 4, True, 1)
    assert (tin.stock, tin.owner, tin.sku[:2], cup.sku) == (6, ada, "P-", "CUP-1")
    assert (change_set.kind, change_set.reason, change_set.source) == ("product.bulk_edited", "Spring prices", "api")
    moved = change_set.movements.order_by("pk").values_list("product", "kind", "delta", "balance")
    assert list(moved) == [(tin.pk, "received", 6, 6), (mug.pk, "count", -6, 4)]
    assert not stock.mismatches()


def test_one_undo_takes_all_of_it_back(api, ada, mug, jug):
    body = {
        "create": [{"name": "Tin", "price": "4", "stock": 6}],
        "update": [{"id": mug.pk, "version": 1, "price": "13.20", "stock": 4}],
        "trash": [{"id": jug.pk}],
    }
    made = ChangeSet.objects.get(pk=api.post(BULK, body).json()["change_set"])
    undo.undo(actor=ada, change_set=made)
    mug.refresh_from_db()
    assert (str(mug.price), mug.stock) == ("12.50", 10)
    assert set(Product.objects.visible_to(ada).values_list("name", flat=True)) == {"Enamel mug", "Jug"}
    assert not stock.mismatches()


def test_every_refusal_is_named_and_nothing_is_written(api, mug, jug):
    before = everything()
    body = {
        "create": [{"name": "Tin", "price": "-4"}, {"name": "Cup"}, {"name": "", "price": "x", "colour": "red"}],
        "update": [
            {"id": mug.pk, "price": "13.20"},
            {"id": 999_999, "price": "1"},
            {"price": "1"},
            {"id": jug.pk, "stock": 9},
        ],
        "trash": [{"id": mug.pk}, {"id": "x"}, {"id": jug.pk, "why": "old"}],
    }
    answer = api.post(BULK, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bulk_refused")
    assert answer.json()["detail"] == "Nothing was saved: 9 of 10 items were refused. See errors."
    assert places(answer) == [
        ("/create/0/price", "invalid"),
        ("/create/1/price", "required"),
        ("/create/2/name", "blank"),
        ("/create/2/price", "invalid"),
        ("/create/2/colour", "unknown_field"),
        ("/update/1", "not_found"),
        ("/update/2/id", "required"),
        ("/update/3/stock", "if_match_needed"),
        ("/trash/0/id", "named_twice"),
        ("/trash/1/id", "invalid"),
        ("/trash/2/why", "unknown_field"),
    ]
    assert everything() == before


ALIKE = [
    ("stale", {"update": [{"id": "mug", "version": 9, "name": "x"}]}, 412, "version_mismatch", "/update/0"),
    ("stock", {"update": [{"id": "mug", "stock": 4}]}, 428, "if_match_needed", "/update/0/stock"),
    ("taken", {"create": [{"name": "Tin", "price": "1", "sku": "mug-1"}]}, 400, "already_exists", "/create/0/sku"),
    ("gone", {"trash": [{"id": 999_999}]}, 400, "not_found", "/trash/0"),
]


@pytest.mark.parametrize(("body", "status", "code", "pointer"), [row[1:] for row in ALIKE], ids=[r[0] for r in ALIKE])
def test_items_refused_alike_give_the_call_their_status_and_code(body, status, code, pointer, api, mug):
    body = {op: [{**row, "id": mug.pk} if row.get("id") == "mug" else row for row in rows] for op, rows in body.items()}
    answer = api.post(BULK, body)
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert places(answer) == [(pointer, code)]


def test_at_most_a_hundred_errors_are_listed(api):
    answer = api.post(BULK, {"create": [{"name": "Tin"}] * 150})
    assert len(places(answer)) == 100
    assert answer.json()["detail"] == "Nothing was saved: 150 of 150 items were refused. See errors."


# --- What can be done ------------------------------------------------------------------------------------------------


def test_without_atomic_each_item_has_a_result_of_its_own(api, ada, mug, jug):
    catalogue.edit(actor=ada, product=mug, price="11", name="Mug")
    body = {
        "create": [{"name": "Tin", "price": "4"}, {"name": "Tin", "price": "x"}],
        "update": [{"id": mug.pk, "version": 1, "price": "13", "description": "Blue"}, {"id": 999_999}],
        "trash": [{"id": jug.pk}, {"id": mug.pk}],
        "atomic": False,
    }
    answer = api.post(BULK, body)
    made, malformed, stale, missing, trashed, twice = answer.json()["results"]
    tin = Product.objects.get(name="Tin")
    assert answer.status_code == 200
    assert made == {"op": "create", "index": 0, "status": 201, "id": tin.pk, "version": 1}
    assert (malformed["op"], malformed["index"], malformed["status"], malformed["code"]) == (
        "create",
        1,
        400,
        "invalid",
    )
    assert [error["pointer"] for error in malformed["errors"]] == ["/create/1/price"]
    assert (stale["status"], stale["code"], stale["current"]["version"]) == (412, "version_mismatch", 2)
    assert stale["conflicts"] == [{"field": "price", "base": "12.50", "theirs": "11.00", "yours": "13.00"}]
    assert (missing["status"], missing["code"], missing["errors"][0]["pointer"]) == (404, "not_found", "/update/1")
    assert trashed == {"op": "trash", "index": 0, "status": 204, "id": jug.pk, "version": 2}
    assert (twice["status"], twice["code"], twice["errors"][0]["pointer"]) == (400, "named_twice", "/trash/1/id")
    assert ChangeSet.objects.get(pk=answer.json()["change_set"]).changes.count() == 2
    mug.refresh_from_db()
    assert (mug.version, mug.trashed_at) == (2, None)


def test_where_nothing_was_different_there_is_no_change_set(api, mug):
    before = everything()
    answer = api.post(BULK, {"update": [{"id": mug.pk, "version": 1, "name": "Enamel mug", "stock": 10}]})
    assert answer.json() == {
        "change_set": None,
        "results": [{"op": "update", "index": 0, "status": 200, "id": mug.pk, "version": 1}],
    }
    refused = api.post(BULK, {"create": [{"name": "Tin"}], "atomic": False})
    assert (refused.status_code, refused.json()["change_set"]) == (200, None)
    assert everything() == before


def test_each_late_item_is_told_what_changed_since_its_own_version(api, ada, mug, jug):
    catalogue.edit(actor=ada, product=mug, name="A")
    catalogue.edit(actor=ada, product=mug, name="B", price="11")
    catalogue.edit(actor=ada, product=jug, name="C")
    rows = [{"id": mug.pk, "version": 2, "name": "x", "price": "1"}, {"id": jug.pk, "version": 1, "name": "x"}]
    results = api.post(BULK, {"update": rows, "trash": [{"id": mug.pk + 99}], "atomic": False}).json()["results"]
    assert results[0]["conflicts"] == [
        {"field": "name", "base": "A", "theirs": "B", "yours": "x"},
        {"field": "price", "base": "12.50", "theirs": "11.00", "yours": "1.00"},
    ]
    assert results[1]["conflicts"] == [{"field": "name", "base": "Jug", "theirs": "C", "yours": "x"}]
    rows = [{**rows[0], "version": 1}]
    [result] = api.post(BULK, {"update": rows, "atomic": False}).json()["results"]
    assert [conflict["base"] for conflict in result["conflicts"]] == ["Enamel mug", "12.50"]


# --- By the rules of single calls ------------------------------------------------------------------------------------


def test_what_was_read_can_be_sent_back_with_a_change(api, mug, jug):
    rows = [api.get(f"/api/products/{product.pk}/").json() | {"name": "New"} for product in (mug, jug)]
    answer = api.post(BULK, {"update": rows})
    assert statuses(answer) == [("update", 0, 200), ("update", 1, 200)]
    row = api.get(f"/api/products/{mug.pk}/").json()
    changed = api.post(BULK, {"update": [{**row, "created_at": "2020-01-01T00:00:00Z"}]})
    assert places(changed) == [("/update/0/created_at", "read_only_field")]


def test_staff_change_what_they_see_and_trash_nothing(api_of, ada, sam, mug):
    hidden = ProductFactory(owner=ada, is_public=False)
    body = {
        "create": [{"name": "Tin", "price": "4", "owner": ada.pk}],
        "update": [{"id": hidden.pk, "name": "x"}, {"id": mug.pk, "owner": sam.pk}],
        "trash": [{"id": mug.pk}, {"id": hidden.pk}],
        "atomic": False,
    }
    results = api_of(sam).post(BULK, body).json()["results"]
    assert [(row["status"], row["code"], row["errors"][0]["pointer"]) for row in results] == [
        (400, "invalid", "/create/0/owner"),
        (404, "not_found", "/update/0"),
        (400, "invalid", "/update/1/owner"),
        (400, "named_twice", "/trash/0/id"),
        (404, "not_found", "/trash/1"),
    ]
    answer = api_of(sam).post(BULK, {"trash": [{"id": mug.pk}]})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "Only an admin" in answer.json()["errors"][0]["message"]


def test_an_admin_names_owners_and_anybody_categories(api, ada, sam, mug, jug):
    kitchen, gone = CategoryFactory(), UserFactory(is_active=False)
    body = {
        "create": [{"name": "Tin", "price": "4", "owner": sam.pk, "category": kitchen.pk}],
        "update": [{"id": mug.pk, "owner": sam.pk, "category": kitchen.pk}, {"id": jug.pk, "category": None}],
    }
    assert api.post(BULK, body).status_code == 200
    mug.refresh_from_db()
    assert (mug.owner, mug.category, Product.objects.get(name="Tin").owner) == (sam, kitchen, sam)
    wrong = [{"owner": 999_999}, {"owner": gone.pk}, {"category": 999_999}, {"category": "x"}, {"category": True}]
    answer = api.post(BULK, {"create": [{"name": "Cup", "price": "1", **fields} for fields in wrong]})
    assert places(answer) == [
        ("/create/0/owner", "does_not_exist"),
        ("/create/1/owner", "inactive_owner"),
        ("/create/2/category", "does_not_exist"),
        ("/create/3/category", "incorrect_type"),
        ("/create/4/category", "incorrect_type"),
    ]


def test_a_sku_belongs_to_one_product_of_the_catalogue_and_of_the_call(api, mug, jug):
    trash.discard(actor=mug.owner, product=ProductFactory(sku="OLD-1"))
    body = {
        "create": [
            {"name": "A", "price": "1", "sku": "new-1"},
            {"name": "B", "price": "1", "sku": "NEW-1"},
            {"name": "C", "price": "1", "sku": "old-1"},
        ],
        "update": [{"id": mug.pk, "sku": "JUG-1"}, {"id": jug.pk, "sku": "FREE-1"}],
        "atomic": False,
    }
    answer = api.post(BULK, body)
    assert [status for _op, _index, status in statuses(answer)] == [201, 400, 400, 400, 200]
    refused = [row for row in answer.json()["results"] if row["status"] == 400]
    assert {row["code"] for row in refused} == {"already_exists"}
    # What the call set free is free for the next one; a product may change the case of its own.
    again = api.post(BULK, {"update": [{"id": mug.pk, "sku": "JUG-1"}, {"id": jug.pk, "sku": "free-1"}]})
    assert again.status_code == 200
    mug.refresh_from_db()
    assert mug.sku == "JUG-1"


def test_an_emptied_sku_keeps_the_one_there_is(api, mug):
    assert api.post(BULK, {"update": [{"id": mug.pk, "sku": "", "name": "Jug"}]}).status_code == 200
    mug.refresh_from_db()
    assert (mug.sku, mug.name) == ("MUG-1", "Jug")


# --- The body --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, None, "nothing_to_do"),
        ({"create": [], "update": [], "trash": []}, None, "nothing_to_do"),
        ({"create": [{}] * 600, "trash": [{"id": 1}] * 401}, None, "too_many"),
        ({"create": {}}, "/create", "not_a_list"),
        ({"create": ["x"]}, "/create/0", "not_a_dict"),
        ({"delete": []}, "/delete", "unknown_field"),
        ({"create": [{}], "reason": "x" * 201}, "/reason", "max_length"),
        ({"create": [{}], "atomic": "perhaps"}, "/atomic", "invalid"),
        ([], "", "invalid"),
    ],
)
def test_a_body_of_another_shape_is_refused_whole(body, pointer, code, api):
    answer = api.post(BULK, body)
    assert answer.status_code == 400
    assert [answer.json()["code"]] == [code] if pointer is None else places(answer)[0] == (pointer, code)


def test_keys_that_no_product_can_have_are_named(api, mug):
    keys = [0, -1, 2**63, 1.5, True, None, [], {}, "²", "x"]
    answer = api.post(BULK, {"update": [{"id": key, "name": "x"} for key in keys], "atomic": False})
    assert [row["status"] for row in answer.json()["results"]] == [400] * len(keys)
    versions = [0, -1, 2**31, "x", True, None]
    answer = api.post(BULK, {"trash": [{"id": mug.pk, "version": version} for version in versions], "atomic": False})
    assert [row["status"] for row in answer.json()["results"]] == [400] * len(versions)
    mug.refresh_from_db()
    assert mug.version == 1


def test_a_rehearsal_tells_every_change_and_makes_none(api, mug, jug):
    before = everything()
    body = {"create": [{"name": "Tin", "price": "4"}], "update": [{"id": mug.pk, "price": "13.20"}]}
    answer = api.post(f"{BULK}?dry_run=true", body)
    told = answer.json()
    assert (answer.status_code, told["dry_run"], told["status"]) == (200, True, 200)
    assert [(line["id"], line["label"], line["field"]) for line in told["changes"]] == [
        (None, "Tin", ""),
        (mug.pk, "Enamel mug", "price"),
    ]
    assert [row["id"] for row in told["result"]["results"]] == [None, mug.pk]
    assert everything() == before


def test_a_repeated_call_happens_once(api, mug):
    body = {"create": [{"name": "Tin", "price": "4"}], "update": [{"id": mug.pk, "price": "13.20"}]}
    first, again = (api.post(BULK, body, headers={"Idempotency-Key": "spring"}) for _time in range(2))
    assert (again.status_code, again.json()) == (200, first.json())
    assert Product.objects.filter(name="Tin").count() == 1


# --- Many ------------------------------------------------------------------------------------------------------------


def rows_of(count):
    made = [
        {"name": f"Tin {n}", "price": "4.00", "sku": f"TIN-{n}", "stock": 3, "note": "x" * 200} for n in range(count)
    ]
    return {"create": made}


def test_the_number_of_statements_does_not_grow_with_the_items(api, mug):
    kitchen = CategoryFactory()

    def cost(count, start):
        body = {"create": [{**row, "sku": f"T-{start}-{n}"} for n, row in enumerate(rows_of(count)["create"])]}
        body["create"] = [{**row, "category": kitchen.pk} for row in body["create"]]
        with CaptureQueriesContext(connection) as made:
            results = api.post(BULK, body).json()["results"]
        ids = [row["id"] for row in results]
        half = len(ids) // 2
        fields = {"version": 1, "price": "5", "stock": 9, "sku": "", "category": None}
        body = {"update": [{"id": key, **fields} for key in ids[:half]], "trash": [{"id": key} for key in ids[half:]]}
        with CaptureQueriesContext(connection) as changed:
            assert api.post(BULK, body).status_code == 200
        stale = {"update": [{"id": key, "version": 1, "price": "6"} for key in ids[:half]], "atomic": False}
        with CaptureQueriesContext(connection) as refused:
            assert {row["status"] for row in api.post(BULK, stale).json()["results"]} == {412}
        return len(made), len(changed), len(refused)

    assert cost(4, "a") == cost(40, "b")


def test_a_thousand_items_fit_in_one_call(api, settings):
    answer = api.post(BULK, rows_of(1000))
    assert (answer.status_code, len(answer.json()["results"])) == (200, 1000)
    assert Product.objects.count() == 1000
    assert int(answer.wsgi_request.META["CONTENT_LENGTH"]) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 3
    updates = [{"id": row["id"], "version": 1, "price": "5", "stock": 2} for row in answer.json()["results"]]
    assert api.post(BULK, {"update": updates}).status_code == 200
    assert set(Product.objects.values_list("price", "stock", "version")) == {(5, 2, 2)}
