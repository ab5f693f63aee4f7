"""Merging categories: what is in one goes into another, names that both have are merged too, and the one is gone."""

from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import User
from accounts.policy import Action, can
from products.models import Category, ChangeSet, Job, Product
from products.models.catalogue import ProductQuerySet
from products.services import categories, changes, jobs
from products.services.category_tree import Branches
from site_config.lib.errors import Conflict, DomainError, NotAllowed

KIND = "category.merged"


@dataclass
class Plan:
    """`folded`: which categories are emptied into which, what is below before what is above; `moved`: what only moves."""

    folded: dict[int, int] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)


def merge(*, actor: User, source: Category, target: Category) -> ChangeSet | Job:
    """Puts the products and the categories of `source` into `target` and deletes `source`; one undo brings it back.

    A category below both of one name, in any case, is merged in the same way. More products than jobs.AT_ONCE are
    moved by the worker, in steps of one change set. Raises Conflict `cycle` into itself or below itself, Conflict
    `same_name` where it holds its own name, NotAllowed `not_shared` where it holds products that the actor does not
    see, and what moving a category raises.
    """
    plan = planned(Branches(), source, target)
    insist_shared(actor, plan)
    rows = inside(plan)
    if rows[: jobs.AT_ONCE + 1].count() > jobs.AT_ONCE:
        return start(actor, source, target, rows.count())
    with changes.recorded(actor=actor, kind=KIND) as recorder:
        move(recorder, plan, changes.lock(rows))
        if not fold(recorder, source.pk, target.pk):
            raise Conflict(_("Somebody is putting products into it just now. Try again."), code="rival")
    return recorder.change_set


def planned(branches: Branches, source: Category, target: Category) -> Plan:
    """What goes where, by the tree as it is given."""
    plan = Plan()
    if any(key not in branches.rows for key in (source.pk, target.pk)):
        raise Conflict(_("This category was deleted."), code="gone")
    if target.pk in branches.family(source.pk):
        raise Conflict(_("Choose a category outside it."), field="into", code="cycle")
    names = {row.name.lower() for row in branches.below[source.pk]}
    if branches.rows[source.pk].parent_id == target.pk and branches.rows[source.pk].name.lower() in names:
        sentence = _("A category of the same name is in it, which would take its place. Rename that one first.")
        raise Conflict(sentence, code="same_name")
    plan_below(plan, branches, source.pk, target.pk)
    for key, place in plan.moved.items():
        if len(branches.trail(place)) + categories.height(branches.rows[key], branches.rows) > categories.DEEPEST:
            sentence = _("Categories go {} levels deep, no deeper.").format(categories.DEEPEST)
            raise DomainError(sentence, field="into", code="too_deep")
    return plan


def plan_below(plan: Plan, branches: Branches, source: int, target: int) -> None:
    there = {row.name.lower(): row.pk for row in branches.below[target]}
    for child in branches.below[source]:
        twin = there.get(child.name.lower())
        if twin is None:
            plan.moved[child.pk] = target
        else:
            plan_below(plan, branches, child.pk, twin)
    plan.folded[source] = target


def inside(plan: Plan) -> ProductQuerySet:
    """The products that change their category, those in the trash too."""
    return Product.objects.filter(category__in=list(plan.folded)).order_by()


def insist_shared(actor: User, plan: Plan) -> None:
    """All or nothing: what the actor does not see could neither be told nor be undone by them."""
    seen = Product.objects.in_sight_of(actor).filter(pk=OuterRef("pk"))
    if inside(plan).filter(~Exists(seen)).exists():
        sentence = _("Products are in it that are not shared with you. Ask an admin to merge it.")
        raise NotAllowed(sentence, code="not_shared")


def move(recorder: changes.Recorder, plan: Plan, products: list[Product]) -> None:
    places = [(product, plan.folded.get(product.category_id or 0)) for product in products]
    recorder.update((product, {"category_id": place}) for product, place in places if place)


def fold(recorder: changes.Recorder, source: int, target: int) -> bool:
    """Moves what is below and deletes what is empty, under the lock of the tree; False where products came meanwhile.

    Planned anew: it may have become another tree since.
    """
    tree = categories.locked(to_delete=True)
    plan = planned(Branches(tree), categories.found(tree, source), categories.found(tree, target))
    if inside(plan).exists():
        return False
    for key, place in plan.moved.items():
        categories.change(recorder, tree[key], {"parent_id": place}, tree)
    for key in plan.folded:
        categories.remove(recorder, tree[key], tree)
    return True


# --- In the worker ---------------------------------------------------------------------------------------------------


@transaction.atomic
def start(actor: User, source: Category, target: Category, total: int) -> Job:
    begun = changes.begun(actor=actor, kind=KIND)
    state = {"source": source.pk, "target": target.pk}
    return jobs.start(actor=actor, kind=KIND, task=go_on, total=total, state=state, change_set=begun)


def step(job: Job) -> bool:
    """Moves the next products; when none are left, the categories. What was moved until a refusal stays moved."""
    decision = can(job.actor, Action.CATEGORY_EDIT)
    if not decision:
        raise NotAllowed(str(decision.reason), code=decision.code)
    branches = Branches()
    source, target = (categories.found(branches.rows, job.state[name]) for name in ("source", "target"))
    plan = planned(branches, source, target)
    insist_shared(job.actor, plan)
    keys = list(inside(plan).values_list("pk", flat=True)[: jobs.STEP])
    with changes.recorded(actor=job.actor, kind=KIND, into=job.change_set) as recorder:
        move(recorder, plan, changes.lock(Product.objects.filter(pk__in=keys)))
        job.done += len(keys)
        return bool(keys) or not fold(recorder, source.pk, target.pk)


@task()
def go_on(pk: int) -> None:
    jobs.run(pk, step)
