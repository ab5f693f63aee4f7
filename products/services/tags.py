"""Tags: words that the products hold themselves; renamed, merged and removed on all of them in one act."""

from collections.abc import Iterable
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import User
from accounts.policy import Action, can
from products.models import ChangeSet, Job, Product, Tag
from products.models.catalogue import LONGEST_TAG
from products.services import changes, jobs
from products.services.categories import Number
from site_config.lib.errors import DomainError, NotAllowed

# How far the products of a tag are counted: beyond it a list says "1,000+", however large the shop.
COUNTED = 1000
SUGGESTED = 10
LONGEST_TYPED = 1000
CHUNK = 2000


# --- Words -----------------------------------------------------------------------------------------------------------


def normalised(words: Iterable[str]) -> list[str]:
    """Different words in their order, in small letters and with single spaces: what a product keeps."""
    printable = ("".join(c if c.isprintable() else " " for c in word.lower()) for word in words)
    return sorted({" ".join(word.split()) for word in printable} - {""})


def parsed(text: str) -> list[str]:
    """What somebody typed, with commas between the words."""
    return normalised(text.split(","))


def one(text: str) -> str:
    """A single tag; raises DomainError `tags` on `name`."""
    words = parsed(text)
    if len(words) != 1 or len(words[0]) > LONGEST_TAG:
        sentence = _("Enter one tag of up to {} letters, without a comma.").format(LONGEST_TAG)
        raise DomainError(sentence, field="name", code="tags")
    return words[0]


# --- The tags that there are for somebody ----------------------------------------------------------------------------


def visible(reader: User) -> QuerySet[Tag]:
    """The tags of products that exist for the reader: a word on what they do not see is none."""
    return Tag.objects.filter(Exists(Product.objects.visible_to(reader).tagged(OuterRef("name"))))


def listed(reader: User) -> QuerySet[Tag]:
    """The same, each with how many of those products have it, counted one beyond COUNTED."""
    products = Product.objects.visible_to(reader).tagged(OuterRef("name")).values("pk")[: COUNTED + 1]
    return cast(QuerySet[Tag], visible(reader).annotate(product_count=Number(products)))


def suggested(reader: User, typed: str) -> list[str]:
    """What the last word of a list could become, with the words before it: an input's suggestions replace all of it."""
    before, _comma, begun = typed[:LONGEST_TYPED].rpartition(",")
    words = parsed(before)
    begun = " ".join(begun.lower().split())
    if not begun or "\0" in begun:
        return []
    fitting = visible(reader).filter(name__startswith=begun).exclude(name__in=words).order_by("name")
    return [", ".join([*words, tag.name]) for tag in fitting[:SUGGESTED]]


# --- The acts --------------------------------------------------------------------------------------------------------


def rename(*, actor: User, tag: Tag, name: str) -> ChangeSet | Job:
    """Gives the products of a tag another word instead; one that others have already makes the two one.

    On the products that the actor sees, in the trash too, each with a change of its own; many are the worker's.
    Raises DomainError on `name`: `tags` for what is no tag, `unchanged` for the same.
    """
    new = one(name)
    if new == tag.name:
        raise DomainError(_("It is called that already."), field="name", code="unchanged")
    kind = "tag.merged" if visible(actor).filter(name=new).exists() else "tag.renamed"
    return on_all(actor, kind, tag.name, new)


def remove(*, actor: User, tag: Tag) -> ChangeSet | Job:
    """Takes a tag from all products that the actor sees, in the trash too; the products stay."""
    return on_all(actor, "tag.removed", tag.name, "")


def on_all(actor: User, kind: str, old: str, new: str) -> ChangeSet | Job:
    """At once up to jobs.AT_ONCE products; of more, a job that writes one change set in steps."""
    rows = holders(actor, old)
    if rows[: jobs.AT_ONCE + 1].count() > jobs.AT_ONCE:
        with transaction.atomic():
            begun = changes.begun(actor=actor, kind=kind)
            state, total = {"old": old, "new": new}, rows.count()
            return jobs.start(actor=actor, kind=kind, task=go_on, total=total, state=state, change_set=begun)
    with changes.recorded(actor=actor, kind=kind) as recorder:
        rewrite(recorder, changes.lock(rows), old, new)
    return recorder.change_set


def holders(actor: User, old: str) -> Any:
    return Product.objects.in_sight_of(actor).tagged(old).order_by()


def rewrite(recorder: changes.Recorder, products: list[Product], old: str, new: str) -> None:
    given = {new} - {""}
    recorder.update((product, {"tags": sorted({*product.tags} - {old} | given)}) for product in products)


def step(job: Job) -> bool:
    """The next products that still have the tag, until none has."""
    decision = can(job.actor, Action.PRODUCT_EDIT)
    if not decision:
        raise NotAllowed(str(decision.reason), code=decision.code)
    old, new = job.state["old"], job.state["new"]
    rows = holders(job.actor, old)
    keys = list(rows.values_list("pk", flat=True)[: jobs.STEP])
    with changes.recorded(actor=job.actor, kind=job.kind, into=job.change_set) as recorder:
        rewrite(recorder, changes.lock(rows.filter(pk__in=keys)), old, new)
    job.done += len(keys)
    return bool(keys)


@task()
def go_on(pk: int) -> None:
    jobs.run(pk, step)


# --- By the clock ----------------------------------------------------------------------------------------------------


def prune() -> int:
    """Forgets the words that no product has any more, in the trash neither; how many.

    Who gives one to a product just now is waited for, and waits: it is in use only once that is committed.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE products_tag IN SHARE ROW EXCLUSIVE MODE")
        held = Product.objects.exclude(tags=[]).values_list("tags", flat=True)
        used = {tag for tags in held.iterator(CHUNK) for tag in tags}
        unused = [tag.pk for tag in Tag.objects.all() if tag.name not in used]
        for start in range(0, len(unused), changes.ROWS_PER_STATEMENT):
            Tag.objects.filter(pk__in=unused[start : start + changes.ROWS_PER_STATEMENT]).delete()
    return len(unused)
