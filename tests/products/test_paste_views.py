"""Pasting a column: the form, what would become of each line, and the yes."""

import re
from html import unescape

import pytest
from django.contrib.messages import get_messages

from products.models import ChangeSet, Product
from products.services import jobs, paste, stock
from products.views import paste as pages
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
ENTER, RUN = "/products/paste/", "/products/paste/run/"


@pytest.fixture
def tins(ada):
    return [ProductFactory(name=f"Tin {n}", sku=f"T-{n}", owner=ada, stock=5) for n in range(3)]


def text(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", response.content.decode())))


def sealed(response):
    return re.search(r'name="sealed" value="([^"]+)"', response.content.decode())[1]


def said(response):
    return [(message.level_tag, str(message)) for message in get_messages(response.wsgi_request)]


def test_the_list_leads_there(page_of, sam, mug):
    client = page_of(sam)
    assert f'href="{ENTER}"' in client.get("/products/").content.decode()
    page = text(client.get(ENTER))
    assert all(word in page for word in ("Price", "Cost", "Counted stock", "Tags"))


def test_lines_are_told_then_set_with_one_undo(page_of, sam, tins):
    client = page_of(sam)
    preview = client.post(ENTER, {"field": "price", "text": "SKU\tPrice\nT-0\t11\nT-1\t10\nT-9\t4"})
    page = text(preview)
    assert "Will change 1 Are so already 1 Left out 1" in page
    assert "£10.00 £11.00" in page
    assert "Line 4: No product that you see has the SKU “T-9”." in page
    assert Product.objects.get(pk=tins[0].pk).price == 10
    response = client.post(RUN, {"sealed": sealed(preview)})
    assert (response.url, said(response)) == ("/products/", [("ok", "1 product changed")])
    assert Product.objects.get(pk=tins[0].pk).price == 11
    assert f"/changes/{ChangeSet.objects.latest('pk').pk}/undo/" in client.get("/products/").content.decode()


def test_one_preview_is_done_once(page_of, sam, tins):
    client = page_of(sam)
    given = {"sealed": sealed(client.post(ENTER, {"field": "price", "text": "T-0\t11"}))}
    assert client.post(RUN, given).status_code == 302
    again = client.post(RUN, given)
    assert (again.status_code, "This was done already." in text(again)) == (422, True)


def test_a_count_over_stock_that_moved_is_left_out_and_named(page_of, sam, ada, tins):
    client = page_of(sam)
    preview = client.post(ENTER, {"field": "stock", "text": "T-0\t9"})
    assert "5 9" in text(preview)
    stock.adjust(actor=ada, product=tins[0], delta=-1, kind="sold")
    assert said(client.post(RUN, {"sealed": sealed(preview)})) == [
        ("info", "Nothing was different, so nothing was saved"),
        ("bad", "Tin 0 was left as it is. Stock is now 4, not 5: units moved while you counted. Count again."),
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, "This field is required."),
        ({"field": "price", "text": "SKU\tPrice"}, "Paste two columns: the SKU and the new value."),
        ({"field": "owner", "text": "T-0\t1"}, "Select a valid choice."),
    ],
)
def test_what_is_no_list_comes_back_with_its_error(page_of, sam, tins, data, why):
    response = page_of(sam).post(ENTER, data)
    assert (response.status_code, why in text(response)) == (422, True)


def test_where_no_line_changes_anything_there_is_nothing_to_say_yes_to(page_of, sam, tins):
    response = page_of(sam).post(ENTER, {"field": "price", "text": "T-0\t10"})
    assert "No line would change anything." in text(response)
    assert b"btn primary" not in response.content


def test_very_many_lines_are_shown_in_part(page_of, sam, tins, monkeypatch):
    monkeypatch.setattr(pages, "SHOWN", 1)
    page = text(page_of(sam).post(ENTER, {"field": "price", "text": "T-0\t1\nT-1\t1\nX\t1\nY\t1"}))
    assert page.count("The first 1 are shown.") == 2
    assert "2 lines are left out" in page


def test_more_lines_than_are_done_at_once_lead_to_the_progress_of_the_worker(page_of, sam, tins, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    client = page_of(sam)
    preview = client.post(ENTER, {"field": "price", "text": "T-0\t1\nT-1\t1\nT-2\t1"})
    assert re.fullmatch(r"/jobs/\d+/", client.post(RUN, {"sealed": sealed(preview)}).url)


@pytest.mark.parametrize("given", [{}, {"sealed": "made up"}])
def test_without_a_preview_of_ours_nothing_is_set(page_of, sam, tins, given):
    response = page_of(sam).post(RUN, given)
    assert response.status_code == 422
    assert "This preview is not valid any more" in text(response)


def test_clients_paste_nothing(page_of, cleo):
    ProductFactory(sku="MINE", owner=cleo)
    client = page_of(cleo)
    assert client.get(ENTER).status_code == 403
    assert client.post(ENTER, {"field": "price", "text": "MINE\t1"}).status_code == 403
    assert client.post(RUN, {"sealed": "x"}).status_code == 403


def test_a_right_that_was_lost_between_preview_and_yes_is_missing(page_of, sam, tins, monkeypatch):
    client = page_of(sam)
    preview = client.post(ENTER, {"field": "stock", "text": "T-0\t9"})

    def refuse(actor, word):
        raise paste.NotAllowed("Not yours.", code="permission_denied")

    monkeypatch.setattr(paste, "allowed", refuse)
    assert client.post(RUN, {"sealed": sealed(preview)}).status_code == 403
    assert Product.objects.get(pk=tins[0].pk).stock == 5


def test_what_was_pasted_is_shown_as_text(page_of, sam, tins):
    response = page_of(sam).post(ENTER, {"field": "name", "text": "T-0\t<b>Tin</b>\n<i>X</i>\t1"})
    assert b"&lt;b&gt;Tin&lt;/b&gt;" in response.content
    assert b"<i>X" not in response.content
