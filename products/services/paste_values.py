"""What was pasted from a spreadsheet, line by line, and what a cell of it means: never guessed, refused with its reason."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.policy import Action
from products.services import batch_values, import_values
from products.services.imports import GUARDED
from site_config.lib.errors import DomainError

MOST_LINES = 5000
LONGEST_LINE = 2000
THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+", re.ASCII)


@dataclass(frozen=True)
class Cell:
    """The SKU and the value of one line; `problem` says why it has none."""

    line: int
    sku: str
    text: str
    problem: str = ""


# --- Cells -------------------------------------------------------------------------------------------------------------


def amount(text: str) -> Any:
    """With the decimal mark of the reader's language, and with a point in any."""
    return import_values.amount(import_values.PRICE, unambiguous(filled(text)))


def cost(text: str) -> Any:
    """An empty cell takes the cost out."""
    return import_values.amount(import_values.COST, unambiguous(text)) if text else None


def whole(text: str) -> int:
    return import_values.whole(_("number"), unambiguous(filled(text)))


def digits(text: str) -> str:
    """A barcode without the spaces and hyphens that are printed in it; an empty cell takes it out."""
    return re.sub(r"[\s-]", "", text)


def line(text: str) -> str:
    return " ".join(filled(text).split())


def tags(text: str) -> list[str]:
    """The tags that the product has from then on, with commas or semicolons between them."""
    return list(batch_values.words(re.split(r"[,;]", text)))


def filled(text: str) -> str:
    if not text:
        raise DomainError(_("It has no value."))
    return text


def unambiguous(text: str) -> str:
    """1,234 is a thousand and more in English; a spreadsheet in another language may mean a little more than one."""
    if not (get_language() or "en").startswith("en") and THOUSANDS.fullmatch(text):
        raise DomainError(_("Write {} without marks between thousands.").format(import_values.quoted(text)))
    return text


@dataclass(frozen=True)
class Target:
    """A field that may be pasted: its column, how a cell is read and which right it takes."""

    column: str
    label: Any
    read: Callable[[str], Any]
    right: Action = Action.PRODUCT_EDIT

    def value(self, text: str) -> Any:
        """Raises DomainError on what the field does not take."""
        return batch_values.checked(self.column, self.read(text))


TARGETS = {
    "price": Target("price", gettext_lazy("Price"), amount),
    "cost": Target("cost", gettext_lazy("Cost"), cost, Action.PRODUCT_SEE_COST),
    "threshold": Target("low_stock_threshold", gettext_lazy("Reorder at"), whole),
    "stock": Target("stock", gettext_lazy("Counted stock"), whole, Action.STOCK_ADJUST),
    "barcode": Target("barcode", gettext_lazy("Barcode"), digits),
    "name": Target("name", gettext_lazy("Name"), line),
    "tags": Target("tags", gettext_lazy("Tags"), tags),
}


# --- Lines -------------------------------------------------------------------------------------------------------------


def cells(text: str) -> list[Cell]:
    """Every line that is not blank, without a header; raises DomainError on what is no list of two columns."""
    found = list(rows(text))
    if found and found[0].sku.casefold() in ("sku", str(_("SKU")).casefold()):
        found = found[1:]
    if not found:
        raise DomainError(_("Paste two columns: the SKU and the new value."), field="text", code="nothing_pasted")
    if len(found) > MOST_LINES:
        raise DomainError(_("Paste at most {:,} lines at once.").format(MOST_LINES), field="text", code="too_many")
    return found


def rows(text: str) -> Iterator[Cell]:
    lines = text.splitlines()
    mark = separator(lines)
    for number, written in enumerate(lines, start=1):
        if written.strip():
            yield row(number, written, mark)


def separator(lines: list[str]) -> str:
    """A spreadsheet puts tabs between the cells that it copies; a file has semicolons or commas."""
    first = next((written for written in lines if written.strip()), "")
    return next((mark for mark in "\t;" if mark in first), ",")


def row(number: int, written: str, mark: str) -> Cell:
    """A line by itself, so that a quotation mark in one cannot swallow those after it."""
    if len(written) > LONGEST_LINE:
        return Cell(number, "", "", _("The line is longer than {:,} characters.").format(LONGEST_LINE))
    parts = [unguarded(part.strip()) for part in next(csv.reader([written], delimiter=mark))]
    sku, rest = parts[0], parts[1:]
    if not rest:
        return Cell(number, sku, "", _("It has one column: paste the SKU and the value."))
    if mark == "," and len(rest) > 1:  # commas of the value, like 12,50 or Mug, blue
        return Cell(number, sku, unguarded(written.split(mark, 1)[1].strip()))
    if any(rest[1:]):
        return Cell(number, sku, "", _("It has {} columns: paste two, the SKU and the value.").format(len(parts)))
    return Cell(number, sku, rest[0])


def unguarded(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from calculating."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in GUARDED else cell
