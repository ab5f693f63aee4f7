"""Bringing a catalogue: what is written, refused and left alone."""

import io

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from products.models import Category, Change, ChangeSet, Product
from products.services import catalogue, categories, changes, imports, stock, undo
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import ProductFactory


def imported(actor, text: str, *, filename: str = "file.csv", dry_run: bool = False) -> imports.Report:
    return imports.run(actor=actor, stream=io.BytesIO(text.encode()), filename=filename, dry_run=dry_run)


def reasons(report: imports.Report) -> dict[int, str]:
    return {remark.line: remark.text for remark in report.refused}


def test_an_import_is_one_change_set_named_after_its_file(sam):
    report = imported(sam, "name,price,stock\nMug,12,3\nPan,9,\n", filename="../shop/spring.csv")
    change_set = ChangeSet.objects.get()
    assert report.change_set == change_set
    assert (change_set.kind, change_set.reason, change_set.actor) == ("product.imported", "spring.csv", sam)
    assert (change_set.changes.count(), change_set.movements.count()) == (2, 1)
    assert not stock.mismatches()


def test_one_undo_takes_an_import_out_again(ada, sam):
    report = imported(sam, "name,price,stock\nMug,12,3\nPan,9,\n")
    undone = undo.undo(actor=sam, change_set=report.change_set)
    assert (undone.restored, undone.skipped) == (2, [])
    assert not Product.objects.visible_to(ada)


def test_a_dry_run_reports_the_same_and_writes_nothing(sam):
    text = "name,price,category\nMug,12,Kitchen\nPan,,Kitchen\nPan,x,Kitchen\n"
    dry = imported(sam, text, dry_run=True)
    assert [model.objects.count() for model in (Product, Category, ChangeSet)] == [0, 0, 0]
    wet = imported(sam, text)
    assert (dry.created, dry.refused, dry.dry_run, dry.change_set) == (wet.created, wet.refused, True, None)
    assert (wet.created, Category.objects.count()) == (1, 1)


def test_a_file_without_any_product_leaves_no_change_set(sam):
    report = imported(sam, "name,price\n,\nMug,\n")
    assert (report.created, report.change_set, ChangeSet.objects.count()) == (0, None, 0)


def test_a_client_cannot_import(cleo):
    with pytest.raises(NotAllowed, match="Clients cannot import products"):
        imported(cleo, "name,price\nMug,12\n")
    assert not Product.objects.exists()


def test_categories_are_found_whatever_their_case_and_made_once(sam):
    kitchen = Category.objects.create(name="Kitchen")
    imported(sam, "name,price,category\nMug,1,kitchen > Cups\nCup,1,KITCHEN > Cups\nPan,1,Kitchen\n")
    assert Category.objects.count() == 2
    assert list(Product.objects.order_by("pk").values_list("category__name", flat=True)) == ["Cups", "Cups", "Kitchen"]
    assert kitchen.products.count() == 1


def test_a_sku_that_exists_is_refused_and_its_product_not_touched(sam, mug):
    report = imported(sam, "name,sku,price\nOther,mug-1,99\nNew,NEW-1,5\n")
    assert reasons(report) == {2: "A product with the SKU “mug-1” already exists."}
    assert (report.created, Product.objects.get(pk=mug.pk).version) == (1, 1)


def test_a_sku_in_the_trash_is_still_taken(ada, sam, mug):
    with changes.recorded(actor=ada, kind="product.trashed") as recorder:
        recorder.update([(mug, {"trashed_at": recorder.change_set.at})])
    assert 2 in reasons(imported(sam, "name,sku,price\nOther,MUG-1,99\n"))


def test_letters_beyond_ascii_do_not_hide_a_taken_sku(sam, ada):
    ProductFactory(sku="ÄÖ-1", owner=ada)
    assert reasons(imported(sam, "name,sku,price\nOther,ÄÖ-1,99\n")) == {
        2: "A product with the SKU “ÄÖ-1” already exists."
    }


def test_a_sku_that_repeats_an_earlier_row_is_refused_with_that_line(sam):
    report = imported(sam, "name,sku,price\nMug,M-1,1\n\nCup,m-1,2\nPan,,3\nPot,,4\n")
    assert reasons(report) == {4: "The SKU “m-1” repeats line 2."}
    assert report.created == 3


