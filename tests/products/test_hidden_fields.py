"""Cost, margin and the internal note appear on no path for a client; each path by itself."""

import pytest

from accounts.models import Mail
from products.models import ChangeSet, Notification
from products.services import catalogue, digest, undo, watching
from tests.factories import ProductFactory

COST, OLD_COST, MARGIN, NOTE = "7.93", "6.17", "20.7", "Only Jo may know"
SECRETS = (COST, OLD_COST, MARGIN, NOTE, "Internal note", "internal note")


@pytest.fixture
def lamp(ada, cleo):
    """Cleo's own product, with a history in its hidden fields."""
    lamp = ProductFactory(name="Lamp", sku="LAMP-1", owner=cleo, price="10.00", cost=OLD_COST, note="Old", stock=1)
    catalogue.edit(actor=ada, product=lamp, cost="7.93", note=NOTE)
    catalogue.edit(actor=ada, product=lamp, price="10.00", name="Desk lamp", cost="7.93")
    return lamp


def text_of(answer):
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def main_of(answer):
    """A page without the frame around it, which has nothing of a product."""
    text = text_of(answer)
    return text.partition("<main")[2] or text


PAGES = [
    "/",
    "/products/",
    "/products/?q=lamp",
    "/products/{pk}/",
    "/products/{pk}/history/",
    "/products/{pk}/stock/",
    "/products/{pk}/prices/",
    "/products/export/",
    "/find/?q=lamp",
    "/changes/",
    "/inbox/",
    "/proposals/",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("htmx", [False, True])
def test_no_page_and_no_fragment_shows_them_to_a_client(path, htmx, cleo, page_of, lamp):
    answer = page_of(cleo).get(path.format(pk=lamp.pk), headers={"HX-Request": "true"} if htmx else {})
    assert answer.status_code == 200
    text = main_of(answer)
    assert [secret for secret in SECRETS if secret in text] == []


def test_the_pages_of_change_sets_do_not_either(cleo, page_of, lamp):
    client = page_of(cleo)
    for change_set in ChangeSet.objects.all():
        answer = client.get(f"/changes/{change_set.pk}/")
        assert [secret for secret in SECRETS if secret in main_of(answer)] == []


def test_an_act_on_hidden_fields_alone_does_not_exist_for_a_client(ada, cleo, page_of, api_of, lamp):
    catalogue.edit(actor=ada, product=lamp, cost="1.00")
    act = ChangeSet.objects.latest("pk")
    assert page_of(cleo).get(f"/changes/{act.pk}/").status_code == 404
    assert api_of(cleo).get(f"/api/changes/{act.pk}/").status_code == 404
    undo.undo(actor=ada, change_set=act)
    assert page_of(cleo).get(f"/changes/{ChangeSet.objects.latest('pk').pk}/").status_code == 404


def test_staff_do_see_them(sam, page_of, lamp):
    text = main_of(page_of(sam).get(f"/products/{lamp.pk}/"))
    assert COST in text
    assert NOTE in text


API = [
    "/api/products/",
    "/api/products/{pk}/",
    "/api/products/{pk}/history/",
    "/api/products/{pk}/prices/",
    "/api/products/export/",
    "/api/changes/",
    "/api/figures/",
    "/api/notifications/",
    "/api/proposals/",
]


@pytest.mark.parametrize("path", API)
def test_no_answer_of_the_api_has_them_for_a_client(path, cleo, api_of, lamp):
    answer = api_of(cleo).get(path.format(pk=lamp.pk))
    assert answer.status_code == 200
    text = text_of(answer)
    assert [secret for secret in SECRETS if secret in text] == []
    assert '"cost"' not in text
    assert '"note"' not in text.replace('"note": ""', "").replace('"note":""', "") or "history" in path


@pytest.mark.parametrize("path", ["/api/products/", "/api/products/{pk}/"])
@pytest.mark.parametrize("field", ["cost", "note"])
def test_asking_for_one_by_name_is_asking_for_what_does_not_exist(path, field, cleo, sam, api_of, lamp):
    answer = api_of(cleo).get(f"{path.format(pk=lamp.pk)}?fields={field}")
    assert (answer.status_code, answer.json()["detail"]) == (400, f"There is no field called {field}.")
    assert api_of(sam).get(f"{path.format(pk=lamp.pk)}?fields={field}").status_code == 200


ORACLES = ["cost__lt=8", "cost__gt=7", "cost__empty=no", "margin__lt=50", "margin__gt=1", "note__contains=Jo"]


@pytest.mark.parametrize("query", ORACLES)
def test_no_filter_tells_whether_a_hidden_value_fits(query, cleo, page_of, api_of, lamp):
    """The same answer whether the product fits or not: the filter does not exist."""
    name, value = query.split("=")
    other = f"{name}={'yes' if value == 'no' else 'Xx' if value == 'Jo' else '0' if 'gt' not in name else '99'}"
    for door in ("/products/?", "/products/export/?", "/api/products/?", "/api/products/export/?"):
        client = (api_of if "api" in door else page_of)(cleo)
        first, second = client.get(door + query), client.get(door + other)
        assert first.status_code == second.status_code
        if "api" in door:
            assert (first.status_code, first.json()["code"]) == (400, second.json()["code"])
        elif first.status_code == 200 and not first.streaming:
            assert first.context["count"] == second.context["count"]


@pytest.mark.parametrize("sort", ["cost", "-cost", "margin", "note"])
def test_no_order_tells_either(sort, cleo, page_of, api_of, lamp):
    ProductFactory(owner=cleo, cost="0.01")
    client = page_of(cleo)
    names = [row.name for row in client.get(f"/products/?sort={sort}").context["page"].rows]
    assert names == [row.name for row in client.get("/products/").context["page"].rows]
    assert api_of(cleo).get(f"/api/products/?ordering={sort}").status_code == 400


@pytest.mark.parametrize("words", ["Only Jo", "7.93", "6.17"])
def test_a_search_does_not_look_at_them(words, cleo, page_of, api_of, lamp):
    assert page_of(cleo).get("/products/", {"q": words}).context["page"].rows == []
    assert api_of(cleo).get("/api/products/", {"q": words}).json()["results"] == []


def test_whoever_watches_is_not_told_of_a_change_in_them(ada, cleo, sam, lamp):
    for person in (cleo, sam):
        watching.add(actor=person, product=lamp)
    catalogue.edit(actor=ada, product=lamp, cost="2.00", note="New")
    act = ChangeSet.objects.latest("pk")
    watching.tell(act)
    assert {row.person for row in Notification.objects.all()} == {sam}


def test_the_digest_does_not_speak_of_them(ada, cleo, lamp):
    digest.send_due()
    mail = Mail.objects.filter(kind="digest", to=cleo.email).first()
    texts = f"{mail.subject} {mail.text} {mail.html}" if mail else ""
    assert [secret for secret in SECRETS if secret in texts] == []
