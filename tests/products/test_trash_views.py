"""The trash: moving there, looking through it, bringing back."""

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from products.models import ChangeSet, Job, Product
from products.services import trash
from site_config.lib.errors import Conflict
from tests import recent
from tests.factories import ProductFactory

TRASH = reverse("products:trash-list")


def discard(product):
    return reverse("products:trash-discard", args=[product.pk])


def restore(product):
    return reverse("products:trash-restore", args=[product.pk])


def said(response):
    return [str(m) for m in get_messages(response.wsgi_request)]


def test_an_admin_moves_a_product_to_the_trash_and_back(page_of, ada, sam, mug):
    other = ProductFactory()
    client = page_of(ada)
    assert said(client.post(discard(mug))) == ["Enamel mug moved to the trash"]
    assert list(Product.objects.visible_to(ada)) == [other]
    assert [p.name for p in client.get(TRASH).context["page"].rows] == ["Enamel mug"]
    assert "Enamel mug restored" in said(client.post(restore(mug)))
    assert Product.objects.visible_to(sam).filter(pk=mug.pk).exists()
    assert b"The trash is empty" in client.get(TRASH).content


def test_staff_and_clients_have_no_trash(page_of, sam, cleo, ada, mug):
    trash.discard(actor=ada, product=ProductFactory())
    for person in (sam, cleo):
        client = page_of(person)
        assert client.get(TRASH).status_code == 403
        assert client.post(discard(mug)).status_code == 403
        assert client.post(restore(mug)).status_code == 403


def test_what_is_not_in_the_trash_cannot_be_restored(page_of, ada, mug):
    assert page_of(ada).post(restore(mug)).status_code == 404


def test_a_rival_who_was_first_is_said(page_of, ada, mug, monkeypatch):
    def late(**_given):
        raise Conflict("Somebody was first.", code="late")

    monkeypatch.setattr(trash, "discard", late)
    assert said(page_of(ada).post(discard(mug))) == ["Somebody was first."]
    monkeypatch.undo()
    trash.discard(actor=ada, product=mug)
    monkeypatch.setattr(trash, "restore", late)
    assert said(page_of(ada).post(restore(mug))) == ["Somebody was first."]


def test_the_trash_shrugs_at_a_bad_cursor(page_of, ada):
    assert page_of(ada).get(TRASH, {"cursor": "x"}).url == TRASH


# --- Several at once -------------------------------------------------------------------------------------------------

RECOVER, PURGE = reverse("products:trash-recover"), reverse("products:trash-purge")


@pytest.fixture
def two(ada, mug):
    jug = ProductFactory(name="Blue jug", sku="JUG-1", stock=3)
    for product in (mug, jug):
        trash.discard(actor=ada, product=product)
    return mug, jug


def test_the_trash_is_searched(page_of, ada, two):
    client = page_of(ada)
    response = client.get(TRASH, {"q": "jug"})
    assert [p.name for p in response.context["page"].rows] == ["Blue jug"]
    assert "Delete all of these" in response.content.decode()
    assert "Nothing in the trash matches “kettle”" in client.get(TRASH, {"q": "kettle"}).content.decode()


def test_the_trash_says_how_long_it_keeps_what_is_in_it(page_of, ada, two, settings):
    assert "After 30 days they are deleted for good." in page_of(ada).get(TRASH).content.decode()
    settings.TRASH_DAYS = 0
    assert "deleted for good." not in page_of(ada).get(TRASH).content.decode()


def test_those_that_are_ticked_come_back_as_one_act(page_of, ada, two):
    client = page_of(ada)
    response = client.post(RECOVER, {"ids": [product.pk for product in two]})
    assert (response.url, said(response)) == (TRASH, ["2 products restored"])
    assert ChangeSet.objects.latest("pk").changes.count() == 2
    assert said(client.post(RECOVER, {"ids": [two[0].pk]}))[-1] == "This product is not in the trash any more."


