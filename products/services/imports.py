"""Bringing a catalogue: a file goes in as it is, every row is accounted for, and one undo takes it out again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import BinaryIO

from django.db import IntegrityError
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from products.models import ChangeSet, Product
from products.services import catalogue, categories, changes, import_layouts, import_values
from products.services.import_layouts import Cells, Skipped
from site_config.lib import csv
from site_config.lib.errors import Conflict, DomainError, Invalid, NotAllowed

# Products of one import are kept until all are checked: some 300 MB at this number.
MOST_ROWS = 100_000
# What may follow an apostrophe that keeps a spreadsheet from calculating.
GUARDED = tuple("=+-@0123456789")


@dataclass(frozen=True)
class Remark:
    """What is to be said about one row, by the line it starts on."""

    line: int
    text: str


@dataclass(frozen=True)
class Draft:
    line: int
    product: Product
    category: tuple[str, ...]


@dataclass
class Report:
    """What became, or in a dry run would become, of every row of the file. `notes` are about the file as a whole."""

    filename: str
    layout: str
    dry_run: bool
    created: int = 0
    refused: list[Remark] = field(default_factory=list)
    skipped: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    change_set: ChangeSet | None = None


def run(*, actor: User, stream: BinaryIO, filename: str, dry_run: bool = False) -> Report:
    """Creates a product for every row that is one, all as one change set; a dry run writes nothing.

    A row that breaks a rule is refused with its line and the reason and stops no other; products that exist are not
    touched. Raises NotAllowed by the role table, and DomainError on a file that is unreadable or of no known layout.
    """
    decision = can(actor, Action.PRODUCT_IMPORT)
    if not decision:
        raise NotAllowed(str(decision.reason), code=decision.code)
    table = csv.Table(stream)
    layout, columns = import_layouts.recognise(table.header)
    # History keeps the name: no folders, nothing unprintable, and no longer than its column.
    name = "".join(letter for letter in PurePath(filename).name if letter.isprintable())[:200]
    report = Report(name, str(layout.label), dry_run)
    describe(report, table, columns)
    drafts = refuse_taken(list(read(actor, table, layout, columns, report)), report)
    report.refused.sort(key=lambda remark: remark.line)
    report.created = len(drafts)
    if drafts and not dry_run:
        report.change_set = store(actor, drafts, name)
    return report


def describe(report: Report, table: csv.Table, columns: dict[str, int]) -> None:
    """What the person should know about how the file was read."""
    if table.encoding != "utf-8-sig":
        report.notes.append(_("The file is not UTF-8; it was read as Windows-1252. Look at the accented letters."))
    ignored = [name[:40] for place, name in enumerate(table.header) if name and place not in columns.values()]
    if ignored:
        more = _(" and {} more").format(len(ignored) - 12) if len(ignored) > 12 else ""
        report.notes.append(_("Columns that are not imported: {}{}.").format(", ".join(ignored[:12]), more))


# --- From rows to products -------------------------------------------------------------------------------------------


def read(
    actor: User, table: csv.Table, layout: import_layouts.Layout, columns: dict[str, int], report: Report
) -> Iterator[Draft]:
    """The products of the file, in its order; everything else goes to the report."""
    families: dict[str, Cells] = {}
    for number, row in enumerate(table.rows(), start=1):
        if number > MOST_ROWS:
            raise DomainError(_("The file has more than {:,} rows. Split it.").format(MOST_ROWS), code="too_many_rows")
        names, told = layout.shared(cells_of(row, layout, columns))
        families.update({name: told for name in names if name not in families})
    for row in table.rows():
        remarks: list[str] = []
        cells = cells_of(row, layout, columns)
        try:
            if row.problem:
                raise DomainError(row.problem)
            values = layout.translate(cells, families.get(layout.family(cells)), remarks.append)
            yield Draft(
                row.line,
                import_values.product(actor=actor, values=values, warn=remarks.append),
                import_values.path(values["category"]),
            )
        except Skipped as reason:
            report.skipped.append(Remark(row.line, str(reason)))
        except DomainError as error:
            report.refused.append(Remark(row.line, sentence_of(error)))
        else:
            report.warnings += [Remark(row.line, text) for text in remarks]


def cells_of(row: csv.Row, layout: import_layouts.Layout, columns: dict[str, int]) -> Cells:
    """The row by the layout's words; an apostrophe that only guards a number or formula is taken off."""
    cells = {word: row.cells[columns[word]].strip() if word in columns else "" for word in layout.columns}
    return {word: cell[1:] if cell[:1] == "'" and cell[1:2] in GUARDED else cell for word, cell in cells.items()}


def sentence_of(error: DomainError) -> str:
    """The reason as the report shows it: each field by its name."""
    if not isinstance(error, Invalid):
        return error.message
    labels = {column.name: capfirst(str(column.verbose_name)) for column in Product._meta.fields}
    return " ".join(f"{labels[name]}: {' '.join(messages)}" for name, messages in error.fields.items())


# --- Into the catalogue ----------------------------------------------------------------------------------------------


def refuse_taken(drafts: list[Draft], report: Report) -> list[Draft]:
    """Those whose SKU is neither in the catalogue nor earlier in the file; the others are refused."""
    taken = catalogue.holders([draft.product.sku for draft in drafts])
    first: dict[str, int] = {}
    kept = []
    for draft in drafts:
        sku = draft.product.sku.lower()
        line = first.setdefault(sku, draft.line)
        if sku in taken:
            reason = _("A product with the SKU {} already exists.").format(import_values.quoted(draft.product.sku))
        elif line != draft.line:
            reason = _("The SKU {} repeats line {}.").format(import_values.quoted(draft.product.sku), line)
        else:
            kept.append(draft)
            continue
        report.refused.append(Remark(draft.line, reason))
    gone = {remark.line for remark in report.refused}
    report.warnings = [remark for remark in report.warnings if remark.line not in gone]
    return kept


def store(actor: User, drafts: list[Draft], name: str) -> ChangeSet:
    """All of them and their categories as one change set, or nothing."""
    try:
        with changes.recorded(actor=actor, kind="product.imported", reason=name) as recorder:
            places = categories.at_paths(recorder, dict.fromkeys(draft.category for draft in drafts))
            for draft in drafts:
                draft.product.category = places[draft.category]
            catalogue.insert(recorder, [draft.product for draft in drafts])
    except (IntegrityError, DomainError) as error:
        # What was free while the file was read is not any more.
        sentence = _("Somebody made one of these products just now. Nothing was imported: try again.")
        raise Conflict(sentence, code="rival") from error
    return recorder.change_set
