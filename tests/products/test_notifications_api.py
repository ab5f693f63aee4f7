"""Notifications over the API: the same lines as the inbox."""

import pytest

from products.models import Notification
from products.models.notifications import Kind
from products.services import catalogue, notifications
from products.services.history import latest
from tests.factories import ProductFactory

DOOR = "/api/notifications/"


@pytest.fixture
def kettle(ada, cleo):
    return ProductFactory(name="Stovetop kettle", stock=2, low_stock_threshold=5, owner=cleo, actor=ada)


@pytest.fixture
def told(sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00", cost="22.93")
    notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[cleo], product=kettle, change_set=latest(kettle))
    notifications.tell(kind=Kind.PRODUCT_LOW, people=[cleo, sam], product=kettle)
    return list(Notification.objects.filter(person=cleo).order_by("pk"))


def test_what_was_told_is_listed_the_newest_first(api_of, cleo, kettle, told):
    answer = api_of(cleo).get(DOOR)
    assert answer.status_code == 200
    low, changed = answer.json()["results"]
    assert changed == {
        "id": told[0].pk,
        "kind": "product.changed",
        "text": "Sam Reyes changed Stovetop kettle: price",
        "product": kettle.pk,
        "view": None,
        "change_set": latest(kettle).pk,
        "proposal": None,
        "comment": None,
        "job": None,
        "number": 1,
        "at": changed["at"],
        "read_at": None,
    }
    assert low["text"] == "Stovetop kettle is low: 2 in stock"
    assert "22.93" not in answer.content.decode()
    assert "cost" not in answer.content.decode()


def test_one_is_marked_as_read_and_keeps_its_moment(api_of, sam, cleo, told):
    script = api_of(cleo)
    first = script.post(f"{DOOR}{told[0].pk}/read/").json()
    assert first["read_at"]
    assert script.post(f"{DOOR}{told[0].pk}/read/").json() == first
    assert [row["id"] for row in script.get(DOOR, {"unread": "true"}).json()["results"]] == [told[1].pk]
    assert len(script.get(DOOR, {"unread": "false"}).json()["results"]) == 2
    assert api_of(sam).post(f"{DOOR}{told[1].pk}/read/").status_code == 404


def test_all_are_marked_as_read(api_of, sam, cleo, told):
    script = api_of(cleo)
    assert script.post(f"{DOOR}read_all/").json() == {"marked": 2}
    assert script.post(f"{DOOR}read_all/").json() == {"marked": 0}
    assert notifications.unread_count(sam) == 1


def test_a_dry_run_marks_nothing_and_a_repeat_by_key_counts_once(api_of, cleo, told):
    script = api_of(cleo)
    rehearsed = script.post(f"{DOOR}read_all/?dry_run=true").json()
    assert rehearsed["result"] == {"marked": 2}
    assert notifications.unread_count(cleo) == 2
    for _again in range(2):
        answer = script.post(f"{DOOR}read_all/", headers={"Idempotency-Key": "k-1"})
        assert answer.json() == {"marked": 2}


def test_what_the_reader_no_longer_sees_is_gone(api_of, ada, cleo, kettle, told):
    catalogue.edit(actor=ada, product=kettle, owner=ada)
    script = api_of(cleo)
    assert script.get(DOOR).json()["results"] == []
    assert script.post(f"{DOOR}{told[0].pk}/read/").status_code == 404


def test_bad_questions_are_refused(api_of, cleo):
    script = api_of(cleo)
    for question in ({"unread": "maybe"}, {"read": "true"}, {"ordering": "name"}, {"cursor": "x"}):
        assert script.get(DOOR, question).status_code == 400
    assert api_of().get(DOOR).status_code == 401


def test_the_list_takes_the_same_queries_however_long_it_is(api_of, sam, cleo, kettle, django_assert_max_num_queries):
    for price in range(6):
        catalogue.edit(actor=sam, product=kettle, price=price)
        notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[cleo], product=kettle, change_set=latest(kettle))
        kettle.refresh_from_db()
    script = api_of(cleo)
    with django_assert_max_num_queries(4):
        assert len(script.get(DOOR).json()["results"]) == 6
