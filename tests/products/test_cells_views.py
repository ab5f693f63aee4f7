"""Reorder level and visibility edited in their row, the row's menu, and what of a row each person is offered."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from products.services import archive, catalogue
from tests.factories import CategoryFactory, ProductFactory

LIST = reverse("products:catalogue-list")
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": f"http://testserver{LIST}?q=mug"}


def page(word, product):
    return reverse(f"products:{word}", args=[product.pk])


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize(
    ("word", "field", "sent", "stored", "cell"),
    [
        ("threshold", "low_stock_threshold", "25", 25, "Reorder level of Enamel mug: 25. Edit"),
        ("visibility", "is_public", "false", False, "Visibility of Enamel mug: Draft. Edit"),
    ],
)
def test_the_cell_becomes_a_form_and_then_the_new_value(word, field, sent, stored, cell, page_of, ada, mug):
    client = page_of(ada)
    assert "<html" not in client.get(page(f"{word}-edit", mug), **HTMX).text
    response = client.post(page(f"{word}-edit", mug), {field: sent, "version": 1}, **HTMX)
    assert response.url == page(f"{word}-show", mug)
    html = client.get(response.url, **HTMX).text
    assert cell in html
    assert 'name="next" value="/products/?q=mug"' in html, "the toast has an Undo that leads back to the list"
    mug.refresh_from_db()
    assert getattr(mug, field) == stored


@pytest.mark.parametrize(
    ("word", "field", "sent", "sentence"),
    [
        ("threshold", "low_stock_threshold", "few", "Enter a whole number."),
        ("threshold", "low_stock_threshold", "-1", "greater than or equal to 0"),
        ("threshold", "low_stock_threshold", "", "This field is required."),
        ("visibility", "is_public", "maybe", "Select a valid choice."),
        ("visibility", "is_public", "", "This field is required."),
    ],
)
def test_a_wrong_value_comes_back_with_its_error(word, field, sent, sentence, page_of, sam, mug):
    response = page_of(sam).post(page(f"{word}-edit", mug), {field: sent, "version": 1}, **HTMX)
    assert response.status_code == 422
    assert sentence in response.text
    assert 'aria-invalid="true"' in response.text
    mug.refresh_from_db()
    assert (mug.low_stock_threshold, mug.is_public, mug.version) == (0, True, 1)


@pytest.mark.parametrize(
    ("word", "field", "theirs", "yours", "now"),
    [
        ("threshold", "low_stock_threshold", 7, "9", "Somebody else set it to 7 meanwhile."),
        ("visibility", "is_public", False, "true", ""),
    ],
)
def test_what_somebody_else_set_meanwhile_is_said(word, field, theirs, yours, now, page_of, ada, mug):
    catalogue.edit(actor=ada, product=mug, **{field: theirs})
    response = page_of(ada).post(page(f"{word}-edit", mug), {field: yours, "version": 1}, **HTMX)
    mug.refresh_from_db()
    assert getattr(mug, field) == theirs
    assert now in response.text
    assert response.status_code == (422 if now else 302), "back to what it was is no wish of one's own"


@pytest.mark.parametrize("word", ["threshold", "visibility"])
def test_without_script_it_is_a_page_that_leads_to_the_product(word, page_of, sam, mug):
    client = page_of(sam)
    assert "<h1>Edit" in client.get(page(f"{word}-edit", mug)).text
    sent = {"low_stock_threshold": "3", "is_public": "true", "version": 1}
    response = client.post(page(f"{word}-edit", mug), sent)
    assert client.get(response.url).url == page("catalogue-detail", mug)


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_who_hides_a_product_from_themselves_is_led_to_the_list(headers, page_of, sam, mug):
    client = page_of(sam)
    response = client.post(page("visibility-edit", mug), {"is_public": "false", "version": 1}, **headers)
    assert response.url == (f"{LIST}?q=mug" if headers else LIST)
    assert said(response) == ["Enamel mug is now: Draft"]
    rows = client.get(response.url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="cell")
    assert (rows["HX-Retarget"], rows["HX-Reswap"]) == ("#rows", "outerHTML")


@pytest.mark.parametrize("word", ["threshold", "visibility"])
def test_clients_edit_neither(word, page_of, cleo):
    product = ProductFactory(owner=cleo)
    assert page_of(cleo).post(page(f"{word}-edit", product), {"low_stock_threshold": "1"}).status_code == 403
    assert f"/{word}/edit/" not in page_of(cleo).get(f"{LIST}?columns=status,threshold").text


def test_what_is_archived_is_neither_active_nor_a_draft(page_of, ada, sam, mug):
    client = page_of(sam)
    assert page("visibility-edit", mug) in client.get(LIST).text
    archive.archive(actor=ada, product=mug)
    html = client.get(LIST, {"status": "archived"}).text
    assert ">Archived</span>" in html
    assert page("visibility-edit", mug) not in html
    assert "Edit" not in client.get(page("visibility-show", mug), **HTMX).text


# --- The cells of a row ----------------------------------------------------------------------------------------------


EVERYTHING = "barcode,status,category,tags,stock,threshold,price,cost,margin,owner,changed,added"


def test_a_row_shows_every_column_that_was_chosen(page_of, ada):
    ProductFactory(
        name="Table",
        price="200",
        cost="230",
        category=CategoryFactory(name="Furniture"),
        barcode="5012345678900",
        tags=["oak", "wood"],
        low_stock_threshold=7,
        stock=3,
        owner=ada,
    )
    html = page_of(ada).get(LIST, {"columns": EVERYTHING}).text
    for text in (
        "5012345678900",
        "Furniture",
        "oak, wood",
        ">7</a>",
        "£200.00",
        "£230.00",
        "\u221215.0%",
        "Ada Okafor",
    ):
        assert text in html
    assert "warn-t strong" in html


def test_what_is_not_there_is_left_empty(page_of, sam, mug):
    ProductFactory(name="Free", price="0", cost="1.00", stock=0)
    ProductFactory(name="Plain", cost=None)
    html = page_of(sam).get(LIST, {"columns": EVERYTHING}).text
    assert "bad-t strong" in html
    assert "None" not in html


def test_a_name_is_never_read_as_html_or_as_a_place(page_of, sam, mug):
    catalogue.edit(actor=sam, product=mug, name='<b>{pk}</b> {name} %(name)s & "co" \'')
    html = page_of(sam).get(LIST).text
    assert "&lt;b&gt;{pk}&lt;/b&gt; {name} %(name)s &amp; &quot;co&quot; &#x27;" in html
    assert "<b>{pk}" not in html


def test_a_client_has_no_hidden_column_and_nothing_to_tick(page_of, cleo):
    ProductFactory(owner=cleo, cost="641.17", note="Never below six")
    html = page_of(cleo).get(LIST, {"columns": EVERYTHING}).text
    for secret in ("641.17", "Never below six", "Margin", "Cost", 'class="pick"', "data-edit"):
        assert secret not in html


# --- The menu of a row -----------------------------------------------------------------------------------------------


def test_a_rows_menu_says_what_one_may_and_why_not(page_of, ada, sam, cleo, mug):
    client = page_of(sam)
    html = client.get(page("rows-menu", mug), **HTMX).text
    assert "Adjust stock" in html
    assert page("archive-put", mug) in html
    assert "Only an admin can move products to the trash" in html
    assert page("trash-discard", mug) in page_of(ada).get(page("rows-menu", mug), **HTMX).text
    archive.archive(actor=ada, product=mug)
    assert page("archive-take", mug) in client.get(page("rows-menu", mug), **HTMX).text
    own = ProductFactory(owner=cleo)
    html = page_of(cleo).get(page("rows-menu", own), **HTMX).text
    assert "Clients cannot edit products." in html
    assert "<form" not in html
    assert page_of(cleo).get(page("rows-menu", mug), **HTMX).status_code == 404
    assert client.get(page("rows-menu", mug)).url == page("catalogue-detail", mug)


def test_an_act_of_the_menu_leads_back_to_the_list(page_of, ada, mug):
    client = page_of(ada)
    back = {"next": f"{LIST}?q=mug"}
    assert client.post(page("archive-put", mug), back).url == back["next"]
    assert client.post(page("trash-discard", mug), back).url == back["next"]
    kettle = ProductFactory()
    assert client.post(page("archive-put", kettle)).url == page("catalogue-detail", kettle)
    assert client.post(page("trash-discard", kettle), {"next": "https://elsewhere.example/"}).url == "/"
