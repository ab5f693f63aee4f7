"""Proposals: what a client would have changed, checked as an edit is, and kept until staff decide about each field."""

from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import ALLOWED, Action, can
from products.models import Product, Proposal, ProposedField
from products.models.notifications import Kind
from products.models.proposals import ProposalQuerySet, Status
from products.services import catalogue, changes, notifications, versions
from products.services.stock import check_level
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from site_config.lib.plain_text import cleaned

# What may be proposed, beside a count of the stock: never what is hidden from clients, nor whose a product is and who
# sees it.
FIELDS = ("name", "sku", "barcode", "description", "category", "tags", "price", "low_stock_threshold")
STOCK = "stock"
# Each is read by somebody, so nobody has more than these open, or makes more than these in an hour.
MOST_OPEN = 100
MOST_AN_HOUR = 100
LONGEST_REASON = 500
# What the number in the menu is counted to: from there on it says "99+".
MOST_COUNTED = 100
ON_A_PAGE = 10

STATES: dict[str, tuple[str, ...]] = {
    "waiting": (Status.OPEN,),
    "approved": (Status.APPROVED, Status.PARTLY),
    "refused": (Status.REFUSED,),
    "decided": (Status.APPROVED, Status.PARTLY, Status.REFUSED, Status.WITHDRAWN),
}


# --- Making and withdrawing ------------------------------------------------------------------------------------------


def make(
    *,
    actor: User,
    product: Product,
    reason: str = "",
    version: int | None = None,
    counted: int | None = None,
    expected: int | None = None,
    at: datetime | None = None,
    **fields: Any,
) -> Proposal:
    """Asks for the given fields as they should be, and for the stock as it was `counted`; only differences are kept.

    `version` is the one the author read: what others changed since is not asked for. Raises what an edit would; Conflict
    `stock_changed` where units moved during the count, `already_proposed` where a proposal of theirs about the same field
    waits, `too_many_proposals` over MOST_OPEN or MOST_AN_HOUR; DomainError `nothing_different`.
    """
    only_proposable(fields)
    reason = short(cleaned(reason), field="reason")
    with transaction.atomic():
        # Their proposals are made one after the other, so that two at once cannot pass a limit together.
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        current = changes.lock_one(product, actor)
        asked = {**edited(actor, current, fields, version), **recounted(current, counted, expected)}
        if not asked:
            raise DomainError(_("Nothing is different from how it is now."), code="nothing_different")
        refuse_second(current, actor, asked)
        proposal = Proposal.objects.create(
            product=current,
            author=actor,
            author_name=str(actor),
            reason=reason,
            version=version or current.version,
            created_at=at or timezone.now(),
        )
        ProposedField.objects.bulk_create(
            ProposedField(proposal=proposal, field=name, old=changes.to_json(old), new=changes.to_json(new))
            for name, (old, new) in asked.items()
        )
        notifications.tell(kind=Kind.PROPOSAL_MADE, people=deciders(actor), proposal=proposal)
    return proposal


def only_proposable(fields: dict[str, Any]) -> None:
    """A door that passes anything else is a mistake of ours, not of the person's."""
    if unknown := fields.keys() - set(FIELDS):
        raise TypeError(f"not proposable: {sorted(unknown)}")


def short(text: str, *, field: str) -> str:
    if len(text) > LONGEST_REASON:
        raise DomainError(_("Keep it under {} characters.").format(LONGEST_REASON), field=field, code="too_long")
    return text


def edited(author: User, current: Product, fields: dict[str, Any], version: int | None) -> dict[str, tuple[Any, Any]]:
    """By column, what the author saw and what they ask for; valid by every rule of an edit."""
    stale = version is not None and version != current.version
    base = versions.bases({current.pk: version})[current.pk] if stale and version else {}
    draft, wanted = copy(current), catalogue.intended(fields)
    for name, value in wanted.items():
        setattr(draft, name, value)
    catalogue.check(draft)
    asked = {}
    for name in wanted:
        value, now = getattr(draft, name), getattr(current, name)
        if value not in (now, base.get(name, now)):
            asked[name] = (base.get(name, now), value)
    # Of what the author cannot see nothing is told here: who decides learns that the SKU is taken.
    holder = catalogue.holders([draft.sku]).get(draft.sku.lower(), current.pk) if "sku" in asked else current.pk
    if holder != current.pk and Product.objects.visible_to(author).filter(pk=holder).exists():
        raise changes.sku_taken()
    return asked


def recounted(current: Product, counted: int | None, expected: int | None) -> dict[str, tuple[Any, Any]]:
    if counted is None:
        return {}
    check_level(counted, field="counted")
    if current.stock != expected:
        sentence = _("Stock is now {now}, not {seen}: units moved while you counted. Count again.")
        sentence = sentence.format(now=current.stock, seen=expected)
        raise Conflict(sentence, field="counted", code="stock_changed", stock=current.stock)
    return {STOCK: (expected, counted)} if counted != expected else {}


