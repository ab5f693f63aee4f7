"""“Who can see this?” as a page, and “Why?” beside what is disabled."""

import pytest
from django.urls import reverse

from accounts.policy import Role
from products.services import trash
from tests.factories import ProductFactory, UserFactory


def show(product):
    return reverse("products:access-show", args=[product.pk])


def test_staff_ask_why_a_client_does_not_see_a_product(page_of, sam, cleo, mug):
    ProductFactory(owner=cleo)
    html = page_of(sam).get(show(mug), {"person": "Cleo Martin"}).content.decode()
    assert "Cleo Martin does not see this product" in html
    assert "The product belongs to Ada Okafor." in html
    assert "Make them its owner: Ada Okafor." in html


def test_the_page_asks_first_and_offers_whom_one_knows(page_of, sam, mug):
    response = page_of(sam).get(show(mug))
    assert (response.status_code, response.context["names"]) == (200, ["Ada Okafor"])
    assert "does not see" not in response.content.decode()


def test_unknown_people_and_people_one_does_not_know_read_the_same(page_of, sam, cleo, mug):
    client = page_of(sam)
    pages = [client.get(show(mug), {"person": name}) for name in ("cleo", "noor")]
    assert [page.status_code for page in pages] == [422, 422]
    there, nobody = (page.context["refusal"] for page in pages)
    assert there == nobody


def test_an_admin_asks_about_a_product_in_the_trash(page_of, ada, sam, mug):
    trash.discard(actor=ada, product=mug)
    html = page_of(ada).get(show(mug), {"person": "sam"}).content.decode()
    assert "It is in the trash, where it exists for nobody." in html
    assert page_of(sam).get(show(mug)).status_code == 404


def test_a_client_does_not_ask(page_of, cleo):
    assert page_of(cleo).get(show(ProductFactory(owner=cleo))).status_code == 403


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "é" * 300, "' OR 1=1 --", "%"])
def test_odd_names_are_just_names(name, page_of, ada, mug):
    response = page_of(ada).get(show(mug), {"person": name})
    assert response.status_code == 422
    assert b"<script>alert" not in response.content


# --- “Why?” ----------------------------------------------------------------------------------------------------------


def test_a_client_reads_which_rights_are_missing_and_who_can_give_them(page_of, ada, cleo):
    UserFactory(name="Jo Lind", role=Role.ADMIN)
    mine = ProductFactory(owner=cleo)
    html = page_of(cleo).get(reverse("products:catalogue-detail", args=[mine.pk])).content.decode()
    for told in ("Edit products and prices", "Adjust and count stock", "Clients cannot change stock."):
        assert told in html
    assert "Ada Okafor or Jo Lind can give you these rights, by another role." in html
    assert 'disabled aria-describedby="why-acts"' in html


def test_who_misses_nothing_is_told_nothing_and_nothing_is_asked(page_of, ada, mug):
    html = page_of(ada).get(reverse("products:catalogue-detail", args=[mug.pk])).content.decode()
    assert "why-acts" not in html
    assert "can give you" not in html


def test_staff_miss_the_trash_alone(page_of, sam, ada, mug):
    html = page_of(sam).get(reverse("products:catalogue-detail", args=[mug.pk])).content.decode()
    assert "Only an admin can move products to the trash" in html
    assert "Clients cannot" not in html
