"""What the clients of the demo shop ask for, and what is asked and answered about their goods."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Case, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from accounts.models import User
from products.models import Comment, Notification, Product, Proposal
from products.models.notifications import Kind
from products.services import comments, proposal_decisions, proposals

# When people heard of it, had it not been made up just now.
ABOUT = Proposal.objects.filter(pk=OuterRef("proposal"))
TOLD_AT = Coalesce(
    Subquery(Comment.objects.filter(pk=OuterRef("comment")).values("at")[:1]),
    Case(
        When(kind=Kind.PROPOSAL_DECIDED, then=Subquery(ABOUT.values("decided_at")[:1])),
        default=Subquery(ABOUT.values("created_at")[:1]),
    ),
)
SUPPLIER = "Our supplier raised the price from the first of the month."


def talk(cast: dict[str, User], now: datetime) -> None:
    """Some proposals that wait, one that was refused, and two threads; nothing of it writes a product."""
    cleo, other = (goods(cast[name]) for name in ("cleo", "northlight"))

    def ago(**time: int) -> datetime:
        return now - timedelta(**time)

    low = proposals.make(
        actor=cast["cleo"], product=cleo[1], price=dearer(cleo[1], "0.80"), reason="A sale.", at=ago(days=9)
    )
    no = "The floor price holds until January."
    proposal_decisions.decide(actor=cast["elif"], proposal=low, refuse=["price"], reply=no, at=ago(days=8))
    proposals.make(actor=cast["cleo"], product=cleo[2], price=dearer(cleo[2], "1.05"), reason=SUPPLIER, at=ago(days=2))
    proposals.make(
        actor=cast["northlight"], product=other[0], price=dearer(other[0], "0.35"), reason="Clearance.", at=ago(days=1)
    )
    counted = max(cleo[3].stock - 2, 0)
    proposals.make(
        actor=cast["cleo"],
        product=cleo[3],
        counted=counted,
        expected=cleo[3].stock,
        description=f"{cleo[3].description} New since this autumn.",
        reason="Counted this morning.",
        at=ago(hours=5),
    )
    comments.add(actor=cast["cleo"], product=cleo[2], text="When does the next delivery come?", at=ago(hours=30))
    comments.add(actor=cast["sam"], product=cleo[2], text="On Thursday, two boxes.", at=ago(hours=28))
    comments.add(actor=cast["cleo"], product=cleo[3], text="Could the picture show the blue one?", at=ago(hours=4))
    Notification.objects.update(at=TOLD_AT)


def goods(owner: User) -> list[Product]:
    """Of which there are some: there is something to count."""
    rows = Product.objects.visible_to(owner).filter(owner=owner, stock__gt=4, archived_at=None)
    return list(rows.order_by("pk")[:4])


def dearer(product: Product, factor: str) -> Decimal:
    return (product.price * Decimal(factor)).quantize(Decimal("0.01"))
