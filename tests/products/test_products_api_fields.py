"""Sparse fields, the one shape of a product, and that what is hidden is on no path."""

import json

import pytest
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer

from products.api.serializers import FIELDS, ProductSerializer
from products.api.versions import tell
from products.filters import SORTS
from products.models import Product
from products.services import catalogue, changes, versions
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
LIST = "/api/products/"
HIDDEN = {"cost", "note"}


def at(product):
    return f"{LIST}{product.pk}/"


# --- One shape -------------------------------------------------------------------------------------------------------


@pytest.fixture
def awkward(ada):
    """Products with every kind of value that a column can hold."""
    archived = ProductFactory(owner=ada, price="0", stock=1_000_000_000, name='"<b>\u2028 Ünï 👩\u200d👧')
    with changes.recorded(actor=ada, kind="test") as recorder:
        whole_second = timezone.now().replace(microsecond=0)
        recorder.update([(archived, {"archived_at": recorder.change_set.at})])
        Product.objects.filter(pk=archived.pk).update(created_at=whole_second, updated_at=whole_second)
    return [
        archived,
        ProductFactory(owner=ada, price="9999999999.99", cost="0.10", is_public=False, category=CategoryFactory()),
        ProductFactory(owner=ada, cost="0", note="x\n\ty", description="d" * 5000, barcode="96385074", stock=0),
    ]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_list_page_and_answers_to_writes_are_byte_for_byte_what_a_plain_serializer_shows(zone, api_of, ada, awkward):
    api = api_of(ada)
    with timezone.override(zone):
        for product in Product.objects.all():
            serializer = ProductSerializer(product, context={"person": ada})
            plain = JSONRenderer().render(ModelSerializer.to_representation(serializer, product))
            assert JSONRenderer().render(serializer.data) == plain
            assert api.get(at(product)).content == plain
            assert plain in api.get(LIST).content
            assert json.dumps(list(json.loads(plain))) == json.dumps(list(FIELDS))


def test_what_was_just_written_is_shown_as_it_will_be_read(api_of, ada):
    api = api_of(ada)
    made = api.post(LIST, {"name": " Mug ", "price": "12", "cost": "1.5"})
    assert (made.json()["price"], made.json()["cost"]) == ("12.00", "1.50")
    assert api.get(at(Product.objects.get())).json() == made.json()
    changed = api.patch(at(Product.objects.get()), {"price": "0.5"})
    assert api.get(at(Product.objects.get())).json() == changed.json()


# --- fields= ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_can_be_asked_for_alone(name, api_of, ada, awkward):
    api = api_of(ada)
    for full in api.get(LIST).json()["results"]:
        assert api.get(f"{LIST}{full['id']}/?fields={name}").json() == {name: full[name]}
    rows = api.get(LIST, {"fields": name}).json()["results"]
    assert rows == [{name: full[name]} for full in api.get(LIST).json()["results"]]


def test_several_fields_come_in_the_order_of_the_whole(api_of, sam, mug):
    answer = api_of(sam).get(at(mug), {"fields": "stock,sku,id,sku"})
    assert answer.content == f'{{"id":{mug.pk},"sku":"MUG-1","stock":10}}'.encode()
    assert answer["ETag"] == '"1"'


@pytest.mark.parametrize("key", SORTS)
def test_pages_of_one_field_go_on_in_every_order(key, api_of, ada):
    made = {ProductFactory(owner=ada, price=5 - number % 2, stock=number % 3).pk for number in range(5)}
    api, url, seen = api_of(ada), f"{LIST}?fields=barcode,id&ordering={key}&page_size=2", []
    while url:
        page = api.get(url).json()
        seen += [row["id"] for row in page["results"]]
        assert {tuple(row) for row in page["results"]} == {("id", "barcode")}
        url = page["next"]
    assert (len(seen), set(seen)) == (5, made)


@pytest.mark.parametrize(
    "given", ["colour", "id,colour", "", "id,", ",", "pk", "search", "trashed_at", "category_id", "*"]
)
def test_a_field_that_does_not_exist_is_refused_by_name(given, api_of, ada, mug):
    for url in (LIST, at(mug)):
        answer = api_of(ada).get(url, {"fields": given})
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")
        assert answer.json()["errors"][0]["pointer"] == "/fields"
    if given == "id,colour":
        assert answer.json()["fields"] == ["There is no field called colour."]


