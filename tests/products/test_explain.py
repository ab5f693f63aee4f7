"""No list that is on offer reads the whole catalogue: PostgreSQL's own plans for every filter, search and order.

Twenty thousand rows stand for a million. A page costs twenty-one rows in any order that has an index, and what is rare is
found by an index of its own, so the plans are those of a large catalogue as soon as a sequential scan costs more than
either; at some hundred rows it does not. `random_page_cost` is as for a disk without a moving head, which docs/deploy.md asks
for; nothing is switched off.
"""

import json

import pytest
from django.db import connection
from django.http import QueryDict

from accounts.policy import Role
from products.filters import SORTS, offered, selected
from products.models import Product
from products.services import search
from site_config.lib import paging
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
ROWS, PAGE = 20_000, 20
# An index is read either way.
ORDERS = ["", *(key for key in SORTS if not key.startswith("-"))]
# Most belong to one person, as after an import; one in fifty is a client's; what is rare is one in some hundreds.
# All that varies is drawn by a hash of the number: the same every time, and nothing goes with anything else.
FILL = """
INSERT INTO products_product (name, sku, barcode, description, note, price, cost, stock, low_stock_threshold, tags,
    category_id, is_public, owner_id, version, created_at, updated_at, archived_at)
SELECT (array['Plain', 'Round', 'Tall', 'Waxed', 'Glazed'])[1 + a %% 5] || ' '
        || (array['oak', 'ash', 'steel', 'clay', 'wool', 'linen', 'brass'])[1 + b %% 7] || ' '
        || (array['lamp', 'bowl', 'chair', 'jar', 'hook', 'vase', 'tray', 'box', 'clock', 'frame', 'stool'])[1 + c %% 11]
        || ' ' || i,
    'SKU-' || lpad(i::text, 8, '0'), CASE WHEN i %% 400 = 0 THEN lpad(i::text, 8, '0') ELSE '' END, '', '',
    (100 + d %% 20000) / 100.0, CASE WHEN a %% 500 > 0 THEN (50 + e %% 9000) / 100.0 END,
    CASE WHEN b %% 300 = 0 THEN 0 WHEN b %% 300 = 1 THEN 3 ELSE 20 + c %% 400 END, CASE WHEN d %% 200 = 0 THEN 20 ELSE 5 END,
    CASE WHEN e %% 600 = 0 THEN '["red"]'::jsonb WHEN a %% 3 = 0 THEN '["blue", "new"]'::jsonb ELSE '[]'::jsonb END,
    CASE WHEN c %% 250 = 0 THEN NULL WHEN c %% 250 = 1 THEN %(rare)s WHEN d %% 2 = 0 THEN %(one)s ELSE %(other)s END,
    e %% 350 > 0, CASE WHEN b %% 50 = 0 THEN %(cleo)s WHEN b %% 50 < 4 THEN %(sam)s ELSE %(ada)s END, 1,
    timestamptz '2024-01-01' + i * interval '2 seconds',
    timestamptz '2024-01-01' + (d %% 1000000) * interval '60 seconds', CASE WHEN e %% 450 = 1 THEN now() END
FROM generate_series(1, %(rows)s) AS i, LATERAL (SELECT (hashint4extended(i, 1) & 2147483647)::int AS a,
    (hashint4extended(i, 2) & 2147483647)::int AS b, (hashint4extended(i, 3) & 2147483647)::int AS c,
    (hashint4extended(i, 4) & 2147483647)::int AS d, (hashint4extended(i, 5) & 2147483647)::int AS e) AS drawn
"""


def fill(rows, **keys):
    """A catalogue of so many rows, with statistics of it."""
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"rows": rows, **keys})
        cursor.execute("SELECT gin_clean_pending_list('product_by_search'), gin_clean_pending_list('product_by_tag')")
        cursor.execute("ANALYZE products_product")


