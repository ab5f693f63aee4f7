"""Pages of the catalogue: the list, a product, making and editing one."""

import pytest
from django.conf import settings
from django.urls import reverse

from products.forms import ProductForm
from products.models import ChangeSet, Product
from products.services import catalogue, history
from tests.factories import CategoryFactory, ProductFactory, UserFactory

LIST = reverse("products:catalogue-list")
HTMX = {"HTTP_HX_REQUEST": "true"}
# With Redis the session comes from the cache, without a query.
SESSION = 0 if settings.REDIS_URL else 1


def detail(product):
    return reverse("products:catalogue-detail", args=[product.pk])


def edit(product):
    return reverse("products:catalogue-edit", args=[product.pk])


def form_of(product, **changed):
    """What the edit form posts, with some fields changed."""
    values = {
        "name": product.name,
        "sku": product.sku,
        "barcode": product.barcode,
        "category": product.category_id or "",
        "description": product.description,
        "note": product.note,
        "price": product.price,
        "cost": product.cost or "",
        "low_stock_threshold": product.low_stock_threshold,
        "is_public": "on",
        "owner": product.owner_id,
        "version": product.version,
    }
    return {**values, **changed}


# --- The list --------------------------------------------------------------------------------------------------------


def test_home_leads_staff_to_the_overview(page_of, sam):
    assert page_of(sam).get("/").url == reverse("products:dashboard-show")


def test_each_person_lists_what_exists_for_them(page_of, ada, sam, cleo, mug):
    ProductFactory(name="Cleo's kettle", owner=cleo, is_public=False)
    ProductFactory(name="Ada's draft", owner=ada, is_public=False)
    ProductFactory(name="Sam's draft", owner=sam, is_public=False)
    shown = {p.username: {r.name for r in page_of(p).get(LIST).context["page"].rows} for p in (ada, sam, cleo)}
    assert shown["ada"] == {"Enamel mug", "Cleo's kettle", "Ada's draft", "Sam's draft"}
    assert shown["sam"] == {"Enamel mug", "Sam's draft"}
    assert shown["cleo"] == {"Cleo's kettle"}


def test_a_search_looks_at_names_skus_and_barcodes(page_of, sam, mug):
    ProductFactory(name="Kettle", sku="KET-9", barcode="5012345678900")
    for text, found in {
        "enamel MUG": "Enamel mug",
        "mug-1": "Enamel mug",
        "34567890": "Kettle",
        "ket": "Kettle",
    }.items():
        rows = page_of(sam).get(LIST, {"q": text}).context["page"].rows
        assert [row.name for row in rows] == [found], text


def test_an_htmx_request_gets_the_rows_alone_and_a_tidy_address(page_of, sam, mug):
    response = page_of(sam).get(LIST, {"q": "mug", "status": "", "sort": "name"}, **HTMX)
    assert b"<html" not in response.content
    assert b'id="rows"' in response.content
    assert b'id="chips" hx-swap-oob="true"' in response.content
    assert response["HX-Replace-Url"] == f"{LIST}?q=mug&sort=name"
    assert "HX-Request" in response["Vary"]


def test_an_htmx_request_without_filters_gets_the_bare_address(page_of, sam, mug):
    assert page_of(sam).get(LIST, {"q": ""}, **HTMX)["HX-Replace-Url"] == LIST


def test_a_filter_in_force_is_a_chip_that_can_be_taken_away(page_of, sam, mug):
    response = page_of(sam).get(LIST, {"status": "active", "price_min": "10", "q": "mug"})
    chips = {chip.label: (chip.value, chip.without) for chip in response.context["chips"]}
    assert chips["Status"] == ("Active", "?price_min=10&q=mug")
    assert chips["Price"] == ("from £10.00", "?status=active&q=mug")
    assert [tab.label for tab in response.context["tabs"] if tab.current] == []


@pytest.mark.parametrize(
    ("query", "tab"), [({}, "All products"), ({"stock": "low"}, "Low stock"), ({"status": "draft"}, "Drafts")]
)
def test_the_current_view_is_marked(query, tab, page_of, sam, mug):
    tabs = page_of(sam).get(LIST, query).context["tabs"]
    assert [t.label for t in tabs if t.current] == [tab]


def test_drafts_are_a_view_for_those_who_make_them(page_of, sam, cleo):
    labels = {p.username: [t.label for t in page_of(p).get(LIST).context["tabs"]] for p in (sam, cleo)}
    assert "Drafts" in labels["sam"]
    assert "Drafts" not in labels["cleo"]


@pytest.mark.parametrize(
    "query",
    [
        {"updated_after": "31.31.2026"},
        {"price_min": "²"},
        {"price_max": "1e999"},
        {"status": "gone"},
        {"category": "9" * 30},
        {"owner": "0x1"},
        {"cursor": "nonsense"},
        {"q": "x" * 5000},
    ],
)
def test_a_filter_that_cannot_be_is_refused_and_named(query, page_of, sam, mug):
    response = page_of(sam).get(LIST, query)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert response.context["page"].rows == []


