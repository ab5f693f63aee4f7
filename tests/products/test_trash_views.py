"""The trash: moving there, looking through it, bringing back."""

from django.contrib.messages import get_messages
from django.urls import reverse

from products.models import Product
from products.services import trash
from site_config.lib.errors import Conflict
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
