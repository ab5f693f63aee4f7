"""The products API by role: who sees, creates, changes and removes what, and which fields exist for whom."""

import pytest

from products.models import ChangeSet, Product
from products.services import trash
from tests.factories import CategoryFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/api/products/"
FIELDS = {
    *("id", "name", "sku", "barcode", "description", "note", "price", "cost", "stock", "low_stock_threshold"),
    *("category", "tags", "is_public", "owner", "status", "version", "created_at", "updated_at"),
}


def at(product):
    return f"{LIST}{product.pk}/"


@pytest.fixture
def shelf(ada, sam, cleo):
    """A public and a private product of each: {"ada": (public, private), …}."""
    return {
        person.username: tuple(
            ProductFactory(
                name=f"{person.username} {word}", owner=person, is_public=word == "public", cost="1", note="x"
            )
            for word in ("public", "private")
        )
        for person in (ada, sam, cleo)
    }


def seen_by(api):
    return {row["name"] for row in api.get(LIST).json()["results"]}


# --- Who sees what ---------------------------------------------------------------------------------------------------


def test_admins_see_all_staff_public_and_own_clients_their_own(api_of, ada, sam, cleo, shelf):
    everything = {product.name for pair in shelf.values() for product in pair}
    assert seen_by(api_of(ada)) == everything
    assert seen_by(api_of(sam)) == {"ada public", "sam public", "cleo public", "sam private"}
    assert seen_by(api_of(cleo)) == {"cleo public", "cleo private"}


def test_what_one_does_not_see_is_not_there(api_of, ada, sam, cleo, shelf):
    for person in (ada, sam, cleo):
        api, visible = api_of(person), seen_by(api_of(person))
        for pair in shelf.values():
            for product in pair:
                assert api.get(at(product)).status_code == (200 if product.name in visible else 404), product
        missing, hidden = api.get(f"{LIST}999999/"), api.get(at(shelf["ada"][1]))
        if person is not ada:
            assert {**missing.json(), "request_id": ""} == {**hidden.json(), "request_id": ""}


def test_what_is_in_the_trash_is_there_for_nobody(api_of, ada, sam, cleo, shelf):
    mine = shelf["cleo"][0]
    trash.discard(actor=ada, product=mine)
    for person in (ada, sam, cleo):
        assert api_of(person).get(at(mine)).status_code == 404
        assert mine.name not in seen_by(api_of(person))
    for person in (ada, sam):
        assert api_of(person).patch(at(mine), {"name": "x"}).status_code == 404
    assert api_of(ada).delete(at(mine)).status_code == 404


def test_nobody_without_a_token_learns_anything(api_of, page_of, ada, mug):
    for client in (api_of(None), page_of(ada)):  # the session cookie of a browser is no token
        for method in ("get", "post", "put", "patch", "delete"):
            for url in (LIST, at(mug), f"{LIST}999999/"):
                answer = getattr(client, method)(url)
                assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
                assert answer.json()["code"] == "not_authenticated"


# --- Which fields exist ----------------------------------------------------------------------------------------------


def test_staff_and_admins_read_every_field(api_of, ada, sam, mug):
    for person in (ada, sam):
        row = api_of(person).get(at(mug)).json()
        assert set(row) == FIELDS
        assert (row["cost"], row["note"], row["price"], row["stock"]) == ("6.10", "Ask Jo", "12.50", 10)
        assert (row["owner"], row["status"], row["category"], row["version"]) == (ada.pk, "active", None, 1)


def test_cost_and_note_do_not_exist_for_clients(api_of, cleo):
    mine = ProductFactory(owner=cleo, cost="6.10", note="Ask Jo")
    api = api_of(cleo)
    for answer in (api.get(at(mine)), api.get(LIST)):
        assert b"Ask Jo" not in answer.content
        assert b"6.10" not in answer.content
    assert set(api.get(at(mine)).json()) == set(api.get(LIST).json()["results"][0]) == FIELDS - {"cost", "note"}


@pytest.mark.parametrize("query", ["cost=6.10", "note=Ask", "cost__gte=1", "note__contains=A", "owner__password=x"])
def test_nobody_filters_by_what_is_no_filter(query, api_of, ada, cleo):
    for person in (ada, cleo):
        answer = api_of(person).get(f"{LIST}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")


@pytest.mark.parametrize("key", ["cost", "-cost", "note", "owner__password", "?", "pk", "", "name,cost", "Name"])
def test_nobody_orders_by_what_is_no_order(key, api_of, ada, cleo):
    for person in (ada, cleo):
        answer = api_of(person).get(LIST, {"ordering": key})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_ordering")
        assert list(answer.json()["ordering"])


