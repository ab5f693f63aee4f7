"""What people are told: kept as what it is about, put into words when it is read, of what the reader may see then."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.policy import hidden_fields
from products.models import Change, ChangeSet, Comment, Job, Notification, Product, Proposal, SavedView
from products.models import jobs as job_states
from products.models.changes import ITSELF
from products.models.notifications import Kind, NotificationQuerySet
from products.models.proposals import Status as ProposalStatus

KEPT = timedelta(days=90)
# What the bell shows is counted no further: from there on it says "99+".
MOST_COUNTED = 100
AT_ONCE = 100
LONGEST_QUOTE = 80


def tell(
    *,
    kind: Kind,
    people: Iterable[User],
    product: Product | None = None,
    view: SavedView | None = None,
    change_set: ChangeSet | None = None,
    proposal: Proposal | None = None,
    comment: Comment | None = None,
    job: Job | None = None,
    number: int = 1,
) -> int:
    """Tells each of them once; how many were told.

    Left out are those who are deactivated and those for whom the product does not exist. Nobody is told of what they
    did themselves: the caller leaves them out.
    """
    about = product or (proposal and proposal.product) or (comment and comment.product)
    heard = {person.pk: person for person in people if person.is_active}
    if about:
        heard = {key: heard[key] for key in in_sight(about, list(heard.values()))}
    things = {"view": view, "change_set": change_set, "proposal": proposal, "comment": comment, "job": job}
    return store(
        [Notification(person=person, kind=kind, product=about, number=number, **things) for person in heard.values()]
    )


def store(rows: list[Notification]) -> int:
    """A line that is there already, as after a task that ran twice, is not made again."""
    Notification.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def in_sight(product: Product, people: list[User]) -> list[int]:
    """The keys of those for whom this product exists, in one query for a hundred of them."""
    found: list[int] = []
    for start in range(0, len(people), AT_ONCE):
        asked = [
            Product.objects.visible_to(person).filter(pk=product.pk).order_by().values_list(Value(person.pk), flat=True)
            for person in people[start : start + AT_ONCE]
        ]
        found += asked[0].union(*asked[1:], all=True)
    return found


# --- Reading ---------------------------------------------------------------------------------------------------------


def of(reader: User) -> NotificationQuerySet:
    """What this person was told, as far as what it is about still exists for them: the rest is as if it were not there.

    Of a product that was changed only where the change is in a field that they may see by now.
    """
    rows = Notification.objects.of(reader)
    things: dict[str, QuerySet[Any]] = {
        "product": Product.objects.visible_to(reader),
        "view": SavedView.objects.visible_to(reader),
        "proposal": Proposal.objects.visible_to(reader),
        "comment": Comment.objects.visible_to(reader),
        "job": Job.objects.visible_to(reader),
    }
    for name, there in things.items():
        # One value of each, for the reason that ChangeSetQuerySet.visible_to gives.
        first = Subquery(there.filter(pk=OuterRef(f"{name}_id")).order_by().values("pk")[:1])
        rows = rows.alias(**{f"{name}_seen": first}).filter(Q(**{name: None}) | Q(**{f"{name}_seen__isnull": False}))
    if hidden_fields(reader):
        seen = Change.objects.in_fields_of(reader).filter(object_type="product", object_id=OuterRef("product_id"))
        told = seen.filter(change_set=OuterRef("change_set_id"))
        rows = rows.filter(~Q(kind=Kind.PRODUCT_CHANGED) | Exists(told))
    return rows


def listed(reader: User, *, unread: bool = False) -> NotificationQuerySet:
    """The same with what its sentences name, ready to be paged."""
    rows = of(reader).unread() if unread else of(reader)
    return rows.select_related("product", "view", "change_set", "proposal", "comment", "job")


def unread_count(reader: User) -> int:
    """Up to MOST_COUNTED, in one query that an index answers."""
    return int(of(reader).unread().order_by()[:MOST_COUNTED].count())


def read(*, actor: User, notification: Notification) -> Notification:
    """Marks one of theirs as read; the moment it first was stays."""
    mine = Notification.objects.of(actor).unread().filter(pk=notification.pk)
    mine.update(read_at=timezone.now())
    notification.refresh_from_db(fields=["read_at"])
    return notification


def read_all(*, actor: User) -> int:
    """Marks all there is for this person as read; how many were not."""
    return int(Notification.objects.of(actor).unread().update(read_at=timezone.now()))


def forget(*, proposal: Proposal) -> None:
    """Takes back what nobody has read of a proposal that is withdrawn."""
    Notification.objects.unread().filter(proposal=proposal, kind=Kind.PROPOSAL_MADE).delete()


def prune() -> int:
    """Deletes what was told long ago, read or not; how many."""
    number, _models = Notification.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return number


# --- Words -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One notification in words, with who did what it tells of."""

    row: Notification
    who: str
    text: str


