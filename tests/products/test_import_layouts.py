"""Each layout, read from a file of our own in it: what every row became."""

import io
from decimal import Decimal
from pathlib import Path

import pytest

from products.models import Product
from products.services import imports
from site_config.lib.errors import DomainError

FILES = Path(__file__).parent / "files"


def imported(actor, name: str) -> imports.Report:
    with (FILES / name).open("rb") as stream:
        return imports.run(actor=actor, stream=stream, filename=name)


def imported_text(actor, text: str) -> imports.Report:
    return imports.run(actor=actor, stream=io.BytesIO(text.encode()), filename="file.csv")


def lines(remarks: list[imports.Remark]) -> list[tuple[int, str]]:
    return [(remark.line, remark.text) for remark in remarks]


def test_a_shopify_export_becomes_a_product_for_each_variant(sam):
    report = imported(sam, "shopify.csv")
    towel, ink, rail = Product.objects.order_by("pk")
    assert (report.layout, report.created) == ("a Shopify product export", 3)
    assert (towel.name, towel.sku, towel.barcode) == ("Tea towel – Sand, 50 × 70", "TWL-SND", "2000000000015")
    assert (towel.price, towel.cost, towel.stock, towel.is_public) == (Decimal("9.50"), Decimal("3.80"), 24, True)
    assert towel.description == "Woven in one piece & hemmed.\n\n- Washes at 60\n\n- Dries flat"
    assert (towel.category.name, towel.category.parent.name, towel.owner) == ("Linen", "Kitchen", sam)
    assert (ink.name, ink.description) == ("Tea towel – Ink, 50 × 70", towel.description)
    assert (ink.category, ink.is_public) == (towel.category, True)
    assert (rail.name, rail.price, rail.cost, rail.is_public) == ("Peg rail", Decimal(38), None, False)
    assert (rail.category.name, rail.sku[:2]) == ("Hooks & rails", "P-")
    assert (towel.tags, ink.tags) == (["kitchen"], ["kitchen"])


def test_a_shopify_export_accounts_for_every_other_row(sam):
    report = imported(sam, "shopify.csv")
    assert lines(report.skipped) == [(5, "another picture of a product")]
    assert lines(report.refused) == [(7, "No row of “lost-variant” has a title."), (8, "It has no price.")]
    assert lines(report.warnings) == [
        (4, "Its stock is -3: imported with 0."),
        (
            4,
            "Its barcode “2000000000021” is left out. "
            "The last digit does not fit the others. Check the barcode for a typing error.",
        ),
    ]
    assert Product.objects.get(sku="TWL-INK").stock == 0


def test_the_newer_headers_of_shopify_are_known_too(sam):
    report = imported_text(
        sam,
        "Title,URL handle,Description,Product category,Published on online store,Status,SKU,Price,Inventory quantity\n"
        "Tray,tray,<b>Ash</b>,Home > Trays,TRUE,Active,TRAY,19,4\n"
        ",tray,,,,,TRAY-2,21,5\n"
        "Bowl,,Turned,123,TRUE,Archived,BOWL,30,\n"
        ",,,,,,PLATE,30,\n",
    )
    first, second, bowl = Product.objects.order_by("pk")
    assert (first.name, first.description, first.category.name, first.is_public) == ("Tray", "Ash", "Trays", True)
    assert (second.name, second.is_public, second.stock) == ("Tray", True, 5)
    assert (bowl.name, bowl.category, bowl.is_public) == ("Bowl", None, False)
    assert lines(report.refused) == [(5, "No row of “” has a title.")]


def test_a_woocommerce_export_becomes_a_product_for_each_row_with_a_price(sam):
    report = imported(sam, "woocommerce.csv")
    small, large, orphan, card, jar, zine = Product.objects.order_by("pk")
    assert (report.layout, report.created) == ("a WooCommerce product export", 6)
    assert (small.name, small.sku, small.price, small.stock) == ("Wool rug – Small, Rust", "RUG-S", Decimal(80), 4)
    assert small.description == "Hand-tufted.\n\nVacuum gently."
    assert (small.category.name, small.category.parent.name, small.is_public) == ("Rugs", "Home", True)
    assert (large.name, large.description, large.stock) == ("Wool rug - Large, Rust", "Own words", 0)
    assert large.category == small.category
    assert (orphan.name, orphan.category, orphan.description) == ("Orphan rug", None, "")
    assert (card.barcode, card.description, card.category.name) == (
        "2000000000039",
        "Printed on card",
        "Gifts, cards & wraps",
    )
    assert (jar.price, jar.low_stock_threshold, jar.stock, jar.is_public) == (Decimal(14), 3, 12, False)
    assert (zine.price, zine.is_public) == (Decimal(6), False)


