"""A file of the list: its rows, its order, its columns, harmless, and nothing that the reader may not see."""

import csv
import io

import pytest
import time_machine
from django.utils import translation

from products.models import Product
from products.services import exports
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory, ProductFactory

ALL = list(exports.COLUMNS)


def read(reader, keys=ALL, rows=None):
    rows = Product.objects.visible_to(reader).order_by("pk") if rows is None else rows
    blocks = exports.stream(rows=rows, columns=exports.columns_for(reader, keys))
    return list(csv.reader(io.StringIO(b"".join(blocks).decode("utf-8-sig"))))


def test_a_list_that_can_hold_nothing_is_a_header(ada, mug):
    assert read(ada, ["price"], Product.objects.none()) == [["Name", "SKU", "Price"]]


@time_machine.travel("2026-11-23T12:00:00Z", tick=False)
def test_every_column_has_what_the_list_shows(ada, sam):
    kitchen = CategoryFactory(name="Kitchen")
    ProductFactory(
        name="Mug",
        sku="MUG-1",
        barcode="96385074",
        category=kitchen,
        tags=["blue", "new"],
        stock=3,
        low_stock_threshold=5,
        price="12.50",
        cost="6.10",
        owner=sam,
    )
    header, row = read(ada)
    assert dict(zip(header, row, strict=True)) == {
        "Name": "Mug",
        "SKU": "MUG-1",
        "Barcode": "96385074",
        "Status": "Active",
        "Category": "Kitchen",
        "Tags": "blue, new",
        "Stock": "3",
        "Reorder at": "5",
        "Price": "12.50",
        "Cost": "6.10",
        "Margin in percent": "51.2",
        "Owner": "Sam Reyes",
        "Changed": "2026-11-23 12:00:00Z",
        "Added": "2026-11-23 12:00:00Z",
    }


def test_what_is_not_there_is_an_empty_cell(ada):
    ProductFactory(name="Bare", sku="B-1", price="0.00", is_public=False, owner=ada)
    _header, row = read(ada, ["status", "barcode", "category", "tags", "cost", "margin"])
    assert row == ["Bare", "B-1", "Draft", "", "", "", "", ""]


def test_a_person_without_a_name_is_called_by_their_username(ada, sam):
    sam.name = ""
    sam.save()
    ProductFactory(owner=sam)
    assert read(ada, ["owner"])[1][2] == "sam"


def test_name_and_sku_come_first_and_the_others_as_they_were_asked_for(ada, mug):
    assert read(ada, ["price", "name", "stock", "price"]) == [
        ["Name", "SKU", "Price", "Stock"],
        ["Enamel mug", "MUG-1", "12.50", "10"],
    ]


def test_the_rows_are_those_of_the_list_in_its_order(ada):
    for name in ("b", "c", "a"):
        ProductFactory(name=name, owner=ada)
    rows = Product.objects.visible_to(ada).filter(name__lt="c").order_by("-name", "-pk")
    assert [row[0] for row in read(ada, [], rows)] == ["Name", "b", "a"]


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@x", " =1", "＝1", "'=1", "a=1", 'say "hi", or not', "two\nlines"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_defused(name, ada):
    Product(name=name)
    ProductFactory(name=name, sku="X-1", owner=ada)
    shown = read(ada, [])[1][0]
    formula = name.lstrip(" ")[0] in "=+-@＝"
    assert shown == (f"'{name.strip()}" if formula else name)


def test_a_tag_is_defused_too(ada):
    ProductFactory(owner=ada, tags=["=cmd", "blue"])
    assert read(ada, ["tags"])[1][2] == "'=cmd, blue"


class TestWhatAClientGets:
    def test_a_client_has_their_products_without_hidden_columns(self, cleo, mug):
        ProductFactory(name="Theirs", sku="T-1", owner=cleo, cost="1.00")
        assert read(cleo, ["price"]) == [["Name", "SKU", "Price"], ["Theirs", "T-1", "10.00"]]

    @pytest.mark.parametrize("key", ["cost", "margin", "note", "nonsense"])
    def test_a_hidden_column_is_as_unknown_as_one_that_does_not_exist(self, key, cleo):
        with pytest.raises(DomainError) as refusal:
            exports.columns_for(cleo, ["price", key])
        assert (refusal.value.code, refusal.value.message) == ("unknown_column", f"There is no column called {key}.")

    def test_staff_may_have_cost_but_the_note_is_no_column(self, sam):
        assert len(exports.columns_for(sam, ["cost", "margin"])) == 4


def test_it_is_in_the_language_of_who_asks_even_when_it_is_read_later(ada, mug):
    with translation.override("es"):
        blocks = exports.stream(rows=Product.objects.all(), columns=exports.columns_for(ada, ["price"]))
    assert "Precio" in b"".join(blocks).decode()


def test_it_comes_in_blocks_and_with_one_query(ada, monkeypatch, django_assert_num_queries):
    for _n in range(12):
        ProductFactory(owner=ada)
    monkeypatch.setattr(exports, "CHUNK", 60)
    columns = exports.columns_for(ada, ALL)
    rows = Product.objects.visible_to(ada)
    blocks = list(exports.stream(rows=rows, columns=columns))
    assert len(blocks) > 3
    assert b"".join(blocks).count(b"\n") == 13


def test_an_empty_list_is_a_header(ada):
    assert read(ada, []) == [["Name", "SKU"]]
