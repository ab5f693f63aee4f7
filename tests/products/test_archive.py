"""Archiving: put away and taken out again, with an undo, by page and by API."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from products.models import ChangeSet, Product
from products.services import archive, catalogue, stock, trash, undo, versions
from site_config.lib.errors import Conflict
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def put(product):
    return reverse("products:archive-put", args=[product.pk])


def take(product):
    return reverse("products:archive-take", args=[product.pk])


def door(product):
    return f"/api/products/{product.pk}/archive/"


def said(response):
    return [str(m) for m in get_messages(response.wsgi_request)]


def test_an_archived_product_keeps_all_it_has_and_comes_back_as_it_was(sam, mug):
    put_away = archive.archive(actor=sam, product=mug)
    mug.refresh_from_db()
    assert (mug.archived_at, mug.status, mug.stock, mug.is_public) == (put_away.at, "archived", 10, True)
    assert Product.objects.visible_to(sam).get() == mug
    assert put_away.kind == "product.archived"
    assert archive.unarchive(actor=sam, product=mug).kind == "product.unarchived"
    mug.refresh_from_db()
    assert (mug.archived_at, mug.status) == (None, "active")


def test_it_is_undone_like_anything_else(sam, mug):
    undone = undo.undo(actor=sam, change_set=archive.archive(actor=sam, product=mug))
    mug.refresh_from_db()
    assert mug.archived_at is None
    undo.undo(actor=sam, change_set=undone.change_set)
    mug.refresh_from_db()
    assert mug.archived_at is not None


def test_what_is_so_already_or_gone_is_said(ada, sam, mug):
    with pytest.raises(Conflict) as refusal:
        archive.unarchive(actor=sam, product=mug)
    assert refusal.value.code == "not_archived"
    archive.archive(actor=sam, product=mug)
    with pytest.raises(Conflict) as refusal:
        archive.archive(actor=sam, product=mug)
    assert refusal.value.code == "archived_already"
    trash.discard(actor=ada, product=mug)
    with pytest.raises(Conflict) as refusal:
        archive.unarchive(actor=sam, product=mug)
    assert refusal.value.code == "trashed"


def test_a_version_protects_what_somebody_changed_since(sam, ada, mug):
    catalogue.edit(actor=ada, product=mug, name="Jug")
    with pytest.raises(versions.VersionMismatch):
        archive.archive(actor=sam, product=mug, version=1)
    archive.archive(actor=sam, product=mug, version=2)
    with pytest.raises(versions.VersionMismatch):
        archive.unarchive(actor=sam, product=mug, version=2)


def test_stock_can_still_be_counted_in_the_archive(sam, mug):
    archive.archive(actor=sam, product=mug)
    stock.count(actor=sam, product=mug, counted=9, expected=10)
    mug.refresh_from_db()
    assert (mug.stock, mug.status) == (9, "archived")


# --- The page --------------------------------------------------------------------------------------------------------


def test_staff_archive_from_the_products_page_with_an_undo(page_of, sam, mug):
    client, page = page_of(sam), reverse("products:catalogue-detail", args=[mug.pk])
    response = client.post(put(mug))
    assert (response.url, said(response)) == (page, ["Enamel mug archived"])
    act = ChangeSet.objects.latest("pk")
    html = client.get(page).content.decode()
    assert reverse("products:changes-undo", args=[act.pk]) in html
    assert "Take from the archive" in html
    assert said(client.post(take(mug)))[-1] == "Enamel mug taken from the archive"
    assert said(client.post(take(mug)))[-1] == "This product is not archived."


def test_a_client_neither_archives_nor_takes_out(page_of, cleo, ada):
    mine, other = ProductFactory(owner=cleo), ProductFactory()
    for address in (put, take):
        assert page_of(cleo).post(address(mine)).status_code == 403
        assert page_of(ada).get(address(mine)).status_code == 405
    mine.refresh_from_db()
    assert mine.archived_at is None
    assert page_of(cleo).post(put(other)).status_code == 403


def test_what_staff_do_not_see_is_not_there(page_of, api_of, sam, ada):
    draft = ProductFactory(is_public=False)
    assert page_of(sam).post(put(draft)).status_code == 404
    assert api_of(sam).post(door(draft)).status_code == 404


# --- The API ---------------------------------------------------------------------------------------------------------


def test_a_script_archives_and_takes_out(api_of, sam, mug):
    api = api_of(sam)
    answer = api.post(door(mug))
    assert (answer.status_code, answer.json()["status"], answer["ETag"]) == (200, "archived", '"2"')
    assert api.post(door(mug)).json()["code"] == "archived_already"
    answer = api.delete(door(mug))
    assert (answer.status_code, answer.json()["status"], answer["ETag"]) == (200, "active", '"3"')
    assert (api.delete(door(mug)).status_code, api.delete(door(mug)).json()["code"]) == (409, "not_archived")


def test_a_script_that_read_another_version_is_refused(api_of, sam, mug):
    answer = api_of(sam).post(door(mug), headers={"If-Match": '"7"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    assert api_of(sam).post(door(mug), headers={"If-Match": '"1"'}).status_code == 200


def test_a_rehearsal_archives_nothing(api_of, sam, mug):
    told = api_of(sam).post(f"{door(mug)}?dry_run=true").json()
    assert [line["field"] for line in told["changes"]] == ["archived_at"]
    mug.refresh_from_db()
    assert mug.archived_at is None


def test_a_client_is_told_who_can(api_of, cleo):
    answer = api_of(cleo).post(door(ProductFactory(owner=cleo)))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
