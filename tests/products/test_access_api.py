"""“Can cleo see this, and why not?” by the API."""

from tests.factories import ProductFactory


def door(product, person="cleo"):
    return f"/api/products/{product.pk}/access/?person={person}"


def test_the_answer_is_the_pages(api_of, ada, cleo, mug):
    answer = api_of(ada).get(door(mug)).json()
    assert (answer["person"], answer["sees"]) == ("Cleo Martin", False)
    assert [fact["code"] for fact in answer["facts"] if fact["hinders"]] == ["owner"]
    assert answer["ways"] == ["Make them its owner: Ada Okafor."]
    assert {act["allowed"] for act in answer["acts"]} == {False}
    mine = api_of(ada).get(door(ProductFactory(owner=cleo))).json()
    assert (mine["sees"], mine["ways"]) == (True, [])
    assert [act["action"] for act in mine["acts"] if act["allowed"]] == ["proposal.make"]


def test_nobody_learns_who_has_an_account(api_of, sam, cleo, mug):
    api = api_of(sam)
    answers = [api.get(door(mug, name)).json() for name in ("cleo", "nobody")]
    assert [answer["code"] for answer in answers] == ["unknown_person"] * 2
    assert answers[0]["detail"] == answers[1]["detail"]


def test_somebody_must_be_named(api_of, ada, mug):
    api = api_of(ada)
    for query in ("", "?person=", f"?person={'x' * 255}", "?person=%00", "?name=cleo"):
        assert api.get(f"/api/products/{mug.pk}/access/{query}").status_code == 400


def test_a_client_does_not_ask_and_staff_only_about_what_they_see(api_of, cleo, sam):
    assert api_of(cleo).get(door(ProductFactory(owner=cleo))).status_code == 403
    assert api_of(sam).get(door(ProductFactory(is_public=False), "sam")).status_code == 404
