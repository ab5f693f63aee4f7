"""One edit of many products: told first, done as one change set, and never on what the person does not see."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import ChangeSet, Product
from products.services import batch, catalogue, jobs, stock, trash, undo
from products.services.batch import Selection
from products.services.batch_values import Edit, PriceRule, TagRule
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import CategoryFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
UP = Edit(price=PriceRule("percent", Decimal(10)))
DRAFT = Edit({"is_public": False})
EVERYTHING = Selection(query="")


@pytest.fixture
def shelf(ada):
    """Three public products at 10, 20 and 30, and a draft of ada's."""
    rows = [ProductFactory(name=f"Tin {n}", price=n * 10, owner=ada) for n in (1, 2, 3)]
    return [*rows, ProductFactory(name="Hidden", price=40, owner=ada, is_public=False)]


def ticked(products):
    return Selection(tuple(product.pk for product in products))


def run(actor, selection, edit, **options):
    return batch.run(actor=actor, selection=selection, edit=edit, **options)


def prices():
    return [str(price) for price in Product.objects.order_by("pk").values_list("price", flat=True)]


def counts(tally):
    return (tally.changed, tally.unchanged, tally.refused)


class TestWhatIsSelected:
    def test_the_rows_that_were_ticked(self, sam, shelf):
        done = run(sam, ticked(shelf[:2]), UP)
        assert prices() == ["11.00", "22.00", "30.00", "40.00"]
        assert counts(done.tally) == (2, 0, 0)

    def test_all_that_a_list_finds(self, sam, shelf):
        done = run(sam, Selection(query="price_min=20&sort=name"), UP)
        assert prices() == ["10.00", "22.00", "33.00", "40.00"]
        assert counts(done.tally) == (2, 0, 0)

    def test_staff_cannot_edit_by_its_key_what_they_do_not_see(self, sam, shelf):
        done = run(sam, ticked(shelf), UP)
        assert prices()[3] == "40.00"
        assert counts(done.tally) == (3, 0, 1)
        assert [(one.key, one.label, one.code) for one in done.tally.refusals] == [(shelf[3].pk, "", "not_found")]

    def test_a_key_of_nothing_reads_as_one_that_is_hidden(self, sam, shelf):
        hidden, nothing = (
            batch.preview(actor=sam, selection=Selection((key,)), edit=UP).tally.refusals[0]
            for key in (shelf[3].pk, 2**40)
        )
        assert (hidden.label, hidden.code, hidden.why) == (nothing.label, nothing.code, nothing.why)

    def test_staff_neither_edit_nor_count_by_a_filter_what_they_do_not_see(self, sam, shelf):
        tally = batch.preview(actor=sam, selection=Selection(query="price_min=35"), edit=UP).tally
        assert counts(tally) == (0, 0, 0)
        run(sam, Selection(query="status=draft"), UP)
        assert prices()[3] == "40.00"

    @pytest.mark.parametrize("selection", [EVERYTHING, Selection((1,))])
    def test_a_client_can_neither_run_nor_preview_anything(self, cleo, selection):
        ProductFactory(owner=cleo)
        for act in (batch.preview, batch.run):
            with pytest.raises(NotAllowed):
                act(actor=cleo, selection=selection, edit=UP)
        assert prices() == ["10.00"]

    def test_the_trash_is_no_part_of_any_selection(self, ada, shelf):
        trash.discard(actor=ada, product=shelf[0])
        assert counts(run(ada, EVERYTHING, UP).tally) == (3, 0, 0)
        assert counts(run(ada, ticked(shelf[:1]), UP).tally) == (0, 0, 1)

    def test_a_filter_that_holds_what_it_cannot_is_refused(self, sam):
        with pytest.raises(DomainError) as refused:
            run(sam, Selection(query="price_min=cheap"), UP)
        assert refused.value.code == "bad_filter"

    def test_no_more_keys_than_are_done_at_once(self, sam, monkeypatch):
        monkeypatch.setattr(jobs, "AT_ONCE", 2)
        with pytest.raises(DomainError) as refused:
            run(sam, Selection((1, 2, 3)), UP)
        assert refused.value.code == "too_many"


