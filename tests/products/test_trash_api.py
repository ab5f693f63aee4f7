"""The trash by the API: for admins, and nobody else."""

import pytest

from products.models import ChangeSet, Product
from products.services import trash
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
ALL = "/api/trash/"


@pytest.fixture
def binned(ada, mug):
    trash.discard(actor=ada, product=mug)
    return mug


def test_the_trash_shows_what_went_there_last_first(api_of, ada, binned):
    later = ProductFactory(name="Jug")
    ProductFactory(name="Still there")
    trash.discard(actor=ada, product=later)
    api = api_of(ada)
    rows = api.get(ALL).json()["results"]
    assert [row["name"] for row in rows] == ["Jug", "Enamel mug"]
    assert rows[1] == api.get(f"{ALL}{binned.pk}/").json()
    assert (rows[1]["stock"], rows[1]["sku"], rows[1]["trashed_at"] > rows[1]["created_at"]) == (10, "MUG-1", True)
    assert [row["name"] for row in api.get(f"{ALL}?ordering=trashed").json()["results"]] == ["Enamel mug", "Jug"]
    page = api.get(f"{ALL}?page_size=1").json()
    assert [row["name"] for row in api.get(page["next"]).json()["results"]] == ["Enamel mug"]


def test_a_product_comes_back_as_it_was(api_of, ada, binned):
    api = api_of(ada)
    answer = api.post(f"{ALL}{binned.pk}/restore/")
    assert (answer.status_code, answer["ETag"]) == (200, '"3"')
    assert answer.json() == api.get(f"/api/products/{binned.pk}/").json()
    assert (answer.json()["stock"], "trashed_at" in answer.json()) == (10, False)
    assert ChangeSet.objects.latest("pk").kind == "product.restored"
    assert api.get(f"{ALL}{binned.pk}/").status_code == api.post(f"{ALL}{binned.pk}/restore/").status_code == 404


def test_a_product_that_a_rival_brought_back_is_a_conflict(api_of, ada, binned, monkeypatch):
    first = trash.restore
    monkeypatch.setattr(trash, "restore", lambda **what: [first(**what), first(**what)])
    answer = api_of(ada).post(f"{ALL}{binned.pk}/restore/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_trash")


def test_a_dry_run_leaves_it_there(api_of, ada, binned):
    told = api_of(ada).post(f"{ALL}{binned.pk}/restore/?dry_run=true").json()
    assert [(line["field"], line["new"]) for line in told["changes"]] == [("trashed_at", None)]
    assert (told["status"], told["result"]["name"]) == (200, "Enamel mug")
    assert Product.objects.trash_of(ada).exists()


def test_staff_and_clients_have_no_trash(api_of, sam, cleo, binned):
    for person in (sam, cleo):
        api = api_of(person)
        for answer in (api.get(ALL), api.get(f"{ALL}{binned.pk}/"), api.post(f"{ALL}{binned.pk}/restore/")):
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert Product.objects.get().trashed_at is not None


def test_what_is_not_in_the_trash_is_not_there(api_of, ada, mug):
    api = api_of(ada)
    assert api.get(f"{ALL}{mug.pk}/").status_code == api.post(f"{ALL}{mug.pk}/restore/").status_code == 404
    assert api.get(f"{ALL}?name=mug").json()["code"] == "unknown_parameter"
    assert api.post(f"{ALL}{mug.pk}/purge/", {"confirm": "MUG-1"}).status_code == 404


def test_the_trash_is_searched(api_of, ada, binned):
    trash.discard(actor=ada, product=ProductFactory(name="Jug"))
    api = api_of(ada)
    assert [row["name"] for row in api.get(f"{ALL}?q=mug").json()["results"]] == ["Enamel mug"]
    for wrong in ("q=", f"q={'x' * 201}", "q=%00"):
        assert api.get(f"{ALL}?{wrong}").status_code == 400


def test_several_come_back_as_one_act(api_of, ada, mug):
    jug, cup = ProductFactory(), ProductFactory()
    for product in (mug, jug, cup):
        trash.discard(actor=ada, product=product)
    answer = api_of(ada).post(f"{ALL}recover/", {"ids": [jug.pk, mug.pk, 999]})
    act = ChangeSet.objects.latest("pk")
    assert (answer.status_code, answer.json()) == (200, {"change_set": act.pk, "restored": [mug.pk, jug.pk]})
    assert list(Product.objects.trash_of(ada)) == [cup]
    again = api_of(ada).post(f"{ALL}recover/", {"ids": [mug.pk]})
    assert (again.status_code, again.json()["code"]) == (409, "not_in_trash")


def test_a_product_is_deleted_for_good_by_its_sku(api_of, ada, binned):
    api, door = api_of(ada), f"{ALL}{binned.pk}/purge/"
    for wrong in ({"confirm": "MUG"}, {"confirm": "1"}):
        answer = api.post(door, wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "not_confirmed")
        assert answer.json()["errors"][0]["pointer"] == "/confirm"
    assert api.post(door, {}).status_code == api.post(door, {"confirm": 1, "x": 1}).status_code == 400
    told = api.post(f"{door}?dry_run=true", {"confirm": "mug-1"}).json()
    assert [(line["field"], line["old"]["sku"], line["new"]) for line in told["changes"]] == [("", "MUG-1", None)]
    assert Product.objects.exists()
    answer = api.post(door, {"confirm": "mug-1"})
    act = ChangeSet.objects.latest("pk")
    gone = {"change_set": act.pk, "products": 1, "movements": 1, "proposals": 0, "comments": 0}
    assert (answer.status_code, answer.json(), act.kind) == (200, gone, "product.purged")
    assert api.post(door, {"confirm": "mug-1"}).status_code == 404
    assert api.post(f"/api/changes/{act.pk}/undo/").status_code == 403


def test_a_purge_that_is_sent_twice_with_one_key_is_answered_once(api_of, ada, binned):
    api, key = api_of(ada), {"Idempotency-Key": "purge-1"}
    answers = [api.post(f"{ALL}clear/", {"ids": [binned.pk], "confirm": "MUG-1"}, headers=key) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert ChangeSet.objects.filter(kind="product.purged").count() == 1


def test_several_are_deleted_for_good_by_their_number(api_of, ada, binned):
    jug, here = ProductFactory(), ProductFactory()
    trash.discard(actor=ada, product=jug)
    api, sent = api_of(ada), {"ids": [binned.pk, jug.pk, here.pk]}
    assert api.post(f"{ALL}clear/", {**sent, "confirm": "3"}).json()["code"] == "not_confirmed"
    assert api.post(f"{ALL}clear/", {**sent, "confirm": "2"}).json()["products"] == 2
    assert list(Product.objects.all()) == [here]
    assert api.post(f"{ALL}clear/", {**sent, "confirm": "0"}).json()["code"] == "not_in_trash"


@pytest.mark.parametrize("ids", [[], ["x"], [0], [2**63], [1] * 1001, "1", None])
def test_what_is_no_list_of_ids_is_refused(ids, api_of, ada, binned):
    for door in ("recover", "clear"):
        assert api_of(ada).post(f"{ALL}{door}/", {"ids": ids, "confirm": "1"}).status_code == 400
    assert Product.objects.trash_of(ada).exists()


def test_staff_and_clients_purge_nothing(api_of, sam, cleo, binned):
    for person in (sam, cleo):
        for door in ("recover/", "clear/", f"{binned.pk}/purge/"):
            answer = api_of(person).post(f"{ALL}{door}", {"ids": [binned.pk], "confirm": "MUG-1"})
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert Product.objects.exists()
