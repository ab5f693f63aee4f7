"""Every change set in one list, and each on a page of its own: as far as its reader may see it."""

from datetime import UTC, datetime

import pytest
import time_machine

from products.models import ChangeSet, Product
from products.services import catalogue, categories, changes, stock, trash, undo
from site_config.lib import origin
from tests.factories import CategoryFactory, ProductFactory


def told(answer):
    return [line.what for line in answer.context["lines"]]


def last():
    return ChangeSet.objects.latest("pk")


class TestTheList:
    def test_each_act_is_a_sentence_with_its_undo_the_newest_first(self, sam, page_of, mug):
        catalogue.edit(actor=sam, product=mug, price=9)
        stock.adjust(actor=sam, product=mug, delta=1, kind="received")
        answer = page_of(sam).get("/changes/")
        assert told(answer) == ["adjusted the stock of Enamel mug", "changed price of Enamel mug", "created Enamel mug"]
        assert answer.text.count(">Undo<span") == 2  # those of sam's own

    def test_an_act_on_several_says_so(self, ada, page_of, mug):
        ProductFactory(name="Jug")
        with changes.recorded(actor=ada, kind="product.batch_edited", reason="Autumn") as recorder:
            recorder.update([(product, {"price": 7}) for product in changes.lock(Product.objects.all())])
        answer = page_of(ada).get("/changes/")
        assert told(answer)[0] == "edited Enamel mug and others"
        assert "Autumn" in answer.text

    def test_several_fields_of_one_are_an_edit(self, ada, page_of, mug):
        catalogue.edit(actor=ada, product=mug, price=9, name="Cup")
        assert told(page_of(ada).get("/changes/"))[0] == "edited Enamel mug"

    def test_what_was_undone_is_marked_and_offers_no_undo(self, ada, page_of, mug):
        catalogue.edit(actor=ada, product=mug, price=9)
        undo.undo(actor=ada, change_set=last())
        answer = page_of(ada).get("/changes/")
        assert told(answer)[0] == "undid a change of Enamel mug"
        assert answer.text.count('<span class="badge hollow">Undone</span>') == 1

    def test_a_client_reads_of_their_products_without_hidden_fields(self, ada, cleo, page_of, mug):
        theirs = ProductFactory(name="Theirs", owner=cleo, cost="1.00")
        catalogue.edit(actor=ada, product=theirs, cost="2.00")
        catalogue.edit(actor=ada, product=theirs, price="3.00", cost="4.00")
        answer = page_of(cleo).get("/changes/")
        assert told(answer) == ["changed price of Theirs", "created Theirs"]
        assert "Undo" not in answer.text.split("</nav>")[-1].replace("undo", "")

    def test_of_what_is_gone_from_sight_staff_keep_that_they_did_it(self, ada, sam, page_of, mug):
        catalogue.edit(actor=sam, product=mug, price=9)
        trash.discard(actor=ada, product=mug)
        assert told(page_of(sam).get("/changes/")) == ["did something that is not there any more"]

    def test_a_count_that_found_no_difference_is_named_and_has_nothing_to_undo(self, sam, cleo, page_of, mug):
        ChangeSet.objects.update(kind="product.polished")
        stock.count(actor=sam, product=mug, counted=10, expected=10)
        answer = page_of(sam).get("/changes/")
        assert told(answer)[0] == "counted Enamel mug"
        assert f"/changes/{ChangeSet.objects.latest('pk').pk}/undo/" not in answer.text
        assert told(page_of(cleo).get("/changes/")) == []

    def test_an_act_of_a_kind_without_words_is_called_by_what_it_was_of(self, ada, page_of, mug):
        ChangeSet.objects.update(kind="product.polished")
        assert told(page_of(ada).get("/changes/")) == ["Enamel mug"]

    def test_it_costs_the_same_however_many_there_are(self, ada, page_of, mug, django_assert_max_num_queries):
        client = page_of(ada)
        client.get("/changes/")  # the first of a session also writes the session down
        with django_assert_max_num_queries(8) as one:
            client.get("/changes/")
        for n in range(12):
            catalogue.edit(actor=ada, product=mug, price=n)
        with django_assert_max_num_queries(len(one)):
            assert len(told(client.get("/changes/"))) == 13


