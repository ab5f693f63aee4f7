"""Safe writing: ETag, If-None-Match, If-Match, and stock that is set only by who knows what it was."""

import pytest

from products.models import ChangeSet, StockMovement
from products.services import catalogue, stock, trash
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(api_of, sam):
    return api_of(sam)


@pytest.fixture
def at_mug(mug):
    ProductFactory()
    return f"/api/products/{mug.pk}/"


def test_the_etag_is_the_version_and_strong(api, at_mug):
    assert api.get(at_mug)["ETag"] == '"1"'
    changed = api.patch(at_mug, {"name": "Jug"})
    assert (changed["ETag"], api.get(at_mug)["ETag"], changed.json()["version"]) == ('"2"', '"2"', 2)


@pytest.mark.parametrize("header", ['"1"', '"7", "1"', 'W/"1"', "*"])
def test_what_was_read_already_is_not_sent_again(header, api, at_mug):
    answer = api.get(at_mug, headers={"If-None-Match": header})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", '"1"')


@pytest.mark.parametrize("header", ['"2"', "1", "", "rubbish", '"', "²"])
def test_what_was_not_read_is_sent(header, api, at_mug):
    answer = api.get(at_mug, headers={"If-None-Match": header})
    assert (answer.status_code, answer.json()["name"]) == (200, "Enamel mug")


def test_a_304_needs_the_right_to_see(api_of, cleo, at_mug):
    assert api_of(cleo).get(at_mug, headers={"If-None-Match": '"1"'}).status_code == 404


# A proxy that compresses answers turns our strong tag into a weak one; what it names is still this version.
@pytest.mark.parametrize("header", ['"1"', '"7", "1"', "*", 'W/"1"'])
def test_a_change_on_the_version_that_was_read_is_made(header, api, at_mug):
    answer = api.patch(at_mug, {"name": "Jug"}, headers={"If-Match": header})
    assert (answer.status_code, answer.json()["name"]) == (200, "Jug")


@pytest.mark.parametrize("header", ['"2"', '"0"', "1", "", "rubbish", '"1'])
def test_a_change_on_another_version_is_refused_with_the_current_one(header, api, at_mug, mug):
    for method, body in (("patch", {"name": "Jug"}), ("put", {"name": "Jug", "price": "1"})):
        answer = getattr(api, method)(at_mug, body, headers={"If-Match": header})
        problem = answer.json()
        assert (answer.status_code, problem["status"], problem["code"]) == (412, 412, "version_mismatch")
        assert (problem["current"]["name"], problem["current"]["version"]) == ("Enamel mug", 1)
    mug.refresh_from_db()
    assert (mug.name, mug.version) == ("Enamel mug", 1)


def test_what_is_current_is_shown_after_somebody_saved(api, at_mug, ada, mug):
    catalogue.edit(actor=ada, product=mug, name="Pot")
    problem = api.patch(at_mug, {"price": "1"}, headers={"If-Match": '"1"'}).json()
    assert (problem["current"]["name"], problem["current"]["version"]) == ("Pot", 2)
    assert problem["current"] == api.get(at_mug).json()