def test_a_refused_row_has_no_warnings_left(sam, mug):
    report = imported(sam, "name,sku,price,stock\nOther,mug-1,99,-1\nPan,,9,-2\n")
    assert [(remark.line, remark.text) for remark in report.warnings] == [(3, "Its stock is -2: imported with 0.")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",S,5,1", "It has no name."),
        ("Mug,S,,1", "It has no price."),
        ("Mug,S,-5,1", "The price “-5” is below zero."),
        ("Mug,S,1e999,1", "The price “1e999” is not an amount."),
        ("Mug,S,1.234,1", "Price: Ensure that there are no more than 2 decimal places."),
        ("Mug,S,99999999999,1", "Price: Ensure that there are no more than 12 digits in total."),
        ("Mug,S,5,²", "The stock “²” is not a whole number."),
        ("Mug,S,5,1000000001", "Enter a number from 0 to 1,000,000,000."),
        (f"{'x' * 5000},S,5,1", "Name: Ensure this value has at most 200 characters (it has 5000)."),
        (f"Mug,{'x' * 65},5,1", "SKU: Ensure this value has at most 64 characters (it has 65)."),
        ("Mug,a\x07b,5,1", "SKU: Use printable characters without spaces at the ends."),
        (
            f"{'x' * 201},{'x' * 65},5,1",
            "Name: Ensure this value has at most 200 characters (it has 201). "
            "SKU: Ensure this value has at most 64 characters (it has 65).",
        ),
        (f"{'x' * 200_000},S,5,1", "A cell is longer than 131,072 characters."),
        ("Mug,S,5,1,7,8,9", "It has 7 cells under a header of 4: is a text with a delimiter in it not quoted?"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_with_its_line_and_stops_no_other(sam, row, reason):
    report = imported(sam, f"name,sku,price,stock\nFirst,A,1,1\n{row}\nLast,Z,1,1\n")
    assert reasons(report) == {3: reason}
    assert sorted(Product.objects.values_list("name", flat=True)) == ["First", "Last"]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("cost", "-1", "The cost “-1” is below zero."),
        ("low stock", "-1", "Low-stock threshold: Ensure this value is greater than or equal to 0."),
        ("low stock", "few", "The low-stock threshold “few” is not a whole number."),
        ("public", "maybe", "Published is “maybe”, neither yes nor no."),
        ("category", "x" * 81, f"Its category “{'x' * 40}…” is too long: at most 6 levels of 80 characters."),
        ("note", "x" * 5001, "Internal note: Ensure this value has at most 5000 characters (it has 5001)."),
    ],
)
def test_the_other_columns_are_checked_too(sam, column, value, reason):
    assert reasons(imported(sam, f"name,price,{column}\nMug,1,{value}\n")) == {2: reason}


def test_a_name_is_one_line_without_double_spaces(sam):
    imported(sam, 'name,price\n" Mug \n  with  lid ",1\n')
    assert Product.objects.get().name == "Mug with lid"


def test_a_description_that_is_too_long_is_cut_with_a_warning(sam):
    report = imported(sam, f"name,price,description\nMug,1,{'é' * 5001}\nPan,1,{'é' * 5000}\n")
    assert {len(text) for text in Product.objects.values_list("description", flat=True)} == {5000}
    assert [(remark.line, remark.text) for remark in report.warnings] == [
        (2, "Its description is cut to 5,000 characters.")
    ]


def test_a_file_of_an_older_spreadsheet_is_read_and_says_so(sam):
    report = imports.run(actor=sam, stream=io.BytesIO("name,price\nCafé,1\n".encode("cp1252")), filename="old.csv")
    assert Product.objects.get().name == "Café"
    assert report.notes == ["The file is not UTF-8; it was read as Windows-1252. Look at the accented letters."]


def test_the_columns_left_out_are_named_up_to_twelve(sam):
    report = imported(sam, "name,price," + ",".join(f"extra {n}" for n in range(14)) + ",\nMug,1\n")
    assert report.notes[0].startswith("Columns that are not imported: extra 0, extra 1,")
    assert report.notes[0].endswith("extra 11 and 2 more.")


def test_a_file_with_nul_bytes_is_refused_as_a_whole(sam):
    with pytest.raises(DomainError, match="This is not a text file"):
        imported(sam, "name,price\nM\0ug,1\nPan,1\n")
    assert not Product.objects.exists()


def test_a_file_with_too_many_rows_is_refused_as_a_whole(sam, monkeypatch):
    monkeypatch.setattr(imports, "MOST_ROWS", 2)
    assert imported(sam, "name,price\nMug,1\nPan,1\n").created == 2
    with pytest.raises(DomainError, match="more than 2 rows"):
        imported(sam, "name,price\nMug,1\nPan,1\nPot,1\n")


@pytest.mark.parametrize("filename", ["x" * 300 + ".csv", "a\0b\n\udce9.csv", "", "/"])
def test_any_file_name_fits_the_history(sam, filename):
    report = imported(sam, "name,price\nMug,1\n", filename=filename)
    reason = ChangeSet.objects.get().reason
    assert reason == report.filename
    assert len(reason) <= 200
    assert "".join(filter(str.isprintable, reason)) == reason


@pytest.mark.parametrize(("module", "function"), [(categories, "at_paths"), (catalogue, "insert")])
def test_a_rival_who_was_quicker_leaves_nothing_half_imported(sam, monkeypatch, module, function):
    def quicker(*args, **options):
        raise IntegrityError("taken")

    monkeypatch.setattr(module, function, quicker)
    with pytest.raises(Conflict) as caught:
        imported(sam, "name,price,category\nMug,1,Kitchen\n")
    assert (caught.value.code, Category.objects.count(), Product.objects.count()) == ("rival", 0, 0)


def test_a_sku_taken_between_reading_and_writing_leaves_nothing_half_imported(sam, mug, monkeypatch):
    monkeypatch.setattr(catalogue, "holders", lambda _skus: {})
    with pytest.raises(Conflict):
        imported(sam, "name,sku,price,category\nPan,PAN,1,Kitchen\nMug,mug-1,1,Kitchen\n")
    assert (Product.objects.count(), Category.objects.count()) == (1, 0)


def test_only_the_inserts_grow_with_the_rows(sam):
    rows = "".join(f"Mug {n},SKU-{n},{n},Kitchen\n" for n in range(400))
    with CaptureQueriesContext(connection) as queries:
        imported(sam, f"name,sku,price,category\n{rows}")
    assert Change.objects.count() == 400 + 1  # and the category
    assert len([query for query in queries if not query["sql"].startswith("INSERT")]) < 12