class TestFilters:
    @pytest.fixture
    def acts(self, ada, sam, mug):
        with time_machine.travel(datetime(2026, 11, 2, 12, tzinfo=UTC), tick=False):
            catalogue.edit(actor=sam, product=mug, price=9)
        with (
            time_machine.travel(datetime(2026, 11, 4, 12, tzinfo=UTC), tick=False),
            origin.acting_from(origin.Origin(source="api")),
        ):
            stock.adjust(actor=ada, product=mug, delta=1, kind="received")

    @pytest.mark.parametrize(
        ("query", "number"),
        [
            ("kind=stock.adjusted", 1),
            ("source=api", 1),
            ("since=2026-11-03&until=2026-11-04", 1),
            ("until=2026-11-02", 1),
            ("since=2026-11-02&until=2026-11-04", 2),
            ("kind=product.imported", 0),
            ("since=1900-01-01&until=2999-12-31", 3),
        ],
    )
    def test_by_kind_source_and_whole_days(self, query, number, ada, page_of, acts):
        assert len(told(page_of(ada).get(f"/changes/?{query}"))) == number

    def test_an_admin_asks_for_anybodys_and_staff_for_their_own(self, ada, sam, page_of, acts):
        assert len(told(page_of(ada).get(f"/changes/?actor={sam.pk}"))) == 1
        assert len(told(page_of(sam).get(f"/changes/?actor={sam.pk}"))) == 1
        refused = page_of(sam).get(f"/changes/?actor={ada.pk}")
        assert (refused.status_code, told(refused)) == (422, [])

    def test_what_is_in_force_is_a_chip_that_takes_it_away(self, ada, sam, page_of, acts):
        answer = page_of(ada).get(f"/changes/?kind=stock.adjusted&actor={ada.pk}&since=2026-11-03&cursor=")
        assert [(chip.label, chip.value) for chip in answer.context["chips"]] == [
            ("What", "Stock adjusted"),
            ("Who", "Ada Okafor"),
            ("From", "3 Nov 2026"),
        ]
        assert answer.context["chips"][0].without == f"?actor={ada.pk}&since=2026-11-03"
        assert 'aria-label="Remove filter What: Stock adjusted"' in answer.text

    def test_only_mine_is_a_tab_for_those_who_write(self, sam, cleo, page_of, acts):
        answer = page_of(sam).get(f"/changes/?actor={sam.pk}")
        assert told(answer) == ["changed price of Enamel mug"]
        assert f'href="?actor={sam.pk}" aria-current="page"' in answer.text
        assert "Mine" not in page_of(cleo).get("/changes/").text

    @pytest.mark.parametrize(
        "query", ["kind=odd", "since=odd", "cursor=odd", "source=moon", "until=9999-12-31", "since=0001-01-01"]
    )
    def test_what_makes_no_sense_says_so_and_shows_nothing(self, query, ada, page_of, acts):
        answer = page_of(ada).get(f"/changes/?{query}")
        assert (answer.status_code, told(answer)) == (422, [])

    def test_nothing_that_fits_says_so(self, ada, page_of, acts):
        assert "No change fits these filters." in page_of(ada).get("/changes/?kind=product.imported").text


