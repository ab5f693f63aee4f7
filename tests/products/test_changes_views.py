"""A product's history, and undo."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from products.models import ChangeSet
from products.services import catalogue, ownership, stock, trash
from products.services import history as log
from products.views import timeline as presentation
from tests.factories import CategoryFactory, ProductFactory


def history(product):
    return reverse("products:changes-history", args=[product.pk])


def undo(change_set):
    return reverse("products:changes-undo", args=[change_set.pk])


def said(response):
    return [str(m) for m in get_messages(response.wsgi_request)]


def test_a_history_says_who_did_what(page_of, ada, sam, cleo, mug):
    kitchen = CategoryFactory(name="Kitchen")
    catalogue.edit(actor=sam, product=mug, price="13.20")
    catalogue.edit(actor=sam, product=mug, category=kitchen, is_public=False, barcode="5012345678900")
    stock.adjust(actor=ada, product=mug, delta=24, kind="received", note="DN-20418")
    stock.adjust(actor=ada, product=mug, delta=-1, kind="correction")
    stock.count(actor=ada, product=mug, counted=30, expected=33)
    trash.restore(actor=ada, products=type(mug).objects.filter(pk=trash.discard(actor=ada, product=mug) and mug.pk))
    ownership.hand_over(actor=ada, person=ada, successor=cleo)
    lines = page_of(ada).get(history(mug)).context["timeline"]
    assert [(line.who, line.what) for line in reversed(lines)] == [
        ("Ada Okafor", "created this product"),
        ("Sam Reyes", "changed price"),
        ("Sam Reyes", "changed 3 fields"),
        ("Ada Okafor", "received 24"),
        ("Ada Okafor", "corrected stock by −1"),
        ("Ada Okafor", "counted 30"),
        ("Ada Okafor", "moved it to the trash"),
        ("Ada Okafor", "restored it from the trash"),
        ("Ada Okafor", "handed it over"),
    ]
    diffs = {label: (old, new) for line in lines for label, old, new in line.diffs}
    assert diffs["Price"] == ("£12.50", "£13.20")
    assert diffs["Category"] == ("—", "Kitchen")
    assert diffs["Public"] == ("Yes", "No")
    assert diffs["Barcode"] == ("—", "5012345678900")
    assert diffs["Owner"] == ("Ada Okafor", "Cleo Martin")
    assert diffs["In the trash"] == ("No", "Yes")
    assert "DN-20418" in [note for line in lines for note in line.notes]


def test_a_key_whose_row_is_gone_is_shown_as_its_number():
    assert presentation.shown("category_id", 7, {("category_id", 7): "#7"}) == "#7"


def test_an_unknown_kind_is_shown_as_it_is(ada, mug):
    ChangeSet.objects.update(kind="product.polished")
    (entry,) = log.history(product=mug, reader=ada)
    assert presentation.sentence(entry) == "product.polished"


def test_a_history_pages(page_of, sam, mug, monkeypatch):
    monkeypatch.setattr("products.views.changes.PAGE_SIZE", 2)
    for price in (1, 2, 3):
        catalogue.edit(actor=sam, product=mug, price=price)
    client = page_of(sam)
    first = client.get(history(mug))
    assert len(first.context["timeline"]) == 2
    second = client.get(history(mug), {"before": first.context["older"]})
    assert [line.what for line in second.context["timeline"]] == ["changed price", "created this product"]
    assert second.context["older"] is None
    for nonsense in ("²", "x", "9" * 40, "-1"):
        assert len(client.get(history(mug), {"before": nonsense}).context["timeline"]) == 2


def test_a_history_has_no_hidden_fields_for_a_client(page_of, ada, cleo):
    product = ProductFactory(owner=cleo, cost="6.17")
    catalogue.edit(actor=ada, product=product, cost="6.93")
    catalogue.edit(actor=ada, product=product, note="Secret", name="Kettle, 1 l")
    response = page_of(cleo).get(history(product))
    assert [line.what for line in response.context["timeline"]] == ["changed name", "created this product"]
    for secret in ("6.17", "6.93", "Secret"):
        assert secret not in response.content.decode()
    assert not any(line.undo for line in response.context["timeline"])


def test_staff_undo_their_own_changes_and_admins_any(page_of, ada, sam, mug):
    catalogue.edit(actor=sam, product=mug, price="13.20")
    mine = log.latest(mug)
    assert said(page_of(sam).post(undo(mine))) == ["Undone: 1 change"]
    catalogue.edit(actor=ada, product=mug, price="14.00")
    hers = log.latest(mug)
    assert said(page_of(sam).post(undo(hers)))[0].startswith("You can undo your own changes.")
    mug.refresh_from_db()
    assert str(mug.price) == "14.00"
    assert said(page_of(ada).post(undo(hers))) == ["Undone: 1 change"]
    mug.refresh_from_db()
    assert str(mug.price) == "12.50"


def test_an_act_on_what_one_does_not_see_is_not_there(page_of, ada, sam):
    draft = ProductFactory(is_public=False)
    catalogue.edit(actor=ada, product=draft, price="13.20")
    assert page_of(sam).post(undo(log.latest(draft))).status_code == 404
    assert page_of(ada).post(undo(log.latest(draft))).status_code == 302


def test_what_was_changed_since_is_left_and_said(page_of, sam, mug):
    catalogue.edit(actor=sam, product=mug, price="13.20", name="Better mug")
    first = log.latest(mug)
    catalogue.edit(actor=sam, product=mug, price="14.00")
    assert said(page_of(sam).post(undo(first))) == [
        "Undone: 1 change",
        "Enamel mug was left as it is. It was changed since.",
    ]


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/products/?q=mug", "/products/?q=mug"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:1", "/"),
        ("", "/"),
    ],
)
def test_undo_returns_only_to_a_page_of_ours(target, lands, page_of, sam, mug):
    catalogue.edit(actor=sam, product=mug, price="13.20")
    assert page_of(sam).post(undo(log.latest(mug)), {"next": target}).url == lands


def test_an_unknown_change_cannot_be_undone(page_of, sam):
    assert page_of(sam).post("/changes/999999/undo/").status_code == 404
