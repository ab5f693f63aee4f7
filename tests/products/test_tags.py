"""Tags: words that products hold themselves, offered to those who see them, renamed and removed on all at once."""

import pytest
from django.db import connection

from products.models import Change, ChangeSet, Product, Tag
from products.services import bulk, catalogue, changes, jobs, tags, trash, undo, undo_large
from site_config.lib.errors import DomainError, Invalid
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def red():
    """Three public products that are red, two of them large as well, and one that is neither."""
    made = [ProductFactory(tags=["red", "large"]), ProductFactory(tags=["red"]), ProductFactory(tags=["large", "red"])]
    ProductFactory()
    return made


def held():
    return [tags for _pk, tags in Product.objects.order_by("pk").values_list("pk", "tags")]


def words(reader):
    return {tag.name: tag.product_count for tag in tags.listed(reader)}


def tag(name):
    return Tag.objects.get(name=name)


def work(job, task=tags.go_on):
    task.func(job.pk)
    job.refresh_from_db()
    return job


class TestWords:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            (["Red ", "red", " RED"], ["red"]),
            (["b", "a"], ["a", "b"]),
            (["  deep   blue "], ["deep blue"]),
            (["a\tb\u200bc\x00d"], ["a b c d"]),
            (["", " ", "\u200b"], []),
            (["Größe", "ÉTÉ"], ["größe", "été"]),
        ],
    )
    def test_are_kept_in_one_way_however_they_are_written(self, given, kept, sam, mug):
        assert tags.normalised(given) == kept
        assert catalogue.edit(actor=sam, product=mug, tags=given).tags == kept

    def test_come_with_commas_between_them(self):
        assert tags.parsed(" Red, blue,,  RED ,") == ["blue", "red"]

    @pytest.mark.parametrize("given", [["x" * 41], ["a,b"], [f"tag {n}" for n in range(21)]])
    def test_are_short_few_and_without_a_comma(self, given, sam, mug):
        with pytest.raises(Invalid) as refusal:
            catalogue.edit(actor=sam, product=mug, tags=given)
        assert list(refusal.value.fields) == ["tags"]

    def test_are_history_like_any_other_value(self, sam, mug):
        catalogue.edit(actor=sam, product=mug, tags=["Red", "blue"])
        act = ChangeSet.objects.latest("pk")
        change = act.changes.get()
        assert (change.field, change.old, change.new) == ("tags", [], ["blue", "red"])
        undo.undo(actor=sam, change_set=act)
        assert held() == [[]]

    def test_of_two_people_who_change_them_at_once_ask(self, sam, mug):
        catalogue.edit(actor=sam, product=mug, version=1, tags=["red"])
        with pytest.raises(DomainError) as clash:
            catalogue.edit(actor=sam, product=mug, version=1, tags=["blue"])
        assert clash.value.code == "stale"


class TestTheyAreOffered:
    def test_however_they_came_to_be(self, sam, mug):
        ProductFactory(tags=["made"])
        catalogue.edit(actor=sam, product=mug, tags=["edited"])
        bulk.run(actor=sam, items=[bulk.Item("update", 0, {"tags": ["bulk"]}, mug.pk)])
        assert set(Tag.objects.values_list("name", flat=True)) == {"made", "edited", "bulk"}

    def test_once_however_many_have_them(self, red):
        assert list(Tag.objects.order_by("name").values_list("name", flat=True)) == ["large", "red"]

    def test_only_where_the_reader_sees_a_product_that_has_them(self, ada, sam, cleo):
        ProductFactory(tags=["open"])
        ProductFactory(tags=["open", "secret"], is_public=False)
        ProductFactory(tags=["theirs"], is_public=False, owner=cleo)
        trash.discard(actor=ada, product=ProductFactory(tags=["binned"]))
        assert words(ada) == {"open": 2, "secret": 1, "theirs": 1}
        assert words(sam) == {"open": 1}
        assert words(cleo) == {"theirs": 1}
        assert tags.suggested(sam, "se") == []
        assert tags.suggested(ada, "se") == ["secret"]

    def test_a_count_ends_at_its_limit(self, ada, red, monkeypatch):
        monkeypatch.setattr(tags, "COUNTED", 1)
        assert words(ada) == {"large": 2, "red": 2}

    def test_a_word_is_found_whole(self, ada):
        """Not as a part of another one, whatever letters are in it."""
        odd = ['a"b', "été", "red wine", "back\\slash", "100%", "under_score"]
        product = ProductFactory(tags=odd)
        for word in odd:
            assert Product.objects.tagged(word).get() == product
        for part in ("red", "wine", "a", "ét", "100", "10_%", '"'):
            assert not Product.objects.tagged(part).exists()

    @pytest.mark.parametrize(
        ("typed", "offered"),
        [
            ("", []),
            ("re", ["red"]),
            ("RE", ["red"]),
            ("large, re", ["large, red"]),
            ("Red, LA", ["red, large"]),
            ("red, re", []),
            ("e", []),
            ("red,", []),
            ("%", []),
            ("\0", []),
        ],
    )
    def test_as_what_the_last_word_could_become(self, typed, offered, sam, red):
        assert tags.suggested(sam, typed) == offered


