"""One edit of many products by a script: ids or filters, what was done and what was not, and the rehearsal."""

import pytest
from django.urls import reverse

from accounts.services import personal_tokens
from products.api.batch import KINDS, fits
from products.models import ChangeSet, Job, Product
from products.services import batch, catalogue, jobs
from site_config import docs
from tests.factories import CategoryFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
BATCH = "/api/products/batch/"
UP = {"price": {"by": "percent", "value": "10"}}


@pytest.fixture
def shelf(ada):
    rows = [ProductFactory(name=f"Tin {n}", price=n * 10, owner=ada) for n in (1, 2, 3)]
    return [*rows, ProductFactory(name="Hidden", price=40, owner=ada, is_public=False)]


def prices():
    return [str(price) for price in Product.objects.order_by("pk").values_list("price", flat=True)]


def places(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def refused(answer, status, *found):
    assert (answer.status_code, places(answer)) == (status, list(found))
    assert prices() == ["10.00", "20.00", "30.00", "40.00"]


def test_products_are_named_by_their_ids(api_of, sam, shelf):
    ids = [shelf[0].pk, shelf[1].pk, shelf[0].pk]
    answer = api_of(sam).post(BATCH, {"ids": ids, "set": UP, "reason": "Spring"})
    change_set = ChangeSet.objects.latest("pk")
    assert (change_set.kind, change_set.reason, change_set.source) == ("product.batch_edited", "Spring", "api")
    assert (answer.status_code, answer.json()) == (
        200,
        {"change_set": change_set.pk, "selected": 2, "changed": 2, "unchanged": 0, "refused": 0, "errors": []},
    )
    assert prices() == ["11.00", "22.00", "30.00", "40.00"]


@pytest.mark.parametrize(
    ("filters", "changed"),
    [
        ({}, ["11.00", "22.00", "33.00", "40.00"]),
        ({"price_min": 20, "q": "tin"}, ["10.00", "22.00", "33.00", "40.00"]),
        ({"price__lt": 20.5, "status": "active", "stock": "out"}, ["11.00", "22.00", "30.00", "40.00"]),
        ({"updated_before": "2001-01-01"}, ["10.00", "20.00", "30.00", "40.00"]),
    ],
)
def test_or_by_the_filters_of_the_list(api_of, sam, shelf, filters, changed):
    assert api_of(sam).post(BATCH, {"filter": filters, "set": UP}).status_code == 200
    assert prices() == changed


def test_everything_that_may_be_set(api_of, ada, sam, shelf):
    kitchen = CategoryFactory()
    wanted = {"is_public": False, "category": kitchen.pk, "low_stock_threshold": 3, "owner": sam.pk, "archived": True}
    wanted |= {"price": {"by": "set", "value": "5.20", "rounding": ".99"}, "tags": {"by": "set", "words": ["Oak", "a"]}}
    assert api_of(ada).post(BATCH, {"ids": [shelf[0].pk], "set": wanted}).json()["changed"] == 1
    tin = Product.objects.get(pk=shelf[0].pk)
    assert (tin.is_public, tin.category, tin.low_stock_threshold, tin.owner) == (False, kitchen, 3, sam)
    assert (str(tin.price), tin.tags, tin.archived_at is None) == ("4.99", ["a", "oak"], False)
    api_of(ada).post(BATCH, {"ids": [shelf[0].pk], "set": {"category": None, "archived": False, "trashed": True}})
    tin.refresh_from_db()
    assert (tin.category, tin.archived_at, tin.trashed_at is None) == (None, None, False)


def test_one_that_cannot_be_edited_is_listed_and_the_others_are_done(api_of, sam, shelf):
    body = {"filter": {}, "set": {"price": {"by": "amount", "value": "-15.00"}}}
    answer = api_of(sam).post(BATCH, body).json()
    assert (answer["changed"], answer["refused"]) == (2, 1)
    assert answer["errors"] == [
        {"id": shelf[0].pk, "field": "price", "code": "below_zero", "message": "Its price would be below zero."}
    ]


def test_a_hidden_product_and_one_that_is_not_there_are_told_alike(api_of, sam, shelf):
    answer = api_of(sam).post(BATCH, {"ids": [shelf[3].pk, 2**40], "set": UP}).json()
    assert (answer["change_set"], answer["changed"], answer["refused"]) == (None, 0, 2)
    hidden, nothing = answer["errors"]
    assert (hidden.pop("id"), nothing.pop("id"), hidden) == (shelf[3].pk, 2**40, nothing)
    assert prices()[3] == "40.00"


def test_what_is_so_already_is_counted_and_leaves_no_change_set(api_of, sam, shelf):
    answer = api_of(sam).post(BATCH, {"filter": {}, "set": {"is_public": True}}).json()
    assert (answer["change_set"], answer["unchanged"]) == (None, 3)


class TestRefusals:
    def test_a_client_edits_nothing(self, api_of, cleo):
        ProductFactory(owner=cleo)
        for chosen in ({"filter": {}}, {"ids": [Product.objects.get().pk]}):
            assert api_of(cleo).post(BATCH, {**chosen, "set": UP}).status_code == 403
        assert prices() == ["10.00"]

    def test_nor_does_a_token_that_may_only_read(self, client, sam, shelf):
        _token, secret = personal_tokens.create(actor=sam, name="Feed", scopes=["read"])
        body = {"filter": {}, "set": UP}
        answer = client.post(
            BATCH, body, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    @pytest.mark.parametrize(("wanted", "field"), [({"owner": 1}, "owner"), ({"trashed": True}, "trashed")])
    def test_owner_and_trash_are_for_admins(self, api_of, sam, shelf, wanted, field):
        answer = api_of(sam).post(BATCH, {"filter": {}, "set": wanted})
        refused(answer, 403, (f"/set/{field}", "permission_denied"))

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ({"set": UP}, ("/ids", "either")),
            ({"ids": [1], "filter": {}, "set": UP}, ("/ids", "either")),
            ({"ids": [], "set": UP}, ("/ids", "empty")),
            ({"ids": list(range(1, 1002)), "set": UP}, ("/ids", "max_length")),
            ({"ids": ["1"], "set": UP}, ("/ids", "invalid")),
            ({"filter": [], "set": UP}, ("/filter", "invalid")),
            ({"filter": {"colour": "red"}, "set": UP}, ("/filter/colour", "unknown")),
            ({"filter": {"q": " "}, "set": UP}, ("/filter/q", "kind")),
            ({"filter": {"q": ""}, "set": UP}, ("/filter/q", "kind")),
            ({"filter": {"q": 5}, "set": UP}, ("/filter/q", "kind")),
            ({"filter": {"q": "x" * 201}, "set": UP}, ("/filter/q", "kind")),
            ({"filter": {"stock": "some"}, "set": UP}, ("/filter/stock", "kind")),
            ({"filter": {"price_min": "5"}, "set": UP}, ("/filter/price_min", "kind")),
            ({"filter": {"price_min": -1}, "set": UP}, ("/filter/price_min", "kind")),
            ({"filter": {"category": True}, "set": UP}, ("/filter/category", "kind")),
            ({"filter": {"category": 1.5}, "set": UP}, ("/filter/category", "kind")),
            ({"filter": {"category": 2**40}, "set": UP}, ("/filter/category", "bad_filter")),
            ({"filter": {"updated_after": "soon"}, "set": UP}, ("/filter/updated_after", "bad_filter")),
            ({"filter": {}}, ("/set", "required")),
            ({"filter": {}, "set": {}}, ("/set", "nothing_to_do")),
            ({"filter": {}, "set": {"stock": 5}}, ("/set/stock", "unknown_field")),
            ({"filter": {}, "set": {"trashed": False}}, ("/set/trashed", "invalid")),
            ({"filter": {}, "set": {"category": 2**40}}, ("/set/category", "does_not_exist")),
            ({"filter": {}, "set": {"price": {"by": "set", "value": "-1"}}}, ("/set/price", "min_value")),
            ({"filter": {}, "set": {"price": {"by": "twice", "value": "1"}}}, ("/set/price/by", "invalid_choice")),
            ({"filter": {}, "set": {"price": {"by": "percent", "value": "1001"}}}, ("/set/price", "out_of_range")),
            ({"filter": {}, "set": {"tags": {"by": "add", "words": []}}}, ("/set/tags", "no_tags")),
        ],
    )
    def test_a_malformed_call_names_the_place_and_does_nothing(self, api_of, sam, shelf, body, found):
        refused(api_of(sam).post(BATCH, body), 400, found)