def test_a_list_reads_only_the_columns_it_shows(api_of, ada, mug, django_assert_num_queries):
    api = api_of(ada)
    with django_assert_num_queries(2) as queries:
        api.get(LIST, {"fields": "sku", "ordering": "name"})
    read = queries.captured_queries[1]["sql"].split(" FROM ")[0]
    assert all(f'"{name}"' in read for name in ("id", "sku", "name"))
    assert not any(f'"{name}"' in read for name in ("description", "price", "search", "updated_at"))


# --- What is hidden --------------------------------------------------------------------------------------------------


def without_id(answer):
    return {**answer.json(), "request_id": ""}


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_for_a_client_a_hidden_field_is_as_unknown_as_any_other(name, api_of, cleo):
    mine = ProductFactory(owner=cleo, cost="6.10", note="Ask Jo")
    api = api_of(cleo)
    for url in (LIST, at(mine)):
        for asked in (f"fields={name}", f"fields=id,{name}", f"ordering={name}", f"{name}=6.10", f"{name}__gte=1"):
            hidden, unknown = (api.get(f"{url}?{asked.replace(name, word)}") for word in (name, "zzzz"))
            assert hidden.status_code == unknown.status_code == 400
            assert json.dumps(without_id(hidden)).replace(name, "zzzz") == json.dumps(without_id(unknown))
    assert name not in api.get(LIST).json()["results"][0]
    assert name not in api.get(at(mine)).json()


def test_no_order_of_a_clients_list_follows_a_hidden_field(api_of, cleo):
    for cost in ("3", "1", "2"):
        ProductFactory(owner=cleo, cost=cost, name="Same", price="1", stock=1)
    for key in SORTS:
        ids = [row["id"] for row in api_of(cleo).get(LIST, {"ordering": key}).json()["results"]]
        assert ids in (sorted(ids), sorted(ids, reverse=True)), key


def test_a_search_finds_nothing_by_what_is_hidden(api_of, cleo):
    ProductFactory(owner=cleo, cost="6.10", note="Secretword")
    for query in ({"q": "secretword"}, {"q": "6.10"}, {"sku": "secretword"}, {"barcode": "secretword"}):
        assert api_of(cleo).get(LIST, query).json()["results"] == []


def test_a_refusal_that_came_too_late_tells_only_what_its_reader_may_see(ada, cleo, mug):
    """No client changes a product today; if one could, this is what a 412 would tell."""
    clashes = [versions.Clash("cost", 1, 2, 3), versions.Clash("name", "a", "b", "c")]
    for reader, fields in ((ada, ["cost", "name"]), (cleo, ["name"])):
        mismatch = versions.VersionMismatch(mug, clashes)
        tell(mismatch, reader)
        assert [conflict["field"] for conflict in mismatch.extra["conflicts"]] == fields
        assert ("cost" in mismatch.extra["current"]) == (reader is ada)


def test_no_answer_to_a_client_holds_a_hidden_value(api_of, ada, cleo):
    mine = ProductFactory(owner=cleo, cost="6.10", note="Secretword")
    catalogue.edit(actor=ada, product=mine, cost="7.70", note="Secretword two", name="Jug")
    api, old = api_of(cleo), {"If-Match": '"1"'}
    answers = [
        api.get(LIST),
        api.get(at(mine)),
        api.get(f"{at(mine)}history/"),
        api.get(f"{at(mine)}stock/"),
        api.get("/api/changes/"),
        api.patch(at(mine), {"cost": "1", "note": "x"}, headers=old),
        api.put(at(mine), {"name": "x", "price": "1", "cost": "1"}, headers=old),
        api.delete(at(mine), headers=old),
        api.post(f"{at(mine)}stock/", {"delta": 1, "reason": "received"}, headers=old),
        api.patch(f"{at(mine)}?dry_run=true", {"cost": "1"}),
        api.post("/api/products/bulk/", {"update": [{"id": mine.pk, "version": 1, "cost": "1"}], "atomic": False}),
        api.post("/api/products/bulk/?dry_run=true", {"update": [{"id": mine.pk, "cost": "1"}]}),
    ]
    for answer in answers:
        assert answer.status_code in (200, 403), answer.content
        for secret in (b"Secretword", b"6.10", b"7.70", b'"cost"', b'"note": "S'):
            assert secret not in answer.content, answer.wsgi_request.path
