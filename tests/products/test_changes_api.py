"""Histories, change sets and their undo by the API."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounts.services import personal_tokens
from products.models import ChangeSet, Product
from products.services import catalogue, categories, changes, history, stock, trash
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
ALL = "/api/changes/"


def at(change_set, *more):
    return "/".join(["/api/changes", str(change_set.pk), *more, ""])


def latest():
    return ChangeSet.objects.latest("pk")


def kinds(answer):
    return [row["kind"] for row in answer.json()["results"]]


# --- A product's history ---------------------------------------------------------------------------------------------


def test_a_history_tells_who_did_what_the_newest_first(api_of, sam, mug):
    catalogue.edit(actor=sam, product=mug, price=Decimal("13.00"), category=categories.create(actor=sam, name="Mugs"))
    edit = latest()
    stock.adjust(actor=sam, product=mug, delta=-2, kind="sold", note="Market")
    sold, edited, made = api_of(sam).get(f"/api/products/{mug.pk}/history/").json()["results"]
    assert (made["created"], made["changes"], made["movements"][0]["balance"]) == (True, [], 10)
    assert sold["changes"] == [{"field": "stock", "old": 10, "new": 8}]
    assert sold["movements"] == [{"kind": "sold", "delta": -2, "balance": 8, "note": "Market"}]
    assert sorted(edited.pop("changes"), key=lambda change: change["field"]) == [
        {"field": "category", "old": None, "new": Product.objects.get().category_id},
        {"field": "price", "old": "12.50", "new": "13.00"},
    ]
    at = datetime.fromisoformat(edited.pop("at"))
    assert at == edit.at
    assert edited == {
        "change_set": edit.pk,
        "kind": "product.edited",
        "actor": "Sam Reyes",
        "actor_id": sam.pk,
        "source": "command",
        "reason": "",
        "undone": False,
        "undoes": None,
        "created": False,
        "movements": [],
    }


def test_a_history_has_no_hidden_fields_for_a_client(api_of, ada, cleo):
    mug = ProductFactory(owner=cleo, cost="6.17", note="Ask Jo")
    catalogue.edit(actor=ada, product=mug, cost=Decimal("6.93"), name="Jug")
    catalogue.edit(actor=ada, product=mug, note="Secret")
    answer = api_of(cleo).get(f"/api/products/{mug.pk}/history/")
    assert kinds(answer) == ["product.edited", "product.created"]
    for secret in ("6.17", "6.93", "Ask Jo", "Secret", "cost", "note"):
        assert secret not in answer.content.decode().replace('"note":""', "")
    assert len(kinds(api_of(ada).get(f"/api/products/{mug.pk}/history/"))) == 3


def test_a_history_is_read_a_page_at_a_time(api_of, sam, mug, django_assert_num_queries):
    for number in range(5):
        catalogue.edit(actor=sam, product=mug, name=f"Jug {number}")
    api, seen, url = api_of(sam), [], f"/api/products/{mug.pk}/history/?page_size=4"
    while url:
        with django_assert_num_queries(5):  # who asks, the product, its acts, their fields and their movements
            page = api.get(url).json()
        seen += [entry["changes"][0]["new"] if entry["changes"] else "made" for entry in page["results"]]
        url = page["next"]
    assert seen == ["Jug 4", "Jug 3", "Jug 2", "Jug 1", "Jug 0", "made"]


def test_a_history_of_what_does_not_exist_for_one_does_not_exist(api_of, sam, cleo, mug):
    draft = ProductFactory(is_public=False)
    assert api_of(cleo).get(f"/api/products/{mug.pk}/history/").status_code == 404
    assert api_of(sam).get(f"/api/products/{draft.pk}/history/").status_code == 404
    assert api_of(sam).get(f"/api/products/{mug.pk}/history/?kind=x").json()["code"] == "unknown_parameter"


# --- Change sets -----------------------------------------------------------------------------------------------------


def test_an_act_is_listed_and_read(api_of, sam, mug):
    catalogue.edit(actor=sam, product=mug, price=Decimal("13.00"), cost=Decimal(7))
    api = api_of(sam)
    assert kinds(api.get(ALL)) == ["product.edited", "product.created"]
    row = api.get(ALL).json()["results"][0]
    assert (row["id"], row["actor"], row["actor_id"], row["undone"]) == (latest().pk, "Sam Reyes", sam.pk, False)
    counts = {"changes": 2, "products": 1, "categories": 0}
    assert api.get(at(latest())).json() == {**row, "counts": counts}
    told = api.get(at(latest(), "rows") + "?ordering=id").json()["results"]
    head = {"object": "product", "object_id": mug.pk, "label": "Enamel mug"}
    assert sorted([{**line, "id": 0} for line in told], key=lambda line: line["field"]) == [
        {"id": 0, **head, "field": "cost", "old": "6.10", "new": "7.00"},
        {"id": 0, **head, "field": "price", "old": "12.50", "new": "13.00"},
    ]


def test_first_values_come_without_what_is_hidden(api_of, ada, cleo):
    ProductFactory(owner=cleo, cost="6.17", note="Ask Jo")
    rows = [api_of(person).get(at(latest(), "rows")).json()["results"] for person in (ada, cleo)]
    assert [line["field"] for line in rows[1]] == [""]
    assert rows[0][0]["new"].items() - rows[1][0]["new"].items() == {("cost", "6.17"), ("note", "Ask Jo")}
    assert rows[1][0]["new"]["owner"] == cleo.pk


def test_what_changed_nothing_that_exists_for_one_does_not_exist(api_of, ada, sam, cleo):
    mug = ProductFactory(owner=cleo, is_public=False)
    with changes.recorded(actor=ada, kind="product.bulk_edited") as recorder:
        recorder.update([(mug, {"name": "Jug"}), (ProductFactory(), {"name": "Pot"})])
    both = recorder.change_set
    catalogue.edit(actor=ada, product=mug, cost=Decimal(2))
    cost = latest()
    trash.discard(actor=ada, product=ProductFactory())
    trashed = latest()
    for person, change_set, status in (
        *((ada, change_set, 200) for change_set in (both, cost, trashed)),
        *((sam, both, 200), (sam, cost, 404), (sam, trashed, 404)),
        *((cleo, both, 200), (cleo, cost, 404), (cleo, trashed, 404)),
    ):
        api = api_of(person)
        assert api.get(at(change_set)).status_code == api.get(at(change_set, "rows")).status_code == status
        assert (change_set.pk in [row["id"] for row in api.get(ALL).json()["results"]]) == (status == 200)
    assert api_of(cleo).get(at(both)).json()["counts"] == {"changes": 1, "products": 1, "categories": 0}
    assert [line["new"] for line in api_of(cleo).get(at(both, "rows")).json()["results"]] == ["Jug"]
    assert [line["new"] for line in api_of(sam).get(at(both, "rows")).json()["results"]] == ["Pot"]


def test_the_list_is_narrowed(api_of, ada, sam, cleo, mug):
    hers = ProductFactory(owner=cleo, is_public=False)
    with changes.recorded(actor=ada, kind="product.bulk_edited") as recorder:
        recorder.update([(mug, {"name": "Jug"}), (hers, {"name": "Pot"})])
    stock.adjust(actor=sam, product=mug, delta=1, kind="received")
    api = api_of(sam)
    assert kinds(api.get(f"{ALL}?kind=stock.adjusted")) == ["stock.adjusted"]
    assert kinds(api.get(f"{ALL}?kind=product.polished")) == []
    assert kinds(api.get(f"{ALL}?actor={sam.pk}")) == ["stock.adjusted"]
    assert kinds(api.get(f"{ALL}?product={mug.pk}")) == ["stock.adjusted", "product.bulk_edited", "product.created"]
    # What sam does not see is not found by its number either, although its act exists for sam.
    assert kinds(api.get(f"{ALL}?product={hers.pk}")) == []
    assert kinds(api_of(cleo).get(f"{ALL}?product={hers.pk}")) == ["product.bulk_edited", "product.created"]
    ChangeSet.objects.filter(kind="stock.adjusted").update(at=datetime(2020, 5, 4, 12, tzinfo=UTC))
    assert kinds(api.get(f"{ALL}?until=2020-05-04T12:00:01Z")) == ["stock.adjusted"]
    assert kinds(api.get(f"{ALL}?until=2020-05-04T12:00:00Z")) == []
    assert kinds(api.get(f"{ALL}?since=2020-05-04T12:00:00Z&until=2020-05-05T00:00:00%2B02:00")) == ["stock.adjusted"]
    assert "stock.adjusted" not in kinds(api.get(f"{ALL}?since=2021-01-01T00:00:00Z"))


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("colour=red", "colour", "unknown_parameter"),
        ("actor=ada", "actor", "invalid"),
        ("actor=0", "actor", "min_value"),
        (f"product={2**63}", "product", "max_value"),
        ("kind=", "kind", "blank"),
        ("since=yesterday", "since", "invalid"),
        ("since=0001-01-01T00:00:00%2B14:00", "since", "overflow"),
        ("until=9999-12-31T23:59:59-14:00", "until", "overflow"),
        ("cursor=x", "cursor", "bad_cursor"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_by_name(query, field, code, api_of, sam):
    answer = api_of(sam).get(f"{ALL}?{query}")
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["pointer"], error["code"]) == (400, f"/{field}", code)


@pytest.mark.parametrize("number", [1, 40])
def test_a_page_takes_as_many_queries_as_a_page_of_one(number, api_of, ada, sam, cleo, django_assert_num_queries):
    for _number in range(number):
        catalogue.edit(actor=sam, product=ProductFactory(owner=cleo), name="Jug")
    many = latest()
    for person in (ada, sam, cleo):
        api = api_of(person)
        with django_assert_num_queries(2):
            assert api.get(ALL).json()["results"]
        with django_assert_num_queries(3):
            assert api.get(at(many, "rows")).json()["results"]


def test_the_rows_of_a_set_are_read_a_page_at_a_time(api_of, sam):
    made = [catalogue.build(actor=sam, name=f"Mug {number}", price="1") for number in range(5)]
    catalogue.create_many(actor=sam, products=made, kind="product.imported")
    api, seen, url = api_of(sam), [], at(latest(), "rows") + "?page_size=2&ordering=id"
    while url:
        page = api.get(url).json()
        seen += [line["label"] for line in page["results"]]
        url = page["next"]
    assert seen == [f"Mug {number}" for number in range(5)]


# --- Undo ------------------------------------------------------------------------------------------------------------


def test_an_act_is_undone_and_done_again(api_of, sam, mug):
    catalogue.edit(actor=sam, product=mug, price=Decimal("13.00"))
    edit, api = latest(), api_of(sam)
    answer = api.post(at(edit, "undo"))
    assert (answer.status_code, answer.json()) == (201, {"change_set": latest().pk, "restored": 1, "skipped": []})
    assert (latest().undoes, latest().source, str(Product.objects.get().price)) == (edit, "api", "12.50")
    assert (api.get(at(edit)).json()["undone"], api.get(at(latest())).json()["undoes"]) == (True, edit.pk)
    again = api.post(at(edit, "undo"))
    assert (again.status_code, again.json()["code"]) == (409, "undone_already")
    assert api.post(at(latest(), "undo")).status_code == 201
    assert str(Product.objects.get().price) == "13.00"


def test_what_was_changed_since_is_left_and_listed(api_of, ada, sam, mug):
    kitchen = categories.create(actor=sam, name="Kitchen")
    catalogue.edit(actor=sam, product=mug, name="Jug", category=kitchen)
    edit = latest()
    catalogue.edit(actor=ada, product=mug, category=None)
    answer = api_of(sam).post(at(edit, "undo"))
    skipped = [{"label": "Jug", "field": "category", "why": "It was changed since."}]
    assert (answer.json()["restored"], answer.json()["skipped"]) == (1, skipped)
    catalogue.edit(actor=sam, product=mug, name="Pot")
    edit = latest()
    catalogue.edit(actor=ada, product=mug, name="Pan")
    answer = api_of(sam).post(at(edit, "undo"))
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")


def test_ones_own_any_or_none_by_role_and_404_for_what_is_not_there(api_of, ada, sam, cleo):
    mug, draft = ProductFactory(owner=cleo), ProductFactory(is_public=False)
    catalogue.edit(actor=ada, product=mug, name="Jug")
    hers = latest()
    catalogue.edit(actor=ada, product=draft, name="Jug")
    unseen = latest()
    assert api_of(sam).post(at(hers, "undo")).status_code == 403
    assert api_of(sam).post(at(unseen, "undo")).status_code == 404
    for change_set in (hers, unseen):
        assert api_of(cleo).post(at(change_set, "undo")).json()["code"] == "permission_denied"
    assert set(Product.objects.values_list("name", flat=True)) == {"Jug"}
    for change_set in (hers, unseen):
        assert api_of(ada).post(at(change_set, "undo")).status_code == 201


def test_an_undo_of_a_creation_can_be_undone_by_who_did_it(api_of, sam):
    mug = catalogue.create(actor=sam, name="Mug", price="1")
    api = api_of(sam)
    undone = api.post(at(latest(), "undo")).json()["change_set"]
    assert api.get(f"/api/products/{mug.pk}/").status_code == 404
    assert api.post(f"{ALL}{undone}/undo/").status_code == 201
    assert api.get(f"/api/products/{mug.pk}/").status_code == 200


@pytest.fixture
def by_token():
    """A script with a personal token of these scopes."""

    def client(person, *scopes):
        _token, secret = personal_tokens.create(actor=person, name="-".join(scopes), scopes=list(scopes))
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return api

    return client


def test_a_token_undoes_what_its_scopes_allow(by_token, sam, mug):
    stock.adjust(actor=sam, product=mug, delta=-2, kind="sold")
    sale = latest()
    catalogue.edit(actor=sam, product=mug, name="Jug")
    edit = latest()
    for scopes, change_set in ((["read"], edit), (["stock"], sale), (["products"], sale)):
        answer = by_token(sam, *scopes).post(at(change_set, "undo"))
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), scopes
    mug.refresh_from_db()
    assert (mug.name, mug.stock) == ("Jug", 8)
    both = by_token(sam, "products", "stock")
    assert both.post(at(sale, "undo")).status_code == both.post(at(edit, "undo")).status_code == 201
    mug.refresh_from_db()
    assert (mug.name, mug.stock) == ("Enamel mug", 10)


def test_a_token_of_an_admin_reads_what_the_admin_does(by_token, ada, mug):
    trash.discard(actor=ada, product=mug)
    assert by_token(ada, "read").get(at(latest())).status_code == 200
    assert by_token(ada, "admin").get(ALL).json()["code"] == "scope_missing"


def test_a_dry_run_of_an_undo_tells_and_leaves_it_undoable(api_of, sam, mug):
    catalogue.edit(actor=sam, product=mug, price=Decimal("13.00"))
    edit, api = latest(), api_of(sam)
    told = api.post(at(edit, "undo") + "?dry_run=true").json()
    line = {"object": "product", "id": mug.pk, "label": "Enamel mug", "field": "price", "old": "13.00", "new": "12.50"}
    assert (told["status"], told["changes"], told["result"]["restored"]) == (201, [line], 1)
    assert (latest(), str(Product.objects.get().price)) == (edit, "13.00")
    assert api.post(at(edit, "undo")).status_code == 201


def test_a_retry_of_an_undo_answers_the_same(api_of, sam, mug):
    catalogue.edit(actor=sam, product=mug, name="Jug")
    url, key = at(latest(), "undo"), {"Idempotency-Key": "undo-1"}
    first, second = (api_of(sam).post(url, headers=key) for _try in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    assert history.latest(mug).kind == "changes.undone"


def test_an_undo_tells_nothing_of_what_is_not_shared_any_more(api_of, ada, sam, mug):
    stock.adjust(actor=sam, product=mug, delta=1, kind="received")
    done = latest()
    catalogue.edit(actor=ada, product=mug, is_public=False, name="Secret project")
    for url in (at(done, "undo") + "?dry_run=true", at(done, "undo")):
        answer = api_of(sam).post(url)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")
        assert answer.json()["detail"] == "Nothing was undone. Enamel mug: It is not shared with you any more."
        assert "Secret" not in answer.text
    mug.refresh_from_db()
    assert mug.stock == 11


def test_a_dry_run_by_a_token_for_people_alone_names_no_product(by_token, ada, sam):
    ProductFactory(owner=sam, name="Secret project", is_public=False)
    url = f"/api/users/{sam.pk}/?successor={ada.pk}&dry_run=true"
    told = by_token(ada, "admin").delete(url)
    assert (told.status_code, {line["object"] for line in told.json()["changes"]}) == (200, {"person"})
    told = by_token(ada, "admin", "read").delete(url).json()["changes"]
    assert "Secret project" in {line["label"] for line in told}
