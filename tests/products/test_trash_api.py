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
    assert api.get(f"{ALL}?q=mug").json()["code"] == "unknown_parameter"
