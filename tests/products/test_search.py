"""Searching: what is found, in which order, and that the index is true whoever writes."""

import base64
import json

import pytest
from django.db import connection
from django.http import QueryDict

from products.filters import SORTS, selected
from products.models import ChangeSet, Product
from products.models.text import holding
from products.services import bulk, catalogue, changes, search, trash, undo
from products.services.search import RANK
from site_config.lib import paging
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def names(rows):
    return [row.name for row in rows]


def listed(reader, letters, asked="", cursor="", size=50):
    query = QueryDict(mutable=True)
    query["q"] = letters
    rows = selected(reader, query)
    found = search.order(rows, letters=letters, asked=asked, cursor=cursor)
    return search.page(found.rows, found=found, cursor=cursor, size=size)


def walked(reader, letters, size, asked=""):
    """Every name, page by page; forward and back again are the same."""
    pages = [listed(reader, letters, asked, size=size)]
    while pages[-1].next:
        pages.append(listed(reader, letters, asked, pages[-1].next, size))
    back = [pages[-1]]
    while back[-1].previous:
        back.append(listed(reader, letters, asked, back[-1].previous, size))
    assert [names(page.rows) for page in reversed(back)] == [names(page.rows) for page in pages]
    return [name for page in pages for name in names(page.rows)]


@pytest.fixture
def cups(ada):
    """Each fits "cup-1" worse than the one before it, and is older."""
    rows = [
        {"name": "Itself", "sku": "CUP-1"},
        {"name": "By SKU", "sku": "cup-12"},
        {"name": "Cup-1 by name", "sku": "A"},
        {"name": "A word cup-1x", "sku": "B"},
        {"name": "Teacup-1 inside", "sku": "C"},
        {"name": "Something else", "sku": "D"},
    ]
    return [ProductFactory(**row) for row in reversed(rows)][::-1]


# --- Rank ------------------------------------------------------------------------------------------------------------


def test_what_fits_best_comes_first(ada, cups):
    assert names(listed(ada, "cup-1").rows) == names(cups[:5])
    assert names(listed(ada, " CUP-1  ").rows) == names(cups[:5])
    assert [row.rank for row in listed(ada, "cup-1").rows] == [0, 1, 2, 3, 4]


def test_a_whole_barcode_is_as_good_as_a_whole_sku(ada):
    ProductFactory(name="96385074 in its name")
    ProductFactory(name="Cup", barcode="96385074")
    assert names(listed(ada, "96385074").rows) == ["Cup", "96385074 in its name"]


def test_words_that_begin_words_are_better_than_parts_of_them(ada):
    for name in ("Steel inlay, loose", "Blue steel", "Steel, blue", "Subblue steely"):
        ProductFactory(name=name)
    assert names(listed(ada, "blue steel").rows) == ["Blue steel", "Steel, blue", "Subblue steely"]


def test_equals_are_in_the_order_they_were_made(ada):
    made = [ProductFactory(name="Same") for _number in range(5)]
    assert [row.pk for row in listed(ada, "same").rows] == [row.pk for row in made]


def test_another_order_is_kept_to_the_letter(ada, cups):
    assert names(listed(ada, "cup-1", asked="name").rows) == sorted(names(cups[:5]))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 50])
def test_a_ranked_list_has_pages_without_gap_or_repeat(size, ada, cups):
    assert walked(ada, "cup-1", size) == names(cups[:5])


@pytest.mark.parametrize(
    "letters", ["%", "_", "\\", '"', "'", '"a" OR "b"', "a* NOT b", "{name}: x", "(", "NEAR(a b)", "-", "É"]
)
def test_no_letter_is_more_than_a_letter(letters, ada):
    ProductFactory(name="Plain", sku="S0")
    assert listed(ada, letters).rows == []
    exotic = ProductFactory(name=f"Say {letters} now", sku="S1")
    assert [row.pk for row in listed(ada, letters).rows] == [exotic.pk]


# --- Too many to rank ------------------------------------------------------------------------------------------------


@pytest.fixture
def few_are_many(monkeypatch):
    monkeypatch.setattr(search, "MOST_RANKED", 2)
    monkeypatch.setattr(search, "MOST_SORTED", 4)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 50])
def test_too_many_to_rank_come_in_the_usual_order_behind_what_is_exact(size, ada, cups, few_are_many):
    usual = names(Product.objects.order_by("-updated_at", "-pk"))
    wanted = ["Itself", *(name for name in usual if name not in ("Itself", "Something else"))]
    if size > 1:
        assert walked(ada, "cup-1", size) == wanted
    # By name on request, in that order alone.
    assert walked(ada, "cup-1", size, asked="name") == sorted(names(cups[:5]))
    assert walked(ada, "cup-1", size, asked="-name") == sorted(names(cups[:5]), reverse=True)


def test_with_nothing_exact_the_usual_order_is_all(ada, cups, few_are_many):
    assert walked(ada, "cup-", 2) == names(
        Product.objects.exclude(name="Something else").order_by("-updated_at", "-pk")
    )


def test_a_ranked_walk_goes_on_when_more_are_found_meanwhile(ada, cups, few_are_many, monkeypatch):
    monkeypatch.setattr(search, "MOST_SORTED", 100)
    monkeypatch.setattr(search, "MOST_RANKED", 5)
    first = listed(ada, "cup-1", size=2)
    ProductFactory(name="Cup-1 that is new", sku="E")
    assert names(listed(ada, "cup-1", cursor=first.next, size=2).rows) == ["Cup-1 by name", "Cup-1 that is new"]
    assert search.order(Product.objects.all(), letters="cup-1").sort is not RANK


