"""Proposals over the API, by the same rules as the pages."""

import pytest

from accounts.policy import Role
from products.models import Proposal
from products.services import catalogue, proposal_decisions, proposals, stock
from tests.factories import CategoryFactory, ProductFactory, UserFactory

DOOR = "/api/proposals/"


@pytest.fixture
def kettle(cleo, ada):
    return ProductFactory(name="Stovetop kettle", sku="KET-1", price="45.50", cost="38.10", stock=10, owner=cleo)


@pytest.fixture
def proposal(cleo, kettle):
    return proposals.make(actor=cleo, product=kettle, price="47.00", counted=8, expected=10, reason="Steel")


def errors(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_a_client_asks_reads_and_withdraws(api_of, cleo, kettle):
    script, shelf = api_of(cleo), CategoryFactory()
    sent = {"product": kettle.pk, "name": "Kettle", "category": shelf.pk, "counted": 8, "expected": 10, "reason": "Why"}
    answer = script.post(DOOR, {**sent, "version": 1, "price": "45.50"}, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert [(c["field"], c["old"], c["new"], c["now"], c["state"], c["verdict"]) for c in made["changes"]] == [
        ("name", "Stovetop kettle", "Kettle", "Stovetop kettle", "fresh", "open"),
        ("category", None, shelf.pk, None, "fresh", "open"),
        ("stock", 10, 8, 10, "fresh", "open"),
    ]
    assert (made["product"], made["name"], made["author"]) == (kettle.pk, "Stovetop kettle", cleo.pk)
    assert script.get(f"{DOOR}{made['id']}/").json() == made
    assert script.get(DOOR).json()["results"] == [made]
    gone = script.post(f"{DOOR}{made['id']}/withdraw/", {}, format="json").json()
    assert (gone["status"], gone["changes"][0]["state"], gone["changes"][0]["now"]) == ("withdrawn", None, None)
    again = script.post(f"{DOOR}{made['id']}/withdraw/", {}, format="json")
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "decided", "withdrawn")


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, ("", "nothing_different")),
        ({"price": "45.50"}, ("", "nothing_different")),
        ({"cost": "1.00"}, ("/cost", "unknown_field")),
        ({"note": "x"}, ("/note", "unknown_field")),
        ({"owner": 1}, ("/owner", "unknown_field")),
        ({"is_public": True}, ("/is_public", "unknown_field")),
        ({"stock": 8}, ("/stock", "unknown_field")),
        ({"counted": 8}, ("/expected", "together")),
        ({"expected": 8}, ("/expected", "together")),
        ({"price": "-1"}, ("/price", "invalid")),
        ({"barcode": "12345678"}, ("/barcode", "gtin")),
        ({"name": ""}, ("/name", "blank")),
        ({"sku": "MUG-1"}, ("/sku", "already_exists")),
        ({"reason": "x" * 501, "name": "Pot"}, ("/reason", "max_length")),
    ],
)
def test_a_mistake_is_refused_and_nothing_is_kept(sent, error, api_of, cleo, kettle):
    ProductFactory(owner=cleo, sku="MUG-1")
    answer = api_of(cleo).post(DOOR, {"product": kettle.pk, **sent}, format="json")
    assert answer.status_code == 400
    assert error in (errors(answer) or [("", answer.json()["code"])])
    assert not Proposal.objects.exists()


def test_what_is_not_seen_is_not_there_and_who_may_edit_does_not_propose(api_of, ada, sam, cleo, mug, proposal):
    answer = api_of(cleo).post(DOOR, {"product": mug.pk, "name": "Jug"}, format="json")
    assert errors(answer) == [("/product", "does_not_exist")]
    assert api_of(sam).post(DOOR, {"product": mug.pk, "name": "Jug"}, format="json").status_code == 403
    stranger = api_of(UserFactory(role=Role.CLIENT))
    assert stranger.get(f"{DOOR}{proposal.pk}/").status_code == 404
    assert stranger.post(f"{DOOR}{proposal.pk}/withdraw/", {}, format="json").status_code == 404
    assert api_of(cleo).post(f"{DOOR}{proposal.pk}/decide/", {}, format="json").status_code == 403


