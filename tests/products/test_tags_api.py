"""Tags by the API: as a field of products, and renamed or removed on all of them."""

import pytest

from products.models import ChangeSet, Job, Product, Tag
from products.services import jobs, tags
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
ALL = "/api/tags/"


@pytest.fixture
def red(ada):
    ProductFactory(tags=["large", "red"])
    ProductFactory(tags=["red"])
    return Tag.objects.get(name="red")


def at(tag):
    return f"{ALL}{tag.pk}/"


def held():
    return list(Product.objects.order_by("pk").values_list("tags", flat=True))


# --- On a product ----------------------------------------------------------------------------------------------------


def test_a_product_takes_and_tells_its_tags(api_of, sam):
    api = api_of(sam)
    made = api.post("/api/products/", {"name": "Jug", "price": "1.00", "tags": ["Red ", "large", "red"]})
    assert (made.status_code, made.json()["tags"]) == (201, ["large", "red"])
    url = f"/api/products/{made.json()['id']}/"
    assert api.get(f"{url}?fields=tags").json() == {"tags": ["large", "red"]}
    assert api.patch(url, {"name": "Pot"}).json()["tags"] == ["large", "red"]
    assert api.put(url, {**api.get(url).json(), "tags": []}).json()["tags"] == []
    assert api.post("/api/products/", {"name": "Pot", "price": "1.00"}).json()["tags"] == []
    line = api.get(f"{url}history/").json()["results"][0]["changes"]
    assert line == [{"field": "tags", "old": ["large", "red"], "new": []}]


def test_a_bulk_call_sets_them_too(api_of, sam, mug):
    answer = api_of(sam).post("/api/products/bulk/", {"update": [{"id": mug.pk, "tags": ["Red"]}]})
    assert (answer.status_code, held()) == (200, [["red"]])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("red", "not_a_list"),
        ([1], "invalid"),
        (["a,b"], "tags"),
        ([" "], "blank"),
        (["x" * 41], "max_length"),
        (["\u0130" * 40], "invalid"),
        ([f"tag {n}" for n in range(21)], "max_length"),
        (None, "null"),
    ],
)
def test_what_is_no_list_of_tags_is_refused(given, code, api_of, sam, mug):
    answer = api_of(sam).patch(f"/api/products/{mug.pk}/", {"tags": given})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code), answer.json()
    assert held() == [[]]


def test_a_client_reads_their_tags_and_sets_none(api_of, cleo):
    mine = ProductFactory(owner=cleo, tags=["red"])
    api = api_of(cleo)
    assert api.get(f"/api/products/{mine.pk}/").json()["tags"] == ["red"]
    assert api.patch(f"/api/products/{mine.pk}/", {"tags": []}).status_code == 403


# --- By themselves ---------------------------------------------------------------------------------------------------


def test_the_list_tells_the_tags_of_what_the_caller_sees(api_of, ada, sam, cleo, red):
    ProductFactory(tags=["secret"], is_public=False)
    assert api_of(sam).get(ALL).json()["results"] == [
        {"id": Tag.objects.get(name="large").pk, "name": "large", "product_count": 1},
        {"id": red.pk, "name": "red", "product_count": 2},
    ]
    assert [row["name"] for row in api_of(ada).get(f"{ALL}?ordering=-name").json()["results"]] == [
        "secret",
        "red",
        "large",
    ]
    assert api_of(cleo).get(ALL).json()["results"] == []
    assert api_of(cleo).get(at(red)).status_code == 404
    assert api_of(sam).get(at(red)).json()["product_count"] == 2


def test_the_list_is_read_a_page_at_a_time(api_of, sam, red):
    api, seen, url = api_of(sam), [], f"{ALL}?page_size=1"
    while url:
        page = api.get(url).json()
        seen += [row["name"] for row in page["results"]]
        url = page["next"]
    assert seen == ["large", "red"]


@pytest.mark.parametrize("number", [1, 30])
def test_a_page_takes_as_many_queries_as_a_page_of_one(number, api_of, sam, django_assert_num_queries):
    for n in range(number):
        ProductFactory(tags=[f"tag {n}"])
    api = api_of(sam)
    api.get(ALL)
    with django_assert_num_queries(2):
        api.get(ALL)


def test_a_tag_is_renamed_and_the_act_is_told(api_of, sam, red):
    answer = api_of(sam).put(at(red), {"name": "Crimson"})
    act = ChangeSet.objects.latest("pk")
    assert (answer.status_code, answer.json()) == (200, {"name": "crimson", "change_set": act.pk})
    assert (act.kind, held()) == ("tag.renamed", [["crimson", "large"], ["crimson"]])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "RED"}, "unchanged"),
        ({"name": "a,b"}, "tags"),
        ({"name": "x" * 41}, "max_length"),
        ({"name": ""}, "blank"),
        ({}, "required"),
        ({"name": "a", "colour": "b"}, "unknown_field"),
    ],
)
def test_each_refusal_names_its_code(body, code, api_of, sam, red):
    answer = api_of(sam).put(at(red), body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code), answer.json()
    assert held() == [["large", "red"], ["red"]]


def test_a_tag_is_removed(api_of, sam, red):
    answer = api_of(sam).delete(at(red))
    assert (answer.status_code, answer.content, held()) == (204, b"", [["large"], []])


def test_more_than_are_done_at_once_are_the_workers(api_of, sam, red, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    answer = api_of(sam).put(at(red), {"name": "crimson"})
    job = Job.objects.get()
    assert (answer.status_code, answer.json()["id"], answer.headers["Location"]) == (
        202,
        job.pk,
        f"/api/jobs/{job.pk}/",
    )
    jobs.run(job.pk, tags.step)
    assert held() == [["crimson", "large"], ["crimson"]]
    assert api_of(sam).delete(at(Tag.objects.get(name="crimson"))).status_code == 202


def test_clients_rename_and_remove_none(api_of, cleo):
    ProductFactory(owner=cleo, tags=["red"])
    for answer in (api_of(cleo).put(at(Tag.objects.get()), {"name": "x"}), api_of(cleo).delete(at(Tag.objects.get()))):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert held() == [["red"]]


def test_a_dry_run_tells_and_changes_nothing(api_of, sam, red):
    told = api_of(sam).put(f"{at(red)}?dry_run=true", {"name": "crimson"}).json()
    assert (told["status"], told["result"]["name"], len(told["changes"])) == (200, "crimson", 2)
    assert held() == [["large", "red"], ["red"]]


def test_a_retry_by_key_renames_once(api_of, sam, red):
    before = ChangeSet.objects.count()
    answers = [api_of(sam).put(at(red), {"name": "x"}, headers={"Idempotency-Key": "k-1"}) for _try in range(2)]
    assert answers[0].json() == answers[1].json()
    assert ChangeSet.objects.count() == before + 1
