"""What was pasted, line by line, and what its cells mean."""

from decimal import Decimal

import pytest
from django.utils import translation

from products.services import paste_values
from products.services.paste_values import TARGETS, cells
from site_config.lib.errors import DomainError


def read(text):
    return [(cell.line, cell.sku, cell.text or cell.problem) for cell in cells(text)]


class TestLines:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("A-1\t12.50\nA-2\t3", [(1, "A-1", "12.50"), (2, "A-2", "3")]),
            ("SKU\tPrice\r\nA-1\t12,50\r\n", [(2, "A-1", "12,50")]),
            ("sku;Preis\n\nA-1;12,50", [(3, "A-1", "12,50")]),
            ("A-1,12,50\nA-2,3", [(1, "A-1", "12,50"), (2, "A-2", "3")]),
            ("A-1,Mug, blue", [(1, "A-1", "Mug, blue")]),
            ('A-1,"Mug, blue"', [(1, "A-1", "Mug, blue")]),
            ('A-1\t"Mug ""XL"""', [(1, "A-1", 'Mug "XL"')]),
            ('A-1\t5" pipe\nA-2\t6" pipe', [(1, "A-1", '5" pipe'), (2, "A-2", '6" pipe')]),
            ('A-1\t"left open\nA-2\t3', [(1, "A-1", "left open"), (2, "A-2", "3")]),
            ("'-1\t'0123", [(1, "-1", "0123")]),
            ("  A-1 \t 3 \t ", [(1, "A-1", "3")]),
        ],
    )
    def test_have_tabs_semicolons_or_commas_between_their_two_columns(self, text, found):
        assert read(text) == found

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("A-1", "It has one column: paste the SKU and the value."),
            ("A-1\t3\t4", "It has 3 columns: paste two, the SKU and the value."),
            ("A-1\t" + "x" * 2000, "The line is longer than 2,000 characters."),
        ],
    )
    def test_that_are_no_two_columns_say_so(self, text, why):
        assert [cell.problem for cell in cells(text)] == [why]

    @pytest.mark.parametrize("text", ["", " \n\t\n", "SKU\tPrice"])
    def test_nothing_pasted_is_refused(self, text):
        with pytest.raises(DomainError) as refused:
            cells(text)
        assert (refused.value.field, refused.value.code) == ("text", "nothing_pasted")

    def test_there_may_be_five_thousand(self):
        assert len(cells("A\t1\n" * 5000)) == 5000
        with pytest.raises(DomainError) as refused:
            cells("A\t1\n" * 5001)
        assert refused.value.code == "too_many"


class TestCells:
    @pytest.mark.parametrize(
        ("field", "text", "value"),
        [
            ("price", "12.5", Decimal("12.50")),
            ("price", "£1,234.50", Decimal("1234.50")),
            ("price", "12,50", Decimal("12.50")),
            ("cost", "6.10", Decimal("6.10")),
            ("cost", "", None),
            ("threshold", "1,200", 1200),
            ("stock", "0", 0),
            ("barcode", "9638 5074", "96385074"),
            ("barcode", "", ""),
            ("name", "  Enamel   mug ", "Enamel mug"),
            ("tags", "Red; blue, red", ["blue", "red"]),
            ("tags", "", []),
        ],
    )
    def test_are_read_as_people_write_them(self, field, text, value):
        assert TARGETS[field].value(text) == value

    @pytest.mark.parametrize(
        ("field", "text", "why"),
        [
            ("price", "", "It has no value."),
            ("price", "12.505", "Ensure that there are no more than 2 decimal places."),
            ("price", "-1", "The price “-1” is below zero."),
            ("price", "cheap", "The price “cheap” is not an amount."),
            ("threshold", "", "It has no value."),
            ("threshold", "1.5", "The number “1.5” is not a whole number."),
            ("stock", "-3", "Ensure this value is greater than or equal to 0."),
            ("stock", "1000000001", "Ensure this value is less than or equal to 1000000000."),
            ("barcode", "96385075", "The last digit does not fit the others. Check the barcode for a typing error."),
            ("name", "", "It has no value."),
            ("name", "x" * 201, "Ensure this value has at most 200 characters (it has 201)."),
            ("tags", "x" * 41, "Enter tags of up to 40 letters each, with commas between them."),
        ],
    )
    def test_that_mean_nothing_are_refused_and_not_guessed(self, field, text, why):
        with pytest.raises(DomainError) as refused:
            TARGETS[field].value(text)
        assert refused.value.message == why

    def test_a_comma_between_thousands_is_taken_for_one_in_english_alone(self):
        with translation.override("es"):
            assert TARGETS["price"].value("1.234,50") == Decimal("1234.50")
            assert TARGETS["price"].value("12,5") == Decimal("12.50")
            for field in ("price", "threshold"):  # a thousand and more in English
                with pytest.raises(DomainError):
                    TARGETS[field].value("1,234")
        assert paste_values.amount("1,234") == Decimal(1234)
