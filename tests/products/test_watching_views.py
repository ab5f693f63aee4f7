"""The Watch button of products and views, and the list of what one watches."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from products.models import SavedView, Watch
from products.services import watching
from tests.factories import ProductFactory

ADD, REMOVE, LIST = (reverse(f"products:watching-{verb}") for verb in ("add", "remove", "list"))


@pytest.fixture
def view(sam):
    return SavedView.objects.create(name="Cheap", slug="cheap", owner=sam, query="price_max=20")


def text(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


def said(response):
    return [str(m) for m in get_messages(response.wsgi_request)]


def test_a_product_is_watched_from_its_page_and_given_up_there(page_of, sam, mug):
    client, page = page_of(sam), reverse("products:catalogue-detail", args=[mug.pk])
    assert ADD in client.get(page).content.decode()
    response = client.post(ADD, {"product": mug.pk, "next": page})
    assert response.url == page
    assert said(response) == ["You watch Enamel mug: your inbox tells what changes"]
    html = client.get(page).content.decode()
    assert REMOVE in html
    assert ADD not in html
    assert said(client.post(REMOVE, {"product": mug.pk, "next": page}))[-1] == "You no longer watch Enamel mug"
    assert not Watch.objects.exists()


def test_a_view_is_watched_by_its_slug(page_of, sam, view):
    client = page_of(sam)
    assert client.post(ADD, {"view": "cheap"}).status_code == 302
    assert watching.watches(sam, view=view)
    assert "Cheap" in text(client.get(LIST))
    client.post(REMOVE, {"view": "cheap"})
    assert "You watch nothing yet" in text(client.get(LIST))


def test_what_one_does_not_see_cannot_be_watched(page_of, cleo, sam, mug, view):
    for person, sent in (
        (cleo, {"product": mug.pk}),
        (cleo, {"view": "cheap"}),
        (sam, {}),
        (sam, {"product": "²"}),
        (sam, {"product": "9" * 30}),
        (sam, {"view": "che\0ap"}),
        (sam, {"view": "nowhere"}),
    ):
        assert page_of(person).post(ADD, sent).status_code == 404
        assert page_of(person).post(REMOVE, sent).status_code == 404
    assert not Watch.objects.exists()


def test_one_too_many_is_refused_with_the_reason(page_of, sam, mug, monkeypatch):
    monkeypatch.setattr(watching, "MOST", 1)
    client = page_of(sam)
    client.post(ADD, {"product": mug.pk})
    response = client.post(ADD, {"product": ProductFactory().pk})
    assert said(response)[-1].startswith("You watch 1 things, the most there may be.")
    assert Watch.objects.count() == 1


def test_the_button_never_leads_away_from_the_site(page_of, sam, mug):
    sent = {"product": mug.pk, "next": "https://example.com/"}
    assert page_of(sam).post(ADD, sent).url == "/"


def test_the_list_pages_and_a_foreign_cursor_begins_again(page_of, sam, mug, view, monkeypatch):
    monkeypatch.setattr("products.views.watching.PAGE_SIZE", 1)
    watching.add(actor=sam, product=mug)
    watching.add(actor=sam, view=view)
    client = page_of(sam)
    first = client.get(LIST)
    second = client.get(LIST, {"cursor": first.context["page"].next})
    assert [watch.view or watch.product for page in (first, second) for watch in page.context["page"].rows] == [
        view,
        mug,
    ]
    assert client.get(LIST, {"cursor": "nonsense"}).url == LIST


def test_the_list_takes_the_same_queries_however_long_it_is(page_of, sam, mug):
    watching.add(actor=sam, product=mug)
    client, counted = page_of(sam), []
    client.get(LIST)
    for _look in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counted.append(len(queries))
        for _n in range(6):
            watching.add(actor=sam, product=ProductFactory())
    assert counted[0] == counted[1]