def test_an_unknown_sort_falls_back_to_the_usual_one(page_of, sam, mug):
    assert page_of(sam).get(LIST, {"sort": "cost"}).context["sort"].key == "-updated"


def test_a_list_pages_by_cursor_both_ways(page_of, sam, ada):
    for number in range(23):
        ProductFactory(name=f"Product {number:02}", owner=ada)
    client = page_of(sam)
    first = client.get(LIST, {"sort": "name"}).context["page"]
    assert len(first.rows) == 20
    assert first.previous is None
    second = client.get(LIST, {"sort": "name", "cursor": first.next}).context["page"]
    assert [row.name for row in second.rows] == ["Product 20", "Product 21", "Product 22"]
    back = client.get(LIST, {"sort": "name", "cursor": second.previous}).context["page"]
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]


def test_a_page_of_the_list_costs_the_same_whatever_its_length(page_of, sam, mug, django_assert_num_queries):
    client = page_of(sam)
    client.get(LIST)
    with django_assert_num_queries(6 + SESSION):
        client.get(LIST)
    for _number in range(15):
        ProductFactory(owner=UserFactory(), category=CategoryFactory())
    with django_assert_num_queries(6 + SESSION):
        client.get(LIST)
    with django_assert_num_queries(4 + SESSION):
        client.get(LIST, **HTMX)
    with django_assert_num_queries(3 + SESSION):
        client.get(LIST, {"sort": "name"}, **HTMX)


def test_an_empty_list_says_what_to_do(page_of, sam, cleo, mug):
    assert b"No products are yours yet" in page_of(cleo).get(LIST).content
    assert b"No products match" in page_of(sam).get(LIST, {"q": "teapot"}).content
    assert b"No products match these filters" in page_of(sam).get(LIST, {"stock": "out"}).content


def test_the_first_product_is_asked_for(page_of, sam):
    assert b"No products yet" in page_of(sam).get(LIST).content


def test_a_count_past_the_limit_says_about(page_of, sam, mug, monkeypatch):
    ProductFactory()
    monkeypatch.setattr("site_config.lib.paging.COUNT_LIMIT", 1)
    assert "of about" in page_of(sam).get(LIST).content.decode()


def test_every_sort_can_be_turned_round_at_its_column(page_of, sam, mug):
    for key in ("name", "-name", "stock", "-stock", "price", "-price", "-updated", "updated"):
        html = page_of(sam).get(LIST, {"sort": key}).content.decode()
        assert f'aria-sort="{"descending" if key.startswith("-") else "ascending"}"' in html


# --- A product -------------------------------------------------------------------------------------------------------


def test_what_a_person_may_not_see_does_not_exist(page_of, sam, cleo, ada, mug):
    draft = ProductFactory(owner=ada, is_public=False)
    assert page_of(ada).get(detail(draft)).status_code == 200
    assert page_of(sam).get(detail(draft)).status_code == 404
    assert page_of(cleo).get(detail(mug)).status_code == 404


def test_a_client_reads_their_product_without_cost_and_note(page_of, ada, cleo):
    product = ProductFactory(
        owner=cleo, cost="641.17", note="Never below six", description="Two\nlines", barcode="5012345678900"
    )
    catalogue.edit(actor=ada, product=product, cost="641.93")
    response = page_of(cleo).get(detail(product))
    html = response.content.decode()
    for secret in ("641.17", "641.93", "Never below six", "Margin"):
        assert secret not in html
    assert "stock_value" not in response.context
    assert "Clients cannot edit products." in html
    assert "5012345678900" in html


def test_the_back_office_sees_cost_margin_and_note(page_of, sam, mug):
    html = page_of(sam).get(detail(mug)).content.decode()
    assert "Ask Jo" in html
    assert "Margin 51.2%" in html
    assert "£61.00" in html


def test_a_product_without_a_cost_has_no_margin(page_of, sam):
    product = ProductFactory(price="0")
    assert page_of(sam).get(detail(product)).context["margin"] is None


def test_a_disabled_act_says_which_right_is_missing(page_of, sam, ada, mug):
    assert "Only an admin can move products to the trash" in page_of(sam).get(detail(mug)).content.decode()
    assert "Only an admin" not in page_of(ada).get(detail(mug)).content.decode()


def test_a_product_page_costs_the_same_whatever_its_history(page_of, sam, mug, django_assert_num_queries):
    client = page_of(sam)
    client.get(detail(mug))
    with django_assert_num_queries(13 + SESSION):
        client.get(detail(mug))
    for price in range(1, 12):
        catalogue.edit(actor=sam, product=mug, price=price)
    with django_assert_num_queries(13 + SESSION):
        client.get(detail(mug))


# --- Making one ------------------------------------------------------------------------------------------------------


