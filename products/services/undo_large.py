"""Undo of what is too much to be undone while somebody waits: by the worker, in steps, by the rules of the small one."""

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import User
from accounts.policy import Action, can
from accounts.services import activity
from products.models import Change, ChangeSet, Job, Product
from products.models.changes import ITSELF
from products.services import categories, changes, jobs, undo
from site_config.lib.errors import Conflict

KIND = "changes.undone"
# Categories come back before the products that were in them, and go after them.
FIRST, PRODUCTS, LAST = "first", "products", "last"


def is_large(change_set: ChangeSet) -> bool:
    """More than is undone at once; asked of no more rows than that."""
    return change_set.changes.all()[: jobs.AT_ONCE + 1].count() > jobs.AT_ONCE


def start(*, actor: User, change_set: ChangeSet) -> Job:
    """Claims the one undo of the change set and has the worker do it; raises what `undo.undo` raises at its start.

    All steps write into one change set. What was changed since is left alone and listed, step by step; the actor's
    rights are asked again in each.
    """
    undo.insist(undo.may_undo(actor, change_set))
    with transaction.atomic():
        change_set = undo.claimed(change_set)
        if change_set.changes.filter(field="stock").exists():
            undo.insist(can(actor, Action.STOCK_ADJUST))
        begun = changes.begun(actor=actor, kind=KIND, undoes=change_set)
        total = change_set.changes.count()
        return jobs.start(actor=actor, kind=KIND, task=go_on, total=total, state={"phase": FIRST}, change_set=begun)


def step(job: Job) -> bool:
    """The next part, in the transaction that holds the job."""
    if job.change_set is None or job.change_set.undoes is None:
        raise Conflict(_("What was to be undone is gone."), code="gone")
    source = job.change_set.undoes
    undo.insist(undo.may_undo(job.actor, source))
    rows = next_rows(job, source)
    if any(row.field == "stock" for row in rows):
        undo.insist(can(job.actor, Action.STOCK_ADJUST))
    with changes.recorded(actor=job.actor, kind=KIND, into=job.change_set) as recorder:
        skipped = taken_back(recorder, job, source, rows)
    for each in skipped:
        jobs.note(job, each.label, each.field, each.why)
    job.done += len(rows)
    return advanced(job, rows) or finished(job, source)


def next_rows(job: Job, source: ChangeSet) -> list[Change]:
    """The last first. Of products all rows of the next ones, the products in the order of their last row."""
    if job.state["phase"] != PRODUCTS:
        rows = source.changes.filter(object_type="category").order_by("-pk")
        back = [row for row in rows if row.field == ITSELF and row.new is None]
        return back if job.state["phase"] == FIRST else [row for row in rows if row not in back]
    rows = source.changes.filter(object_type="product")
    window = rows.filter(pk__lt=job.state["before"]) if "before" in job.state else rows
    found = list(window.order_by("-pk").values_list("pk", "object_id")[: jobs.STEP])
    if not found:
        return []
    mine = rows.filter(object_id__in={key for _pk, key in found})
    # A product that was met before had a row after this window.
    late = mine.order_by().values("object_id").annotate(last=Max("pk")).filter(last__gt=found[0][0])
    job.state["before"] = found[-1][0]
    return list(mine.exclude(object_id__in=late.values("object_id")).order_by("-pk"))


def taken_back(recorder: changes.Recorder, job: Job, source: ChangeSet, rows: list[Change]) -> list[undo.Skipped]:
    if job.state["phase"] != PRODUCTS:
        return undo.categories_back(recorder, rows, categories.locked(to_delete=True)) if rows else []
    locked = changes.lock(Product.objects.filter(pk__in={row.object_id for row in rows}))
    return undo.products_back(recorder, source, rows, {product.pk: product for product in locked})


def advanced(job: Job, rows: list[Change]) -> bool:
    """Moves the job to its next phase where this one has come to its end; whether there is one."""
    if job.state["phase"] == FIRST:
        job.state["phase"] = PRODUCTS
    elif job.state["phase"] == PRODUCTS and not rows and not more(job):
        job.state["phase"] = LAST
    elif job.state["phase"] == LAST:
        return False
    return True


def more(job: Job) -> bool:
    source = job.change_set.undoes  # type: ignore[union-attr]
    rows = source.changes.filter(object_type="product")  # type: ignore[union-attr]
    return "before" in job.state and rows.filter(pk__lt=job.state["before"]).exists()


def finished(job: Job, source: ChangeSet) -> bool:
    """At the end: where nothing at all went back, the one undo is not used up by nothing."""
    if job.skipped == job.done and job.change_set:
        job.change_set.delete()
        job.change_set = None
    else:
        activity.record("changes.undone", actor=job.actor, person=source.actor, change=["", str(source.pk)])
    return False


@task()
def go_on(pk: int) -> None:
    jobs.run(pk, step)
