"""How pages show a proposal: each field before and after, how far apart, and what whoever decides should know."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from accounts.templatetags.ui import money, signed
from products.models import Category, Product, Proposal, ProposedField
from products.models.proposals import Status, Verdict
from products.services import proposal_decisions, proposals
from products.services.history import word
from products.services.proposal_decisions import GONE, SAME, STALE, Asked, Standing
from products.services.proposals import STOCK
from products.views.timeline import label, named, shown
from site_config.lib import diff

LONG = ("description",)
MINUS = "\u2212"
BADGES = {
    Status.OPEN: "info hollow",
    Status.APPROVED: "ok",
    Status.PARTLY: "ok",
    Status.REFUSED: "hollow",
    Status.WITHDRAWN: "hollow",
}


@dataclass(frozen=True)
class FieldLine:
    """One field: what it was, what it should be, and what stands in the way."""

    word: str
    label: str
    old: str
    new: str
    pieces: list[diff.Piece]  # of a long text, what differs, in place of the two
    apart: str
    verdict: str
    stale: bool
    notes: list[str]


@dataclass(frozen=True)
class ProposalLine:
    proposal: Proposal
    badge: str
    fields: list[FieldLine]
    obstacle: str
    clear: bool

    @property
    def stale(self) -> bool:
        return any(field.stale for field in self.fields)


def lines(rows: Iterable[Proposal], reader: User) -> list[ProposalLine]:
    """A page of proposals: three queries at most, whatever their number."""
    page = list(rows)
    standing = proposal_decisions.standings(page)
    values = [
        (field.row.field, field.row.old, field.row.new)
        for row in page
        for field in fields_of(row, standing.get(row.pk))
    ]
    names = named(values, "category_id", Category)
    return [line(row, standing.get(row.pk), reader, names) for row in page]


def line(
    proposal: Proposal, standing: Standing | None, reader: User, names: dict[tuple[str, Any], str]
) -> ProposalLine:
    fields = fields_of(proposal, standing)
    return ProposalLine(
        proposal=proposal,
        badge=BADGES[Status(proposal.status)],
        fields=[field_line(field, proposal.product, reader, names) for field in fields],
        obstacle=standing.obstacle if standing else "",
        clear=bool(standing and standing.clear),
    )


def fields_of(proposal: Proposal, standing: Standing | None) -> list[Asked]:
    """Of what is decided it no longer matters how it stands."""
    if standing:
        return standing.fields
    return [Asked(row, row.new, "") for row in proposal_decisions.in_order(proposal)]


def field_line(field: Asked, product: Product, reader: User, names: dict[tuple[str, Any], str]) -> FieldLine:
    row = field.row
    long = row.field in LONG
    return FieldLine(
        word=word(row.field),
        label=label(row.field),
        old=shown(row.field, row.old, names),
        new=shown(row.field, row.new, names),
        pieces=diff.pieces(str(row.old or ""), str(row.new or "")) if long else [],
        apart=apart(row),
        verdict=row.verdict if row.verdict != Verdict.OPEN else "",
        stale=field.state == STALE,
        notes=notes(field, product, reader, names),
    )


def apart(row: ProposedField) -> str:
    """Of a price in percent, of units in units, with a true minus."""
    if row.field == "price" and Decimal(str(row.old)):
        old, new = Decimal(str(row.old)), Decimal(str(row.new))
        share = (new - old) / old * 100
        sign = "+" if share >= 0 else MINUS
        return f"{sign}{formats.number_format(abs(share).quantize(Decimal('0.1'), ROUND_HALF_UP), 1)}%"
    if row.field in (STOCK, "low_stock_threshold"):
        return signed(int(row.new or 0) - int(row.old or 0))
    return ""


def notes(field: Asked, product: Product, reader: User, names: dict[tuple[str, Any], str]) -> list[str]:
    """What whoever decides should know; what the cost is only those learn who may see it."""
    row, told = field.row, []
    if field.state == GONE:
        told.append(_("This category was deleted."))
    elif field.state == SAME:
        told.append(_("It is so already."))
    elif field.state == STALE and row.field == STOCK:
        told.append(
            _("Stock moved since: it is {now} now. Approved, it becomes {after}.").format(
                now=field.now, after=field.now + field.moved_by
            )
        )
    elif field.state == STALE:
        now = shown(row.field, field.now, names) if row.field not in LONG else _("another text")
        told.append(_("Somebody changed it since: it is {} now.").format(now))
    dear = row.field == "price" and field.state and can(reader, Action.PRODUCT_SEE_COST)
    if dear and product.cost is not None and Decimal(str(row.new)) < product.cost:
        told.append(_("Below cost ({})").format(money(product.cost)))
    return told


def about(product: Product, reader: User) -> list[ProposalLine]:
    """What waits about one product, for its page."""
    return lines(proposals.about(product, reader), reader)


def asked(reader: User, products: Iterable[Product]) -> dict[int, list[str]]:
    """What a client asked of each product of a list: a price and a count in numbers, the rest by name."""
    return {key: [brief(row) for row in rows] for key, rows in proposals.asked_for(reader, products).items()}


def brief(row: ProposedField) -> str:
    if row.field not in ("price", STOCK):
        return label(row.field)
    old, new = shown(row.field, row.old, {}), shown(row.field, row.new, {})
    return _("{} {} to {}").format(label(row.field), old, new)