@pytest.mark.parametrize("parts", [["rank", "n", "x", 1], ["rank", "n", -1, 1], ["rank"], [], {}, 7, "rank"])
def test_a_made_up_cursor_of_rank_is_refused(parts, page_of, ada, cups):
    cursor = base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()
    response = page_of(ada).get("/products/", {"q": "cup-1", "cursor": cursor})
    assert response.status_code == 422


@pytest.mark.parametrize("cursor", ["", "rubbish", "²", "====", "W10", "bnVsbA", "W" * 5000])
def test_what_is_no_cursor_is_of_no_order(cursor):
    assert paging.order_of(cursor) == ""


# --- On the page, by the API and in the file -------------------------------------------------------------------------


def test_the_page_offers_the_rank_with_a_search_and_begins_with_it(page_of, sam, cups):
    page = page_of(sam)
    found = page.get("/products/?q=cup-1")
    assert names(found.context["page"].rows) == names(cups[:5])
    assert found.context["sort"] is RANK
    assert [label for _address, label, now in found.context["orders"] if now] == ["Best match"]
    plain = page.get("/products/?sort=rank")
    assert plain.context["sort"] is SORTS["-updated"]
    assert "rank" not in {address.rpartition("=")[2] for address, _label, _now in plain.context["orders"]}


def test_an_order_that_was_chosen_stays_while_one_types(page_of, sam, cups):
    response = page_of(sam).get("/products/?q=cup-1&sort=-name", HTTP_HX_REQUEST="true")
    assert names(response.context["page"].rows) == sorted(names(cups[:5]), reverse=True)
    assert ("sort", "-name") in response.context["hidden"]
    assert response.context["api_query"] == {"q": "cup-1", "ordering": "-name"}
    usual = page_of(sam).get("/products/?q=cup-1&sort=-updated").context["api_query"]
    assert usual == {"q": "cup-1", "ordering": "-updated"}
    assert page_of(sam).get("/products/?q=cup-1").context["api_query"] == {"q": "cup-1"}


def test_the_api_ranks_a_search_unless_another_order_is_named(api_of, sam, cups):
    api = api_of(sam)

    def got(query):
        return [row["name"] for row in api.get(f"/api/products/?{query}").json()["results"]]

    assert got("q=cup-1") == got("q=cup-1&ordering=rank") == names(cups[:5])
    assert got("q=cup-1&ordering=name") == sorted(names(cups[:5]))
    assert got("ordering=rank") == got("")
    rows, url = [], "/api/products/?q=cup-1&page_size=2&fields=name"
    while url:
        page = api.get(url).json()
        rows, url = rows + page["results"], page["next"]
    assert rows == [{"name": name} for name in names(cups[:5])]


def test_the_file_is_in_the_order_of_the_list(page_of, api_of, sam, cups):
    for answer in (page_of(sam).get("/products/export/?q=cup-1"), api_of(sam).get("/api/products/export/?q=cup-1")):
        lines = b"".join(answer.streaming_content).decode().splitlines()[1:]
        assert [line.split(",")[0] for line in lines] == names(cups[:5])


def test_a_client_finds_what_is_theirs(page_of, cleo, cups):
    mine = ProductFactory(name="My cup-1", owner=cleo, is_public=False)
    assert [row.pk for row in page_of(cleo).get("/products/?q=cup-1").context["page"].rows] == [mine.pk]


# --- The index is true -----------------------------------------------------------------------------------------------


def hits(letters):
    return names(Product.objects.filter(holding(letters)).order_by("pk"))


def test_the_index_follows_every_kind_of_write(ada):
    product = ProductFactory(name="Anvil", sku="ANV-1")
    assert (hits("anvil"), hits("ANV-1"), hits("nvi")) == (["Anvil"], ["Anvil"], ["Anvil"])
    catalogue.edit(actor=ada, product=product, name="Hammer", barcode="96385074")
    assert (hits("anvil"), hits("hammer"), hits("6385")) == ([], ["Hammer"], ["Hammer"])
    with changes.recorded(actor=ada, kind="test"):
        Product.objects.filter(pk=product.pk).update(name="Tongs")
    assert (hits("hammer"), hits("tongs")) == ([], ["Tongs"])
    bulk.run(actor=ada, items=[bulk.Item("create", 0, {"name": "Bellows", "price": "1"})])
    assert hits("bellows") == ["Bellows"]
    trash.discard(actor=ada, product=Product.objects.get(pk=product.pk))
    assert listed(ada, "tongs").rows == []
    with changes.recorded(actor=ada, kind="test"):
        Product.objects.filter(name="Bellows").delete()
    assert hits("bellows") == []


def test_what_does_not_concern_the_index_does_not_write_to_it(ada, mug):
    catalogue.edit(actor=ada, product=mug, price="99")
    assert hits("enamel") == ["Enamel mug"]


def test_an_undone_creation_is_found_no_more(ada):
    product = ProductFactory(name="Anvil", actor=ada)
    undo.undo(actor=ada, change_set=ChangeSet.objects.latest("pk"))
    assert not Product.objects.visible_to(ada).filter(pk=product.pk).exists()
    assert listed(ada, "anvil").rows == []


def test_the_index_agrees_with_the_rows(ada, cups):
    """On SQLite the index is a table beside the products: were a trigger gone, it would know less than they hold."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO product_search (product_search, rank) VALUES ('integrity-check', 1)")
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'products_product'")
            assert {name for (name,) in cursor.fetchall()} >= {
                f"product_search_{on}" for on in ("insert", "delete", "update")
            }
    for product in cups:
        for text in (product.name, product.sku):
            assert product.name in hits(text)
