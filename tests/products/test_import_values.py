"""What a cell of an import means."""

from decimal import Decimal

import pytest

from products.services import import_values
from site_config.lib.errors import DomainError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("12.5", "12.5"),
        ("£12.50", "12.5"),
        ("12.50 GBP", "12.5"),
        ("9.9900", "9.99"),
        ("12,5", "12.5"),
        ("1,234", "1234"),
        ("1,234,567.80", "1234567.8"),
        ("1.234,50", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1\u00a0234", "1234"),
        ("0", "0"),
        ("1.234", "1.234"),
    ],
)
def test_amounts_are_read_as_people_write_them(text, value):
    assert import_values.amount("price", text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "45,5O",
        "²",
        "١٢",
        "1e999",
        "1E+2",
        "NaN",
        "Infinity",
        "$12",
        "12 EUR",
        "1,23,4",
        "1.234.567",
        "--1",
        ".",
        "9" * 21,
    ],
)
def test_what_is_no_amount_of_the_sites_currency_is_refused(text):
    with pytest.raises(DomainError, match=r"^The price “.*” is not an amount\.$"):
        import_values.amount("price", text)


@pytest.mark.parametrize("text", ["-5", "−5", "-£5", "£-0.01"])
def test_an_amount_below_zero_is_refused(text):
    with pytest.raises(DomainError, match="is below zero"):
        import_values.amount("price", text)


def test_a_long_cell_is_quoted_only_in_part():
    with pytest.raises(DomainError) as caught:
        import_values.amount("price", "x" * 5000)
    assert caught.value.message == f"The price “{'x' * 40}…” is not an amount."


@pytest.mark.parametrize(
    ("text", "value"), [("", 0), ("7", 7), ("12.0", 12), ("1,200", 1200), ("1 200", 1200), ("-3", -3)]
)
def test_whole_numbers_are_read_as_people_write_them(text, value):
    assert import_values.whole("stock", text) == value


@pytest.mark.parametrize("text", ["²", "2.5", "1e3", "many", "1,5", "9" * 5000, "٣"])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(DomainError, match=r"^The stock “.*” is not a whole number\.$"):
        import_values.whole("stock", text)


@pytest.mark.parametrize(
    ("text", "value"), [("TRUE", True), ("1", True), ("Yes", True), ("", False), ("0", False), ("Draft", False)]
)
def test_published_is_yes_or_no(text, value):
    assert import_values.yes_or_no(text) is value


def test_published_that_is_neither_is_refused():
    with pytest.raises(DomainError, match="Published is “maybe”, neither yes nor no"):
        import_values.yes_or_no("maybe")


@pytest.mark.parametrize("text", ["5012345678900", "5012-3456 78900", "96385074", ""])
def test_a_right_barcode_is_taken_without_its_hyphens_and_spaces(text):
    warnings = []
    assert import_values.barcode(text, warnings.append) == text.replace("-", "").replace(" ", "")
    assert warnings == []


@pytest.mark.parametrize("text", ["5012345678901", "5.01E+12", "123", "⁵012345678900", "-", "x" * 5000])
def test_a_wrong_barcode_is_left_out_with_a_warning(text):
    warnings = []
    assert import_values.barcode(text, warnings.append) == ""
    assert len(warnings) == (text != "-")
    assert all(warning.startswith("Its barcode “") for warning in warnings)


def test_a_category_is_a_path_of_names():
    assert import_values.path("") == import_values.path(" > ") == ()
    assert import_values.path(" Home  goods>Rugs > ") == ("Home goods", "Rugs")


@pytest.mark.parametrize("category", ["x" * 81, "A>B>C>D>E>F>G"])
def test_a_category_that_is_too_long_or_too_deep_is_refused(category):
    with pytest.raises(DomainError, match="is too long"):
        import_values.path(category)


def test_tags_that_a_product_cannot_have_are_left_out_and_said():
    said = []
    assert import_values.tags(f"Red,{'x' * 41},blue", said.append) == ["blue", "red"]
    assert said == [f"The tag “{'x' * 40}…” is left out: it has more than 40 letters."]
    said.clear()
    assert import_values.tags(",".join(f"tag {n:02}" for n in range(22)), said.append)[-1] == "tag 19"
    assert said == ["It has 22 tags: the first 20 are kept."]
    assert import_values.tags("", said.append) == []