def test_a_woocommerce_export_accounts_for_every_other_row(sam):
    report = imported(sam, "woocommerce.csv")
    assert lines(report.skipped) == [
        (3, "the parent of variations, which are imported"),
        (9, "a group of products, without a price of its own"),
    ]
    assert lines(report.refused) == [(10, "It has no price.")]
    assert lines(report.warnings) == [
        (4, "Its parent keeps the stock of all variations (9): imported with 0."),
        (5, "Its parent is not in the file, so nothing is taken from it."),
        (6, "It is in several categories; only “Gifts\\, cards & wraps” is kept."),
    ]


def test_a_woocommerce_export_brings_its_tags_a_variation_those_of_its_parent(sam):
    imported_text(
        sam,
        'ID,Type,SKU,Name,Regular price,Parent,Tags\n1,variable,RUG,Rug,,,"Wool, Home &amp; away"\n'
        "2,variation,RUG-S,Rug small,5,RUG,\n3,variation,RUG-L,Rug large,6,RUG,large\n4,simple,MUG,Mug,7,,\n",
    )
    assert dict(Product.objects.values_list("sku", "tags")) == {
        "RUG-S": ["home & away", "wool"],
        "RUG-L": ["large"],
        "MUG": [],
    }


def test_a_spreadsheet_has_tags_with_commas_between_them(sam):
    imported_text(sam, 'Name,Price,Tags\nMug,5,"Red, enamel,red"\n')
    assert Product.objects.get().tags == ["enamel", "red"]


def test_a_variation_without_name_and_parent_has_no_name(sam):
    report = imported_text(
        sam, "ID,Type,Name,Stock,Regular price,Parent\n1,variation,,parent,5,\n2,variation,,,5,gone\n"
    )
    assert lines(report.refused) == [(2, "It has no name."), (3, "It has no name.")]


def test_a_spreadsheet_is_read_by_its_own_words(sam):
    report = imported(sam, "spreadsheet.csv")
    pan, knife, whisk = Product.objects.order_by("pk")
    assert (report.layout, report.created, report.refused, report.skipped) == ("a spreadsheet", 3, [], [])
    assert (pan.name, pan.sku, pan.barcode, pan.note) == ("Cast iron pan", "PAN-24", "2000000000046", "Ask for the lid")
    assert (pan.price, pan.cost, pan.stock, pan.low_stock_threshold) == (Decimal("1045.50"), Decimal("21.50"), 40, 5)
    assert pan.description == 'For every hob;\r\n"seasoned" twice'
    assert (pan.category.name, pan.is_public) == ("Pans", True)
    assert (knife.category.parent, knife.stock, knife.is_public) == (pan.category.parent, 12, False)
    assert (whisk.price, whisk.category, whisk.barcode) == (Decimal("7.25"), None, "")
    assert report.notes == ["Columns that are not imported: Colour."]
    assert [remark.line for remark in report.warnings] == [7]


def test_the_plainest_word_wins_where_two_columns_mean_the_same(sam):
    report = imported_text(sam, "Unit price,Price,Title,Name\n1,2,Right,Wrong\n")
    product = Product.objects.get()
    assert (product.price, product.name) == (Decimal(2), "Wrong")
    assert report.notes == ["Columns that are not imported: Unit price, Title."]


def test_an_unknown_header_is_refused_with_what_was_looked_for(sam):
    with pytest.raises(DomainError) as caught:
        imported_text(sam, "Datum,Betrag," + "x" * 5000 + ",c" * 50 + "\n1,2,3\n")
    assert caught.value.code == "unknown_layout"
    assert caught.value.message.startswith(
        "The header is none that we know. Looked for a Shopify product export (handle, title, variant price); "
        "a WooCommerce product export (type, name, regular price); a spreadsheet (name, price). Found: Datum, Betrag, x"
    )
    assert len(caught.value.message) < 350


def test_an_apostrophe_that_only_stops_a_spreadsheet_is_taken_off(sam):
    imported_text(sam, "name,sku,price\n'-10 °C gel pack,'007,5\n'Ello,'x,5\n")
    assert list(Product.objects.order_by("pk").values_list("name", "sku")) == [
        ("-10 °C gel pack", "007"),
        ("'Ello", "'x"),
    ]