@pytest.mark.parametrize("sent", [{}, {"ids": "x"}, {"ids": ["1", "²"]}, {"ids": "9" * 30}, {"all": "", "ids": []}])
def test_without_a_choice_nothing_happens(sent, page_of, ada, two):
    client = page_of(ada)
    for address in (RECOVER, PURGE):
        response = client.post(address, {**sent, "confirm": "2"})
        assert (response.url, said(response)[-1]) == (TRASH, "Tick the products first")
    assert Product.objects.trash_of(ada).count() == 2


def test_what_would_go_for_good_is_told_first(page_of, ada, two):
    response = page_of(ada).post(PURGE, {"ids": [product.pk for product in two]})
    html = response.content.decode()
    assert response.status_code == 200
    assert "Delete 2 products for good?" in html
    assert "Type the number 2 to confirm" in html
    assert (response.context["going"].movements.number, "cannot be undone" in html) == (2, True)
    assert Product.objects.trash_of(ada).count() == 2


def test_the_right_word_deletes_them(page_of, ada, two):
    client, keys = page_of(ada), [product.pk for product in two]
    wrong = client.post(PURGE, {"ids": keys, "confirm": "3"})
    assert (wrong.status_code, "Type 2 to confirm." in wrong.content.decode()) == (422, True)
    response = client.post(PURGE, {"ids": keys, "confirm": "2"})
    assert (response.url, said(response)) == (TRASH, ["2 products deleted for good"])
    assert not Product.objects.exists()


def test_one_is_confirmed_by_its_sku(page_of, ada, two):
    client = page_of(ada)
    assert "Type the SKU MUG-1 to confirm" in client.post(PURGE, {"ids": [two[0].pk]}).content.decode()
    assert said(client.post(PURGE, {"ids": [two[0].pk], "confirm": "mug-1"})) == ["1 product deleted for good"]
    assert [p.sku for p in Product.objects.all()] == ["JUG-1"]


def test_all_are_those_that_were_there_when_it_was_asked(page_of, ada, two):
    client, seen = page_of(ada), timezone.now().isoformat()
    later = ProductFactory(name="Later")
    trash.discard(actor=ada, product=later)
    assert client.post(PURGE, {"all": "on", "until": seen}).context["going"].products == 2
    assert client.post(PURGE, {"all": "on", "until": seen, "q": "jug"}).context["going"].word == "JUG-1"
    client.post(PURGE, {"all": "on", "until": seen, "confirm": "2"})
    assert list(Product.objects.all()) == [later]


def test_a_large_purge_leads_to_its_progress(page_of, ada, two, monkeypatch):
    monkeypatch.setattr("products.services.jobs.AT_ONCE", 1)
    response = page_of(ada).post(PURGE, {"all": "on", "confirm": "2"})
    assert response.url == reverse("products:jobs-show", args=[Job.objects.get().pk])


def test_what_somebody_brought_back_meanwhile_is_said(page_of, ada, two):
    client, keys = page_of(ada), [product.pk for product in two]
    trash.restore(actor=ada, products=Product.objects.all())
    assert said(client.post(PURGE, {"ids": keys})) == ["These products are not in the trash any more."]
    assert said(client.post(PURGE, {"ids": keys, "confirm": "2"}))[-1] == "This product is not in the trash any more."


def test_who_signed_in_long_ago_confirms_that_it_is_them(page_of, ada, two):
    client = page_of(ada)
    recent.age(client)
    response = client.post(PURGE, {"all": "on", "confirm": "2"})
    assert response.url.startswith(reverse("account_reauthenticate"))
    assert Product.objects.count() == 2


def test_staff_and_clients_purge_nothing(page_of, sam, cleo, two):
    for person in (sam, cleo):
        for address in (RECOVER, PURGE):
            assert page_of(person).post(address, {"all": "on", "confirm": "2"}).status_code == 403
    assert Product.objects.count() == 2


def test_the_trash_asks_the_same_few_queries_for_any_number(page_of, ada, two, django_assert_num_queries):
    client = page_of(ada)
    client.get(TRASH)
    with CaptureQueriesContext(connection) as few:
        client.get(TRASH)
    for _number in range(5):
        trash.discard(actor=ada, product=ProductFactory())
    with django_assert_num_queries(len(few)):
        client.get(TRASH)
