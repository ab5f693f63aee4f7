"""manage.py import_products: prints what became of every row."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from products.models import Product

FILES = Path(__file__).parent / "files"
REAL = Path(__file__).parents[3] / "shared" / "data"


def printed(capsys, *arguments: object, **options: object) -> list[str]:
    call_command("import_products", *arguments, **options)
    return capsys.readouterr().out.splitlines()


def test_the_report_has_counts_reasons_and_warnings(ada, capsys):
    assert printed(capsys, FILES / "shopify.csv") == [
        "shopify.csv is a Shopify product export: 3 created, 2 refused, 1 skipped.",
        "Columns that are not imported: Vendor, Option1 Name, Option2 Name, Variant Compare At Price, Image Src.",
        "Refused, line 7: No row of “lost-variant” has a title.",
        "Refused, line 8: It has no price.",
        "Warning, line 4: Its stock is -3: imported with 0.",
        "Warning, line 4: Its barcode “2000000000021” is left out. The last digit does not fit the others. "
        "Check the barcode for a typing error.",
        "Skipped: 1 × another picture of a product.",
    ]


def test_the_first_active_admin_imports_unless_somebody_is_named(sam, ada, capsys, tmp_path):
    file = tmp_path / "one.csv"
    file.write_text("name,price\nMug,1\n")
    assert printed(capsys, file) == ["one.csv is a spreadsheet: 1 created, 0 refused, 0 skipped."]
    printed(capsys, file, "--as", "SAM")
    assert [product.owner for product in Product.objects.order_by("pk")] == [ada, sam]


def test_a_dry_run_says_that_nothing_was_changed(ada, capsys):
    assert printed(capsys, FILES / "spreadsheet.csv", dry_run=True)[-1] == "This was a dry run: nothing was changed."
    assert not Product.objects.exists()


def test_a_long_report_is_cut_unless_more_is_asked_for(ada, capsys, tmp_path):
    file = tmp_path / "long.csv"
    file.write_text("name,price\n" + "Mug,\n" * 60)
    short, long = printed(capsys, file), printed(capsys, file, verbosity=2)
    assert short[1:] == [*long[1:51], "Refused: 10 more; --verbosity 2 shows all."]
    assert long[-1] == "Refused, line 61: It has no price."


def test_a_cell_cannot_steer_the_terminal(ada, capsys, tmp_path):
    file = tmp_path / "odd.csv"
    file.write_text("name,price,\x1b[2Jhead\nMug,\x1b[31m,\n")
    assert printed(capsys, file)[1:] == [
        "Columns that are not imported: \ufffd[2Jhead.",
        "Refused, line 2: The price “\ufffd[31m” is not an amount.",
    ]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("missing.csv", None, "missing.csv: No such file or directory"),
        ("empty.csv", b"", "empty.csv: The file is empty."),
        ("sheet.xlsx", b"PK\0\0", "sheet.xlsx: This is not a text file."),
        ("other.csv", b"a,b\n1,2\n", "other.csv: The header is none that we know."),
    ],
)
def test_an_unreadable_file_ends_the_command_with_one_sentence(ada, tmp_path, name, content, sentence):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError) as caught:
        call_command("import_products", tmp_path / name)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_an_admin_or_by_a_stranger_nothing_is_imported(sam):
    with pytest.raises(CommandError, match=r"^There is no active admin\.$"):
        call_command("import_products", FILES / "shopify.csv")
    with pytest.raises(CommandError, match=r"^There is no active person called nobody\.$"):
        call_command("import_products", FILES / "shopify.csv", "--as", "nobody")
    sam.is_active = False
    sam.save()
    with pytest.raises(CommandError, match="called sam"):
        call_command("import_products", FILES / "shopify.csv", "--as", "sam")


def test_a_client_is_told_whom_to_ask(cleo):
    with pytest.raises(CommandError, match="Clients cannot import products"):
        call_command("import_products", FILES / "shopify.csv", "--as", "cleo")


EXPORTS = {
    "shopify-apparel.csv": "22 created, 0 refused, 0 skipped",
    "shopify-home-and-garden.csv": "21 created, 0 refused, 0 skipped",
    "woocommerce-sample.csv": "21 created, 0 refused, 3 skipped",
}


def test_real_exports_go_in_as_they_are_where_they_lie_beside_the_checkout(ada, capsys):
    """They are not ours to publish; files of our own in the same layouts are tested above, everywhere."""
    for path in sorted(REAL.glob("*.csv")):
        assert EXPORTS[path.name] in printed(capsys, path)[0]
