"""Merging categories: everything goes along, names that both have are merged too, and one undo brings it all back."""

import pytest

from products.models import Category, ChangeSet, Job, Product
from products.services import catalogue, categories, category_merge, jobs, trash, undo, undo_large
from site_config.lib.errors import DomainError
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kitchen():
    return CategoryFactory(name="Kitchen")


@pytest.fixture
def mugs(kitchen):
    return CategoryFactory(name="Mugs", parent=kitchen)


@pytest.fixture
def cups():
    return CategoryFactory(name="Cups")


def rows():
    return list(Category.objects.order_by("pk").values_list("pk", "name", "parent"))


def places():
    return dict(Product.objects.order_by("pk").values_list("pk", "category"))


def refused(**what):
    """The refusal of a merge that must leave everything as it was."""
    before = (rows(), places(), ChangeSet.objects.count(), Job.objects.count())
    with pytest.raises(DomainError) as refusal:
        category_merge.merge(**what)
    assert (rows(), places(), ChangeSet.objects.count(), Job.objects.count()) == before
    return refusal.value


def work(job, task=category_merge.go_on):
    task.func(job.pk)
    job.refresh_from_db()
    return job


class TestItAllGoesAlong:
    def test_products_and_categories_change_their_place_and_the_category_is_gone(self, ada, sam, mugs, cups):
        espresso = CategoryFactory(name="Espresso", parent=mugs)
        mug, own = ProductFactory(category=mugs), ProductFactory(category=mugs, is_public=False, owner=sam)
        below = ProductFactory(category=espresso)
        gone = ProductFactory(category=mugs)
        trash.discard(actor=ada, product=gone)
        act = category_merge.merge(actor=sam, source=mugs, target=cups)
        assert (act.kind, act.actor) == ("category.merged", sam)
        assert places() == {mug.pk: cups.pk, own.pk: cups.pk, below.pk: espresso.pk, gone.pk: cups.pk}
        assert not Category.objects.filter(pk=mugs.pk).exists()
        espresso.refresh_from_db()
        assert espresso.parent == cups
        mug.refresh_from_db()
        assert mug.version == 2

    def test_categories_of_one_name_are_merged_too_however_deep(self, sam, mugs, cups):
        theirs = CategoryFactory(name="SMALL", parent=cups)
        deeper = CategoryFactory(name="Red", parent=theirs)
        ours = CategoryFactory(name="Small", parent=mugs)
        red, blue = CategoryFactory(name="red", parent=ours), CategoryFactory(name="Blue", parent=ours)
        products = [ProductFactory(category=place) for place in (ours, red, blue)]
        category_merge.merge(actor=sam, source=mugs, target=cups)
        assert [places()[product.pk] for product in products] == [theirs.pk, deeper.pk, blue.pk]
        blue.refresh_from_db()
        assert blue.parent == theirs
        assert not Category.objects.filter(pk__in=[mugs.pk, ours.pk, red.pk]).exists()

    def test_a_category_goes_into_the_one_it_is_in(self, sam, kitchen, mugs):
        big = CategoryFactory(name="Big", parent=mugs)
        mug = ProductFactory(category=mugs)
        category_merge.merge(actor=sam, source=mugs, target=kitchen)
        big.refresh_from_db()
        assert (big.parent, places()) == (kitchen, {mug.pk: kitchen.pk})

    def test_an_empty_one_is_merged_too(self, sam, mugs, cups):
        act = category_merge.merge(actor=sam, source=mugs, target=cups)
        assert [str(change) for change in act.changes.all()] == ["Mugs: deleted"]