def refuse_second(current: Product, actor: User, asked: Iterable[str]) -> None:
    """One proposal at a time about a field, so that staff never approve two answers to one question."""
    mine = Proposal.objects.open().filter(author=actor)
    taken = ProposedField.objects.filter(proposal__in=mine.filter(product=current), field__in=asked).order_by("pk")
    if first := taken.first():
        sentence = _("You proposed this already, and it waits. Withdraw that proposal to make another.")
        field = "counted" if first.field == STOCK else first.field.removesuffix("_id")
        raise Conflict(sentence, field=field, code="already_proposed", proposal=first.proposal_id)
    if mine.filter(product__in=Product.objects.visible_to(actor))[:MOST_OPEN].count() == MOST_OPEN:
        sentence = _("{} proposals of yours wait, the most there may be. Withdraw one first.").format(MOST_OPEN)
        raise Conflict(sentence, code="too_many_proposals")
    lately = Proposal.objects.filter(author=actor, created_at__gt=timezone.now() - timedelta(hours=1))
    if lately[:MOST_AN_HOUR].count() == MOST_AN_HOUR:
        sentence = _("You made {} proposals within an hour, the most there may be. Try again later.")
        raise Conflict(sentence.format(MOST_AN_HOUR), code="too_many_proposals")


def deciders(actor: User) -> QuerySet[User]:
    """Those whose role decides about proposals; `notifications.tell` leaves out who does not see the product."""
    people: QuerySet[User] = User.objects.filter(is_active=True, role__in=ALLOWED[Action.PROPOSAL_DECIDE])
    return people.exclude(pk=actor.pk)


def withdraw(*, actor: User, proposal: Proposal) -> Proposal:
    """Takes back one's own that waits, and the news of it from who has not read them.

    Raises NotAllowed for anybody else's, Conflict `decided` where it is over.
    """
    with transaction.atomic():
        current = locked(proposal)
        if current.author_id != actor.pk:
            raise NotAllowed(_("Only who made a proposal can withdraw it."), code="not_yours")
        insist_open(current)
        current.status = Status.WITHDRAWN
        current.save(update_fields=["status"])
        notifications.forget(proposal=current)
    return current


def locked(proposal: Proposal) -> Proposal:
    """The proposal as it stands now; who writes its product too has locked that first."""
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("author", "decided_by")
    found = rows.prefetch_related("fields").filter(pk=proposal.pk).first()
    if found is None:
        raise Conflict(_("This proposal is gone: its product was deleted for good."), code="gone")
    return found


def insist_open(proposal: Proposal) -> None:
    """Raises Conflict `decided`, with who was first."""
    if proposal.status == Status.OPEN:
        return
    if proposal.status == Status.WITHDRAWN:
        sentence = _("{} withdrew this proposal.").format(proposal.author_name)
    elif proposal.status == Status.REFUSED:
        sentence = _("{} refused this proposal already.").format(decider(proposal))
    else:
        sentence = _("{} approved this proposal already.").format(decider(proposal))
    raise Conflict(sentence, code="decided", state=proposal.status)


def decider(proposal: Proposal) -> str:
    return str(proposal.decided_by or _("Somebody"))


# --- Reading ---------------------------------------------------------------------------------------------------------


def listed(
    reader: User, *, state: str = "", status: str = "", q: str = "", product: int | None = None
) -> ProposalQuerySet:
    """Those that exist for the reader, narrowed, with all that a list shows; not in any order yet."""
    rows = Proposal.objects.visible_to(reader)
    if state in STATES:
        rows = rows.filter(status__in=STATES[state])
    if status:
        rows = rows.filter(status=status)
    if product:
        rows = rows.filter(product=product)
    for word in q.split()[:10]:
        # Lowered by the database, as the search column is.
        rows = rows.filter(Q(product__search__contains=Lower(Value(word))) | Q(author_name__icontains=word))
    rows = rows.select_related("product", "author", "decided_by", "change_set__undone_by")
    return rows.prefetch_related("fields")


def waiting(reader: User) -> ProposalQuerySet:
    """What waits for the reader: to be decided by those who decide, else their own."""
    return Proposal.objects.visible_to(reader).open()


def waiting_count(reader: User) -> int:
    """Up to MOST_COUNTED, in one query."""
    return int(waiting(reader).order_by()[:MOST_COUNTED].count())


def about(product: Product, reader: User) -> list[Proposal]:
    """The first that wait about one product."""
    return list(listed(reader, state="waiting", product=product.pk).order_by("pk")[:ON_A_PAGE])


def asked_for(reader: User, products: Iterable[Product]) -> dict[int, list[ProposedField]]:
    """What a client asked of each of these products and waits for: one query for a page of them."""
    found: dict[int, list[ProposedField]] = {}
    if not can(reader, Action.PROPOSAL_MAKE):
        return found
    rows = ProposedField.objects.filter(
        proposal__product__in=[product.pk for product in products],
        proposal__author=reader,
        proposal__status=Status.OPEN,
    )
    for row in rows.select_related("proposal").order_by("pk"):
        found.setdefault(row.proposal.product_id, []).append(row)
    return found
