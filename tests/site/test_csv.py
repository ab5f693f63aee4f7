"""Reading CSV files that people made."""

import io

import pytest

from site_config.lib import csv
from site_config.lib.errors import DomainError


def table(content: bytes | str) -> csv.Table:
    return csv.Table(io.BytesIO(content if isinstance(content, bytes) else content.encode()))


def cells(content: bytes | str) -> list[list[str]]:
    return [row.cells for row in table(content).rows()]


def refusal(content: bytes | str) -> DomainError:
    with pytest.raises(DomainError) as caught:
        cells(content)
    return caught.value


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_the_header_uses(mark):
    assert cells(f"name{mark}price\nMug{mark}12\n") == [["Mug", "12"]]
    assert table(f'"na,me; it is"{mark}price{mark}x\n').delimiter == mark


def test_a_delimiter_on_a_line_of_its_own_is_believed():
    file = table("sep=;\nname;a,b,c,d\nMug;1\n")
    assert (file.header, [row.line for row in file.rows()]) == (["name", "a,b,c,d"], [3])
    assert table("sep=x\n").header == ["sep=x"]


def test_what_is_written_reads_back_as_it_was():
    rows = [["name", "note"], ["Zoë", 'a "b", c\nd'], ["", 7]]
    lines = list(csv.written(rows))
    assert lines[0] == "\ufeff"
    assert cells("".join(lines)) == [["Zoë", 'a "b", c\nd'], ["", "7"]]


@pytest.mark.parametrize(
    "text", ["=1+1", "+44 20", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_a_text_that_a_spreadsheet_would_run_is_written_as_text(text):
    assert csv.harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", [-2, 1.5, None, "", "a=b", "1-2", "'=1", "O'Brien"])
def test_what_no_spreadsheet_would_run_is_written_as_it_is(cell):
    assert csv.harmless(cell) == cell


def test_one_column_needs_no_delimiter():
    assert cells("name\nMug\n") == [["Mug"]]


def test_rows_can_be_read_twice_and_leave_the_file_open():
    stream = io.BytesIO(b"name\nMug\n")
    file = csv.Table(stream)
    assert list(file.rows()) == list(file.rows()) == [csv.Row(2, ["Mug"])]
    assert not stream.closed


def test_blank_lines_and_rows_of_nothing_but_delimiters_are_passed_over():
    assert [row.line for row in table("\n,,\nname,price\n\nMug,12\n , \nPan,9\n").rows()] == [5, 7]


def test_the_line_of_a_row_is_where_it_starts_also_after_line_breaks_in_quotes():
    file = table('name,text\r\nMug,"one\r\ntwo\r\nthree"\r\nPan,x\r\n')
    assert [(row.line, row.cells[1]) for row in file.rows()] == [(2, "one\r\ntwo\r\nthree"), (5, "x")]


def test_a_short_row_is_filled_and_a_long_one_refused():
    file = table("name,price\nMug\nPan,9,,\nPot,1,234\n")
    assert [row.cells for row in file.rows()] == [["Mug", ""], ["Pan", "9"], ["", ""]]
    assert [row.problem for row in file.rows()][:2] == ["", ""]
    assert "3 cells under a header of 2" in list(file.rows())[2].problem


def test_utf_8_is_read_with_and_without_its_mark():
    assert cells("name\nCafé\n") == [["Café"]]
    assert table("\ufeffname\nCafé\n").header == ["name"]


def test_what_is_not_utf_8_is_read_as_windows_1252():
    file = table("name\nCafé – 5 €\n".encode("cp1252"))
    assert file.encoding == "cp1252"
    assert [row.cells for row in file.rows()] == [["Café – 5 €"]]


def test_a_letter_cut_in_two_by_the_reading_is_still_utf_8():
    text = "name\n" + "a" * (csv.CHUNK - 6) + "é\n"
    assert cells(text)[0][0].endswith("aé")


@pytest.mark.parametrize("start", ["name\nCafé\n", "\ufeffname\nCafe\n", "name\nCafé\n" + "x\n" * csv.CHUNK])
def test_a_damaged_utf_8_file_is_refused_with_the_line(start):
    error = refusal(start.encode() + b"Th\xe9\n")
    assert (error.code, f"Line {start.count(chr(10)) + 1} " in error.message) == ("not_utf8", True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("name\nM\0ug\n", "not_text"),
        ("name\nMug\n".encode("utf-16"), "not_text"),
        (b"PK\x03\x04\x14\x00\x06\x00", "not_text"),
        (b"name\nM\x81g\n", "unknown_encoding"),
        (b"name\n" + b"x" * csv.CHUNK + b"\xe9\x81", "unknown_encoding"),
        ("", "empty_file"),
        (" \n,,\n\n", "empty_file"),
        ("x" * 1_000_001, "line_too_long"),
        ("name\n" + "x" * 1_000_001, "line_too_long"),
        ("x" * 200_000 + "\nMug\n", "unreadable_header"),
        ('name,"pri"ce\nMug,2\n', "unreadable_header"),
    ],
)
def test_what_is_no_csv_file_is_refused_as_a_whole(content, code):
    assert refusal(content).code == code


def test_a_cell_over_the_limit_costs_its_row_and_no_other():
    rows = list(table(f"name,text\nMug,{'x' * 200_000}\nPan,y\n").rows())
    assert [(row.line, row.cells, bool(row.problem)) for row in rows] == [(2, ["", ""], True), (3, ["Pan", "y"], False)]
    assert rows[0].problem == "A cell is longer than 131,072 characters."


def test_a_cell_over_the_limit_is_passed_over_to_the_end_of_its_quotes():
    lines = "".join(f"line, {number}\n" for number in range(20_000))
    rows = list(table(f'name,text\nMug,"{lines}"\nPan,y\n').rows())
    assert [(row.line, row.cells[0]) for row in rows] == [(2, ""), (20_003, "Pan")]
    assert rows[0].problem.endswith("Lost with it: everything up to line 20002.")


def test_a_quotation_mark_that_is_never_closed_loses_no_row_in_silence():
    rows = list(table('name,text\nMug,"never closed\nPan,y\n').rows())
    assert [(row.line, row.problem) for row in rows] == [
        (2, "Its quotation marks do not pair up. Lost with it: everything up to line 3.")
    ]
    rows = list(table('name,text\nMug,"never closed\n' + "Pan,y\n" * 40_000).rows())
    assert [row.line for row in rows] == [2]
    assert rows[0].problem.endswith("up to line 40002.")


def test_reading_goes_on_after_a_row_whose_quotes_do_not_pair_up():
    rows = list(table('name,text\nMug,"5" wide"\nPan,5" wide\n').rows())
    assert [(row.cells[0], bool(row.problem)) for row in rows] == [("", True), ("Pan", False)]