class TestUndo:
    def merged(self, actor, mugs, cups):
        theirs, ours = CategoryFactory(name="Small", parent=cups), CategoryFactory(name="small", parent=mugs)
        red = CategoryFactory(name="Red", parent=ours)
        for place in (mugs, ours, red, cups, theirs):
            ProductFactory(category=place)
        before = (rows(), places())
        return before, category_merge.merge(actor=actor, source=mugs, target=cups)

    def test_everything_comes_back_under_its_id_and_undoing_the_undo_merges_again(self, sam, mugs, cups):
        before, act = self.merged(sam, mugs, cups)
        after = (rows(), places())
        undone = undo.undo(actor=sam, change_set=act)
        assert ((rows(), places()), undone.skipped) == (before, [])
        again = undo.undo(actor=sam, change_set=undone.change_set)
        assert ((rows(), places()), again.skipped) == (after, [])

    def test_what_was_moved_since_stays_where_it_was_put(self, sam, mugs, cups):
        before, act = self.merged(sam, mugs, cups)
        mug, shelf = Product.objects.order_by("pk")[0], CategoryFactory(name="Shelf")
        catalogue.edit(actor=sam, product=mug, category=shelf)
        undone = undo.undo(actor=sam, change_set=act)
        assert [(skipped.label, skipped.field) for skipped in undone.skipped] == [(mug.name, "category_id")]
        assert places() == {**before[1], mug.pk: shelf.pk}
        assert Category.objects.get(pk=mugs.pk).name == "Mugs"


class TestItIsRefused:
    def test_into_itself_and_below_itself(self, sam, kitchen, mugs):
        for target in (kitchen, mugs):
            refusal = refused(actor=sam, source=kitchen, target=target)
            assert (refusal.status, refusal.code, refusal.field) == (409, "cycle", "into")

    def test_where_a_category_in_it_would_take_its_own_place(self, sam, kitchen, mugs):
        CategoryFactory(name="MUGS", parent=mugs)
        refusal = refused(actor=sam, source=mugs, target=kitchen)
        assert (refusal.status, refusal.code) == (409, "same_name")

    def test_where_it_would_be_too_deep(self, sam, mugs, cups):
        place = cups
        for depth in range(2, categories.DEEPEST + 1):
            place = CategoryFactory(name=f"Level {depth}", parent=place)
        CategoryFactory(name="One too many", parent=mugs)
        assert refused(actor=sam, source=mugs, target=place).code == "too_deep"

    def test_where_one_of_the_two_is_gone(self, ada, sam, mugs, cups):
        categories.delete(actor=ada, category=mugs)
        for source, target in ((mugs, cups), (cups, mugs)):
            assert refused(actor=sam, source=source, target=target).code == "gone"

    def test_with_products_in_it_that_the_actor_does_not_see(self, ada, sam, mugs, cups):
        hidden = ProductFactory(category=CategoryFactory(name="Small", parent=mugs), is_public=False)
        CategoryFactory(name="small", parent=cups)
        refusal = refused(actor=sam, source=mugs, target=cups)
        assert (refusal.status, refusal.code) == (403, "not_shared")
        assert hidden.name not in refusal.message
        category_merge.merge(actor=ada, source=mugs, target=cups)
        assert Category.objects.get(pk=places()[hidden.pk]).parent == cups

    def test_with_a_hidden_product_in_what_only_moves_it_is_not(self, sam, mugs, cups):
        ProductFactory(category=CategoryFactory(name="Small", parent=mugs), is_public=False)
        category_merge.merge(actor=sam, source=mugs, target=cups)
        assert not Category.objects.filter(pk=mugs.pk).exists()

    def test_when_products_are_put_into_it_meanwhile(self, sam, mugs, cups, monkeypatch):
        """Between moving the products and locking the tree: refused, so that nothing is left in what is deleted."""
        real = category_merge.move

        def too_late(recorder, plan, products):
            real(recorder, plan, products)
            recorder.update([(ProductFactory(), {"category_id": mugs.pk})])

        monkeypatch.setattr(category_merge, "move", too_late)
        with pytest.raises(DomainError) as refusal:
            category_merge.merge(actor=sam, source=mugs, target=cups)
        assert refusal.value.code == "rival"
        assert Category.objects.filter(pk=mugs.pk).exists()


