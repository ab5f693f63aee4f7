"""The list: pages without gaps or repeats, bounded and named parameters, and a constant number of queries."""

import base64
import json

import pytest

from products.filters import SORTS, ProductFilter
from products.models import Product
from products.services import changes
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
LIST = "/api/products/"
AWKWARD = ["soft\u00adhyphen", "no\u00a0break", "family 👩\u200d👧", "tab\tinside", "new\nline", '"quoted" <b>', "Ünï"]


def cursor(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


def walk(api, url, key="next"):
    """Every page from here on by the links alone."""
    pages = []
    while url:
        answer = api.get(url)
        assert answer.status_code == 200, answer.content
        pages.append(answer.json())
        url = pages[-1][key]
        assert len(pages) < 100
    return pages


@pytest.fixture
def crowd(ada):
    """Twenty products, most of them equal in name, price, stock and time of change."""
    awkward = [{"name": name, "price": number, "stock": number} for number, name in enumerate(AWKWARD)]
    rows = awkward + [{"name": "Mug", "price": 5, "stock": 3}] * 13
    products = [ProductFactory(owner=ada, **row) for row in rows]
    with changes.recorded(actor=ada, kind="test"):
        Product.objects.filter(name="Mug").update(updated_at=products[0].updated_at)
    return products


@pytest.mark.parametrize("size", [1, 3, 20])
@pytest.mark.parametrize("key", SORTS)
def test_pages_have_no_gap_and_no_repeat_forward_and_back(key, size, api_of, ada, crowd):
    api, sort = api_of(ada), SORTS[key]
    sign = "-" if sort.descending else ""
    wanted = list(Product.objects.order_by(f"{sign}{sort.field}", f"{sign}pk").values_list("pk", flat=True))
    forward = walk(api, f"{LIST}?ordering={key}&page_size={size}")
    assert [row["id"] for page in forward for row in page["results"]] == wanted
    assert len(forward) == -(-20 // size)
    assert (forward[0]["previous"], forward[-1]["next"]) == (None, None)
    if size < 20:
        back = walk(api, forward[-1]["previous"], "previous")
        assert [page["results"] for page in reversed(back)] == [page["results"] for page in forward[:-1]]


def test_a_product_added_meanwhile_neither_repeats_nor_hides_a_row(api_of, ada, crowd):
    api = api_of(ada)
    first = api.get(f"{LIST}?ordering=id&page_size=5").json()
    ProductFactory(name="Late")
    rest = walk(api, first["next"])
    seen = [row["id"] for page in [first, *rest] for row in page["results"]]
    assert len(seen) == len(set(seen)) == 21


def test_the_links_keep_filters_and_order(api_of, ada, crowd):
    page = api_of(ada).get(f"{LIST}?q=mug&ordering=-name&page_size=2&status=active").json()
    assert page["next"].startswith("http://testserver/api/products/?")
    for part in ("q=mug", "ordering=-name", "page_size=2", "status=active", "cursor="):
        assert part in page["next"]


def test_without_parameters_fifty_come_latest_change_first(api_of, ada):
    for _number in range(52):
        ProductFactory(owner=ada)
    page = api_of(ada).get(LIST).json()
    assert len(page["results"]) == 50
    assert page["results"] == sorted(page["results"], key=lambda row: row["updated_at"], reverse=True)
    assert page["previous"] is None


def test_an_empty_list_is_a_page(api_of, cleo, mug):
    assert api_of(cleo).get(LIST).json() == {"next": None, "previous": None, "results": []}


BAD_CURSORS = [
    *("rubbish", "²", "====", "a", "null", "bnVsbA", "\ud7ff", "%00", "A" * 6000),
    cursor(),
    cursor("-updated", "n"),
    cursor("price", "n", "5", 1),  # of another order
    cursor("-updated", "x", "2026-01-01T00:00:00Z", 1),
    cursor("-updated", ["n"], "2026-01-01T00:00:00Z", 1),
    cursor("-updated", "n", "2026-01-01T00:00:00Z", 10**30),
    cursor("-updated", "n", "2026-01-01T00:00:00Z", 0),
    cursor("-updated", "n", "2026-01-01T00:00:00Z", True),
    cursor("-updated", "n", "2026-01-01T00:00:00Z", "1"),
    cursor("-updated", "n", "2026-01-01T00:00:00Z", 1, 1),
    cursor("-updated", "n", "2026-13-01", 1),
    cursor("-updated", "n", "0001-01-01T00:00:00+14:00", 1),
    cursor("-updated", "n", "9999-12-31T23:59:59-14:00", 1),
    cursor("-updated", "n", None, 1),
    cursor("-updated", "n", {}, 1),
    base64.urlsafe_b64encode(b"[" * 5000).decode(),
    base64.urlsafe_b64encode(b'["-updated","n",NaN,1]').decode(),
    base64.urlsafe_b64encode(b"[" + b"9" * 5000 + b"]").decode(),
]


@pytest.mark.parametrize("bad", BAD_CURSORS, ids=range(len(BAD_CURSORS)))
def test_a_made_up_cursor_is_a_clear_refusal(bad, api_of, ada, mug):
    answer = api_of(ada).get(LIST, {"cursor": bad})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), answer.content
    assert answer.json()["cursor"] == ["This cursor is not one of ours. Start again from the first page."]


@pytest.mark.parametrize(
    ("ordering", "value"),
    [
        *(("name", value) for value in (None, "a\0b", "\ud800", "x" * 401)),
        *(("price", value) for value in ("NaN", "Infinity", "-1", "1e999", "²", "1.005", 1e308, [], "")),
        *(("stock", value) for value in (10**30, -1, "x", 1e308, "²", None)),
        *(("id", value) for value in (10**30, "x", None, -(10**30))),
    ],
)
def test_a_cursor_holds_only_what_its_column_can_hold(ordering, value, api_of, ada, mug):
    answer = api_of(ada).get(LIST, {"ordering": ordering, "cursor": cursor(ordering, "n", value, 1)})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), answer.content