def test_a_field_waits_once_and_a_moved_shelf_is_counted_again(api_of, sam, cleo, kettle, proposal):
    script = api_of(cleo)
    answer = script.post(DOOR, {"product": kettle.pk, "price": "48.00"}, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["proposal"]) == (
        409,
        "already_proposed",
        proposal.pk,
    )
    stock.adjust(actor=sam, product=kettle, delta=-1, kind="sold")
    answer = script.post(DOOR, {"product": kettle.pk, "counted": 8, "expected": 10}, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["stock"]) == (409, "stock_changed", 9)


def test_staff_decide_field_by_field(api_of, sam, cleo, kettle, proposal):
    script, door = api_of(sam), f"{DOOR}{proposal.pk}/decide/"
    for body, error in (
        ({"approve": ["price"]}, ("/approve", "undecided")),
        ({"refuse": ["price", "stock"]}, ("/reply", "reply_needed")),
        ({"approve": ["cost"]}, ("/approve", "invalid_choice")),
    ):
        answer = script.post(door, body, format="json")
        assert (answer.status_code, errors(answer)) == (400, [error])
    body = {"approve": ["price"], "refuse": ["stock"], "reply": "Counted twice."}
    answer = script.post(door, body, format="json").json()
    assert (answer["status"], answer["decided_by"], answer["reply"]) == ("partly", sam.pk, "Counted twice.")
    assert {change["field"]: change["verdict"] for change in answer["changes"]} == {
        "price": "approved",
        "stock": "refused",
    }
    undone = script.post(f"/api/changes/{answer['change_set']}/undo/", {}, format="json")
    assert undone.status_code == 201
    again = script.post(door, body, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "decided")


def test_a_stale_field_is_told_with_its_three_values(api_of, ada, sam, cleo, kettle):
    shelf = CategoryFactory()
    made = proposals.make(actor=cleo, product=kettle, price="47.00", category=shelf)
    catalogue.edit(actor=ada, product=kettle, price="46.00")
    script, door = api_of(sam), f"{DOOR}{made.pk}/decide/"
    body = {"approve": ["price", "category"]}
    answer = script.post(door, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert answer.json()["conflicts"] == [{"field": "price", "old": "45.50", "now": "46.00", "new": "47.00"}]
    answer = script.post(door, {**body, "over": ["price"], "version": 2}, format="json")
    assert answer.json()["status"] == "approved"
    kettle.refresh_from_db()
    assert (str(kettle.price), kettle.category) == ("47.00", shelf)


def test_the_list_is_filtered_and_names_no_filter_that_is_not_there(api_of, sam, cleo, kettle, proposal):
    proposals.make(actor=cleo, product=ProductFactory(owner=cleo), name="Pot")
    proposal_decisions.decide(actor=sam, proposal=proposal, refuse=["price", "stock"], reply="No")
    script = api_of(sam)
    for query, found in (("status=refused", 1), ("status=open", 1), (f"product={kettle.pk}", 1), ("ordering=id", 2)):
        assert len(script.get(f"{DOOR}?{query}").json()["results"]) == found, query
    for query in ("status=lost", "product=x", "state=waiting"):
        assert script.get(f"{DOOR}?{query}").status_code == 400


def test_nothing_hidden_is_in_an_answer_to_a_client(api_of, cleo, kettle, proposal):
    body = api_of(cleo).get(DOOR).content.decode()
    assert "38.10" not in body
    assert "cost" not in body
    assert "margin" not in body


def test_a_dry_run_asks_for_nothing_and_decides_nothing(api_of, sam, cleo, kettle, proposal):
    sent = {"product": kettle.pk, "name": "Kettle"}
    answer = api_of(cleo).post(f"{DOOR}?dry_run=true", sent, format="json").json()
    assert (answer["status"], answer["result"]["id"], answer["result"]["changes"][0]["new"]) == (201, None, "Kettle")
    assert Proposal.objects.get() == proposal
    body = {"approve": ["price", "stock"]}
    answer = api_of(sam).post(f"{DOOR}{proposal.pk}/decide/?dry_run=true", body, format="json").json()
    assert {line["field"] for line in answer["changes"]} == {"price", "stock"}
    proposal.refresh_from_db()
    assert proposal.status == "open"


def test_the_list_takes_the_same_queries_however_long_it_is(api_of, sam, cleo, django_assert_max_num_queries):
    for _n in range(6):
        proposals.make(actor=cleo, product=ProductFactory(owner=cleo), category=CategoryFactory())
    script = api_of(sam)
    with django_assert_max_num_queries(6):
        assert len(script.get(DOOR).json()["results"]) == 6
