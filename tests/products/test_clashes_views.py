"""A save that met another: what is merged, what is asked, and what the page says of it."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.policy import Role
from products.models import ChangeSet
from products.services import catalogue, stock
from site_config.lib.diff import GONE, NEW, SAME
from tests.factories import CategoryFactory, ProductFactory, UserFactory


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


def said(response):
    return [str(m) for m in get_messages(response.wsgi_request)]


def text(pieces):
    return "".join(piece.text for piece in pieces if piece.kind != GONE)


# --- Nothing to ask --------------------------------------------------------------------------------------------------


def test_what_only_one_of_two_changed_is_merged_and_the_toast_says_whose(page_of, sam, ada, mug):
    sent = form_of(mug, name="Enamel mug, 350 ml")
    catalogue.edit(actor=ada, product=mug, price="12.95", low_stock_threshold=40)
    response = page_of(sam).post(edit(mug), sent)
    assert response.status_code == 302
    assert said(response) == ["Enamel mug, 350 ml saved; kept what Ada Okafor changed meanwhile: price, reorder at"]
    mug.refresh_from_db()
    assert (str(mug.price), mug.low_stock_threshold, mug.name) == ("12.95", 40, "Enamel mug, 350 ml")


def test_the_toast_names_everybody_whose_changes_were_kept(page_of, sam, ada, mug):
    jo = UserFactory(name="Jo Lind", role=Role.STAFF)
    sent = form_of(mug, name="Jug")
    catalogue.edit(actor=ada, product=mug, price="12.95")
    catalogue.edit(actor=jo, product=mug, cost="7.00")
    assert said(page_of(sam).post(edit(mug), sent)) == [
        "Jug saved; kept what Ada Okafor and Jo Lind changed meanwhile: price, cost"
    ]


def test_a_save_that_met_nothing_says_no_more(page_of, sam, mug):
    assert said(page_of(sam).post(edit(mug), form_of(mug, name="Jug"))) == ["Jug saved"]
    mug.refresh_from_db()
    without = form_of(mug, name="Pot")
    del without["version"]
    assert said(page_of(sam).post(edit(mug), without))[-1] == "Pot saved"


def test_units_that_moved_meanwhile_are_no_field_of_the_form(page_of, sam, ada, mug):
    sent = form_of(mug, name="Jug")
    stock.adjust(actor=ada, product=mug, delta=-3, kind="sold")
    assert said(page_of(sam).post(edit(mug), sent)) == ["Jug saved"]
    mug.refresh_from_db()
    assert mug.stock == 7


def test_nothing_of_ones_own_is_told_as_kept(page_of, sam, ada, mug):
    sent = form_of(mug, name="Jug", price="13.20")
    catalogue.edit(actor=ada, product=mug, cost="7.00")
    [told] = said(page_of(sam).post(edit(mug), sent))
    assert told == "Jug saved; kept what Ada Okafor changed meanwhile: cost"
    mug.refresh_from_db()
    assert said(page_of(sam).post(edit(mug), form_of(mug))) == ["Nothing was different, so nothing was saved"]


# --- The question ----------------------------------------------------------------------------------------------------


def test_a_stale_save_asks_only_about_what_both_set(page_of, sam, ada, mug):
    sent = form_of(mug, price="13.20", name="Enamel mug, 350 ml")
    catalogue.edit(actor=ada, product=mug, price="12.95", low_stock_threshold=40)
    before = ChangeSet.objects.count()
    response = page_of(sam).post(edit(mug), sent)
    assert (response.status_code, ChangeSet.objects.count()) == (409, before)
    (clash,) = response.context["clashes"]
    assert (clash.label, clash.before, text(clash.theirs), text(clash.yours)) == ("Price", "£12.50", "£12.95", "£13.20")
    assert [(kept.label, kept.value, kept.who) for kept in response.context["merged"]] == [
        ("Reorder at", "40", "Ada Okafor")
    ]
    assert "Reorder at, now 40." in response.content.decode()
    form = response.context["form"]
    assert (form["low_stock_threshold"].value(), form["version"].value()) == ("40", "2")
    assert form["name"].value() == "Enamel mug, 350 ml"


@pytest.mark.parametrize(("kept", "price"), [("theirs", "12.95"), ("yours", "13.20")])
def test_the_choice_is_saved_on_top_of_theirs(kept, price, page_of, sam, ada, mug):
    catalogue.edit(actor=ada, product=mug, price="12.95", low_stock_threshold=40)
    mug.refresh_from_db()
    sent = form_of(mug, price="13.20", name="Enamel mug, 350 ml", **{"keep-price": kept, "keep-nothing": "theirs"})
    assert page_of(sam).post(edit(mug), sent).status_code == 302
    mug.refresh_from_db()
    assert (str(mug.price), mug.name, mug.low_stock_threshold) == (price, "Enamel mug, 350 ml", 40)


def test_a_choice_survives_a_second_conflict_about_something_else(page_of, sam, ada, mug):
    """Sam takes ada's price; before the answer arrives jo sets the name that sam set too."""
    jo, client = UserFactory(name="Jo Lind", role=Role.STAFF), page_of(sam)
    sent = form_of(mug, price="13.20", name="Sam's mug")
    catalogue.edit(actor=ada, product=mug, price="12.95")
    first = client.post(edit(mug), sent)
    again = {**sent, "version": first.context["form"]["version"].value(), "keep-price": "theirs"}
    catalogue.edit(actor=jo, product=mug, name="Jo's mug")
    second = client.post(edit(mug), again)
    assert [(clash.label, clash.who) for clash in second.context["clashes"]] == [("Name", "Jo Lind")]
    form = second.context["form"]
    assert (form["price"].value(), form["name"].value()) == ("12.95", "Sam's mug")
    last = {name: form[name].value() or "" for name in sent if name in form.fields} | {"keep-name": "yours"}
    assert client.post(edit(mug), last).status_code == 302
    mug.refresh_from_db()
    assert (str(mug.price), mug.name) == ("12.95", "Sam's mug")