class TestManyProducts:
    @pytest.fixture(autouse=True)
    def _small_steps(self, monkeypatch):
        monkeypatch.setattr(jobs, "STEP", 3)
        monkeypatch.setattr(jobs, "AT_ONCE", 4)

    def begun(self, actor, mugs, cups, number=7):
        for _n in range(number):
            ProductFactory(category=mugs)
        CategoryFactory(name="Big", parent=mugs)
        return category_merge.merge(actor=actor, source=mugs, target=cups)

    def test_as_many_as_are_done_at_once_take_no_job(self, sam, mugs, cups):
        assert isinstance(self.begun(sam, mugs, cups, number=4), ChangeSet)

    def test_the_worker_moves_them_in_steps_of_one_change_set(self, sam, mugs, cups):
        before = rows()
        job = self.begun(sam, mugs, cups)
        assert (job.kind, job.total, rows()[: len(before)]) == ("category.merged", 7, before)
        state = (rows(), places())
        work(job)
        assert (job.status, job.done, job.error) == ("done", 7, "")
        assert (set(places().values()), Category.objects.filter(pk=mugs.pk).exists()) == ({cups.pk}, False)
        assert ChangeSet.objects.filter(kind="category.merged").get() == job.change_set
        back = work(undo_large.start(actor=sam, change_set=job.change_set), undo_large.go_on)
        assert ((rows(), places()), back.skipped) == (state, 0)

    def test_a_step_moves_no_more_than_its_part(self, sam, mugs, cups):
        job = self.begun(sam, mugs, cups)
        assert jobs.advance(job.pk, category_merge.step)
        assert sorted(places().values()) == sorted([cups.pk] * 3 + [mugs.pk] * 4)

    def test_what_is_put_in_meanwhile_goes_along(self, sam, mugs, cups):
        job = self.begun(sam, mugs, cups)
        for _step in range(3):
            jobs.advance(job.pk, category_merge.step)
        late = ProductFactory(category=mugs)
        work(job)
        assert (places()[late.pk], job.status) == (cups.pk, "done")

    def test_products_between_the_last_look_and_the_lock_take_another_step(self, sam, mugs, cups, monkeypatch):
        job = self.begun(sam, mugs, cups)
        answers = iter([False, False, True])
        monkeypatch.setattr(category_merge, "fold", lambda *_what: next(answers))
        assert work(job).status == "done"
        assert not list(answers)

    def test_a_right_that_is_lost_ends_it_and_what_was_moved_can_be_undone(self, ada, sam, mugs, cups):
        job = self.begun(sam, mugs, cups)
        jobs.advance(job.pk, category_merge.step)
        sam.role = "client"
        sam.save()
        work(job)
        assert (job.status, job.error) == ("failed", "Clients cannot change categories. Ask staff or an admin.")
        undo.undo(actor=ada, change_set=job.change_set)
        assert set(places().values()) == {mugs.pk}

    def test_a_category_that_is_gone_by_then_ends_it(self, ada, sam, mugs, cups):
        job = self.begun(sam, mugs, cups)
        categories.delete(actor=ada, category=cups)
        assert work(job).error == "This category was deleted."


def test_a_product_that_left_meanwhile_is_not_touched(sam, mugs, cups):
    """Locked by its key, it is in another place by then."""
    mug = ProductFactory(category=cups)
    with category_merge.changes.recorded(actor=sam, kind="category.merged") as recorder:
        category_merge.move(recorder, category_merge.Plan({mugs.pk: 1}), [mug, ProductFactory()])
    assert not recorder.changes


def test_a_merge_costs_no_more_for_more_products(sam, mugs, cups, django_assert_max_num_queries):
    for _n in range(40):
        ProductFactory(category=mugs)
    with django_assert_max_num_queries(24):
        category_merge.merge(actor=sam, source=mugs, target=cups)
