"""Categories by the API: a tree to read for everybody, to change for the back office."""

import pytest

from products.models import Category, ChangeSet, Job, Product
from products.services import categories, jobs, trash
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
ALL = "/api/categories/"


def at(category):
    return f"{ALL}{category.pk}/"


@pytest.fixture
def kitchen():
    return CategoryFactory(name="Kitchen")


@pytest.fixture
def mugs(kitchen):
    return CategoryFactory(name="Mugs", parent=kitchen)


def test_the_list_tells_the_tree(api_of, ada, cleo, kitchen, mugs):
    ProductFactory(category=mugs, owner=cleo)
    ProductFactory(category=mugs)
    assert api_of(ada).get(ALL).json()["results"] == [
        {"id": kitchen.pk, "name": "Kitchen", "parent": None, "path": "Kitchen", "depth": 0, "product_count": 0},
        {"id": mugs.pk, "name": "Mugs", "parent": kitchen.pk, "path": "Kitchen / Mugs", "depth": 1, "product_count": 2},
    ]
    assert api_of(cleo).get(at(mugs)).json()["product_count"] == 1
    assert api_of(cleo).get(f"{ALL}999/").status_code == 404


@pytest.mark.parametrize("ordering", ["id", "-id"])
def test_the_list_is_read_a_page_at_a_time(ordering, api_of, sam, mugs):
    made = [CategoryFactory(name=f"{number}", parent=mugs).pk for number in range(5)]
    api, seen, url = api_of(sam), [], f"{ALL}?page_size=3&ordering={ordering}"
    while url:
        page = api.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    everything = [mugs.parent_id, mugs.pk, *made]
    assert seen == (everything if ordering == "id" else everything[::-1])


@pytest.mark.parametrize("number", [1, 30])
def test_a_page_takes_as_many_queries_as_a_page_of_one(number, api_of, sam, mugs, django_assert_num_queries):
    for name in range(number):
        ProductFactory(category=CategoryFactory(name=str(name), parent=mugs))
    api = api_of(sam)
    api.get(ALL)
    with django_assert_num_queries(3) as queries:  # who asks, the page, and the names on its paths
        api.get(ALL)
    assert len(queries) == 3


@pytest.mark.parametrize("name", ["0", "007", "1_0", "a\x1fb"])
def test_a_name_is_told_as_it_is(name, api_of, sam):
    made = api_of(sam).post(ALL, {"name": name}).json()
    below = api_of(sam).post(ALL, {"name": name, "parent": made["id"]}).json()
    assert (made["path"], below["path"]) == (name, f"{name} / {name}")


def test_a_parameter_that_is_none_is_refused_by_name(api_of, sam):
    answer = api_of(sam).get(f"{ALL}?depth=1")
    assert (answer.status_code, answer.json()["code"], "depth" in answer.json()) == (400, "unknown_parameter", True)


def test_a_category_is_made_renamed_moved_and_deleted(api_of, sam, kitchen):
    api = api_of(sam)
    made = api.post(ALL, {"name": "Cups", "parent": kitchen.pk})
    assert (made.status_code, made.json()["path"], made.json()["product_count"]) == (201, "Kitchen / Cups", 0)
    url = f"{ALL}{made.json()['id']}/"
    assert api.patch(url, {"name": "Pots"}).json()["path"] == "Kitchen / Pots"
    assert api.patch(url, {"parent": None}).json()["path"] == "Pots"
    assert api.put(url, {"name": "Pans"}).json()["path"] == "Pans"
    assert api.put(url, {**api.get(url).json(), "parent": kitchen.pk}).status_code == 200
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404
    kinds = ChangeSet.objects.order_by("pk").values_list("kind", "actor_name")
    assert list(kinds) == [
        ("category.created", "Sam Reyes"),
        *[("category.edited", "Sam Reyes")] * 4,
        ("category.deleted", "Sam Reyes"),
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "mugs"}, 400, "already_exists"),
        ({"name": "Cups", "parent": "self"}, 409, "cycle"),
        ({"name": "x" * 81}, 400, "max_length"),
        ({"name": ""}, 400, "blank"),
        ({"name": "Cups", "parent": 999}, 400, "does_not_exist"),
        ({"name": "Cups", "depth": 3}, 400, "read_only_field"),
        ({"name": "Cups", "colour": "red"}, 400, "unknown_field"),
    ],
)
def test_each_refusal_names_its_code(body, status, code, api_of, sam, mugs):
    cups = CategoryFactory(name="Cups", parent=mugs.parent)
    if body.get("parent") == "self":
        body = {**body, "parent": cups.pk}
    before = list(Category.objects.order_by("pk").values())
    answer = api_of(sam).patch(at(cups), body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code), answer.json()
    assert list(Category.objects.order_by("pk").values()) == before


