"""Questions and answers about a product: everybody who sees it reads them and may write."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import ALLOWED, Action, Decision, can
from products.models import Comment, Product
from products.models.notifications import Kind
from products.services import notifications
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from site_config.lib.plain_text import cleaned

LONGEST = 2000
# What was just written may be taken back; later somebody may have read it and acted on it.
TAKEN_BACK = timedelta(minutes=15)
# So many lines of one person within an hour are a conversation for the telephone, or a script gone wrong.
MOST_AN_HOUR = 60
SHORT = 5


def of(product: Product) -> QuerySet[Comment]:
    return Comment.objects.filter(product=product).select_related("author")


@dataclass(frozen=True)
class Thread:
    """Lines as they are read, the newest last, each with whether the reader may remove it."""

    lines: list[tuple[Comment, Decision]]
    more: bool


def thread(rows: list[Comment], reader: User, *, more: bool = False) -> Thread:
    """The rows come the newest first, as they are paged."""
    now = timezone.now()
    return Thread([(row, may_remove(reader, row, now)) for row in rows[::-1]], more)


def latest(product: Product, reader: User, size: int = SHORT) -> Thread:
    """The end of the thread, and whether there is more before it."""
    rows = list(of(product).order_by("-pk")[: size + 1])
    return thread(rows[:size], reader, more=len(rows) > size)


def add(*, actor: User, product: Product, text: str, at: datetime | None = None) -> Comment:
    """Writes into a product's thread and tells those it concerns; raises DomainError on an empty or long text, and
    Conflict over MOST_AN_HOUR.
    """
    text = cleaned(text)
    if not text:
        raise DomainError(_("Write something first."), field="text", code="required")
    if len(text) > LONGEST:
        raise DomainError(_("Keep it under {} characters.").format(LONGEST), field="text", code="too_long")
    now = at or timezone.now()
    lately = Comment.objects.filter(author=actor, at__gt=now - timedelta(hours=1), at__lte=now)
    if lately[:MOST_AN_HOUR].count() == MOST_AN_HOUR:
        raise Conflict(_("You wrote a lot within an hour. Wait a while before you go on."), code="too_many_comments")
    comment = Comment.objects.create(product=product, author=actor, author_name=str(actor), text=text, at=now)
    notifications.tell(kind=Kind.COMMENT_ADDED, people=concerned(comment, actor), comment=comment)
    return comment


def concerned(comment: Comment, actor: User) -> list[User]:
    """The owner, those who wrote here before, and where a client asks those who can answer; never who writes now."""
    product = comment.product
    people = {
        product.owner_id,
        *of(product).exclude(author=None).order_by().values_list("author", flat=True).distinct(),
    }
    heard = User.objects.filter(is_active=True, pk__in=people)
    if can(actor, Action.PROPOSAL_MAKE):
        heard = heard | User.objects.filter(is_active=True, role__in=ALLOWED[Action.PROPOSAL_DECIDE])
    return list(heard.exclude(pk=actor.pk))


def may_remove(person: User, comment: Comment, now: datetime | None = None) -> Decision:
    """Its author for a quarter of an hour, admins at any time."""
    if can(person, Action.TRASH_MANAGE):
        return can(person, Action.COMMENT_WRITE)
    if comment.author_id != person.pk:
        return Decision(False, "not_yours", _("Only an admin can remove what somebody else wrote."))
    if (now or timezone.now()) - comment.at > TAKEN_BACK:
        return Decision(False, "too_late", _("What is older than a quarter of an hour only an admin can remove."))
    return can(person, Action.COMMENT_WRITE)


def remove(*, actor: User, comment: Comment) -> None:
    """Takes it out of the thread for good, with what people were told of it; raises NotAllowed."""
    decision = may_remove(actor, comment)
    if not decision:
        raise NotAllowed(str(decision.reason), code=decision.code)
    comment.delete()
