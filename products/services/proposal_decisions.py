"""Deciding about proposals: field by field, once, against the product as it stands now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from django.db import transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from products.models import Category, ChangeSet, Product, Proposal, ProposedField
from products.models import stock as ledger
from products.models.notifications import Kind
from products.models.proposals import Status, Verdict
from products.services import catalogue, changes, history, notifications, proposals, stock, undo, versions
from products.services.proposals import STOCK
from site_config.lib.errors import Conflict, DomainError
from site_config.lib.plain_text import cleaned

# How a field stands: as it was when it was asked for; so already; changed by somebody else since; asking for a category
# that was deleted.
FRESH, SAME, STALE, GONE = "fresh", "same", "stale", "gone"
APPROVED_BY = "Approved by {}"


@dataclass(frozen=True)
class Asked:
    """A field of a proposal, as it stands now."""

    row: ProposedField
    now: Any
    state: str

    @property
    def moved_by(self) -> int:
        """Of stock: what the count found to be more, or less, than there should have been."""
        new, old = self.row.new, self.row.old
        return int(new) - int(old)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Standing:
    """An open proposal, as it stands now; `obstacle` says why it can only be refused."""

    fields: list[Asked]
    obstacle: str

    @property
    def clear(self) -> bool:
        """Whether all of it can be approved without a choice."""
        return not self.obstacle and all(field.state in (FRESH, SAME) for field in self.fields)


class StaleProposal(Conflict):
    """What is to be approved was changed since it was asked for; `conflicts` are the fields to choose about."""

    def __init__(self, fields: list[Asked]) -> None:
        told = [{"field": history.word(f.row.field), "old": f.row.old, "now": f.now, "new": f.row.new} for f in fields]
        sentence = _("Somebody changed this since it was proposed. Choose what is to hold.")
        super().__init__(sentence, field=told[0]["field"], code="stale", conflicts=told)


# --- How it stands ---------------------------------------------------------------------------------------------------


def standings(rows: Iterable[Proposal]) -> dict[int, Standing]:
    """By key, of those that are open; two queries at most, whatever their number."""
    opened = [row for row in rows if row.status == Status.OPEN]
    return standing(opened, seen_by_authors(opened))


def standing(rows: list[Proposal], seen: set[tuple[int, int]]) -> dict[int, Standing]:
    wanted = {f.new for row in rows for f in row.fields.all() if f.field == "category_id" and f.new}
    there = set(Category.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set[int]()
    return {
        row.pk: Standing([asked(field, row.product, there) for field in in_order(row)], obstacle(row, seen))
        for row in rows
    }


def in_order(proposal: Proposal) -> list[ProposedField]:
    """As its author asked for them, without a query where the fields were read with it."""
    return sorted(proposal.fields.all(), key=lambda row: row.pk)


def asked(row: ProposedField, product: Product, categories: set[int]) -> Asked:
    """Stock is as it was or not: that it is by chance what was counted says nothing about the units on the shelf."""
    now = changes.to_json(getattr(product, row.field))
    if row.field == "category_id" and row.new and row.new not in categories:
        state = GONE
    elif now == row.new and row.field != STOCK:
        state = SAME
    else:
        state = FRESH if now == row.old else STALE
    return Asked(row, now, state)


def seen_by_authors(rows: list[Proposal]) -> set[tuple[int, int]]:
    """The pairs of author and product of which the one sees the other, in one query."""
    pairs = sorted({(row.author.pk, row.product_id): row.author for row in rows if row.author}.items(), key=first_key)
    asked_of = []
    for key, of_one in groupby(pairs, key=lambda pair: pair[0][0]):
        mine = list(of_one)
        products = Product.objects.visible_to(mine[0][1]).filter(pk__in=[pair[1] for pair, _author in mine])
        asked_of.append(products.order_by().values_list(Value(key), "pk"))
    if not asked_of:
        return set()
    return set(asked_of[0].union(*asked_of[1:], all=True))


def first_key(item: tuple[tuple[int, int], Any]) -> tuple[int, int]:
    return item[0]


def obstacle(proposal: Proposal, seen: set[tuple[int, int]]) -> str:
    author, name = proposal.author, proposal.author_name
    if author is None:
        return _("{} has no account any more: it can only be refused.").format(name)
    if not author.is_active:
        return _("{} was deactivated: it can only be refused.").format(name)
    if (author.pk, proposal.product_id) not in seen:
        return _("{} no longer has this product: it can only be refused.").format(name)
    return ""


# --- Deciding --------------------------------------------------------------------------------------------------------


def decide(
    *,
    actor: User,
    proposal: Proposal,
    approve: Collection[str] = (),
    refuse: Collection[str] = (),
    over: Collection[str] = (),
    version: int | None = None,
    reply: str = "",
    at: datetime | None = None,
) -> Proposal:
    """Approves and refuses every field, by column, at once; what is approved becomes one change set in the author's name.

    A refusal takes a reply. A field that somebody changed since is approved only where it is named in `over` too, and
    has not changed again since the `version` that the actor saw; stock is then moved by what the count found. Raises
    StaleProposal, Conflict `decided` for who comes second and `only_refuse` where the author does not have the product
    any more, and what an edit raises; nothing is written then.
    """
    reply = proposals.short(cleaned(reply), field="reply")
    with transaction.atomic():
        # The product first, as by everybody who writes it; it may be in the trash by now.
        products = changes.lock(Product.objects.filter(pk=proposal.product_id))
        current = proposals.locked(proposal)
        proposals.insist_open(current)
        check_choice(current, approve, refuse, reply)
        if approve:
            current.product = products[0]
            insist_seen(actor, current.product)
            wanted = to_write(current, approve, over, version)
            current.change_set = apply(actor, current, wanted, at)
        finish(actor, current, approve, refuse, reply, at)
    return current


def check_choice(proposal: Proposal, approve: Collection[str], refuse: Collection[str], reply: str) -> None:
    """Every field is named once, so that nothing is decided by being forgotten."""
    known, named = {row.field for row in proposal.fields.all()}, [*approve, *refuse]
    if unknown := set(named) - known:
        sentence = _("This proposal does not ask for: {}.").format(words(unknown))
        raise DomainError(sentence, field="approve" if unknown & set(approve) else "refuse", code="not_asked_for")
    if both := set(approve) & set(refuse):
        raise DomainError(_("Either approve or refuse: {}.").format(words(both)), field="refuse", code="decided_twice")
    if left := known - set(named):
        raise DomainError(_("Approve or refuse this too: {}.").format(words(left)), field="approve", code="undecided")
    if refuse and not reply:
        raise DomainError(_("Say why, so that they know what to do."), field="reply", code="reply_needed")


def words(names: Iterable[str]) -> str:
    return ", ".join(sorted(history.word(name) for name in names))


def columns(names: Iterable[str]) -> list[str]:
    """The same fields as a proposal keeps them, of the words that people and scripts use."""
    return ["category_id" if name == "category" else name for name in names]


def insist_seen(actor: User, product: Product) -> None:
    """Asked again under the lock, as by every act on a product."""
    if product.trashed_at:
        raise Conflict(_("This product was moved to the trash."), code="trashed")
    if not Product.objects.visible_to(actor).filter(pk=product.pk).exists():
        raise Conflict(_("This product is not shared with you any more."), code="gone")


def to_write(proposal: Proposal, approve: Collection[str], over: Collection[str], version: int | None) -> list[Asked]:
    """The approved fields that differ from what is there; the product is locked."""
    product = proposal.product
    found = standing([proposal], seen_by_authors([proposal]))[proposal.pk]
    if found.obstacle:
        raise Conflict(found.obstacle, code="only_refuse")
    fields = [field for field in found.fields if field.row.field in approve]
    for field in fields:
        if field.state == GONE:
            raise Conflict(_("The category that it asks for was deleted."), field="category", code="gone")
    again = versions.bases({product.pk: version})[product.pk] if version else None
    stale = [field for field in fields if field.state == STALE and not chosen(field, over, again)]
    if stale:
        raise StaleProposal(stale)
    return [field for field in fields if field.state != SAME]


def chosen(field: Asked, over: Collection[str], again: dict[str, Any] | None) -> bool:
    """Whether the actor saw what they replace; what a count found to be missing is missing from any number."""
    name = field.row.field
    return name in over and (name == STOCK or (again is not None and name not in again))


def apply(actor: User, proposal: Proposal, fields: list[Asked], at: datetime | None) -> ChangeSet | None:
    """Writes the fields by the rules of an edit and the rights of who approves; None where all was so already."""
    product = proposal.product
    values = {field.row.field: value_of(field) for field in fields}
    if values.keys() - {STOCK}:
        undo.insist(can(actor, Action.PRODUCT_EDIT))
    for field in fields:
        if field.row.field == STOCK:
            stock.check_balance(product, values[STOCK] - product.stock)
    values = catalogue.checked(actor=actor, current=product, fields={}, wanted=values, said=True)
    relative = any(field.row.field == STOCK and field.state == STALE for field in fields)
    # There is one: what can only be refused did not come so far.
    before, author = product.stock, cast(User, proposal.author)
    with changes.recorded(actor=author, kind="proposal.approved", reason=why(actor, proposal), at=at) as recorder:
        recorder.update([(product, values)])
        if product.stock != before:
            kind = ledger.Kind.CORRECTION if relative else ledger.Kind.COUNT
            recorder.enter(product, delta=product.stock - before, kind=kind)
    return recorder.change_set if recorder.changes else None


def value_of(field: Asked) -> Any:
    if field.row.field == STOCK:
        return field.now + field.moved_by
    return changes.from_json(field.row.field, field.row.new)


def why(actor: User, proposal: Proposal) -> str:
    """Who approved it, and what for; in English, as all that the program itself notes."""
    told = APPROVED_BY.format(actor)
    return (f"{told}: {' '.join(proposal.reason.split())}" if proposal.reason else told)[:200]


def finish(
    actor: User,
    proposal: Proposal,
    approve: Collection[str],
    refuse: Collection[str],
    reply: str,
    at: datetime | None,
) -> None:
    """Keeps the verdicts and tells the author."""
    for verdict, names in ((Verdict.APPROVED, approve), (Verdict.REFUSED, refuse)):
        if names:
            proposal.fields.filter(field__in=names).update(verdict=verdict)
    proposal.status = (Status.PARTLY if approve else Status.REFUSED) if refuse else Status.APPROVED
    proposal.decided_by, proposal.decided_at, proposal.reply = actor, at or timezone.now(), reply
    proposal.save(update_fields=["status", "decided_by", "decided_at", "reply", "change_set"])
    if proposal.author and proposal.author != actor:
        notifications.tell(kind=Kind.PROPOSAL_DECIDED, people=[proposal.author], proposal=proposal)