def test_a_rival_between_the_check_and_the_write_is_seen(api, at_mug, ada, mug, monkeypatch):
    """The header is compared again under the lock."""
    edit = catalogue.edit

    def after_a_rival(**given):
        edit(actor=ada, product=mug, name="Pot")
        return edit(**given)

    monkeypatch.setattr(catalogue, "edit", after_a_rival)
    answer = api.patch(at_mug, {"price": "1"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["current"]["name"]) == (412, "Pot")
    monkeypatch.undo()
    assert api.get(at_mug).json()["price"] == "12.50"


def test_a_stale_delete_is_refused(api_of, ada, at_mug, mug):
    catalogue.edit(actor=ada, product=mug, name="Pot")
    answer = api_of(ada).delete(at_mug, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["current"]["version"]) == (412, 2)
    assert api_of(ada).delete(at_mug, headers={"If-Match": '"2"'}).status_code == 204
    assert api_of(ada).get(at_mug).status_code == 404


def test_a_rival_before_a_delete_is_seen(api_of, ada, at_mug, mug, monkeypatch):
    discard = trash.discard

    def after_a_rival(**given):
        catalogue.edit(actor=ada, product=mug, name="Pot")
        return discard(**given)

    monkeypatch.setattr(trash, "discard", after_a_rival)
    answer = api_of(ada).delete(at_mug, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["current"]["name"]) == (412, "Pot")


def test_without_if_match_the_given_fields_are_simply_set(api, at_mug, ada, mug):
    catalogue.edit(actor=ada, product=mug, name="Pot")
    row = api.patch(at_mug, {"price": "1"}).json()
    assert (row["name"], row["price"], row["version"]) == ("Pot", "1.00", 3)


def test_stock_is_set_only_by_who_says_what_they_read(api, at_mug, mug):
    for method, body in (("patch", {}), ("put", {"name": "Jug", "price": "1"})):
        answer = getattr(api, method)(at_mug, body | {"stock": 4})
        assert (answer.status_code, answer.json()["code"]) == (428, "if_match_needed")
        assert list(answer.json()["stock"])
    mug.refresh_from_db()
    assert (mug.stock, mug.name) == (10, "Enamel mug")


def test_a_different_stock_is_written_to_the_ledger_as_a_count(api, at_mug, mug):
    answer = api.put(at_mug, {"name": "Jug", "price": "1", "stock": 4}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["stock"], answer.json()["name"]) == (200, 4, "Jug")
    line = mug.movements.latest("pk")
    assert (line.kind, line.delta, line.balance, line.change_set) == ("count", -6, 4, ChangeSet.objects.latest("pk"))
    assert not stock.mismatches()


def test_the_same_stock_needs_no_if_match_and_writes_no_line(api, at_mug):
    assert api.patch(at_mug, {"stock": 10, "name": "Jug"}).status_code == 200
    assert StockMovement.objects.count() == 1


def test_a_stale_stock_is_refused(api, at_mug, ada, mug):
    stock.adjust(actor=ada, product=mug, delta=-3, kind="sold")
    answer = api.patch(at_mug, {"stock": 10}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["current"]["stock"]) == (412, 7)
    assert api.patch(at_mug, {"stock": 10}).status_code == 428


def test_a_version_mismatch_shows_no_hidden_field(api_of, sam, at_mug):
    problem = api_of(sam).patch(at_mug, {"name": "x"}, headers={"If-Match": '"9"'}).json()
    assert problem["current"]["cost"] == "6.10"  # staff may see it; for clients the right to change is missing first


# --- What a refusal tells --------------------------------------------------------------------------------------------


def conflicts(answer):
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    return {row.pop("field"): row for row in answer.json()["conflicts"]}


def test_a_refusal_tells_what_others_changed_of_what_was_sent(api, at_mug, ada, sam, mug):
    kitchen, garden = CategoryFactory(), CategoryFactory()
    catalogue.edit(actor=ada, product=mug, price="11", cost="7", category=kitchen, name="Pot", description="Blue")
    stock.adjust(actor=ada, product=mug, delta=-3, kind="sold")
    body = {"name": "Jug", "price": "13.2", "cost": "6.10", "category": garden.pk, "stock": 9, "sku": "MUG-2"}
    assert conflicts(api.patch(at_mug, body, headers={"If-Match": '"1"'})) == {
        "name": {"base": "Enamel mug", "theirs": "Pot", "yours": "Jug"},
        "price": {"base": "12.50", "theirs": "11.00", "yours": "13.20"},
        "cost": {"base": "6.10", "theirs": "7.00", "yours": "6.10"},
        "category": {"base": None, "theirs": kitchen.pk, "yours": garden.pk},
        "stock": {"base": 10, "theirs": 7, "yours": 9},
    }
    assert conflicts(api.patch(at_mug, body, headers={"If-Match": '"2"'})) == {
        "stock": {"base": 10, "theirs": 7, "yours": 9}
    }


def test_nothing_conflicts_that_is_equal_or_was_changed_back(api, at_mug, ada, mug):
    catalogue.edit(actor=ada, product=mug, name="Pot", price="11")
    catalogue.edit(actor=ada, product=mug, name="Enamel mug", description="Blue")
    body = {"name": "Jug", "price": "11.0", "sku": "MUG-2"}
    assert conflicts(api.patch(at_mug, body, headers={"If-Match": '"1"'})) == {}


def test_a_put_of_everything_shows_what_it_would_set_back(api, at_mug, ada, mug):
    read = api.get(at_mug)
    catalogue.edit(actor=ada, product=mug, price="11")
    answer = api.put(at_mug, read.json() | {"name": "Jug"}, headers={"If-Match": read["ETag"]})
    assert answer.status_code == 400  # version and updated_at are not the ones to be sent back any more
    body = {"name": "Jug", "price": "12.50"}
    assert conflicts(api.put(at_mug, body, headers={"If-Match": read["ETag"]})) == {
        "price": {"base": "12.50", "theirs": "11.00", "yours": "12.50"}
    }


@pytest.mark.parametrize("header", ["rubbish", '"9"', "", '"99999999999"', '"x", W/"7"'])
def test_a_version_that_never_was_has_no_base_to_compare_with(header, api, at_mug, ada, mug):
    catalogue.edit(actor=ada, product=mug, name="Pot")
    assert conflicts(api.patch(at_mug, {"name": "Jug"}, headers={"If-Match": header})) == {}


def test_a_refused_delete_conflicts_in_nothing(api_of, ada, at_mug, mug):
    catalogue.edit(actor=ada, product=mug, name="Pot")
    answer = api_of(ada).delete(at_mug, headers={"If-Match": '"1"'})
    assert conflicts(answer) == {}
    assert answer.json()["current"]["name"] == "Pot"


def test_the_star_is_any_version_there_is(api_of, api, ada, at_mug, mug, monkeypatch):
    """Also of a product that a rival changed since it was looked up, and for stock."""
    edit = catalogue.edit

    def after_a_rival(**given):
        edit(actor=ada, product=mug, name="Pot")
        return edit(**given)

    monkeypatch.setattr(catalogue, "edit", after_a_rival)
    answer = api.patch(at_mug, {"price": "1", "stock": 4}, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["name"], answer.json()["stock"]) == (200, "Pot", 4)
    assert api_of(ada).delete(at_mug, headers={"If-Match": "*"}).status_code == 204
    assert api_of(ada).patch(at_mug, {"price": "1"}, headers={"If-Match": "*"}).status_code == 404


def test_a_stock_that_moved_since_it_was_looked_up_is_still_a_different_one(api, ada, at_mug, mug, monkeypatch):
    """What differs is asked under the lock: ten were there a moment ago, and ten are sent."""
    edit = catalogue.edit

    def after_a_sale(**given):
        stock.adjust(actor=ada, product=mug, delta=-3, kind="sold")
        return edit(**given)

    monkeypatch.setattr(catalogue, "edit", after_a_sale)
    answer = api.patch(at_mug, {"stock": 10, "name": "Jug"})
    assert (answer.status_code, answer.json()["code"]) == (428, "if_match_needed")


def test_one_save_is_one_version(api, at_mug, mug):
    answer = api.patch(at_mug, {"name": "Jug", "stock": 4}, headers={"If-Match": '"1"'})
    assert (answer["ETag"], answer.json()["version"], answer.json()["stock"]) == ('"2"', 2, 4)
    assert {change.version for change in ChangeSet.objects.latest("pk").changes.all()} == {2}
