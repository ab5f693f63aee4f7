"""Who watches a product or a view is told of what others change there, in fields that they see."""

import pytest
from django.db import IntegrityError, transaction
from django_tasks_db.models import DBTaskResult

from accounts.policy import Role
from products.models import ChangeSet, Job, Notification, SavedView, Watch
from products.models.notifications import Kind
from products.services import catalogue, changes, jobs, ownership, stock, trash, watching
from products.services.history import latest
from site_config.lib.errors import Conflict
from tests.factories import ProductFactory, UserFactory


@pytest.fixture
def kettle(ada, cleo):
    return ProductFactory(name="Stovetop kettle", stock=9, low_stock_threshold=5, owner=cleo)


@pytest.fixture
def shelf(sam):
    return SavedView.objects.create(name="Cheap", slug="cheap", owner=sam, query="price_max=20", is_shared=True)


def told(person=None):
    rows = Notification.objects.filter(person=person) if person else Notification.objects.all()
    return [(row.person.username, row.kind, row.number) for row in rows.order_by("pk")]


# --- Watching and stopping -------------------------------------------------------------------------------------------


def test_a_product_is_watched_once_and_given_up(sam, kettle, shelf):
    first = watching.add(actor=sam, product=kettle)
    assert watching.add(actor=sam, product=kettle) == first
    watching.add(actor=sam, view=shelf)
    assert watching.watches(sam, product=kettle)
    assert watching.watches(sam, view=shelf)
    assert watching.remove(actor=sam, product=kettle)
    assert not watching.remove(actor=sam, product=kettle)
    assert [watch.view for watch in watching.of(sam)] == [shelf]


def test_nobody_watches_without_end(sam, kettle, shelf, monkeypatch):
    monkeypatch.setattr(watching, "MOST", 1)
    first = watching.add(actor=sam, product=kettle)
    with pytest.raises(Conflict, match="You watch 1 things") as refused:
        watching.add(actor=sam, view=shelf)
    assert refused.value.code == "too_many_watches"
    assert watching.add(actor=sam, product=kettle) == first


def test_fewer_views_than_products_are_watched(sam, kettle, shelf, monkeypatch):
    monkeypatch.setattr(watching, "MOST_VIEWS", 1)
    first = watching.add(actor=sam, view=shelf)
    other = SavedView.objects.create(name="Dear", slug="dear", owner=sam)
    with pytest.raises(Conflict, match="You watch 1 views") as refused:
        watching.add(actor=sam, view=other)
    assert refused.value.code == "too_many_watches"
    assert watching.add(actor=sam, view=shelf) == first
    assert watching.add(actor=sam, product=kettle).pk


def test_the_list_leaves_out_what_the_person_no_longer_sees(ada, sam, cleo, kettle, shelf):
    watching.add(actor=cleo, product=kettle)
    watching.add(actor=cleo, view=shelf)
    assert len(watching.of(cleo)) == 2
    ownership.hand_over(actor=ada, person=cleo, successor=ada)
    SavedView.objects.update(is_shared=False)
    assert list(watching.of(cleo)) == []


