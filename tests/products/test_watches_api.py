"""Watching over the API."""

import pytest

from products.models import SavedView, Watch
from products.services import ownership, watching
from tests.factories import ProductFactory

DOOR = "/api/watches/"


@pytest.fixture
def view(sam):
    return SavedView.objects.create(name="Cheap", slug="cheap", owner=sam, query="price_max=20")


def test_a_product_and_a_view_are_watched_listed_and_given_up(api_of, sam, mug, view):
    script = api_of(sam)
    first = script.post(DOOR, {"product": mug.pk}, format="json")
    assert first.status_code == 201
    made = first.json()
    assert (made["product"], made["view"], made["name"]) == (mug.pk, None, "Enamel mug")
    assert script.post(DOOR, {"product": mug.pk}, format="json").json() == made
    other = script.post(DOOR, {"view": view.pk}, format="json").json()
    assert (other["product"], other["view"], other["name"]) == (None, view.pk, "Cheap")
    assert script.get(DOOR).json()["results"] == [other, made]
    assert script.delete(f"{DOOR}{made['id']}/").status_code == 204
    assert script.delete(f"{DOOR}{made['id']}/").status_code == 404
    assert [row["id"] for row in script.get(DOOR).json()["results"]] == [other["id"]]


@pytest.mark.parametrize("sent", [{}, {"product": 1, "view": 1}, {"product": 0}, {"product": "x"}, {"person": 1}])
def test_a_watch_is_of_one_thing(sent, api_of, sam):
    answer = api_of(sam).post(DOOR, sent, format="json")
    assert answer.status_code == 400
    assert not Watch.objects.exists()


def test_what_one_does_not_see_is_not_there(api_of, ada, cleo, sam, mug, view):
    script = api_of(cleo)
    for sent in ({"product": mug.pk}, {"view": view.pk}, {"product": 999999}):
        answer = script.post(DOOR, sent, format="json")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "does_not_exist")
    watch = watching.add(actor=sam, product=mug)
    assert script.delete(f"{DOOR}{watch.pk}/").status_code == 404
    own = ProductFactory(owner=cleo, actor=ada)
    watch = watching.add(actor=cleo, product=own)
    ownership.hand_over(actor=ada, person=cleo, successor=ada)
    assert script.get(DOOR).json()["results"] == []
    assert script.delete(f"{DOOR}{watch.pk}/").status_code == 404
    assert api_of().get(DOOR).status_code == 401


def test_one_too_many_is_refused(api_of, sam, mug, view, monkeypatch):
    monkeypatch.setattr(watching, "MOST", 1)
    script = api_of(sam)
    script.post(DOOR, {"product": mug.pk}, format="json")
    answer = script.post(DOOR, {"view": view.pk}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_watches")


def test_a_dry_run_watches_nothing(api_of, sam, mug):
    answer = api_of(sam).post(f"{DOOR}?dry_run=true", {"product": mug.pk}, format="json").json()
    assert (answer["status"], answer["result"]["name"], answer["result"]["id"]) == (201, "Enamel mug", None)
    assert not Watch.objects.exists()


def test_the_list_takes_the_same_queries_however_long_it_is(api_of, sam, django_assert_max_num_queries):
    for _n in range(6):
        watching.add(actor=sam, product=ProductFactory())
    script = api_of(sam)
    with django_assert_max_num_queries(3):
        assert len(script.get(DOOR).json()["results"]) == 6
