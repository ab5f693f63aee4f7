"""Watching: who wants to hear of a product or of a saved view is told once a change set is committed, by the worker."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import User
from products import filters
from products.models import Change, ChangeSet, Notification, Product, SavedView, Watch
from products.models.notifications import Kind
from products.services import notifications
from site_config.lib.errors import Conflict, DomainError

# Each is looked at after every write, so nobody watches without end.
MOST = 200
# A view is asked anew after every act.
MOST_VIEWS = 20
CHUNK = 500


def add(*, actor: User, product: Product | None = None, view: SavedView | None = None) -> Watch:
    """From now on they are told; to watch what one watches already changes nothing.

    The caller has seen to it that the one thing given exists for the person. Raises Conflict over MOST or MOST_VIEWS.
    """
    if not watches(actor, product=product, view=view):
        insist_on_room(Watch.objects.filter(person=actor), view)
    watch, _made = Watch.objects.get_or_create(person=actor, product=product, view=view)
    return watch


def insist_on_room(mine: QuerySet[Watch], view: SavedView | None) -> None:
    if mine[:MOST].count() == MOST:
        sentence = _("You watch {} things, the most there may be. Stop watching one first.").format(MOST)
        raise Conflict(sentence, code="too_many_watches")
    if view and mine.exclude(view=None)[:MOST_VIEWS].count() == MOST_VIEWS:
        sentence = _("You watch {} views, the most there may be. Stop watching one first.").format(MOST_VIEWS)
        raise Conflict(sentence, code="too_many_watches")


def remove(*, actor: User, product: Product | None = None, view: SavedView | None = None) -> bool:
    """No more is told; whether they watched."""
    number, _models = Watch.objects.filter(person=actor, product=product, view=view).delete()
    return bool(number)


def watches(person: User, *, product: Product | None = None, view: SavedView | None = None) -> bool:
    return Watch.objects.filter(person=person, product=product, view=view).exists()


def of(person: User) -> QuerySet[Watch]:
    """What a person watches, as far as it exists for them."""
    mine = Watch.objects.filter(person=person).select_related("product", "view")
    products, views = Product.objects.visible_to(person), SavedView.objects.visible_to(person)
    return mine.filter(product__in=products) | mine.filter(view__in=views)


# --- After a change set ----------------------------------------------------------------------------------------------


def announce(change_set: ChangeSet) -> None:
    """Has the watchers told after the commit; where nobody watches anything, no task is made for it."""
    if Watch.objects.exists():
        key = change_set.pk
        transaction.on_commit(lambda: hear.enqueue(key))


def tell(change_set: ChangeSet) -> int:
    """Tells who watches something that this change set wrote, but not who wrote it; how many lines. Twice tells once."""
    others = Watch.objects.exclude(person=change_set.actor_id).filter(person__is_active=True)
    told = 0
    for _key, of_person in groupby(of_products(others, change_set), lambda watch: watch.person_id):
        mine = list(of_person)
        told += notifications.store(product_lines(mine[0].person, [watch.product_id for watch in mine], change_set))
    for watch in others.exclude(view=None).select_related("person", "view").order_by("pk").iterator(CHUNK):
        told += notifications.store(view_lines(watch, change_set))
    return told


def of_products(others: QuerySet[Watch], change_set: ChangeSet) -> Iterator[Any]:
    """The watches of what was changed, those of one person together."""
    changed = Change.objects.filter(change_set=change_set, object_type="product")
    rows = others.filter(product__in=changed.values("object_id")).select_related("person")
    return rows.order_by("person_id", "pk").iterator(CHUNK)


def product_lines(person: User, keys: list[int], change_set: ChangeSet) -> list[Notification]:
    """One line for each product that this person sees, where it was changed in a field that they do."""
    products = Product.objects.visible_to(person).in_bulk(keys)
    rows = Change.objects.visible_to(person).filter(change_set=change_set, object_type="product")
    made: dict[int, list[Change]] = {}
    for change in rows.filter(object_id__in=products).order_by("pk"):
        made.setdefault(change.object_id, []).append(change)
    return [
        Notification(
            person=person,
            kind=Kind.PRODUCT_LOW if became_low(products[key], made[key]) else Kind.PRODUCT_CHANGED,
            product=products[key],
            change_set=change_set,
        )
        for key in made
    ]


def became_low(product: Product, changes: list[Change]) -> bool:
    """Whether these changes took the product to its threshold or below, from above it."""
    before = {"stock": product.stock, "low_stock_threshold": product.low_stock_threshold}
    after, named = dict(before), set()
    for change in changes:
        if change.field in before:
            after[change.field] = int(change.new or 0)
            if change.field not in named:
                before[change.field] = int(change.old or 0)
                named.add(change.field)
    return is_low(**after) and not is_low(**before)


def is_low(*, stock: int, low_stock_threshold: int) -> bool:
    return stock <= low_stock_threshold


def view_lines(watch: Watch, change_set: ChangeSet) -> list[Notification]:
    """One line with the number of products that were changed and are in the view now, as this person sees both."""
    person, view = watch.person, watch.view
    if view is None or not SavedView.objects.visible_to(person).filter(pk=view.pk).exists():
        return []
    changed = Change.objects.visible_to(person).filter(change_set=change_set, object_type="product")
    try:
        rows = filters.selected(person, view.query)
    except DomainError:  # kept when another filter was in force, or by somebody who may filter by more
        return []
    number = rows.filter(pk__in=changed.values("object_id")).order_by().count()
    line = Notification(person=person, kind=Kind.VIEW_CHANGED, view=view, change_set=change_set, number=number)
    return [line] if number else []


@task()
def hear(pk: int) -> int:
    change_set = ChangeSet.objects.filter(pk=pk).first()
    return tell(change_set) if change_set else 0
