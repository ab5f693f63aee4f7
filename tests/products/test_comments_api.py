"""The questions of a product over the API."""

import pytest

from products.models import Comment
from products.services import comments
from tests.factories import ProductFactory


@pytest.fixture
def kettle(cleo, ada):
    return ProductFactory(name="Stovetop kettle", owner=cleo, actor=ada)


def door(product):
    return f"/api/products/{product.pk}/comments/"


def test_a_line_is_written_read_and_taken_back(api_of, sam, cleo, kettle):
    script = api_of(cleo)
    answer = script.post(door(kettle), {"text": "When\r\ndoes it come?"}, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["product"], made["author"], made["author_name"]) == (kettle.pk, cleo.pk, "Cleo Martin")
    assert made["text"] == "When\ndoes it come?"
    reply = api_of(sam).post(door(kettle), {"text": "On Monday."}, format="json").json()
    assert script.get(door(kettle)).json()["results"] == [reply, made]
    assert script.delete(f"{door(kettle)}{reply['id']}/").status_code == 403
    assert script.delete(f"{door(kettle)}{made['id']}/").status_code == 204
    assert script.delete(f"{door(kettle)}{made['id']}/").status_code == 404


@pytest.mark.parametrize("sent", [{}, {"text": ""}, {"text": "x" * 2001}, {"text": 7}, {"text": "x", "author": 1}])
def test_a_mistake_is_refused(sent, api_of, cleo, kettle):
    assert api_of(cleo).post(door(kettle), sent, format="json").status_code == 400
    assert not Comment.objects.exists()


def test_what_one_does_not_see_has_no_questions(api_of, cleo, mug, kettle):
    line = comments.add(actor=cleo, product=kettle, text="When?")
    script = api_of(cleo)
    assert script.get(door(mug)).status_code == 404
    assert script.post(door(mug), {"text": "When?"}, format="json").status_code == 404
    assert script.delete(f"{door(mug)}{line.pk}/").status_code == 404


def test_one_too_many_is_refused(api_of, cleo, kettle, monkeypatch):
    monkeypatch.setattr(comments, "MOST_AN_HOUR", 0)
    answer = api_of(cleo).post(door(kettle), {"text": "When?"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_comments")


def test_a_dry_run_writes_nothing(api_of, cleo, kettle):
    answer = api_of(cleo).post(f"{door(kettle)}?dry_run=true", {"text": "When?"}, format="json").json()
    assert (answer["status"], answer["result"]["text"], answer["result"]["id"]) == (201, "When?", None)
    assert not Comment.objects.exists()