class TestRenaming:
    def test_changes_every_product_in_one_act_that_can_be_undone(self, sam, red):
        before = held()
        act = tags.rename(actor=sam, tag=tag("red"), name=" Crimson ")
        assert held() == [["crimson", "large"], ["crimson"], ["crimson", "large"], []]
        assert (act.kind, act.actor, act.changes.count()) == ("tag.renamed", sam, 3)
        assert words(sam) == {"crimson": 3, "large": 2}
        undone = undo.undo(actor=sam, change_set=act)
        assert (held(), undone.skipped) == (before, [])
        undo.undo(actor=sam, change_set=undone.change_set)
        assert held()[1] == ["crimson"]

    def test_to_the_name_of_another_makes_the_two_one(self, sam, red):
        before = held()
        act = tags.rename(actor=sam, tag=tag("red"), name="large")
        assert (act.kind, held()) == ("tag.merged", [["large"], ["large"], ["large"], []])
        undo.undo(actor=sam, change_set=act)
        assert held() == before

    def test_leaves_what_was_retagged_since(self, sam, red):
        act = tags.rename(actor=sam, tag=tag("red"), name="crimson")
        catalogue.edit(actor=sam, product=red[1], tags=["pink"])
        undone = undo.undo(actor=sam, change_set=act)
        assert [skipped.label for skipped in undone.skipped] == [red[1].name]
        assert held() == [["large", "red"], ["pink"], ["large", "red"], []]

    def test_is_for_what_the_actor_sees_and_for_the_trash_too(self, ada, sam):
        for public in (True, False):
            ProductFactory(tags=["red"], is_public=public)
        trash.discard(actor=ada, product=ProductFactory(tags=["red"]))
        tags.rename(actor=sam, tag=tag("red"), name="crimson")
        assert held() == [["crimson"], ["red"], ["crimson"]]
        assert words(ada) == {"crimson": 1, "red": 1}

    @pytest.mark.parametrize(
        ("name", "code"), [("", "tags"), ("a, b", "tags"), ("x" * 41, "tags"), (" RED ", "unchanged")]
    )
    def test_takes_one_other_word(self, name, code, sam, red):
        before = (held(), ChangeSet.objects.count())
        with pytest.raises(DomainError) as refusal:
            tags.rename(actor=sam, tag=tag("red"), name=name)
        assert (refusal.value.code, refusal.value.field) == (code, "name")
        assert (held(), ChangeSet.objects.count()) == before

    def test_costs_no_more_for_more_products(self, sam, django_assert_max_num_queries):
        for _n in range(40):
            ProductFactory(tags=["red"])
        with django_assert_max_num_queries(14):
            tags.rename(actor=sam, tag=tag("red"), name="crimson")


class TestRemoving:
    def test_takes_it_from_every_product_and_comes_back_by_undo(self, sam, red):
        before = held()
        act = tags.remove(actor=sam, tag=tag("red"))
        assert (act.kind, held()) == ("tag.removed", [["large"], [], ["large"], []])
        assert words(sam) == {"large": 2}
        undo.undo(actor=sam, change_set=act)
        assert held() == before

    def test_one_that_nothing_has_any_more_leaves_no_trace(self, sam, red):
        gone = tag("red")
        tags.remove(actor=sam, tag=gone)
        before = ChangeSet.objects.count()
        assert tags.remove(actor=sam, tag=gone).pk is None
        assert ChangeSet.objects.count() == before


class TestManyProducts:
    @pytest.fixture(autouse=True)
    def _small_steps(self, monkeypatch):
        monkeypatch.setattr(jobs, "STEP", 3)
        monkeypatch.setattr(jobs, "AT_ONCE", 4)

    @pytest.fixture
    def seven(self):
        return [ProductFactory(tags=["red"]) for _n in range(7)]

    def test_are_changed_by_the_worker_in_steps_of_one_change_set(self, sam, seven):
        job = tags.rename(actor=sam, tag=tag("red"), name="crimson")
        assert (job.kind, job.total, held()) == ("tag.renamed", 7, [["red"]] * 7)
        assert jobs.advance(job.pk, tags.step)
        assert sorted(held()) == [["crimson"]] * 3 + [["red"]] * 4
        work(job)
        assert (job.status, job.done, held()) == ("done", 7, [["crimson"]] * 7)
        assert ChangeSet.objects.filter(kind="tag.renamed").get() == job.change_set
        work(undo_large.start(actor=sam, change_set=job.change_set), undo_large.go_on)
        assert held() == [["red"]] * 7

    def test_lose_it_by_the_worker_too(self, sam, seven):
        job = tags.remove(actor=sam, tag=tag("red"))
        assert (work(job).status, job.title, held()) == ("done", "Removing a tag", [[]] * 7)

    def test_a_right_that_is_lost_ends_it(self, sam, seven):
        job = tags.rename(actor=sam, tag=tag("red"), name="crimson")
        jobs.advance(job.pk, tags.step)
        sam.role = "client"
        sam.save()
        assert work(job).error == "Clients cannot edit products. Ask staff or an admin to change it."
        assert sorted(held()) == [["crimson"]] * 3 + [["red"]] * 4


class TestPruning:
    def test_forgets_what_no_product_has(self, ada, sam, red):
        trash.discard(actor=ada, product=ProductFactory(tags=["binned"]))
        tags.remove(actor=sam, tag=tag("large"))
        assert tags.prune() == 1
        assert set(Tag.objects.values_list("name", flat=True)) == {"red", "binned"}
        assert tags.prune() == 0

    def test_and_an_undo_brings_it_back(self, sam, red):
        act = tags.remove(actor=sam, tag=tag("large"))
        tags.prune()
        undo.undo(actor=sam, change_set=act)
        assert words(sam) == {"large": 2, "red": 3}

    @pytest.mark.parametrize("number", [1, 6])
    def test_in_a_statement_for_many(self, number, sam, mug, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(changes, "ROWS_PER_STATEMENT", 6)
        catalogue.edit(actor=sam, product=mug, tags=[f"tag {n}" for n in range(number)])
        catalogue.edit(actor=sam, product=mug, tags=[])
        extra = connection.vendor == "postgresql"  # the lock
        with django_assert_num_queries(5 + extra):
            assert tags.prune() == number
        assert Change.objects.filter(field="tags").count() == 2
