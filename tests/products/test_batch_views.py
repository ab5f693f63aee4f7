"""The pages of a batch: choose, look at the preview, say yes; by keyboard, by htmx and without a script."""

import re
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.policy import Role
from products.models import ChangeSet, Product
from products.services import batch, catalogue, jobs, views_saved
from products.services.batch import Selection
from products.services.batch_values import Edit
from site_config.lib import paging
from tests.factories import CategoryFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
CHOOSE, PREVIEW, RUN = "/products/batch/", "/products/batch/preview/", "/products/batch/run/"
UP = {"act": "price", "by": "percent", "value": "10", "rounding": "none"}


@pytest.fixture
def shelf(ada):
    rows = [ProductFactory(name=f"Tin {n}", price=n * 10, owner=ada) for n in (1, 2, 3)]
    return [*rows, ProductFactory(name="Hidden", price=40, owner=ada, is_public=False)]


def text(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", response.content.decode())))


def sealed(response):
    return re.search(r'name="sealed" value="([^"]+)"', response.content.decode())[1]


def said(response):
    return [(message.level_tag, str(message)) for message in get_messages(response.wsgi_request)]


def prices():
    return [str(price) for price in Product.objects.order_by("pk").values_list("price", flat=True)]


class TestTheList:
    def test_has_boxes_and_a_bar_for_who_may_edit(self, page_of, sam, shelf):
        html = page_of(sam).get("/products/?q=tin").content.decode()
        assert html.count('class="pick"') == 3
        assert '<form class="bulk" id="bulk"' in html
        assert 'name="in" value="q=tin"' in html

    def test_has_none_for_clients(self, page_of, cleo):
        ProductFactory(owner=cleo)
        html = page_of(cleo).get("/products/").content.decode()
        assert not {'class="pick"', 'class="bulk"', "paste"} & set(re.findall(r'class="\w+"|js/\w+.js', html))

    def test_offers_all_that_match_where_the_page_does_not_hold_them(self, page_of, sam, shelf):
        client = page_of(sam)
        assert b'name="all"' not in client.get("/products/").content
        ProductFactory.create_batch(20)
        assert "All 23 matching" in text(client.get("/products/"))

    def test_in_a_saved_view_all_that_match_are_those_of_the_view(self, page_of, sam, shelf):
        """The view's filters are not in the address: without them all would be everything there is."""
        ProductFactory.create_batch(25, price=5)
        view = views_saved.create(actor=sam, name="Dear ones", query="price_min=15")
        client = page_of(sam)
        for address in (f"/products/?view={view.slug}", f"/products/?view={view.slug}&q=tin"):
            page = client.get(address).content.decode()
            place = unescape(re.search(r'name="in" value="([^"]*)"', page)[1])
            assert "price_min=15" in place
            client.post(RUN, {"sealed": sealed(client.get(PREVIEW, {"all": "1", "in": place, **UP}))})
        assert prices()[:3] == ["10.00", "24.20", "36.30"]
        assert set(prices()[4:]) == {"5.00"}


class TestChoosing:
    def test_shows_the_acts_and_those_that_take_another_right_with_the_reason(self, page_of, sam, ada, shelf):
        page = text(page_of(sam).get(CHOOSE, {"ids": shelf[0].pk}))
        assert "1 product" in page
        assert "Change prices" in page
        assert "Only an admin can change a product’s owner." in page
        assert "Only an admin can move products to the trash" in page
        assert "Only an admin" not in text(page_of(ada).get(CHOOSE, {"ids": shelf[0].pk}))

    @pytest.mark.parametrize(
        ("act", "field"),
        [
            ("visibility", "is_public"),
            ("price", "rounding"),
            ("category", "category"),
            ("tags", "tags"),
            ("threshold", "low_stock_threshold"),
        ],
    )
    def test_an_act_has_a_form_of_its_own(self, page_of, sam, shelf, act, field):
        client = page_of(sam)
        asked = {"ids": [p.pk for p in shelf[:2]], "act": act, "in": "q=tin"}
        whole, fragment = client.get(CHOOSE, asked), client.get(CHOOSE, asked, **HTMX)
        for response in (whole, fragment):
            html = response.content.decode()
            assert (response.status_code, f'name="{field}"' in html) == (200, True)
            assert html.count('name="ids"') == 2
            assert 'name="in" value="q=tin"' in html
        assert (b"<html" in whole.content, b"<html" in fragment.content) == (True, False)
        assert b"<dialog" in fragment.content

    def test_all_that_match_stay_a_query_and_never_become_keys(self, page_of, sam, shelf):
        response = page_of(sam).get(CHOOSE, {"all": "1", "in": "q=tin&cursor=abc", "act": "price", "ids": shelf[3].pk})
        assert "3 products" in text(response)
        assert b'name="ids"' not in response.content
        assert b'name="all" value="1"' in response.content

    def test_an_admin_chooses_an_active_owner(self, page_of, ada, shelf):
        UserFactory(name="Left Long Ago", is_active=False)
        page = text(page_of(ada).get(CHOOSE, {"ids": shelf[0].pk, "act": "owner"}))
        assert "Ada Okafor" in page
        assert "Left Long Ago" not in page

    @pytest.mark.parametrize("act", ["owner", "trash"])
    @pytest.mark.parametrize("address", [CHOOSE, PREVIEW])
    def test_an_act_beyond_ones_rights_is_refused_before_its_form(self, page_of, sam, shelf, act, address):
        assert page_of(sam).get(address, {"ids": shelf[0].pk, "act": act}).status_code == 403

    @pytest.mark.parametrize("asked", [{}, {"ids": "x"}, {"ids": "9" * 30}, {"all": "1", "in": "q=nothing"}])
    def test_without_a_product_there_is_nothing_to_choose(self, page_of, sam, shelf, asked):
        client = page_of(sam)
        for options in ({}, HTMX):
            response = client.get(CHOOSE, asked, **options)
            assert response.status_code == 422
            assert "No product is selected. Tick some in the list." in text(response)

    def test_of_what_sam_does_not_see_nothing_is_selected(self, page_of, sam, shelf):
        assert page_of(sam).get(CHOOSE, {"ids": shelf[3].pk}).status_code == 422

    def test_a_list_that_cannot_be_is_refused(self, page_of, sam, shelf):
        asked = {"all": "1", "in": "price_min=cheap", **UP}
        for address in (CHOOSE, PREVIEW):
            assert page_of(sam).get(address, asked).status_code == 422

    def test_about_so_many_where_nobody_counts_them(self, page_of, sam, shelf, monkeypatch):
        monkeypatch.setattr(paging, "COUNT_LIMIT", 2)
        page = text(page_of(sam).get(CHOOSE, {"all": "1", "act": "price"}))
        assert re.search(r"About [0-9,]+ products", page), "what the planner of the database takes it for"


class TestThePreview:
    def test_counts_and_shows_old_and_new(self, page_of, sam, shelf):
        asked = {"all": "1", "act": "price", "by": "amount", "value": "-15", "rounding": ".99"}
        page = text(page_of(sam).get(PREVIEW, asked))
        assert "Will change 2 Are so already 0 Cannot be changed 1" in page
        assert "1: Its price would be below zero." in page
        assert "Tin 2" in page
        assert "£20.00 £4.99" in page
        assert "Change 2 products" in page
        assert prices() == ["10.00", "20.00", "30.00", "40.00"]

    def test_names_categories_owners_and_tags(self, page_of, ada, sam, shelf):
        kitchen, attic = CategoryFactory(name="Kitchen"), CategoryFactory(name="Attic")
        catalogue.edit(actor=ada, product=shelf[0], category=attic)
        client = page_of(ada)
        ids = {"ids": shelf[0].pk}
        assert "Attic Kitchen" in text(client.get(PREVIEW, {**ids, "act": "category", "category": kitchen.pk}))
        assert "Attic —" in text(client.get(PREVIEW, {**ids, "act": "category", "category": ""}))
        assert "Ada Okafor Sam Reyes" in text(client.get(PREVIEW, {**ids, "act": "owner", "owner": sam.pk}))
        assert "— blue, red" in text(client.get(PREVIEW, {**ids, "act": "tags", "by": "add", "tags": "Red,blue"}))
        page = client.get(PREVIEW, {**ids, "act": "threshold", "low_stock_threshold": "4"})
        assert "Reorder at 0 4" in text(page)

    @pytest.mark.parametrize(("act", "words"), [("archive", "Archived No Yes"), ("trash", "In the trash No Yes")])
    def test_an_act_without_a_form_is_previewed_at_once(self, page_of, ada, shelf, act, words):
        page = page_of(ada).get(CHOOSE, {"ids": shelf[0].pk, "act": act})
        assert words in text(page)
        assert ("primary danger" in page.content.decode()) == (act == "trash")

    def test_says_where_nothing_would_change(self, page_of, sam, shelf):
        page = page_of(sam).get(PREVIEW, {"ids": shelf[0].pk, "act": "visibility", "is_public": "1"})
        assert "None of these products would change." in text(page)
        assert b"btn primary" not in page.content

    def test_staff_are_told_that_drafts_of_others_leave_their_sight(self, page_of, sam, ada, shelf):
        asked = {"ids": shelf[0].pk, "act": "visibility", "is_public": "0"}
        assert "out of your sight" in text(page_of(sam).get(PREVIEW, asked))
        assert "out of your sight" not in text(page_of(ada).get(PREVIEW, asked))

    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            ({**UP, "value": ""}, "This field is required."),
            ({**UP, "value": "1O"}, "Enter a number like 12.50, or -5 to take off."),
            ({**UP, "value": "1.005"}, "Two places at most."),
            ({**UP, "by": "set", "value": "-1"}, "A price is not below zero."),
            ({**UP, "value": "1001"}, "Enter a percentage up to 1,000."),
            ({**UP, "by": "twice"}, "Select a valid choice."),
            ({"act": "tags", "by": "add", "tags": " , "}, "Enter at least one tag."),
            ({"act": "threshold", "low_stock_threshold": "few"}, "Enter a whole number."),
            ({"act": "visibility"}, "This field is required."),
        ],
    )
    def test_what_cannot_be_set_comes_back_with_its_error(self, page_of, sam, shelf, asked, why):
        client = page_of(sam)
        for options in ({}, HTMX):
            response = client.get(PREVIEW, {"ids": shelf[0].pk, **asked}, **options)
            assert response.status_code == 422
            assert why in text(response)

    def test_without_an_act_they_are_offered(self, page_of, sam, shelf):
        assert "Change prices" in text(page_of(sam).get(PREVIEW, {"ids": shelf[0].pk, "act": "burn"}))

    def test_of_very_many_it_says_that_it_tells_of_the_first(self, page_of, sam, shelf, monkeypatch):
        monkeypatch.setattr(paging, "COUNT_LIMIT", 2)
        page = text(page_of(sam).get(PREVIEW, {"all": "1", **UP}))
        assert "This is what becomes of the first 2;" in page
        assert "Change them all" in page

    def test_asks_a_constant_number_of_queries(self, page_of, sam, django_assert_max_num_queries):
        ProductFactory.create_batch(30)
        client = page_of(sam)
        client.get("/products/")
        with django_assert_max_num_queries(8):
            client.get(PREVIEW, {"all": "1", **UP})