def lines(rows: Iterable[Notification], reader: User) -> list[Line]:
    """Sentences for a page of rows, one query whatever their number."""
    page = list(rows)
    changed = [row for row in page if row.kind == Kind.PRODUCT_CHANGED]
    seen = Change.objects.in_fields_of(reader).filter(object_type="product")
    seen = seen.filter(change_set__in={r.change_set_id for r in changed}, object_id__in={r.product_id for r in changed})
    fields: dict[tuple[int, int], list[str]] = {}
    if changed:
        for change_set, product, field in seen.order_by("pk").values_list("change_set_id", "object_id", "field"):
            fields.setdefault((change_set, product), []).append(field)
    return [Line(row, who(row), sentence(row, fields.get((row.change_set_id, row.product_id), []))) for row in page]  # type: ignore[arg-type]


def who(row: Notification) -> str:
    """Whose act it is, by the name they had then; empty where nobody did it or it is the reader's own affair."""
    if row.comment:
        return row.comment.author_name
    if row.proposal:
        return row.proposal.author_name if row.kind == Kind.PROPOSAL_MADE else ""
    return row.change_set.actor_name if row.change_set and row.kind != Kind.PRODUCT_LOW else ""


def sentence(row: Notification, fields: list[str]) -> str:
    """A whole sentence without a full stop."""
    name, actor = str(row.product or ""), who(row)
    if row.kind == Kind.PRODUCT_CHANGED:
        named = ", ".join(dict.fromkeys(label(field) for field in fields if field != ITSELF))
        told = _("{} changed {}: {}") if named else _("{} changed {}")
        return told.format(actor, name, named)
    if row.kind == Kind.PRODUCT_LOW:
        return low(row)
    if row.kind == Kind.VIEW_CHANGED:
        told = ngettext("{} changed {} product of {}", "{} changed {} products of {}", row.number)
        return told.format(actor, row.number, row.view)
    if row.kind == Kind.PROPOSAL_MADE:
        return _("{} proposed a change to {}").format(actor, name)
    if row.kind == Kind.PROPOSAL_DECIDED:
        return decided(row).format(name)
    if row.kind == Kind.COMMENT_ADDED:
        return _("{} wrote about {}: {}").format(actor, name, quoted(row.comment))
    return ended(row)


def label(column: str) -> str:
    """A field as people call it, in the middle of a sentence."""
    words = {"stock": _("stock"), "is_public": _("public"), "low_stock_threshold": _("reorder at")}
    words |= {"archived_at": _("archived"), "trashed_at": _("in the trash")}
    return words.get(column) or str(getattr(Product._meta.get_field(column), "verbose_name", column))


def low(row: Notification) -> str:
    """As the stock is now: what was low may have come in since."""
    product: Any = row.product
    if product.stock_level == "out":
        return _("{} is out of stock").format(product)
    if product.stock_level == "low":
        return _("{} is low: {} in stock").format(product, product.stock)
    return _("{} was low, and has {} in stock again").format(product, product.stock)


def decided(row: Notification) -> str:
    words = {
        ProposalStatus.APPROVED: _("Your proposal for {} was approved"),
        ProposalStatus.PARTLY: _("Your proposal for {} was approved in part"),
        ProposalStatus.REFUSED: _("Your proposal for {} was refused"),
    }
    status = row.proposal.status if row.proposal else ""
    return words.get(status, _("Your proposal for {} was decided"))  # type: ignore[call-overload,no-any-return]


def quoted(comment: Comment | None) -> str:
    text = " ".join(comment.text.split()) if comment else ""
    return f"“{text[:LONGEST_QUOTE].rstrip()}…”" if len(text) > LONGEST_QUOTE else f"“{text}”"


def ended(row: Notification) -> str:
    job: Any = row.job
    told = _("Ended before it was done: {}") if job.status == job_states.Status.FAILED else _("Done: {}")
    return told.format(job.title)