class TestThePreview:
    def test_tells_what_the_run_does(self, sam, shelf):
        edit = Edit(price=PriceRule("amount", Decimal(-15)))
        found = batch.preview(actor=sam, selection=EVERYTHING, edit=edit)
        assert prices() == ["10.00", "20.00", "30.00", "40.00"]
        assert counts(found.tally) == (2, 0, 1)
        assert [(line.product.name, [(d.name, d.old, d.new) for d in line.diffs]) for line in found.tally.lines] == [
            ("Tin 2", [("price", Decimal(20), Decimal(5))]),
            ("Tin 3", [("price", Decimal(30), Decimal(15))]),
        ]
        assert found.tally.reasons == {"Its price would be below zero.": 1}
        done = run(sam, EVERYTHING, edit, expected=found.expected)
        assert counts(done.tally) == counts(found.tally)
        assert prices() == ["10.00", "5.00", "15.00", "40.00"]
        assert ChangeSet.objects.count() == 5

    def test_shows_the_first_and_counts_all(self, sam):
        ProductFactory.create_batch(25)
        tally = batch.preview(actor=sam, selection=EVERYTHING, edit=UP).tally
        assert (len(tally.lines), tally.changed) == (batch.SHOWN, 25)

    def test_of_more_than_can_be_counted_tells_about_the_first(self, sam, monkeypatch):
        ProductFactory.create_batch(5)
        monkeypatch.setattr(paging, "COUNT_LIMIT", 4)
        found = batch.preview(actor=sam, selection=EVERYTHING, edit=UP)
        assert (found.tally.looked_at, found.count.exact, found.expected) == (4, False, None)

    def test_costs_the_same_for_few_and_for_many(self, sam):
        def cost():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                batch.preview(actor=sam, selection=EVERYTHING, edit=UP)
            return len(queries)

        ProductFactory.create_batch(2)
        few = cost()
        ProductFactory.create_batch(12)
        assert cost() == few <= 2

    def test_refusals_are_listed_up_to_a_hundred_and_counted_all(self, sam, monkeypatch):
        ProductFactory.create_batch(3, price=1)
        monkeypatch.setattr(batch, "MOST_REFUSED", 2)
        tally = batch.preview(actor=sam, selection=EVERYTHING, edit=Edit(price=PriceRule("amount", Decimal(-5)))).tally
        assert (tally.refused, len(tally.refusals)) == (3, 2)


class TestTheRun:
    def test_is_one_change_set_that_one_undo_takes_back(self, sam, shelf):
        done = run(sam, EVERYTHING, UP, reason="Spring prices")
        assert (done.change_set.kind, done.change_set.reason) == ("product.batch_edited", "Spring prices")
        assert done.change_set.changes.count() == 3
        undone = undo.undo(actor=sam, change_set=done.change_set)
        assert (undone.restored, undone.skipped, prices()) == (3, [], ["10.00", "20.00", "30.00", "40.00"])

    def test_leaves_no_change_set_where_all_is_so_already(self, sam, shelf):
        before = ChangeSet.objects.count()
        done = run(sam, EVERYTHING, Edit({"is_public": True}))
        assert (counts(done.tally), ChangeSet.objects.count()) == ((0, 3, 0), before)

    @pytest.mark.parametrize("edit", [Edit(archived=True), Edit(trashed=True), Edit(tags=TagRule("add", ("red",)))])
    def test_every_act_comes_back_by_its_undo(self, ada, shelf, edit):
        def state():
            fields = ("pk", "archived_at", "trashed_at", "tags", "is_public", "owner", "category")
            return list(Product.objects.order_by("pk").values(*fields))

        before = state()
        done = run(ada, EVERYTHING, edit)
        assert (done.tally.changed, state() == before) == (4, False)
        undo.undo(actor=ada, change_set=done.change_set)
        assert state() == before

    def test_several_things_are_set_at_once(self, ada, sam, shelf):
        kitchen = CategoryFactory()
        fields = {"category": kitchen.pk, "low_stock_threshold": 7, "owner": sam.pk, "is_public": True}
        done = run(ada, EVERYTHING, Edit(fields, UP.price, TagRule("set", ("b", "a"))))
        hidden = Product.objects.get(pk=shelf[3].pk)
        assert (hidden.category, hidden.owner, hidden.low_stock_threshold) == (kitchen, sam, 7)
        assert (hidden.is_public, hidden.tags, hidden.price, hidden.version) == (True, ["a", "b"], Decimal(44), 2)
        assert done.change_set.changes.filter(object_id=hidden.pk).count() == 6

    def test_a_product_that_changed_since_is_edited_from_its_value_of_now(self, ada, sam, shelf):
        found = batch.preview(actor=sam, selection=EVERYTHING, edit=UP)
        catalogue.edit(actor=ada, product=shelf[0], price=Decimal(50))
        run(sam, EVERYTHING, UP, expected=found.expected)
        assert prices()[0] == "55.00"

    def test_more_products_than_were_shown_are_not_edited_unasked(self, sam, shelf):
        found = batch.preview(actor=sam, selection=Selection(query="price_min=20"), edit=UP)
        catalogue.edit(actor=sam, product=shelf[0], price=Decimal(25))
        with pytest.raises(Conflict) as refused:
            run(sam, Selection(query="price_min=20"), UP, expected=found.expected)
        assert (refused.value.code, prices()) == ("changed", ["25.00", "20.00", "30.00", "40.00"])

    def test_what_was_made_after_the_preview_is_no_part_of_it(self, sam, shelf):
        selection = Selection(query="", last=batch.newest())
        ProductFactory(price=50)
        assert counts(run(sam, selection, UP, expected=3).tally) == (3, 0, 0)
        assert prices()[4] == "50.00"

    def test_costs_the_same_number_of_statements_for_few_and_for_many(self, sam):
        def cost(edit):
            with CaptureQueriesContext(connection) as queries:
                run(sam, EVERYTHING, edit)
            return len(queries)

        ProductFactory.create_batch(3)
        few = cost(UP)
        ProductFactory.create_batch(12)
        assert cost(UP) == few

    def test_a_draft_of_another_is_out_of_sight_from_then_on(self, sam, shelf):
        done = run(sam, EVERYTHING, DRAFT)
        assert counts(done.tally) == (3, 0, 0)
        assert counts(run(sam, EVERYTHING, DRAFT).tally) == (0, 0, 0)
        assert undo.undo(actor=sam, change_set=done.change_set).restored == 3

    def test_stock_is_no_part_of_a_batch(self, sam, shelf):
        run(sam, EVERYTHING, UP)
        assert not stock.mismatches()