def test_staff_make_a_product_that_is_theirs(page_of, sam):
    response = page_of(sam).post(reverse("products:catalogue-create"), {"name": "Stool", "price": "68", "stock": "4"})
    stool = Product.objects.get(name="Stool")
    assert response.url == detail(stool)
    assert (stool.owner, stool.stock, stool.low_stock_threshold, stool.is_public) == (sam, 4, 0, False)
    assert stool.movements.get().delta == 4


def test_the_form_for_a_new_product_offers_what_the_person_may_set(page_of, ada, sam, cleo):
    address = reverse("products:catalogue-create")
    assert "owner" in page_of(ada).get(address).context["form"].fields
    assert "owner" not in page_of(sam).get(address).context["form"].fields
    assert page_of(cleo).get(address).status_code == 403
    assert not {"cost", "note", "owner"} & ProductForm(person=cleo).fields.keys()


def test_an_admin_names_a_client_as_owner(page_of, ada, cleo):
    page_of(ada).post(reverse("products:catalogue-create"), {"name": "Stool", "price": "68", "owner": cleo.pk})
    assert Product.objects.visible_to(cleo).get().name == "Stool"


def test_staff_cannot_slip_in_an_owner(page_of, sam, cleo):
    page_of(sam).post(reverse("products:catalogue-create"), {"name": "Stool", "price": "68", "owner": cleo.pk})
    assert Product.objects.get().owner == sam


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This field is required."),
        ("name", "x" * 5000, "at most 200 characters"),
        ("name", "a\0b", "Null characters are not allowed."),
        ("price", "13,2O", "Enter an amount like 12.50."),
        ("price", "²", "Enter an amount like 12.50."),
        ("price", "-1", "greater than or equal to 0"),
        ("price", "1.999", "Enter an amount like 12.50."),
        ("price", "NaN", "Enter an amount like 12.50."),
        ("price", "9" * 400, "more than 12 digits"),
        ("stock", "1.5", "Enter a whole number."),
        ("stock", "9" * 30, "less than or equal to"),
        ("barcode", "5012345678901", "The last digit does not fit"),
        ("sku", "mug-1", "This SKU already belongs to another product."),
        ("sku", "a\tb", "Use printable characters"),
        ("category", "99999", "Select a valid choice"),
        ("low_stock_threshold", "-1", "greater than or equal to 0"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_stored(field, value, sentence, page_of, sam, mug):
    sent = {"name": "Stool", "price": "68", field: value}
    response = page_of(sam).post(reverse("products:catalogue-create"), sent)
    assert response.status_code == 422
    assert sentence in " ".join(response.context["form"].errors[field])
    assert Product.objects.count() == 1


# --- Editing one -----------------------------------------------------------------------------------------------------


def test_an_edit_is_saved_with_an_undo_in_its_toast(page_of, sam, mug):
    client = page_of(sam)
    response = client.post(edit(mug), form_of(mug, price="13.20"), follow=True)
    mug.refresh_from_db()
    assert str(mug.price) == "13.20"
    last = history.latest(mug)
    assert (last.actor, last.source, last.kind) == (sam, "page", "product.edited")
    assert last.request_id
    assert f"/changes/{last.pk}/undo/" in response.content.decode()


def test_an_edit_that_changes_nothing_says_so(page_of, sam, mug):
    before = ChangeSet.objects.count()
    response = page_of(sam).post(edit(mug), form_of(mug), follow=True)
    assert "Nothing was different" in response.content.decode()
    assert ChangeSet.objects.count() == before


def test_the_edit_address_shows_the_form(page_of, sam, mug):
    assert page_of(sam).get(edit(mug)).context["form"].initial["name"] == "Enamel mug"


def test_a_refused_edit_keeps_what_was_typed(page_of, sam, mug):
    ProductFactory(sku="KET-1")
    response = page_of(sam).post(edit(mug), form_of(mug, sku="ket-1", name="Better mug"))
    assert response.status_code == 422
    assert response.context["form"]["name"].value() == "Better mug"
    assert response.context["product"].name == "Enamel mug"


def test_a_refused_field_changes_nothing(page_of, sam, mug):
    assert page_of(sam).post(edit(mug), form_of(mug, price="x", name="Better mug")).status_code == 422
    mug.refresh_from_db()
    assert mug.name == "Enamel mug"


def test_staff_who_unpublish_what_is_not_theirs_are_told_where_it_went(page_of, sam, mug):
    sent = form_of(mug)
    del sent["is_public"]
    response = page_of(sam).post(edit(mug), sent, follow=True)
    assert response.redirect_chain[-1][0] == LIST
    assert "its owner and admins see it" in response.content.decode()


def test_an_edit_of_a_product_trashed_meanwhile_is_not_there(page_of, sam, ada, mug):
    from products.services import trash

    trash.discard(actor=ada, product=mug)
    assert page_of(sam).post(edit(mug), form_of(mug)).status_code == 404