def test_a_category_with_anything_in_it_is_not_deleted(api_of, ada, kitchen, mugs):
    trash.discard(actor=ada, product=ProductFactory(category=mugs))
    for category in (kitchen, mugs):
        answer = api_of(ada).delete(at(category))
        assert (answer.status_code, answer.json()["code"]) == (409, "not_empty")
    assert Category.objects.count() == 2


def test_clients_read_and_change_nothing(api_of, cleo, kitchen):
    api = api_of(cleo)
    for answer in (api.post(ALL, {"name": "Cups"}), api.patch(at(kitchen), {"name": "Bath"}), api.delete(at(kitchen))):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert list(Category.objects.values_list("name", flat=True)) == ["Kitchen"]


def test_a_dry_run_tells_and_changes_nothing(api_of, sam, mugs):
    answer = api_of(sam).post(f"{ALL}?dry_run=true", {"name": "Cups", "parent": mugs.parent_id})
    assert answer.status_code == 200
    told = answer.json()
    new = {"name": "Cups", "parent": mugs.parent_id}
    line = {"object": "category", "id": None, "label": "Cups", "field": "", "old": None, "new": new}
    assert (told["status"], told["changes"], told["result"]["path"]) == (201, [line], "Kitchen / Cups")
    told = api_of(sam).delete(f"{at(mugs)}?dry_run=true").json()
    assert (told["status"], told["changes"][0]["old"]["name"], told["changes"][0]["id"]) == (204, "Mugs", mugs.pk)
    assert (Category.objects.count(), ChangeSet.objects.count()) == (2, 0)


def test_a_retry_by_key_makes_one_category(api_of, sam):
    answers = [api_of(sam).post(ALL, {"name": "Cups"}, headers={"Idempotency-Key": "k-1"}) for _try in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Category.objects.count() == 1


def test_one_that_vanished_between_reading_and_writing_is_a_conflict(api_of, sam, kitchen, mugs, monkeypatch):
    """A serializer has seen the parent; the rule does not find it any more."""
    monkeypatch.setattr(categories, "locked", lambda **_how: {kitchen.pk: kitchen})
    answer = api_of(sam).patch(at(kitchen), {"parent": mugs.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "gone")
    assert not Product.objects.exists()


# --- Merging ---------------------------------------------------------------------------------------------------------


def merging(category):
    return f"{at(category)}merge/"


def test_a_merge_answers_the_category_that_stays(api_of, sam, kitchen, mugs):
    mug = ProductFactory(category=mugs)
    answer = api_of(sam).post(merging(mugs), {"into": kitchen.pk})
    assert (answer.status_code, answer.json()["id"], answer.json()["product_count"]) == (200, kitchen.pk, 1)
    assert (Product.objects.get().category, Category.objects.get()) == (kitchen, kitchen)
    assert api_of(sam).get(f"/api/changes/?product={mug.pk}").json()["results"][0]["kind"] == "category.merged"


@pytest.mark.parametrize(
    ("into", "status", "code"), [("self", 409, "cycle"), (999, 400, "does_not_exist"), (None, 400, "null")]
)
def test_a_merge_that_cannot_be_names_its_code(into, status, code, api_of, sam, kitchen, mugs):
    answer = api_of(sam).post(merging(kitchen), {"into": mugs.pk if into == "self" else into})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code), answer.json()
    assert Category.objects.count() == 2


def test_a_merge_of_what_is_not_shared_is_refused(api_of, sam, kitchen, mugs):
    ProductFactory(category=mugs, is_public=False)
    answer = api_of(sam).post(merging(mugs), {"into": kitchen.pk})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_shared")


def test_a_large_merge_is_the_workers(api_of, sam, kitchen, mugs, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    for _n in range(2):
        ProductFactory(category=mugs)
    answer = api_of(sam).post(merging(mugs), {"into": kitchen.pk})
    job = Job.objects.get()
    assert (answer.status_code, answer.json()["kind"], answer.headers["Location"]) == (
        202,
        "category.merged",
        f"/api/jobs/{job.pk}/",
    )


def test_a_rehearsed_merge_changes_nothing_and_a_repeated_one_happens_once(api_of, cleo, sam, kitchen, mugs):
    ProductFactory(category=mugs)
    told = api_of(sam).post(f"{merging(mugs)}?dry_run=true", {"into": kitchen.pk}).json()
    assert (told["status"], len(told["changes"]), Category.objects.count()) == (200, 2, 2)
    assert api_of(cleo).post(merging(mugs), {"into": kitchen.pk}).status_code == 403
    key = {"Idempotency-Key": "m-1"}
    answers = [api_of(sam).post(merging(mugs), {"into": kitchen.pk}, headers=key) for _try in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