def asked_by(people, places):
    """A value for each filter on offer: one that finds much, and one that finds next to nothing where there is any."""
    return {
        "q": ["lamp", "lamp oak", "zzzz", "sku-00000042", "00042"],
        "sku": ["SKU-00000042"],
        "sku__not": ["SKU-00000042"],
        "sku__contains": ["0042", "zzzz"],
        "sku__not_contains": ["0042"],
        "barcode": ["00000400"],
        "barcode__contains": ["0000", "9999"],
        "barcode__empty": ["yes", "no"],
        "name__contains": ["lamp", "zzzz"],
        "name__not_contains": ["lamp"],
        "status": ["active", "draft", "archived"],
        "status__not": ["active", "draft", "archived"],
        "archived": ["yes", "no"],
        "stock": ["low", "out", "in"],
        "stock__lt": ["1", "300"],
        "stock__gt": ["1", "100000"],
        "threshold__lt": ["1", "10"],
        "threshold__gt": ["1", "10"],
        "category": places,
        "category__not": places,
        "category__empty": ["yes", "no"],
        "tag": ["red", "blue", "none"],
        "tag__not": ["red", "blue"],
        "tag__empty": ["yes", "no"],
        "owner": people,
        "owner__not": people,
        "price_min": ["1", "200"],
        "price_max": ["1.01", "150"],
        "price__lt": ["1.01", "150"],
        "price__gt": ["1", "200.9"],
        "cost__lt": ["0.51", "60"],
        "cost__gt": ["1", "90"],
        "cost__empty": ["yes", "no"],
        "margin__lt": ["-500", "50"],
        "margin__gt": ["0", "98"],
        "updated_after": ["2024-01-01", "2030-01-01"],
        "updated_before": ["2023-01-01", "2030-01-01"],
        "created_after": ["2024-01-01", "2030-01-01"],
        "created_before": ["2023-01-01", "2030-01-01"],
    }


def scans(rows):
    """The nodes of a plan that read all of the products."""
    waiting, found = [json.loads(rows.explain(format="json"))[0]["Plan"]], []
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if "Seq Scan" in node["Node Type"] and node.get("Relation Name") == "products_product":
            found.append(node)
    return found


@pytest.fixture
def catalogue(ada, sam, cleo, monkeypatch):
    """What is asked for, over ROWS products; what counts as few is in proportion."""
    for limit in ("MOST_RANKED", "MOST_SORTED"):
        monkeypatch.setattr(search, limit, getattr(search, limit) * ROWS // 1_000_000)
    one, other, rare = (CategoryFactory(name=name).pk for name in ("One", "Other", "Rare"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")
    fill(ROWS, ada=ada.pk, sam=sam.pk, cleo=cleo.pk, one=one, other=other, rare=rare)
    return asked_by([ada.pk, sam.pk, cleo.pk], [one, rare])


def pages(found):
    """The queries of a first page and of one from a place in the middle on."""
    yield paging.onward(found.rows, found.sort, few=found.few)[: PAGE + 1]
    middle = Product.objects.order_by("pk")[ROWS // 2]
    value = 3 if found.sort == search.RANK else getattr(middle, found.sort.field)
    after = paging.beyond(found.rows, found.sort, value, middle.pk, False)
    yield paging.onward(after, found.sort, few=found.few)[: PAGE + 1]


def combinations(reader, catalogue):
    """Each filter with each of its values in each order, and with a search in two of them."""
    values = [(name, value) for name in sorted(offered(reader)) for value in catalogue[name]]
    for name, value in [("", ""), *values]:
        for letters, orders in {"": ORDERS, "lamp": ("", "name"), "zzzz": ("", "name")}.items():
            query = QueryDict(mutable=True)
            query.update({"q": letters, name: value})
            yield query, orders


def bad_plans(reader, catalogue):
    for query, orders in combinations(reader, catalogue):
        try:
            rows = selected(reader, query)
        except DomainError:  # an owner of whom this person sees nothing
            continue
        for sort in orders:
            found = search.order(rows, letters=query["q"], asked=sort, narrowed="" not in query or bool(query["q"]))
            for place, asked in enumerate(pages(found)):
                if scans(asked) or "OFFSET" in str(asked.query):
                    yield query.urlencode(), sort, place


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", Role)
def test_no_page_of_any_list_reads_the_whole_catalogue(role, catalogue, ada, sam, cleo):
    reader = {Role.ADMIN: ada, Role.STAFF: sam, Role.CLIENT: cleo}[role]
    assert [*bad_plans(reader, catalogue)] == []
