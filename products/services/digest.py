"""The weekly digest: what others changed on a person's products, what runs low and what was decided, by mail.

Clients get it unless they ended it, the others where they asked for it; nothing to tell is no mail. One click in the
mail ends it, signed in or not.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import ALLOWED, Action, can
from accounts.services import mails
from products.models import Category, Change, Product, Proposal, Subscription, Watch
from products.models.changes import ITSELF
from products.models.proposals import Status
from products.services import notifications
from site_config.lib import money

logger = logging.getLogger(__name__)

DAYS = 7
# What is told of after a pause of any length.
LONGEST = timedelta(days=35)
BATCH, MOST, LONGEST_VALUE = 200, 20, 60
SALT = "products.digest"
NOTHING = "\u2014"


# --- Who gets it -----------------------------------------------------------------------------------------------------


def subscribed(person: User) -> bool:
    row = Subscription.objects.filter(person=person).first()
    return row.digest if row else bool(can(person, Action.PROPOSAL_MAKE))


def subscribe(*, actor: User, wanted: bool) -> None:
    Subscription.objects.update_or_create(person=actor, defaults={"digest": wanted})


def token_of(person: User) -> str:
    """It has no end: a mail of last year must still be able to stop those of this one."""
    return signing.dumps([person.pk], salt=SALT)


def opened(token: str) -> User | None:
    """Whose mails this link ends; nobody where it is none of ours, or the person is gone."""
    try:
        [key] = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    found: User | None = User.objects.filter(pk=key).first()
    return found


# --- What it says ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Diff:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Item:
    """A product and what became of it since the last digest, whatever happened in between."""

    product: Product
    link: str
    created: bool
    diffs: list[Diff]


@dataclass(frozen=True)
class Letter:
    """`more_…` where there is more than is told."""

    changed: list[Item]
    more_changed: bool
    low: list[Product]
    more_low: bool
    decided: list[Proposal]

    def __bool__(self) -> bool:
        return bool(self.changed or self.low or self.decided)


def letter(person: User, after: datetime) -> Letter:
    """What there is to tell this person since then, as far as they may see it now, in the language that is in force."""
    rows = changed_products(person, after)
    low = mine(person).filter(archived_at=None, stock__lte=F("low_stock_threshold")).order_by("stock", "pk")[: MOST + 1]
    decided = Proposal.objects.visible_to(person).filter(author=person, decided_at__gt=after).select_related("product")
    return Letter(
        items(person, rows[:MOST], after),
        len(rows) > MOST,
        list(low)[:MOST],
        len(low) > MOST,
        list(decided.exclude(status__in=[Status.OPEN, Status.WITHDRAWN]).order_by("-pk")[:MOST]),
    )


def mine(person: User) -> QuerySet[Product]:
    """What they own or watch."""
    watched = list(Watch.objects.filter(person=person).exclude(product=None).values_list("product", flat=True))
    rows = Product.objects.visible_to(person).filter(Q(owner=person) | Q(pk__in=watched))
    return rows.defer("description", "note", "search")


def by_others(person: User, after: datetime) -> QuerySet[Change]:
    rows = Change.objects.in_fields_of(person).filter(object_type="product", change_set__at__gt=after)
    return rows.exclude(change_set__actor=person)


def changed_products(person: User, after: datetime) -> list[Product]:
    """The last changed first, at most one more than is told of."""
    told = by_others(person, after).filter(object_id=OuterRef("pk"))
    return list(mine(person).filter(Exists(told), updated_at__gt=after).order_by("-updated_at", "-pk")[: MOST + 1])


def items(person: User, products: list[Product], after: datetime) -> list[Item]:
    """Each field once, from what it was first to what it was last; what came back to where it began is not told."""
    spans: dict[int, dict[str, list[Any]]] = {product.pk: {} for product in products}
    for row in by_others(person, after).filter(object_id__in=spans).order_by("pk"):
        spans[row.object_id].setdefault(row.field, [row.old, row.new])[1] = row.new
    names = named(spans.values())
    made = []
    for product in products:
        span = spans[product.pk]
        created = ITSELF in span
        told = {} if created else {field: pair for field, pair in span.items() if pair[0] != pair[1]}
        diffs = [
            Diff(notifications.label(field), shown(field, old, names), shown(field, new, names))
            for field, (old, new) in told.items()
        ]
        link = mails.link(reverse("products:catalogue-detail", args=[product.pk]))
        made.append(Item(product, link, created, diffs))
    return [item for item in made if item.created or item.diffs]


def named(spans: Iterable[dict[str, list[Any]]]) -> dict[tuple[str, Any], str]:
    """The names behind the keys of categories and owners, a query for each of the two."""
    found: dict[tuple[str, Any], str] = {}
    every = list(spans)
    for field, model in (("category_id", Category), ("owner_id", User)):
        keys = {key for span in every for key in span.get(field, []) if key}
        rows: dict[Any, Any] = model._default_manager.in_bulk(keys) if keys else {}
        found |= {(field, key): str(row) for key, row in rows.items()}
    return found


def shown(field: str, value: Any, names: dict[tuple[str, Any], str]) -> str:
    """A stored value as people read it, short enough for a line."""
    if field.endswith("_at") or isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value in (None, "", []):
        return NOTHING
    if field in ("price", "cost"):
        return money.text(Decimal(value))
    text = ", ".join(value) if isinstance(value, list) else names.get((field, value), str(value))
    return Truncator(text).chars(LONGEST_VALUE)


# --- Sending ---------------------------------------------------------------------------------------------------------


def due(now: datetime) -> datetime:
    """Whoever got theirs before this moment is due: a week by days, so that no hour of sending drifts."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)


def waiting(now: datetime) -> QuerySet[User]:
    """Those who are due; whoever never got one, a week after they came."""
    by_default = Q(subscription=None, role__in=ALLOWED[Action.PROPOSAL_MAKE])
    never = Q(subscription__sent_at=None, created_at__lt=due(now))
    wanted = User.objects.filter(Q(subscription__digest=True) | by_default, is_active=True)
    rows: QuerySet[User] = wanted.filter(Q(subscription__sent_at__lt=due(now)) | never).order_by("pk")
    return rows


def send_due() -> int:
    """Writes the digests of all who are due, each in a transaction of its own; how many mails that made.

    May run at any hour, and twice at once. One that fails is tried again by the next run, and keeps nobody from theirs.
    """
    now = timezone.now()
    sent, last = 0, 0
    while keys := list(waiting(now).filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        for key in keys:
            try:
                sent += send_to(key, now)
            except Exception:
                logger.exception("The digest of person %s could not be written", key)
        last = keys[-1]
    return sent


@transaction.atomic
def send_to(key: int, now: datetime) -> bool:
    """Claims this person's week and writes the mail, if there is anything to tell; a rival finds it claimed."""
    row, _made = Subscription.objects.select_for_update().get_or_create(person_id=key)
    person = waiting(now).filter(pk=key).first()
    if person is None:
        return False
    after = max(row.sent_at or now - timedelta(days=DAYS), now - LONGEST)
    row.sent_at = now
    row.save(update_fields=["sent_at"])
    with translation.override(person.language or settings.LANGUAGE_CODE):
        told = letter(person, after)
    if told:
        stop = mails.link(reverse("products:digest-unsubscribe", args=[token_of(person)]))
        links = {"unsubscribe": stop, "home": mails.link(reverse("home"))}
        mails.send("digest", to=person.email, person=person, letter=told, **links)
    return bool(told)