class TestThePage:
    def test_it_shows_who_when_from_where_why_and_every_field(self, ada, sam, page_of, mug):
        catalogue.edit(actor=sam, product=mug, price="9.00", tags=["blue"], category=CategoryFactory(name="Kitchen"))
        page = page_of(ada).get(f"/changes/{last().pk}/").text
        assert "Sam Reyes edited Enamel mug" in page
        for part in ("£12.50", "£9.00", "blue", "Kitchen", "By a command"):
            assert part in page
        assert f'action="/changes/{last().pk}/undo/"' in page

    def test_what_came_to_be_is_shown_with_its_first_values(self, ada, page_of, mug):
        page = page_of(ada).get(f"/changes/{last().pk}/").text
        assert '<span class="badge hollow">New</span>' in page
        assert "MUG-1" in page

    def test_a_deleted_category_is_shown_as_gone(self, ada, page_of):
        shelf = CategoryFactory(name="Shelf", parent=CategoryFactory(name="Kitchen"))
        categories.delete(actor=ada, category=shelf)
        page = page_of(ada).get(f"/changes/{last().pk}/").text
        assert "Deleted for good" in page
        assert "Parent category" in page
        assert "Kitchen" in page

    def test_a_client_sees_no_hidden_value_and_no_act_on_others(self, ada, cleo, page_of, mug):
        assert page_of(cleo).get(f"/changes/{last().pk}/").status_code == 404
        ProductFactory(name="Theirs", owner=cleo, cost="6.66", note="Secret")
        page = page_of(cleo).get(f"/changes/{last().pk}/").text
        assert "6.66" not in page
        assert "Secret" not in page
        assert "Clients cannot undo changes." in page

    def test_staff_read_why_they_cannot_undo_what_others_did(self, sam, page_of, mug):
        page = page_of(sam).get(f"/changes/{last().pk}/").text
        assert "You can undo your own changes. Ask an admin" in page

    def test_an_undo_and_what_it_undid_name_each_other(self, ada, page_of, mug):
        catalogue.edit(actor=ada, product=mug, price=9)
        act = last()
        undo.undo(actor=ada, change_set=act)
        assert f'href="/changes/{last().pk}/"' in page_of(ada).get(f"/changes/{act.pk}/").text
        assert f'href="/changes/{act.pk}/"' in page_of(ada).get(f"/changes/{last().pk}/").text

    def test_the_address_is_for_admins(self, ada, sam, page_of, mug):
        ChangeSet.objects.update(address="198.51.100.7")
        assert "198.51.100.7" in page_of(ada).get(f"/changes/{last().pk}/").text
        assert "198.51.100.7" not in page_of(sam).get(f"/changes/{last().pk}/").text

    def test_what_came_and_went_is_told_with_its_note(self, ada, sam, page_of, mug):
        stock.adjust(actor=sam, product=mug, delta=-2, kind="sold", note="Market stall")
        assert "Sold 2: Market stall" in page_of(ada).get(f"/changes/{last().pk}/").text
        stock.count(actor=sam, product=mug, counted=5, expected=8)
        assert '<p class="small muted">Counted 5</p>' in page_of(ada).get(f"/changes/{last().pk}/").text

    def test_what_has_no_page_any_more_is_no_link(self, ada, page_of, mug):
        here = f'href="/products/{mug.pk}/"'
        assert here in page_of(ada).get(f"/changes/{last().pk}/").text
        trash.discard(actor=ada, product=mug)
        assert here not in page_of(ada).get(f"/changes/{last().pk}/").text

    def test_many_changes_come_in_pages(self, ada, page_of, monkeypatch, mug):
        monkeypatch.setattr("products.views.changes.ROWS", 2)
        catalogue.edit(actor=ada, product=mug, price=9, name="Cup", barcode="96385074")
        first = page_of(ada).get(f"/changes/{last().pk}/")
        assert "3 changes of 1 products" in first.text
        second = page_of(ada).get(f"/changes/{last().pk}/?cursor={first.context['page'].next}")
        assert len(second.context["things"][0].diffs) == 1
        assert page_of(ada).get(f"/changes/{last().pk}/?cursor=odd")["Location"] == f"/changes/{last().pk}/"
