"""The page a client begins at; the others begin elsewhere."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from accounts import view_as
from accounts.services import view_as as viewing
from products.models import Proposal, Visit
from products.services import catalogue, stock
from tests.factories import ProductFactory

HOME = reverse("home")


@pytest.fixture
def kettle(ada, cleo):
    return ProductFactory(
        name="Stovetop kettle", stock=9, low_stock_threshold=5, cost="21.17", owner=cleo, actor=ada, price="45.50"
    )


def text(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


def test_a_client_sees_their_figures_and_what_others_changed(page_of, sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    stock.adjust(actor=sam, product=kettle, delta=-6, kind="sold", note="Market")
    Proposal.objects.create(product=kettle, author=cleo, author_name="Cleo", version=1).fields.create(
        field="price", old="47.00", new="48.00"
    )
    response = page_of(cleo).get(HOME)
    said = text(response)
    assert response.status_code == 200
    for part in ("Hello Cleo Martin", "Sam Reyes changed price", "£45.50 £47.00", "sold 6", "Waiting for approval"):
        assert part in said
    assert Visit.objects.get().person == cleo


def test_a_client_without_products_is_told_so_in_every_part(page_of, cleo):
    said = text(page_of(cleo).get(HOME))
    for part in ("Nobody else changed", "Nothing is low", "No proposal of yours waits", "has an answer"):
        assert part in said


def test_the_page_holds_nothing_that_is_hidden_from_a_client(page_of, sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, cost="22.93", note="Secret supplier", price="47.00")
    html = page_of(cleo).get(HOME).content.decode()
    for secret in ("22.93", "21.17", "Secret supplier", "ost"):
        assert secret not in html.replace("hx-post", "").replace("post", "")


def test_staff_and_admins_begin_elsewhere(page_of, ada, sam):
    for person in (ada, sam):
        assert page_of(person).get(HOME).status_code == 302
    assert not Visit.objects.exists()


def test_who_views_as_a_client_sees_their_home_and_leaves_their_news_new(page_of, ada, sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    admin = page_of(ada)
    session = admin.session
    session[view_as.KEY] = {"person": cleo.pk, "since": viewing.start(actor=ada, person=cleo)}
    session.save()
    response = admin.get(HOME)
    assert "Hello Cleo Martin" in text(response)
    assert not Visit.objects.exists()


def test_the_page_takes_the_same_queries_however_much_there_is(page_of, sam, cleo):
    client, counted = page_of(cleo), []
    for look in range(3):  # the first writes down that somebody came
        for number in range(4):
            product = ProductFactory(owner=cleo, stock=1, low_stock_threshold=5, name=f"Tin {look} {number}")
            catalogue.edit(actor=sam, product=product, price=number + 1, is_public=False)
        with CaptureQueriesContext(connection) as queries:
            client.get(HOME)
        counted.append(len(queries))
    assert counted[1] == counted[2]
    assert counted[2] < 25
