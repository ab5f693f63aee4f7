"""“Ada is editing this”: who is at a product's form just now, and who is told."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.policy import Role
from products.models import ChangeSet, Presence
from products.services import presence
from tests.factories import ProductFactory, UserFactory
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def address(product):
    return reverse("products:presence-show", args=[product.pk])


def names(reader, product):
    return presence.others(reader=reader, product=product)


def test_who_is_at_the_form_is_told_to_the_others_and_not_to_themselves(ada, sam, mug):
    presence.arrive(actor=ada, product=mug)
    assert (names(sam, mug), names(ada, mug)) == (["Ada Okafor"], [])
    assert names(sam, ProductFactory()) == []


def test_forty_five_seconds_without_a_word_and_they_are_gone(ada, sam, mug, time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    presence.arrive(actor=ada, product=mug)
    time_machine.move_to("2026-11-02T10:00:44Z", tick=False)
    assert names(sam, mug) == ["Ada Okafor"]
    time_machine.move_to("2026-11-02T10:00:45Z", tick=False)
    assert names(sam, mug) == []
    presence.arrive(actor=ada, product=mug)
    assert names(sam, mug) == ["Ada Okafor"]


def test_who_says_so_again_has_one_row_and_who_leaves_none(ada, sam, mug):
    for _time in range(3):
        presence.arrive(actor=ada, product=mug)
    presence.arrive(actor=sam, product=mug)
    assert Presence.objects.count() == 2
    presence.leave(actor=ada, product=mug)
    presence.leave(actor=ada, product=mug)
    assert (names(sam, mug), names(ada, mug)) == ([], ["Sam Reyes"])


def test_who_may_not_edit_any_more_is_not_named(ada, sam, mug):
    jo = UserFactory(name="Jo Lind", role=Role.STAFF)
    for person in (jo, sam):
        presence.arrive(actor=person, product=mug)
    assert names(ada, mug) == ["Jo Lind", "Sam Reyes"]
    User.objects.filter(pk=jo.pk).update(role=Role.CLIENT)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert names(ada, mug) == []


def test_only_so_many_are_named(ada, mug):
    for _number in range(presence.MOST + 2):
        presence.arrive(actor=UserFactory(), product=mug)
    assert len(names(ada, mug)) == presence.MOST


def test_it_is_one_statement_each_and_no_act(sam, mug, django_assert_num_queries):
    acts = ChangeSet.objects.count()
    for _time in range(2):
        with django_assert_num_queries(1):
            presence.arrive(actor=sam, product=mug)
    with django_assert_num_queries(1):
        names(sam, mug)
    assert ChangeSet.objects.count() == acts


def test_what_is_old_is_pruned(ada, sam, mug):
    for person in (ada, sam):
        presence.arrive(actor=person, product=mug)
    Presence.objects.filter(person=ada).update(seen_at=timezone.now() - timedelta(minutes=2))
    assert presence.prune() == 1
    assert Presence.objects.get().person == sam


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_who_say_it_at_once_make_one_row(sam):
    mug = ProductFactory()
    results = at_once(lambda _n: presence.arrive(actor=sam, product=mug), times=20, workers=10)
    assert results == [None] * 20
    assert Presence.objects.count() == 1


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_says_it_and_is_answered_with_the_others(page_of, ada, sam, mug):
    presence.arrive(actor=ada, product=mug)
    client = page_of(sam)
    response = client.post(address(mug), **HTMX)
    assert response.url == address(mug)
    html = client.get(address(mug), **HTMX).content.decode()
    assert "Ada Okafor is editing this" in html
    assert "<html" not in html
    assert names(ada, mug) == ["Sam Reyes"]


def test_several_are_named_together(page_of, ada, sam, mug):
    for person in (ada, UserFactory(name="Jo Lind", role=Role.STAFF)):
        presence.arrive(actor=person, product=mug)
    assert "Ada Okafor, Jo Lind are editing this" in page_of(sam).get(address(mug), **HTMX).content.decode()


def test_who_leaves_says_so_without_waiting_for_an_answer(page_of, ada, sam, mug):
    presence.arrive(actor=sam, product=mug)
    response = page_of(sam).post(address(mug), {"left": "1"})
    assert (response.status_code, response.content) == (204, b"")
    assert names(ada, mug) == []


def test_the_products_page_shows_it_without_a_script(page_of, ada, sam, mug):
    page = reverse("products:catalogue-detail", args=[mug.pk])
    presence.arrive(actor=ada, product=mug)
    assert "Ada Okafor is editing this" in page_of(sam).get(page).content.decode()
    assert "is editing this" not in page_of(ada).get(page).content.decode()
    assert page_of(sam).get(address(mug)).url == page


def test_a_client_is_neither_told_nor_noted(page_of, ada, cleo):
    mine = ProductFactory(owner=cleo)
    presence.arrive(actor=ada, product=mine)
    client = page_of(cleo)
    html = client.get(reverse("products:catalogue-detail", args=[mine.pk])).content.decode()
    assert "is editing this" not in html
    assert "data-presence" not in html
    assert client.post(address(mine)).status_code == client.get(address(mine), **HTMX).status_code == 403
    assert Presence.objects.count() == 1


def test_nobody_learns_who_edits_what_they_do_not_see(page_of, ada, sam):
    draft = ProductFactory(is_public=False)
    presence.arrive(actor=ada, product=draft)
    assert page_of(sam).get(address(draft), **HTMX).status_code == page_of(sam).post(address(draft)).status_code == 404


def test_who_views_as_somebody_is_not_at_the_form(page_of, ada, sam, mug):
    client = page_of(ada)
    client.post(reverse("accounts:view-as-start", args=[sam.pk]))
    html = client.get(reverse("products:catalogue-detail", args=[mug.pk])).content.decode()
    assert "You are viewing as" in html or "viewing as" in html.lower()
    assert "data-presence" not in html
    assert client.post(address(mug)).status_code == 403
    assert not Presence.objects.exists()