def test_the_database_keeps_a_watch_to_one_thing(sam, kettle, shelf):
    for things in ({}, {"product": kettle, "view": shelf}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Watch.objects.create(person=sam, **things)


# --- After a change set ----------------------------------------------------------------------------------------------


def test_watchers_are_told_after_the_commit_by_the_worker(ada, sam, kettle, django_capture_on_commit_callbacks):
    watching.add(actor=ada, product=kettle)
    with django_capture_on_commit_callbacks(execute=True):
        catalogue.edit(actor=sam, product=kettle, price="47.00")
    [job] = DBTaskResult.objects.filter(task_path=watching.hear.module_path)
    assert watching.hear.func(*job.args_kwargs["args"]) == 1
    assert told() == [("ada", Kind.PRODUCT_CHANGED, 1)]


def test_no_task_is_made_where_nothing_was_changed_or_a_job_goes_on(
    ada, sam, kettle, django_capture_on_commit_callbacks
):
    watching.add(actor=ada, product=kettle)
    with django_capture_on_commit_callbacks() as later:
        catalogue.edit(actor=sam, product=kettle, price=kettle.price)
        into = changes.begun(actor=sam, kind="product.edited")
        with changes.recorded(actor=sam, kind="product.edited", into=into) as recorder:
            recorder.update([(changes.lock_one(kettle, sam), {"price": 1})])
    assert later == []


@pytest.mark.parametrize("refused", [False, True])
def test_of_a_long_act_they_are_told_once_when_it_ends(refused, ada, sam, kettle, django_capture_on_commit_callbacks):
    watching.add(actor=ada, product=kettle)
    into = changes.begun(actor=sam, kind="product.batch_edited")
    job = Job.objects.create(kind="batch", actor=sam, task="x", total=2, change_set=into)

    def step(job):
        if refused and job.done:
            raise Conflict("Enough.")
        with changes.recorded(actor=sam, kind="product.batch_edited", into=into) as recorder:
            recorder.update([(changes.lock_one(kettle, sam), {"price": job.done + 1})])
        job.done += 1
        return job.done < 2

    with django_capture_on_commit_callbacks(execute=True):
        jobs.run(job.pk, step)
    [task] = DBTaskResult.objects.filter(task_path=watching.hear.module_path)
    watching.hear.func(*task.args_kwargs["args"])
    assert told(ada) == [("ada", Kind.PRODUCT_CHANGED, 1)]


def test_a_change_set_that_is_gone_is_nobodys_news(db):
    assert watching.hear.func(12345) == 0


def test_nobody_is_told_of_their_own_act_and_nobody_twice(ada, sam, kettle):
    for person in (ada, sam):
        watching.add(actor=person, product=kettle)
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    watching.tell(latest(kettle))
    watching.tell(latest(kettle))
    assert told() == [("ada", Kind.PRODUCT_CHANGED, 1)]


def test_the_act_of_somebody_who_is_gone_is_told_to_all(sam, kettle):
    watching.add(actor=sam, product=kettle)
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    ChangeSet.objects.update(actor=None)
    assert watching.tell(latest(kettle)) == 1


def test_who_was_deactivated_or_sees_the_product_no_more_is_not_told(ada, sam, cleo, kettle):
    gone = UserFactory()
    for person in (gone, cleo, sam):
        watching.add(actor=person, product=kettle)
    gone.is_active = False
    gone.save()
    ownership.hand_over(actor=ada, person=cleo, successor=ada)
    kettle.refresh_from_db()
    catalogue.edit(actor=ada, product=kettle, price="47.00")
    watching.tell(latest(kettle))
    assert told() == [("sam", Kind.PRODUCT_CHANGED, 1)]
    Notification.objects.all().delete()
    trash.discard(actor=ada, product=kettle)
    assert watching.tell(latest(kettle)) == 0


def test_a_client_is_not_told_that_a_hidden_field_was_changed(sam, ada, cleo, kettle):
    for person in (cleo, ada):
        watching.add(actor=person, product=kettle)
    catalogue.edit(actor=sam, product=kettle, cost="22.00", note="Ask Jo")
    watching.tell(latest(kettle))
    assert told() == [("ada", Kind.PRODUCT_CHANGED, 1)]


@pytest.mark.parametrize(
    ("delta", "kind"), [(-3, Kind.PRODUCT_CHANGED), (-4, Kind.PRODUCT_LOW), (-9, Kind.PRODUCT_LOW)]
)
def test_what_falls_to_its_threshold_is_told_as_low(delta, kind, sam, cleo, kettle):
    watching.add(actor=cleo, product=kettle)
    stock.adjust(actor=sam, product=kettle, delta=delta, kind="sold")
    watching.tell(latest(kettle))
    assert told() == [("cleo", kind, 1)]


def test_what_was_low_already_is_a_change_and_a_raised_threshold_makes_low(sam, cleo, kettle):
    watching.add(actor=cleo, product=kettle)
    catalogue.edit(actor=sam, product=kettle, low_stock_threshold=9)
    watching.tell(latest(kettle))
    stock.adjust(actor=sam, product=kettle, delta=-1, kind="sold")
    watching.tell(latest(kettle))
    stock.adjust(actor=sam, product=kettle, delta=10, kind="received")
    watching.tell(latest(kettle))
    assert [kind for _who, kind, _n in told()] == [Kind.PRODUCT_LOW, Kind.PRODUCT_CHANGED, Kind.PRODUCT_CHANGED]


def test_stock_that_moves_twice_in_one_act_is_judged_by_its_ends(sam, cleo, kettle):
    watching.add(actor=cleo, product=kettle)
    with changes.recorded(actor=sam, kind="stock.adjusted") as recorder:
        product = changes.lock_one(kettle, sam)
        recorder.move(product, delta=-8, kind="sold")
        recorder.move(product, delta=8, kind="returned")
    watching.tell(latest(kettle))
    assert told() == [("cleo", Kind.PRODUCT_CHANGED, 1)]


# --- Views -----------------------------------------------------------------------------------------------------------


def several(actor, products, **values):
    with changes.recorded(actor=actor, kind="product.bulk_edited") as recorder:
        recorder.update([(product, values) for product in products])
    return recorder.change_set


def test_a_view_is_told_once_with_the_number_of_products_in_it(ada, sam, shelf):
    inside = [ProductFactory(price=price) for price in (5, 10, 20)]
    outside, entering = ProductFactory(price=90), ProductFactory(price=21)
    watching.add(actor=sam, view=shelf)
    with changes.recorded(actor=ada, kind="product.bulk_edited") as recorder:
        recorder.update([(product, {"low_stock_threshold": 3}) for product in [*inside, outside]])
        recorder.update([(entering, {"price": 19})])
    for _again in range(2):
        watching.tell(recorder.change_set)
    assert told() == [("sam", Kind.VIEW_CHANGED, 4)]


def test_a_view_counts_what_its_watcher_sees(ada, sam, cleo, shelf):
    own, other = ProductFactory(price=5, owner=cleo), ProductFactory(price=5, is_public=False)
    for person in (sam, cleo):
        watching.add(actor=person, view=shelf)
    watching.tell(several(ada, [own, other], low_stock_threshold=3))
    assert sorted(told()) == [("cleo", Kind.VIEW_CHANGED, 1), ("sam", Kind.VIEW_CHANGED, 1)]
    Notification.objects.all().delete()
    watching.tell(several(ada, [own], cost="2.00"))
    assert told() == [("sam", Kind.VIEW_CHANGED, 1)]


def test_a_view_that_is_no_longer_shared_or_cannot_be_read_is_silent(ada, sam, cleo, shelf):
    product = ProductFactory(price=5, owner=cleo)
    watching.add(actor=cleo, view=shelf)
    watching.add(actor=sam, view=shelf)
    SavedView.objects.update(is_shared=False)
    watching.tell(several(ada, [product], low_stock_threshold=3))
    assert told() == [("sam", Kind.VIEW_CHANGED, 1)]
    SavedView.objects.update(query="price_max=dear")
    assert watching.tell(several(ada, [product], low_stock_threshold=4)) == 0


def test_a_large_act_takes_as_few_queries_as_a_small_one(ada, sam, cleo, shelf, django_assert_max_num_queries):
    products = [ProductFactory(price=5, owner=cleo, actor=ada) for _n in range(30)]
    for product in products[:20]:
        watching.add(actor=sam, product=product)
    for person in (sam, cleo):
        watching.add(actor=person, view=shelf)
    change_set = several(ada, products, low_stock_threshold=3)
    with django_assert_max_num_queries(14):
        assert watching.tell(change_set) == 22
    assert told(cleo) == [("cleo", Kind.VIEW_CHANGED, 30)]


def test_people_without_a_watch_are_told_nothing(ada, kettle):
    UserFactory(role=Role.STAFF)
    catalogue.edit(actor=ada, product=kettle, price="47.00")
    assert watching.tell(latest(kettle)) == 0