def test_a_cursor_of_one_order_is_no_cursor_of_another(api_of, ada, crowd):
    api = api_of(ada)
    for key in SORTS:
        taken = api.get(f"{LIST}?ordering={key}&page_size=2").json()["next"].split("cursor=")[1].split("&")[0]
        for other in {key, "-updated", "name", "-price"}:
            status = api.get(f"{LIST}?ordering={other}&cursor={taken}").status_code
            assert status == (200 if other == key else 400), (key, other)


@pytest.mark.parametrize("size", ["0", "-1", "201", "x", "", "²", "1.5", "1e2", "9" * 30, " 5", "null", "٣"])
def test_the_page_size_is_bounded(size, api_of, ada, mug):
    answer = api_of(ada).get(LIST, {"page_size": size})
    assert (answer.status_code, answer.json()["page_size"]) == (400, ["Give a whole number from 1 to 200."])


def test_the_largest_page_size_is_served(api_of, ada, crowd):
    assert len(api_of(ada).get(LIST, {"page_size": 200}).json()["results"]) == 20


def test_unknown_filters_are_named_all_at_once(api_of, ada, mug):
    answer = api_of(ada).get(f"{LIST}?colour=red&size=5&status=active&format=json")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "unknown_parameter")
    assert body["colour"] == body["size"] == body["format"] == ["There is no such parameter."]
    assert [error["pointer"] for error in body["errors"]] == ["/colour", "/format", "/size"]


@pytest.mark.parametrize(
    "query",
    ["status=gone", "stock=lots", "category=x", "owner=²", "price_min=NaN", "price_max=-1", "updated_after=2026-02-30"],
)
def test_a_filter_that_cannot_be_understood_is_named(query, api_of, ada, mug):
    answer = api_of(ada).get(f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_filter")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/" + query.split("=")[0]]


def test_a_filter_without_a_value_is_not_a_wish_for_everything(api_of, ada, mug):
    for name in ProductFilter.base_filters:
        answer = api_of(ada).get(f"{LIST}?{name}=")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_filter"), name
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["message"]) == (f"/{name}", "Give it a value or leave it out.")


def test_filters_narrow_the_list(api_of, ada, sam, mug):
    kitchen = CategoryFactory()
    jug = ProductFactory(name="Jug", category=kitchen, price="3", stock=0, owner=sam)
    for query in (f"category={kitchen.pk}", "price_max=3", "stock=out", "q=jug", f"owner={sam.pk}"):
        assert [row["id"] for row in api_of(ada).get(f"{LIST}?{query}").json()["results"]] == [jug.pk], query


def test_owners_one_does_not_see_cannot_be_asked_for(api_of, sam, cleo, mug):
    ProductFactory(owner=cleo, is_public=False)
    hidden = api_of(sam).get(LIST, {"owner": cleo.pk})
    missing = api_of(sam).get(LIST, {"owner": 999_999})
    assert hidden.status_code == missing.status_code == 400
    assert {**hidden.json(), "request_id": ""} == {**missing.json(), "request_id": ""}


@pytest.mark.parametrize("rows", [1, 15])
def test_a_list_takes_two_queries_whatever_its_length(rows, api_of, sam, django_assert_num_queries):
    for _number in range(rows):
        ProductFactory(owner=sam, category=CategoryFactory())
    api = api_of(sam)
    with django_assert_num_queries(2):  # the token's session with its person, and the page
        assert len(api.get(LIST).json()["results"]) == rows


def test_one_product_takes_two_queries(api_of, sam, mug, django_assert_num_queries):
    api = api_of(sam)
    with django_assert_num_queries(2):
        api.get(f"{LIST}{mug.pk}/")
