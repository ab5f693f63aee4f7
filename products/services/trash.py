"""Moving to the trash, back, and out of it for good; what is in the trash exists for nobody else, and its SKU stays taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import User
from accounts.policy import Action, can
from products.models import ChangeSet, Comment, Job, Product, Proposal, StockMovement
from products.models.catalogue import ProductQuerySet
from products.services import changes, jobs, versions
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError, NotAllowed

PURGED = "product.purged"
# What one purge takes at most: its products are counted exactly, and named in its job.
MOST = 10_000


def discard(*, actor: User, product: Product, version: int | None = None, at: datetime | None = None) -> ChangeSet:
    """Moves a product to the trash; with a `version`, only if nobody has changed it since (VersionMismatch)."""
    with changes.recorded(actor=actor, kind="product.trashed", at=at) as recorder:
        product = changes.lock_one(product, actor)
        versions.insist(product, version, {})
        recorder.update([(product, {"trashed_at": recorder.change_set.at})])
    return recorder.change_set


def restore(*, actor: User, products: "QuerySet[Product]") -> ChangeSet:
    """Brings products back from the trash as they were."""
    with changes.recorded(actor=actor, kind="product.restored") as recorder:
        rows = changes.lock(products.exclude(trashed_at=None))
        if not rows:
            raise gone_already()
        recorder.update([(product, {"trashed_at": None}) for product in rows])
    return recorder.change_set


def gone_already() -> Conflict:
    return Conflict(_("This product is not in the trash any more."), code="not_in_trash")


# --- Looking through it ----------------------------------------------------------------------------------------------


def found(*, reader: User, text: str = "") -> ProductQuerySet:
    """The trash, of which every word must occur in the name, the SKU or the barcode, as in the list of products."""
    rows = Product.objects.trash_of(reader)
    for word in text.split()[:10]:
        rows = rows.filter(search__contains=Lower(Value(word)))
    return rows


def chosen(
    *, reader: User, keys: Iterable[int] | None, text: str = "", until: datetime | None = None
) -> ProductQuerySet:
    """What a purge would take: the products of these keys, or all that were found and moved there by `until`.

    Of more than MOST those that are there longest.
    """
    rows = found(reader=reader, text="" if keys is not None else text)
    rows = rows.filter(pk__in=keys) if keys is not None else rows
    rows = rows.filter(trashed_at__lte=until) if until else rows
    return rows.order_by("trashed_at", "pk")[:MOST]


@dataclass(frozen=True)
class Going:
    """What goes with a purge, before anybody says yes to it; `sku` is that of the one product, if it is one."""

    products: int
    sku: str
    movements: paging.Count
    proposals: paging.Count
    comments: paging.Count

    @property
    def word(self) -> str:
        """What is typed to confirm it: the SKU of one, the number of many."""
        return self.sku or str(self.products)


def going(products: "QuerySet[Product]") -> Going:
    """Counted without end for no table: what is more than a page could be about is an estimate."""
    skus = list(products.values_list("sku", flat=True)[:2])
    keys = products.values("pk")
    counts = [paging.count(model.objects.filter(product__in=keys)) for model in (StockMovement, Proposal, Comment)]
    return Going(products.count(), skus[0] if len(skus) == 1 else "", *counts)


# --- For good --------------------------------------------------------------------------------------------------------


def purge(*, actor: User, products: "QuerySet[Product]", confirmed: str) -> ChangeSet | Job:
    """Deletes products of the trash with their ledgers, proposals and questions; their history stays, for admins.

    There is no undo, so it is confirmed by what `Going.word` says: another word raises DomainError `not_confirmed`.
    More than a person would wait for is left to the worker.
    """
    insist(actor)
    expected = going(products)
    if not expected.products:
        raise gone_already()
    if confirmed.strip().lower() != expected.word.lower():
        raise DomainError(_("Type {} to confirm.").format(expected.word), field="confirm", code="not_confirmed")
    keys = list(products.values_list("pk", flat=True))
    if len(keys) <= jobs.AT_ONCE:
        with changes.recorded(actor=actor, kind=PURGED) as recorder:
            if not taken(recorder, keys):
                raise gone_already()
        return recorder.change_set
    begun = changes.begun(actor=actor, kind=PURGED)
    return jobs.start(actor=actor, kind=PURGED, task=go_on, total=len(keys), state={"keys": keys}, change_set=begun)


def insist(actor: User) -> None:
    decision = can(actor, Action.TRASH_MANAGE)
    if not decision:
        raise NotAllowed(str(decision.reason), code=decision.code)


def taken(recorder: changes.Recorder, keys: list[int], before: datetime | None = None) -> list[Product]:
    """Deletes those that are in the trash still (`before`: and were moved there by then); what was deleted."""
    rows = Product.objects.filter(pk__in=keys).exclude(trashed_at=None)
    products = changes.lock(rows.filter(trashed_at__lt=before) if before else rows)
    recorder.purge(products)
    return products


def step(job: Job) -> bool:
    """The next of the products that were confirmed, in the transaction that holds the job."""
    insist(job.actor)
    keys, job.state["keys"] = job.state["keys"][: jobs.STEP], job.state["keys"][jobs.STEP :]
    with changes.recorded(actor=job.actor, kind=PURGED, into=job.change_set) as recorder:
        gone = {product.pk for product in taken(recorder, keys)}
    for key in keys:
        if key not in gone:
            jobs.note(job, f"#{key}", "", _("It was taken out of the trash."))
    job.done += len(keys)
    if job.skipped == job.total and job.change_set:  # nothing was left to delete
        job.change_set.delete()
        job.change_set = None
    return bool(job.state["keys"])


@task()
def go_on(pk: int) -> None:
    jobs.run(pk, step)


def expire() -> int:
    """Deletes for good what is in the trash for more than TRASH_DAYS, as one act of Stockroom's own; how many."""
    if not settings.TRASH_DAYS:
        return 0
    before, change_set, number = timezone.now() - timedelta(days=settings.TRASH_DAYS), None, 0
    old = Product.objects.filter(trashed_at__lt=before).order_by("trashed_at", "pk").values_list("pk", flat=True)
    while keys := list(old[: jobs.STEP]):
        reason = _("In the trash for more than {} days").format(settings.TRASH_DAYS)
        with changes.recorded(actor=None, kind=PURGED, reason=reason, into=change_set) as recorder:
            gone = len(taken(recorder, keys, before))
        change_set = recorder.change_set if gone or change_set else None
        number += gone
    return number
