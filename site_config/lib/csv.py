"""CSV files that people made: any usual delimiter and encoding, the line of each row, never a whole file in memory.

And files for people: as UTF-8 that spreadsheets know for such, and without a cell that they would run.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from django.utils.translation import gettext as _

from site_config.lib.errors import DomainError

DELIMITERS = ",;\t"
CHUNK = 64 * 1024
LONGEST_LINE = 1_000_000
# Bytes that Windows-1252 leaves undefined: a file that holds one is in no encoding we know.
NOT_WINDOWS = b"\x81\x8d\x8f\x90\x9d"
# What a spreadsheet takes for the start of a formula (OWASP, CSV Injection), the full-width spellings too.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True)
class Row:
    """The cells of one row, as many as the header has, and the line it starts on; `problem` says why it has none."""

    line: int
    cells: list[str]
    problem: str = ""


class Lines:
    """The lines of a text for csv.reader, which knows neither their numbers in a long file nor an end to one."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        stream.seek(0)
        self.text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        self.number = 0
        self.inside_quotes = False

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self.text.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST_LINE:
            sentence = _("Line {} is longer than {:,} characters: this is not a list of products.")
            raise DomainError(sentence.format(self.number, LONGEST_LINE), code="line_too_long")
        self.inside_quotes ^= line.count('"') % 2 == 1
        return line


class Table:
    """A CSV file with a header; its rows can be read any number of times. Raises DomainError on what is no CSV file."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.encoding = encoding_of(stream)
        self.delimiter, self.skipped_lines = self.look()
        header = next(self.records(), None)
        if header is None:
            raise DomainError(_("The file is empty."), code="empty_file")
        if header.problem:
            raise DomainError(_("The header cannot be read: {}").format(header.problem), code="unreadable_header")
        self.header = [cell.strip() for cell in header.cells]

    def look(self) -> tuple[str, int]:
        """The delimiter that gives the header most cells, and how many lines come before the header.

        Spreadsheets may write the delimiter on a line of its own: "sep=;".
        """
        lines = Lines(self.stream, self.encoding)
        try:
            for line in lines:
                named = line.strip().lower().strip('"').removeprefix("sep=")
                if line.lower().lstrip('"').startswith("sep=") and named in tuple(DELIMITERS):
                    return named, lines.number
                if line.strip():
                    return max(DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark)))), 0
        except csv.Error:
            pass  # a cell over the limit: reading the header says so
        finally:
            lines.text.detach()
        return ",", 0

    def rows(self) -> Iterator[Row]:
        """Every row under the header that is not blank, padded or refused to the header's width."""
        width, records = len(self.header), self.records()
        next(records)
        for row in records:
            if any(cell.strip() for cell in row.cells[width:]):
                sentence = _("It has {} cells under a header of {}: is a text with a delimiter in it not quoted?")
                yield Row(row.line, [""] * width, sentence.format(len(row.cells), width))
            else:
                yield Row(row.line, (row.cells + [""] * width)[:width], row.problem)

    def records(self) -> Iterator[Row]:
        """Every record that is not blank, the header too."""
        lines = Lines(self.stream, self.encoding)
        try:
            for _line in range(self.skipped_lines):
                next(lines)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                start, lines.inside_quotes = lines.number + 1, False
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Row(start, [], problem(error, lines, start))
                else:
                    if any(cell.strip() for cell in cells):
                        yield Row(start, cells)
        finally:
            lines.text.detach()


def problem(error: csv.Error, lines: Lines, start: int) -> str:
    """Why the record cannot be read; what is left of a cell over the limit is passed over."""
    if str(error).startswith("field larger"):
        while lines.inside_quotes and next(lines, None):
            pass
        sentence = _("A cell is longer than {:,} characters.").format(csv.field_size_limit())
    else:
        sentence = _("Its quotation marks do not pair up.")
    if lines.number > start:
        sentence += " " + _("Lost with it: everything up to line {}.").format(lines.number)
    return sentence


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        if b"\0" in chunk:
            sentence = _("This is not a text file. From a spreadsheet, save it as “CSV UTF-8”.")
            raise DomainError(sentence, code="not_text")
        yield chunk


def encoding_of(stream: BinaryIO) -> str:
    """UTF-8 with or without a byte-order mark, or the Windows-1252 of older spreadsheets."""
    if is_utf8(stream):
        return "utf-8-sig"
    if any(byte in chunk for chunk in chunks(stream) for byte in NOT_WINDOWS):
        raise DomainError(_("The file’s encoding is unknown. Save it as “CSV UTF-8”."), code="unknown_encoding")
    return "cp1252"


def is_utf8(stream: BinaryIO) -> bool:
    """Raises DomainError where some letters are UTF-8 and a later one is not: guessing would garble a damaged file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, only_ascii = 1, True
    for chunk in chain(chunks(stream), [b""]):
        try:
            only_ascii &= decoder.decode(chunk, final=not chunk).isascii()
        except UnicodeDecodeError as error:
            sound = error.object[: error.start]
            if only_ascii and sound.isascii():
                return False
            line += sound.count(b"\n")
            sentence = _("Line {} is not UTF-8. Save the file as “CSV UTF-8”.").format(line)
            raise DomainError(sentence, code="not_utf8") from error
        line += chunk.count(b"\n")
    return True


def written(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a file that people open in a spreadsheet, one at a time, for an answer that is streamed."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield "\ufeff"
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def harmless(cell: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front; a number stays one."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell
