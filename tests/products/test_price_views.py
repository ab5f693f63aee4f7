"""Editing a price where it stands."""

from django.contrib.messages import get_messages
from django.urls import reverse

from products.services import catalogue
from site_config.lib.errors import Conflict
from tests.factories import ProductFactory

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/products/?q=mug"}


def edit(product):
    return reverse("products:price-edit", args=[product.pk])


def show(product):
    return reverse("products:price-show", args=[product.pk])


def test_the_cell_becomes_a_form_and_then_the_new_price(page_of, sam, mug):
    ProductFactory()
    client = page_of(sam)
    assert b"<html" not in client.get(edit(mug), **HTMX).content
    response = client.post(edit(mug), {"price": "13.20"}, **HTMX)
    assert response.url == show(mug)
    html = client.get(show(mug), **HTMX).content.decode()
    assert "£13.20" in html
    assert 'hx-swap-oob="beforeend"' in html
    assert 'name="next" value="/products/?q=mug"' in html
    mug.refresh_from_db()
    assert str(mug.price) == "13.20"


def test_a_wrong_price_comes_back_with_its_error(page_of, sam, mug):
    response = page_of(sam).post(edit(mug), {"price": "13,2O"}, **HTMX)
    assert response.status_code == 422
    assert "Enter an amount like 12.50." in response.content.decode()
    mug.refresh_from_db()
    assert str(mug.price) == "12.50"


def test_a_refusal_of_the_rule_is_shown_at_the_cell(page_of, sam, mug, monkeypatch):
    def refuse(**_given):
        raise Conflict("Moved away.", code="trashed")

    monkeypatch.setattr(catalogue, "edit", refuse)
    response = page_of(sam).post(edit(mug), {"price": "13.20"}, **HTMX)
    assert response.status_code == 422
    assert "Moved away." in response.content.decode()


def test_without_script_it_is_a_page_that_leads_to_the_product(page_of, sam, mug):
    client = page_of(sam)
    assert b"Save price" in client.get(edit(mug)).content
    response = client.post(edit(mug), {"price": "13.20"})
    assert client.get(response.url).url == reverse("products:catalogue-detail", args=[mug.pk])


def test_an_equal_price_saves_nothing(page_of, sam, mug):
    response = page_of(sam).post(edit(mug), {"price": "12.50"})
    assert [str(m) for m in get_messages(response.wsgi_request)] == ["Nothing was different, so nothing was saved"]


def test_clients_do_not_edit_prices(page_of, cleo):
    product = ProductFactory(owner=cleo)
    assert page_of(cleo).post(edit(product), {"price": "1"}).status_code == 403


def test_a_price_that_somebody_else_set_meanwhile_is_not_overwritten(page_of, sam, ada, mug):
    client = page_of(sam)
    html = client.get(edit(mug), **HTMX).content.decode()
    assert 'name="version" value="1"' in html
    catalogue.edit(actor=ada, product=mug, price="12.95")
    response = client.post(edit(mug), {"price": "13.20", "version": "1"}, **HTMX)
    assert response.status_code == 422
    assert "Somebody else set it to £12.95 meanwhile." in response.content.decode()
    assert 'name="version" value="2"' in response.content.decode()
    mug.refresh_from_db()
    assert str(mug.price) == "12.95"
    assert client.post(edit(mug), {"price": "13.20", "version": "2"}, **HTMX).status_code == 302
    mug.refresh_from_db()
    assert str(mug.price) == "13.20"


def test_another_field_that_somebody_else_set_meanwhile_is_kept(page_of, sam, ada, mug):
    catalogue.edit(actor=ada, product=mug, name="Better mug")
    assert page_of(sam).post(edit(mug), {"price": "13.20", "version": "1"}, **HTMX).status_code == 302
    mug.refresh_from_db()
    assert (mug.name, str(mug.price)) == ("Better mug", "13.20")