class TestRepeatAndRehearsal:
    def test_a_dry_run_tells_what_it_would_do(self, api_of, sam, shelf):
        answer = api_of(sam).post(f"{BATCH}?dry_run=true", {"ids": [shelf[0].pk], "set": UP}).json()
        assert (answer["status"], answer["result"]["changed"]) == (200, 1)
        assert [(line["label"], line["field"], line["old"], line["new"]) for line in answer["changes"]] == [
            ("Tin 1", "price", "10.00", "11.00")
        ]
        assert prices()[0] == "10.00"

    def test_a_repeat_with_the_same_key_happens_once(self, api_of, sam, shelf):
        body = {"filter": {}, "set": UP}
        first, second = (api_of(sam).post(BATCH, body, headers={"Idempotency-Key": "spring-1"}) for _time in range(2))
        assert (first.json(), second["Idempotency-Replayed"]) == (second.json(), "true")
        assert prices()[0] == "11.00"


class TestTheWorker:
    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch):
        monkeypatch.setattr(jobs, "AT_ONCE", 2)

    def test_more_than_is_done_at_once_is_a_job(self, api_of, sam, shelf):
        api = api_of(sam)
        answer = api.post(BATCH, {"filter": {}, "set": UP})
        job = Job.objects.get()
        assert (answer.status_code, answer["Location"]) == (202, reverse("api-jobs-detail", args=[job.pk]))
        assert (answer.json()["kind"], answer.json()["total"]) == ("product.batch_edited", 3)
        jobs.run(job.pk, batch.step)
        assert api.get(answer["Location"]).json()["status"] == "done"
        assert prices() == ["11.00", "22.00", "33.00", "40.00"]

    def test_its_dry_run_counts_and_leaves_no_job(self, api_of, sam, ada, shelf):
        catalogue.edit(actor=ada, product=shelf[0], price=5)
        body = {"filter": {}, "set": {"price": {"by": "amount", "value": "-10.00"}}}
        answer = api_of(sam).post(f"{BATCH}?dry_run=true", body).json()
        assert (answer["status"], answer["changes"], Job.objects.count()) == (202, [], 0)
        counts = {"change_set": None, "selected": 3, "changed": 2, "unchanged": 0, "refused": 1}
        assert {name: answer["result"][name] for name in counts} == counts


def test_the_document_offers_each_filter_of_the_list():
    call = docs.schema()["components"]["schemas"]["BatchRequest"]["properties"]["filter"]
    assert call["properties"].keys() == KINDS.keys() >= {"q", "stock", "price__gt", "tag"}
    listed = docs.schema()["paths"]["/api/products/"]["get"]["parameters"]
    assert KINDS.keys() <= {given["name"] for given in listed}


def test_a_whole_number_may_have_a_point_in_json():
    assert fits(KINDS["category"], 3.0)
    assert not fits(KINDS["stock__lt"], float(2**40))


def test_who_left_is_given_nothing(api_of, ada, shelf):
    gone = UserFactory(is_active=False)
    refused(api_of(ada).post(BATCH, {"filter": {}, "set": {"owner": gone.pk}}), 400, ("/set/owner", "inactive_owner"))