class TestWhatWasPreviewedIsRun:
    def sealed(self, actor, **changed):
        content = {"selection": Selection(query="stock=out"), "edit": UP, "expected": 3, **changed}
        return batch.seal(actor=actor, **content)

    def test_it_comes_back_as_it_was(self, sam, shelf):
        selection, edit, expected = batch.unseal(actor=sam, given=self.sealed(sam))
        assert (selection, edit, expected) == (Selection(query="stock=out", last=shelf[3].pk), UP, 3)
        ids = Selection((shelf[0].pk, shelf[1].pk))
        selection, _edit, _expected = batch.unseal(actor=sam, given=self.sealed(sam, selection=ids))
        assert selection.keys == ids.keys

    @pytest.mark.parametrize("given", ["", "nonsense", "a:b:c"])
    def test_what_we_did_not_sign_is_refused(self, sam, given):
        with pytest.raises(DomainError) as refused:
            batch.unseal(actor=sam, given=given)
        assert refused.value.code == "bad_preview"

    def test_what_was_changed_on_its_way_is_refused(self, sam):
        sealed = self.sealed(sam)
        with pytest.raises(DomainError, match="not valid any more"):
            batch.unseal(actor=sam, given=sealed[:-1] + ("A" if sealed[-1] != "A" else "B"))

    def test_another_person_cannot_use_it(self, ada, sam):
        with pytest.raises(DomainError, match="not valid any more"):
            batch.unseal(actor=ada, given=self.sealed(sam))

    def test_it_ends_after_an_hour(self, sam):
        with time_machine.travel("2026-11-02 10:00", tick=False):
            sealed = self.sealed(sam)
        with time_machine.travel("2026-11-02 10:59", tick=False):
            assert batch.unseal(actor=sam, given=sealed)
        with time_machine.travel("2026-11-02 11:01", tick=False), pytest.raises(DomainError):
            batch.unseal(actor=sam, given=sealed)

    def test_where_nothing_is_there_there_is_no_newest(self, db):
        assert batch.newest() == 0


def test_who_lost_the_right_meanwhile_changes_nothing(ada, shelf):
    staff = UserFactory()
    with pytest.raises(NotAllowed):
        run(staff, EVERYTHING, Edit(trashed=True))
    assert not Product.objects.exclude(trashed_at=None).exists()
