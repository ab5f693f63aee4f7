"""What the form of a product shows while a name, a SKU or a barcode is typed."""

import re

import pytest
from django.utils.html import strip_tags

from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
URL = "/products/duplicates/"
HTMX = {"HX-Request": "true"}


def text(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode())).strip()


def test_what_is_like_it_is_named_with_a_link(page_of, sam, mug):
    barcode = ProductFactory(name="Jug", sku="JUG-1", barcode="96385074")
    answer = page_of(sam).get(URL, {"name": "Enamel mug"}, headers=HTMX)
    assert text(answer) == "Looks like: Enamel mug (MUG-1)"
    assert f'<a href="/products/{mug.pk}/">' in answer.content.decode()
    assert text(page_of(sam).get(URL, {"sku": "mug-1"}, headers=HTMX)) == "This SKU belongs to Enamel mug (MUG-1)"
    answer = page_of(sam).get(URL, {"barcode": barcode.barcode}, headers=HTMX)
    assert text(answer) == "This barcode is on Jug (JUG-1)"


def test_several_are_set_apart(page_of, sam, mug):
    ProductFactory(name="Enamel mug, green", sku="MUG-2")
    answer = page_of(sam).get(URL, {"name": "Enamel mug"}, headers=HTMX)
    assert text(answer) == "Looks like: Enamel mug (MUG-1) , Enamel mug, green (MUG-2)".replace(" ,", ",")


@pytest.mark.parametrize("without", ["", "x", "\u0663", "9" * 30, "-1"])
def test_nothing_is_said_of_what_is_like_nothing(without, page_of, sam, mug):
    assert text(page_of(sam).get(URL, {"name": "Garden chair", "not": without}, headers=HTMX)) == ""


def test_the_product_that_is_edited_is_left_out(page_of, sam, mug):
    assert text(page_of(sam).get(URL, {"name": "Enamel mug", "not": mug.pk}, headers=HTMX)) == ""


def test_of_what_one_does_not_see_only_that_its_sku_is_taken(page_of, sam):
    ProductFactory(name="Secret mug", sku="SEC-1", is_public=False)
    answer = page_of(sam).get(URL, {"name": "Secret mug", "sku": "SEC-1"}, headers=HTMX)
    assert text(answer) == "This SKU already belongs to another product."


def test_it_is_a_page_too(page_of, sam, mug):
    assert "Looks like: Enamel mug (MUG-1)" in text(page_of(sam).get(URL, {"name": "Enamel mug"}))
    assert "Nothing is like it." in text(page_of(sam).get(URL))


def test_the_form_asks_and_a_saved_product_leaves_itself_out(page_of, sam, cleo, mug):
    assert f'hx-get="{URL}" hx-include' in page_of(sam).get("/products/new/").content.decode()
    assert f'hx-get="{URL}?not={mug.pk}"' in page_of(sam).get(f"/products/{mug.pk}/").content.decode()
    assert page_of(cleo).get(URL).status_code == 403