class TestTheRun:
    def confirmed(self, client, asked, **more):
        return client.post(RUN, {"sealed": sealed(client.get(PREVIEW, asked)), "in": asked.get("in", ""), **more})

    def test_does_what_was_shown_and_offers_its_undo(self, page_of, sam, shelf):
        client = page_of(sam)
        response = self.confirmed(
            client, {"ids": [p.pk for p in shelf[:2]], "in": "q=tin&sort=name", **UP}, reason="Spring"
        )
        assert response.url == "/products/?q=tin&sort=name"
        assert prices() == ["11.00", "22.00", "30.00", "40.00"]
        change_set = ChangeSet.objects.latest("pk")
        assert (change_set.kind, change_set.reason) == ("product.batch_edited", "Spring")
        assert said(response) == [("ok", "2 products changed")]
        page = client.get(response.url).content.decode()
        assert reverse("products:changes-undo", args=[change_set.pk]) in page
        client.post(reverse("products:changes-undo", args=[change_set.pk]))
        assert prices() == ["10.00", "20.00", "30.00", "40.00"]

    def test_is_done_once_for_one_preview(self, page_of, sam, shelf):
        client = page_of(sam)
        given = sealed(client.get(PREVIEW, {"ids": shelf[0].pk, **UP}))
        assert client.post(RUN, {"sealed": given}).status_code == 302
        again = client.post(RUN, {"sealed": given})
        assert (again.status_code, prices()[0]) == (409, "11.00")
        assert "This was done already." in text(again)
        assert client.post(RUN, {"sealed": sealed(client.get(PREVIEW, {"ids": shelf[0].pk, **UP}))}).status_code == 302
        assert prices()[0] == "12.10"

    def test_that_is_refused_may_be_tried_again(self, page_of, sam, shelf, monkeypatch):
        client, given = page_of(sam), {}
        given["sealed"] = sealed(client.get(PREVIEW, {"ids": shelf[0].pk, **UP}))
        with monkeypatch.context() as patched:
            patched.setattr(batch, "apply", lambda *_given: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                client.post(RUN, given)
        assert client.post(RUN, given).status_code == 302
        assert prices()[0] == "11.00"

    def test_tells_of_the_products_that_were_left_out(self, page_of, sam, shelf):
        asked = {"all": "1", "act": "price", "by": "amount", "value": "-15", "rounding": "none"}
        assert said(self.confirmed(page_of(sam), asked)) == [
            ("ok", "2 products changed"),
            ("bad", "Tin 1 was left as it is. Its price would be below zero."),
        ]

    def test_one_that_left_their_sight_meanwhile_has_no_name(self, page_of, sam, ada, shelf):
        client = page_of(sam)
        given = sealed(client.get(PREVIEW, {"ids": shelf[0].pk, **UP}))
        catalogue.edit(actor=ada, product=shelf[0], is_public=False)
        assert said(client.post(RUN, {"sealed": given})) == [
            ("info", "Nothing was different, so nothing was saved"),
            ("bad", "One product was left as it is. There is no such product, or it is not shared with you."),
        ]

    def test_a_client_is_refused(self, page_of, cleo):
        product = ProductFactory(owner=cleo)
        given = batch.seal(actor=cleo, selection=Selection((product.pk,)), edit=Edit(archived=True), expected=1)
        client = page_of(cleo)
        assert client.post(RUN, {"sealed": given}).status_code == 403
        assert client.get(PREVIEW, {"ids": product.pk, **UP}).status_code == 403
        assert client.get(CHOOSE, {"ids": product.pk}).status_code == 403
        product.refresh_from_db()
        assert (product.archived_at, product.version) == (None, 1)

    def test_who_was_made_staff_since_moves_nothing_to_the_trash(self, page_of, ada, sam, shelf):
        given = batch.seal(actor=sam, selection=Selection((shelf[0].pk,)), edit=Edit(trashed=True), expected=1)
        assert page_of(sam).post(RUN, {"sealed": given}).status_code == 403
        assert not Product.objects.exclude(trashed_at=None).exists()

    @pytest.mark.parametrize("given", ["", "made up"])
    def test_without_a_preview_of_ours_nothing_runs(self, page_of, sam, shelf, given):
        response = page_of(sam).post(RUN, {"sealed": given, "all": "1", **UP})
        assert response.status_code == 422
        assert "This preview is not valid any more, so nothing was changed." in text(response)
        assert prices() == ["10.00", "20.00", "30.00", "40.00"]

    def test_a_reason_that_is_too_long_keeps_the_preview(self, page_of, sam, shelf):
        response = self.confirmed(page_of(sam), {"ids": shelf[0].pk, **UP}, reason="x" * 201)
        assert response.status_code == 422
        assert "at most 200 characters" in text(response)
        assert sealed(response)
        assert prices()[0] == "10.00"

    def test_more_products_than_were_shown_are_shown_first(self, page_of, sam, shelf):
        client = page_of(sam)
        given = sealed(client.get(PREVIEW, {"all": "1", "in": "price_min=20", **UP}))
        catalogue.edit(actor=sam, product=shelf[0], price=25)
        response = client.post(RUN, {"sealed": given, "in": "price_min=20"})
        assert response.status_code == 409
        assert "More products match by now than you were shown." in text(response)
        assert "Will change 3" in text(response)
        assert prices()[1] == "20.00"
        client.post(RUN, {"sealed": sealed(response)})
        assert prices()[:2] == ["27.50", "22.00"]

    def test_another_conflict_is_told(self, page_of, sam, shelf, monkeypatch):
        def gone(**_given):
            raise batch.Conflict("It is gone.", code="gone")

        monkeypatch.setattr(batch, "run", gone)
        response = self.confirmed(page_of(sam), {"ids": shelf[0].pk, **UP})
        assert (response.status_code, "It is gone." in text(response)) == (409, True)

    def test_very_many_lead_to_the_progress_of_the_worker(self, page_of, sam, shelf, monkeypatch):
        monkeypatch.setattr(jobs, "AT_ONCE", 2)
        response = self.confirmed(page_of(sam), {"all": "1", **UP})
        assert re.fullmatch(r"/jobs/\d+/", response.url)
        assert prices() == ["10.00", "20.00", "30.00", "40.00"]

    def test_a_demotion_between_preview_and_yes_is_in_force(self, page_of, sam, shelf):
        client = page_of(sam)
        given = sealed(client.get(PREVIEW, {"ids": shelf[0].pk, **UP}))
        type(sam).objects.filter(pk=sam.pk).update(role=Role.CLIENT)
        assert client.post(RUN, {"sealed": given}).status_code == 403
        assert prices()[0] == "10.00"