def test_a_field_that_is_set_again_is_asked_again(page_of, sam, ada, mug):
    client, sent = page_of(sam), form_of(mug, price="13.20")
    catalogue.edit(actor=ada, product=mug, price="12.95")
    first = client.post(edit(mug), sent)
    catalogue.edit(actor=ada, product=mug, price="12.99")
    again = {**sent, "version": first.context["form"]["version"].value(), "keep-price": "yours"}
    second = client.post(edit(mug), again)
    assert [(c.before, text(c.theirs), text(c.yours)) for c in second.context["clashes"]] == [
        ("£12.95", "£12.99", "£13.20")
    ]


def test_with_two_rivals_each_value_says_whose_it_is(page_of, sam, ada, mug):
    jo = UserFactory(name="Jo Lind", role=Role.STAFF)
    sent = form_of(mug, price="13.20", name="Sam's mug")
    catalogue.edit(actor=ada, product=mug, price="12.95")
    catalogue.edit(actor=jo, product=mug, name="Jo's mug")
    response = page_of(sam).post(edit(mug), sent)
    assert {clash.label: clash.who for clash in response.context["clashes"]} == {
        "Price": "Ada Okafor",
        "Name": "Jo Lind",
    }
    assert "Jo Lind, Ada Okafor saved this product" in response.content.decode()


def test_a_clash_shows_names_not_keys(page_of, ada, cleo, mug):
    kitchen, garden = CategoryFactory(name="Kitchen"), CategoryFactory(name="Garden")
    other = UserFactory(name="Dana", role=Role.CLIENT)
    sent = form_of(mug, category=kitchen.pk, owner=cleo.pk)
    del sent["is_public"]
    catalogue.edit(actor=ada, product=mug, category=garden, owner=other)
    clashes = page_of(ada).post(edit(mug), sent).context["clashes"]
    rows = {c.label: (c.before, text(c.theirs), text(c.yours)) for c in clashes}
    assert rows == {"Category": ("—", "Garden", "Kitchen"), "Owner": ("Ada Okafor", "Dana", "Cleo Martin")}


def test_long_texts_are_compared_word_by_word_and_cut_where_they_are_the_same(page_of, sam, ada, mug):
    start = "Hard-wearing enamel on steel with a rolled rim. Light enough to pack, for "
    catalogue.edit(actor=ada, product=mug, description=f"{start}hot and cold drinks.")
    mug.refresh_from_db()
    sent = form_of(mug, description=f"{start}all drinks.")
    catalogue.edit(actor=ada, product=mug, description=f"{start}hot and cold drinks, dishwasher safe.")
    response = page_of(sam).post(edit(mug), sent)
    (clash,) = response.context["clashes"]
    assert [(piece.kind, piece.text) for piece in clash.theirs][1:] == [(NEW, ", dishwasher safe"), (SAME, ".")]
    assert [piece.text for piece in clash.yours if piece.kind == GONE] == ["hot and cold"]
    assert clash.before.startswith("…")
    assert clash.before.endswith("hot and cold drinks.")
    html = response.content.decode()
    assert "<ins>, dishwasher safe</ins>" in html
    assert "<del>hot and cold</del> <ins>all</ins>" in html


def test_what_they_typed_is_escaped_in_the_comparison(page_of, sam, ada, mug):
    sent = form_of(mug, name="<b>Mine</b>")
    catalogue.edit(actor=ada, product=mug, name="<i>Theirs</i>")
    html = page_of(sam).post(edit(mug), sent).content.decode()
    assert "<b>Mine" not in html
    assert "<i>Theirs" not in html


def test_a_box_that_others_unticked_is_merged(page_of, sam, ada, mug):
    sent = form_of(mug, name="Better mug")
    catalogue.edit(actor=sam, product=mug, is_public=False, name="Best mug")
    response = page_of(ada).post(edit(mug), sent)
    assert response.status_code == 409
    assert "is_public" not in response.context["form"].data


def test_a_box_that_others_ticked_is_merged(page_of, ada):
    draft = ProductFactory(is_public=False)
    sent = form_of(draft, name="Better")
    del sent["is_public"]
    catalogue.edit(actor=ada, product=draft, is_public=True, name="Best")
    assert page_of(ada).post(edit(draft), sent).context["form"].data["is_public"] == "on"