# --- Creating --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["ada", "sam"])
def test_name_and_price_suffice(role, request, api_of):
    person = request.getfixturevalue(role)
    answer = api_of(person).post(LIST, {"name": "Mug", "price": "12.50"})
    row = answer.json()
    assert (answer.status_code, answer["ETag"], row["owner"], row["stock"]) == (201, '"1"', person.pk, 0)
    product = Product.objects.get()
    assert (product.pk, product.owner, product.sku) == (row["id"], person, row["sku"])
    assert (ChangeSet.objects.get().source, ChangeSet.objects.get().request_id) == ("api", answer["X-Request-ID"])


def test_everything_that_can_be_set_is_kept(api_of, ada, sam):
    sent = {
        "name": "Mug",
        "sku": "MUG-1",
        "barcode": "96385074",
        "description": "Blue\nand small",
        "note": "Ask Jo",
        "price": "12.50",
        "cost": "6.10",
        "stock": 7,
        "low_stock_threshold": 2,
        "category": CategoryFactory().pk,
        "is_public": True,
        "owner": sam.pk,
    }
    row = api_of(ada).post(LIST, sent).json()
    assert {name: row[name] for name in sent} == sent
    assert Product.objects.get().movements.get().kind == "received"


def test_clients_create_nothing(api_of, cleo):
    answer = api_of(cleo).post(LIST, {"name": "Mug", "price": "1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert answer.json()["detail"] == "Clients cannot add products. Ask staff or an admin to add one for you."
    assert not Product.objects.exists()


def test_staff_cannot_name_an_owner_and_admins_only_an_active_one(api_of, ada, sam):
    gone = UserFactory(is_active=False)
    for person, owner, code in ((sam, ada.pk, "read_only_field"), (ada, gone.pk, "inactive_owner")):
        answer = api_of(person).post(LIST, {"name": "Mug", "price": "1", "owner": owner})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
        assert list(answer.json()["owner"])
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "extra",
    [
        "role",
        "is_staff",
        "is_superuser",
        "trashed_at",
        "archived_at",
        "created_by",
        "__proto__",
        "a/b~c",
        "pk",
        "search",
    ],
)
def test_what_is_no_field_is_named(extra, api_of, ada, mug):
    for answer in (
        api_of(ada).post(LIST, {"name": "Mug", "price": "1", extra: "admin"}),
        api_of(ada).patch(at(mug), {"name": "Mug", extra: "admin"}),
    ):
        body = answer.json()
        assert (answer.status_code, body[extra]) == (400, ["There is no such field."])
        pointer = "/" + extra.replace("~", "~0").replace("/", "~1")
        assert body["errors"] == [{"pointer": pointer, "code": "unknown_field", "message": "There is no such field."}]
    mug.refresh_from_db()
    assert (mug.name, Product.objects.count()) == ("Enamel mug", 1)


@pytest.mark.parametrize("name", ["id", "version", "status", "created_at", "updated_at"])
def test_what_the_system_sets_cannot_be_set(name, api_of, ada, mug):
    value = {"id": 5, "version": 9, "status": "archived"}.get(name, "2020-01-01T00:00:00Z")
    for answer in (
        api_of(ada).post(LIST, {"name": "Mug", "price": "1", name: value}),
        api_of(ada).patch(at(mug), {name: value}),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "read_only_field")
    assert (Product.objects.count(), Product.objects.get().version) == (1, 1)


def test_guarded_fields_are_unknown_to_clients_even_on_their_own(api_of, cleo):
    mine = ProductFactory(owner=cleo, cost="1")
    answer = api_of(cleo).patch(at(mine), {"cost": "0"})
    assert answer.status_code == 403
    mine.refresh_from_db()
    assert mine.cost == 1


# --- Changing --------------------------------------------------------------------------------------------------------


def test_staff_and_admins_change_what_they_see(api_of, ada, sam, shelf):
    for person, product, status in (
        (ada, shelf["cleo"][1], 200),
        (sam, shelf["sam"][1], 200),
        (sam, shelf["ada"][0], 200),
        (sam, shelf["ada"][1], 404),
        (sam, shelf["cleo"][1], 404),
    ):
        answer = api_of(person).patch(at(product), {"description": f"by {person}"})
        assert answer.status_code == status, (person, product)
        product.refresh_from_db()
        assert (product.description == f"by {person}") == (status == 200)
    assert Product.objects.exclude(description="").count() == 3


def test_clients_change_nothing_not_even_their_own(api_of, cleo, shelf):
    mine = shelf["cleo"][0]
    before = list(Product.objects.order_by("pk").values())
    for product in (mine, shelf["ada"][0]):
        for method in ("put", "patch", "delete"):
            answer = getattr(api_of(cleo), method)(at(product), {"name": "Mine", "price": "0"})
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert list(Product.objects.order_by("pk").values()) == before


def test_only_admins_move_to_the_trash(api_of, ada, sam, shelf):
    public, private = shelf["sam"]
    answer = api_of(sam).delete(at(public))
    assert (answer.status_code, "Only an admin" in answer.json()["detail"]) == (403, True)
    assert api_of(ada).delete(at(public)).status_code == 204
    assert list(Product.objects.trash_of(ada)) == [public]
    assert api_of(ada).get(at(private)).status_code == 200


def test_what_was_read_can_be_put_back_unchanged(api_of, ada, sam, mug):
    for person in (ada, sam):  # the mug is ada's: sam may send its owner back, though not set it
        api = api_of(person)
        read = api.get(at(mug))
        answer = api.put(at(mug), read.json(), headers={"If-Match": read["ETag"]})
        assert (answer.status_code, answer.json(), answer["ETag"]) == (200, read.json(), read["ETag"])
        assert api.put(at(mug), read.json()).status_code == 200
    assert ChangeSet.objects.count() == 1


def test_what_was_read_can_be_put_back_with_one_change(api_of, sam, mug):
    api = api_of(sam)
    row = api.get(at(mug)).json() | {"name": "Jug"}
    answer = api.put(at(mug), row)
    assert (answer.status_code, answer.json()["name"], answer.json()["version"]) == (200, "Jug", 2)


def test_the_owner_changes_by_admins_alone(api_of, ada, sam, mug):
    answer = api_of(sam).patch(at(mug), {"owner": sam.pk})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "read_only_field")
    assert api_of(sam).patch(at(mug), {"owner": ada.pk, "name": "Jug"}).status_code == 200
    assert api_of(ada).patch(at(mug), {"owner": sam.pk}).json()["owner"] == sam.pk
    mug.refresh_from_db()
    assert (mug.owner, mug.name) == (sam, "Jug")


