"""The inbox page: what one was told, marking it as read, and the number beside its name on every page."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from products.models import Comment, Job, Notification, Proposal, SavedView
from products.models.notifications import Kind
from products.services import catalogue, notifications
from products.services.history import latest
from tests.factories import ProductFactory

INBOX = reverse("products:inbox-list")
CLEAR = reverse("products:inbox-clear")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def kettle(ada, cleo):
    return ProductFactory(name="Stovetop kettle", stock=2, low_stock_threshold=5, cost="21.17", owner=cleo, actor=ada)


@pytest.fixture
def told(sam, cleo, kettle):
    """Two unread lines of cleo's, of which one is of a price and of a cost."""
    catalogue.edit(actor=sam, product=kettle, price="47.00", cost="22.93")
    notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[cleo], product=kettle, change_set=latest(kettle))
    notifications.tell(kind=Kind.PRODUCT_LOW, people=[cleo, sam], product=kettle)
    return list(Notification.objects.filter(person=cleo).order_by("pk"))


def text(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


def read(row):
    return reverse("products:inbox-read", args=[row.pk])


def said(response):
    return [str(m) for m in get_messages(response.wsgi_request)]


def test_what_was_told_is_listed_the_newest_first_with_a_link_to_it(page_of, cleo, kettle, told):
    response = page_of(cleo).get(INBOX)
    lines = [(line.text, address) for line, address in response.context["lines"]]
    page = reverse("products:catalogue-detail", args=[kettle.pk])
    assert lines == [
        ("Stovetop kettle is low: 2 in stock", page),
        ("Sam Reyes changed Stovetop kettle: price", page),
    ]
    assert "Inbox2 unread" in text(response)


def test_an_empty_inbox_says_what_to_do(page_of, cleo):
    assert "Nothing to tell yet" in text(page_of(cleo).get(INBOX))
    assert "Nothing unread" in text(page_of(cleo).get(INBOX, {"unread": "1"}))


def test_a_view_leads_to_its_list_and_what_has_no_page_leads_home(page_of, sam):
    view = SavedView.objects.create(name="Cheap", slug="cheap", owner=sam)
    notifications.tell(kind=Kind.VIEW_CHANGED, people=[sam], view=view, number=3)
    notifications.tell(kind=Kind.PROPOSAL_DECIDED, people=[sam])
    job = Job.objects.create(kind="changes.undo", actor=sam, task="x", status="done")
    notifications.tell(kind=Kind.JOB_ENDED, people=[sam], job=job)
    addresses = [address for _line, address in page_of(sam).get(INBOX).context["lines"]]
    assert addresses == [
        reverse("products:jobs-show", args=[job.pk]),
        reverse("home"),
        reverse("products:catalogue-list") + "?view=cheap",
    ]


def test_a_proposal_leads_to_the_proposals_and_a_question_to_the_questions(page_of, sam, cleo, kettle):
    common = {"product": kettle, "author": cleo, "author_name": "Cleo Martin"}
    notifications.tell(kind=Kind.PROPOSAL_MADE, people=[sam], proposal=Proposal.objects.create(**common, version=1))
    notifications.tell(kind=Kind.COMMENT_ADDED, people=[sam], comment=Comment.objects.create(**common, text="When?"))
    addresses = [address for _line, address in page_of(sam).get(INBOX).context["lines"]]
    page = reverse("products:catalogue-detail", args=[kettle.pk])
    assert addresses == [f"{page}#questions", reverse("products:proposals-list")]


def test_one_is_marked_as_read_and_the_filter_leaves_it_out(page_of, cleo, told):
    client = page_of(cleo)
    assert client.post(read(told[0]), {"unread": "1"}).url == f"{INBOX}?unread=1"
    assert client.post(read(told[0])).url == INBOX
    lines = client.get(INBOX, {"unread": "1"}).context["lines"]
    assert [line.row for line, _address in lines] == [told[1]]
    assert len(client.get(INBOX).context["lines"]) == 2


def test_all_are_marked_as_read(page_of, cleo, sam, told):
    client = page_of(cleo)
    assert said(client.post(CLEAR)) == ["2 notifications marked as read"]
    assert said(client.post(CLEAR))[-1] == "There was nothing unread"
    assert notifications.unread_count(sam) == 1


def test_what_is_not_ones_own_or_not_seen_any_more_is_not_there(page_of, ada, sam, cleo, kettle, told):
    assert page_of(sam).post(read(told[0])).status_code == 404
    catalogue.edit(actor=ada, product=kettle, owner=ada)
    assert page_of(cleo).post(read(told[1])).status_code == 404
    assert Notification.objects.filter(read_at=None).count() == 3


def test_no_hidden_field_is_on_the_page(page_of, cleo, told):
    html = page_of(cleo).get(INBOX).content.decode()
    assert "22.93" not in html
    assert "cost" not in html


def test_reading_alone_marks_nothing(page_of, cleo, told):
    page_of(cleo).get(INBOX)
    assert notifications.unread_count(cleo) == 2


def test_the_inbox_pages_and_a_foreign_cursor_begins_again(page_of, cleo, told, monkeypatch):
    monkeypatch.setattr("products.views.inbox.PAGE_SIZE", 1)
    client = page_of(cleo)
    first = client.get(INBOX)
    second = client.get(INBOX, {"cursor": first.context["page"].next})
    assert [line.row.pk for page in (first, second) for line, _a in page.context["lines"]] == [told[1].pk, told[0].pk]
    assert client.get(INBOX, {"cursor": "nonsense"}).url == INBOX


def test_the_page_takes_the_same_queries_however_long_it_is(page_of, sam, cleo, kettle, told):
    client, counted = page_of(cleo), []
    client.get(INBOX)
    for _look in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(INBOX)
        counted.append(len(queries))
        for price in range(6):
            kettle.refresh_from_db()
            catalogue.edit(actor=sam, product=kettle, price=price)
            notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[cleo], product=kettle, change_set=latest(kettle))
    assert counted[0] == counted[1]


# --- The number on every page ----------------------------------------------------------------------------------------


def test_every_page_says_how_many_are_unread(page_of, cleo, told):
    client = page_of(cleo)
    for address in (reverse("products:catalogue-list"), reverse("home"), reverse("accounts:profile-edit")):
        assert "Inbox2 unread" in text(client.get(address))
    client.post(CLEAR)
    assert "unread" not in text(client.get(reverse("products:catalogue-list")))


def test_a_hundred_are_said_as_99_and_more(page_of, cleo, kettle):
    Notification.objects.bulk_create(
        Notification(person=cleo, kind=Kind.PRODUCT_LOW, product=kettle) for _n in range(100)
    )
    assert "Inbox99+ unread" in text(page_of(cleo).get(reverse("products:catalogue-list")))


def test_a_fragment_does_not_count(page_of, cleo, told):
    client = page_of(cleo)
    counted = []
    for headers in ({}, HTMX):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("products:catalogue-list"), **headers)
        counted.append(sum("products_notification" in query["sql"] for query in queries))
    assert counted == [1, 0]