def test_a_product_of_somebody_who_left_can_still_be_put_back(api_of, ada, sam, mug):
    type(ada).objects.filter(pk=ada.pk).update(is_active=False)
    boss = UserFactory(role="admin")
    for person in (boss, sam):
        row = api_of(person).get(at(mug)).json()
        assert api_of(person).put(at(mug), row | {"name": f"by {person.pk}"}).status_code == 200


def test_put_needs_the_whole_and_patch_a_part(api_of, sam, mug):
    answer = api_of(sam).put(at(mug), {"name": "Jug"})
    assert (answer.status_code, list(answer.json()["price"])) == (400, ["This field is required."])
    assert api_of(sam).patch(at(mug), {"name": "Jug"}).json()["price"] == "12.50"
    assert api_of(sam).patch(at(mug), {}).json()["version"] == 2


def test_a_category_is_set_by_its_key_and_cleared_by_null(api_of, sam, mug):
    kitchen = CategoryFactory()
    assert api_of(sam).patch(at(mug), {"category": kitchen.pk}).json()["category"] == kitchen.pk
    for wrong in (kitchen.pk + 1, kitchen.pk + 0.5, "x", "²", [], {}, True, -1, 10**30, "1e3"):
        answer = api_of(sam).patch(at(mug), {"category": wrong})
        assert (answer.status_code, len(answer.json()["category"])) == (400, 1), wrong
    mug.refresh_from_db()
    assert mug.category == kitchen
    assert api_of(sam).patch(at(mug), {"category": None}).json()["category"] is None


def test_a_taken_sku_is_refused_on_its_field(api_of, sam, mug):
    jug = ProductFactory(sku="JUG-1")
    for answer in (
        api_of(sam).post(LIST, {"name": "Mug", "price": "1", "sku": "mug-1"}),
        api_of(sam).patch(at(jug), {"sku": "MUG-1"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "already_exists")
        assert answer.json()["sku"] == ["This SKU already belongs to another product."]


def test_options_tells_the_signed_in_no_more_than_the_schema(api_of, cleo, mug):
    assert api_of(None).options(LIST).status_code == 401
    answer = api_of(cleo).options(at(mug))
    assert answer.status_code == 200
    assert "actions" not in answer.json()


@pytest.mark.parametrize(("sent", "kept"), [(68, "68.00"), (12.5, "12.50"), ("12.50", "12.50"), (-0.0, "0.00")])
def test_an_amount_may_be_a_number_as_older_scripts_send_it(api_of, sam, sent, kept):
    answer = api_of(sam).post("/api/products/", {"name": "Oak stool", "price": sent})
    assert (answer.status_code, answer.json()["price"]) == (201, kept)


@pytest.mark.parametrize("sent", [12.505, -1, 1e12, True, "12,50", "1e3", " 5"])
def test_an_amount_that_is_none_is_refused(api_of, sam, sent):
    answer = api_of(sam).post("/api/products/", {"name": "Oak stool", "price": sent})
    assert (answer.status_code, next(iter(answer.json()))) == (400, "price")
