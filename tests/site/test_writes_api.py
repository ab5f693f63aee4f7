"""Every write of the API can be rehearsed, and repeated under a key."""

import pytest
from django.apps import apps
from rest_framework.views import APIView

from accounts.api.doors import Door
from accounts.models import KeptAnswer, User
from accounts.policy import Role
from accounts.services import tokens
from products.models import ChangeSet, Product
from tests.addresses import patterns
from tests.factories import PASSWORD, ProductFactory, UserFactory
from tests.parallel import at_once

MUG = {"name": "Mug", "price": "12.50", "sku": "MUG-9", "stock": 4}
KIM = {"username": "kim", "email": "kim@example.com", "role": "staff", "password": PASSWORD}


def stored():
    """Every row of ours."""
    models = [*apps.get_app_config("products").get_models(), *apps.get_app_config("accounts").get_models()]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def handlers():
    """(address, method, handler) of every writing door; the token doors stand outside."""
    for name, pattern in patterns():
        view = getattr(pattern.callback, "cls", None)
        if view and issubclass(view, APIView):
            for method, action in getattr(pattern.callback, "actions", {}).items():
                if method not in ("get", "head"):
                    yield name, method, view, getattr(view, action)


def test_every_writing_handler_can_be_rehearsed():
    found = list(handlers())
    assert len(found) > 20
    assert [(name, method) for name, method, _view, handler in found if not hasattr(handler, "write")] == []
    assert all(issubclass(view, Door) for _name, _method, view, _handler in found)


def test_only_what_answers_with_a_secret_or_a_stranger_sends_cannot_be_repeated():
    """An answer is kept for somebody; who accepts an invitation is nobody yet, and its link works once anyway."""
    once = {(name, method) for name, method, _view, handler in handlers() if handler.write == "once"}
    assert once == {("api-tokens-list", "post"), ("api-invitations-accept", "post")}


# --- Dry runs --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_rehearsed_creation_says_what_would_be_and_makes_nothing(api_of, sam):
    api = api_of(sam)
    before = stored()
    answer = api.post("/api/products/?dry_run=true", MUG)
    body = answer.json()
    assert (answer.status_code, body["dry_run"], body["status"]) == (200, True, 201)
    assert (body["result"]["id"], body["result"]["name"], body["result"]["stock"]) == (None, "Mug", 4)
    made = next(line for line in body["changes"] if line["field"] == "")
    assert (made["object"], made["id"], made["label"], made["old"]) == ("product", None, "Mug", None)
    assert made["new"]["price"] == "12.50"
    assert stored() == before


@pytest.mark.django_db
def test_a_rehearsed_change_tells_old_and_new(api_of, sam, mug):
    api = api_of(sam)
    before = stored()
    body = api.patch(f"/api/products/{mug.pk}/?dry_run=true", {"price": "13.20", "name": "Enamel mug"}).json()
    assert body["changes"] == [
        {"object": "product", "id": mug.pk, "label": "Enamel mug", "field": "price", "old": "12.50", "new": "13.20"}
    ]
    assert (body["status"], body["result"]["price"], body["result"]["version"]) == (200, "13.20", mug.version + 1)
    assert stored() == before


@pytest.mark.django_db
def test_every_kind_of_write_can_be_rehearsed(api_of, ada, mug):
    api, kim = api_of(ada), UserFactory(username="kim")
    made = ChangeSet.objects.earliest("pk")
    before = stored()
    for method, path, body in (
        ("put", f"/api/products/{mug.pk}/", {"name": "Jug", "price": "2"}),
        ("delete", f"/api/products/{mug.pk}/", None),
        ("post", f"/api/products/{mug.pk}/stock/", {"delta": -3, "reason": "sold"}),
        ("post", "/api/products/bulk/", {"update": [{"id": mug.pk, "price": "3"}], "trash": []}),
        ("post", f"/api/changes/{made.pk}/undo/", None),
        ("post", "/api/categories/", {"name": "Kitchen"}),
        ("patch", f"/api/users/{kim.pk}/", {"role": "client"}),
        ("patch", "/api/users/me/", {"name": "Ada"}),
        ("post", f"/api/users/{kim.pk}/unlock/", None),
        ("delete", f"/api/users/{kim.pk}/?successor={ada.pk}", None),
        ("delete", f"/api/users/{kim.pk}/sessions/", None),
        ("post", "/api/tokens/", {"name": "feed", "scopes": ["read"], "days": 30}),
    ):
        address = f"{path}{'&' if '?' in path else '?'}dry_run=true"
        answer = getattr(api, method)(address, body)
        assert answer.status_code == 200, (address, answer.content)
        assert answer.json()["status"] in (200, 201, 204), address
        assert answer.json()["changes"] or method == "delete", address
        assert stored() == before, address


@pytest.mark.django_db
def test_a_rehearsal_is_refused_as_the_act_would_be(api_of, sam, cleo, mug):
    assert api_of(sam).post("/api/products/?dry_run=true", {"name": ""}).status_code == 400
    assert api_of(cleo).post("/api/products/?dry_run=true", MUG).status_code == 403
    assert api_of(sam).post("/api/products/?dry_run=true", {**MUG, "sku": "mug-1"}).json()["code"] == "already_exists"


@pytest.mark.django_db
def test_dry_run_is_true_or_false_and_nothing_else(api_of, sam):
    for given in ("", "1", "yes", "TRUE"):
        answer = api_of(sam).post(f"/api/products/?dry_run={given}", MUG)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_dry_run")
    assert api_of(sam).post("/api/products/?dry_run=false", MUG).status_code == 201


@pytest.mark.django_db
def test_a_read_takes_no_dry_run(api_of, sam):
    answer = api_of(sam).get("/api/products/?dry_run=true")
    assert (answer.status_code, answer.json()["dry_run"]) == (400, ["There is no such parameter."])


# --- Retries ---------------------------------------------------------------------------------------------------------


def again(api, method, path, body, key="k-1"):
    return getattr(api, method)(path, body, headers={"Idempotency-Key": key})


@pytest.mark.django_db
def test_a_repeated_creation_answers_the_same_and_makes_one(api_of, sam):
    api = api_of(sam)
    first, second = (again(api, "post", "/api/products/", MUG) for _time in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.json(), first["ETag"]) == (second.json(), second["ETag"])
    assert not first.has_header("Idempotency-Replayed")
    assert second["Idempotency-Replayed"] == "true"
    assert Product.objects.filter(sku="MUG-9").count() == 1


@pytest.mark.django_db
def test_a_key_may_be_quoted_as_the_draft_has_it(api_of, sam):
    api = api_of(sam)
    again(api, "post", "/api/products/", MUG, key="abc")
    assert again(api, "post", "/api/products/", MUG, key='"abc"')["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
def test_a_change_and_a_removal_can_be_repeated_too(api_of, ada, mug):
    api, path = api_of(ada), f"/api/products/{mug.pk}/"
    headers = {"If-Match": f'"{mug.version}"', "Idempotency-Key": "p"}
    first, second = (api.patch(path, {"price": "9.00"}, headers=headers) for _time in range(2))
    assert (first.status_code, second.status_code, second.json()) == (200, 200, first.json())
    gone = [api.delete(path, headers={"Idempotency-Key": "d"}) for _time in range(2)]
    assert [(answer.status_code, answer.content) for answer in gone] == [(204, b"")] * 2


@pytest.mark.django_db
def test_another_request_under_the_key_is_refused(api_of, sam, mug):
    api = api_of(sam)
    again(api, "post", "/api/products/", MUG)
    for method, path, body in (
        ("post", "/api/products/", {**MUG, "price": "1"}),
        ("post", "/api/products/?dry_run=false", MUG),
        ("patch", f"/api/products/{mug.pk}/", MUG),
    ):
        answer = again(api, method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused"), path


@pytest.mark.django_db
def test_the_version_that_is_insisted_on_belongs_to_the_request(api_of, sam, mug):
    api, path = api_of(sam), f"/api/products/{mug.pk}/"
    first = api.patch(path, {"price": "1.00"}, headers={"If-Match": f'"{mug.version}"', "Idempotency-Key": "v"})
    second = api.patch(path, {"price": "1.00"}, headers={"If-Match": first["ETag"], "Idempotency-Key": "v"})
    assert (first.status_code, second.status_code) == (200, 422)


@pytest.mark.django_db
def test_a_refused_request_may_be_mended_under_its_key(api_of, sam):
    api = api_of(sam)
    assert again(api, "post", "/api/products/", {**MUG, "price": "-1"}).status_code == 400
    assert again(api, "post", "/api/products/", MUG).status_code == 201


@pytest.mark.django_db
def test_a_key_that_is_none_is_refused(api_of, sam):
    for key in ("", " ", "a b", "é", "x" * 256, '"'):
        answer = api_of(sam).post("/api/products/", MUG, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key"), key
        rehearsed = api_of(sam).post("/api/products/?dry_run=true", MUG, headers={"Idempotency-Key": key})
        assert rehearsed.json()["code"] == "bad_idempotency_key", key
    assert KeptAnswer.objects.count() == Product.objects.count() == 0


@pytest.mark.django_db
def test_an_answer_is_never_replayed_to_a_lesser_role(api_of, sam):
    again(api_of(sam), "post", "/api/products/", {**MUG, "cost": "3.00"})
    User.objects.filter(pk=sam.pk).update(role=Role.CLIENT)
    sam.refresh_from_db()
    answer = again(api_of(sam), "post", "/api/products/", {**MUG, "cost": "3.00"})
    assert answer.status_code == 403
    User.objects.filter(pk=sam.pk).update(role=Role.ADMIN)
    sam.refresh_from_db()
    assert again(api_of(sam), "post", "/api/products/", {**MUG, "cost": "3.00"}).status_code == 422


@pytest.mark.django_db
def test_what_answers_with_a_secret_takes_no_key(api_of, sam):
    answer = again(api_of(sam), "post", "/api/tokens/", {"name": "feed", "scopes": ["read"], "days": 30})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_not_taken")


@pytest.mark.django_db
def test_a_password_in_a_body_is_not_kept(api_of, ada):
    again(api_of(ada), "post", "/api/users/", KIM)
    kept = str(list(KeptAnswer.objects.values()))
    assert PASSWORD not in kept
    assert again(api_of(ada), "post", "/api/users/", KIM)["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
def test_a_rehearsal_keeps_no_answer(api_of, sam):
    again(api_of(sam), "post", "/api/products/?dry_run=true", MUG)
    assert KeptAnswer.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_twenty_creations_at_once_under_one_key_make_one_product(api_of):
    sam = UserFactory(username="sam")
    access = tokens.sign_in(person=sam)["access"]

    def create(number: int):
        api = api_of(None)
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        return again(api, "post", "/api/products/", MUG)

    answers = at_once(create, times=20)
    assert Product.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert {answer.json()["id"] for answer in done} == {Product.objects.get().pk}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_in_progress"}


# --- Unknown parameters ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_unknown_parameter_is_refused_by_name_everywhere(api_of, ada, mug):
    api, other = api_of(ada), ProductFactory()
    for method, path in (
        ("get", "/api/products/"),
        ("get", f"/api/products/{mug.pk}/"),
        ("post", "/api/products/"),
        ("patch", f"/api/products/{mug.pk}/"),
        ("delete", f"/api/products/{other.pk}/"),
        ("get", "/api/users/"),
        ("get", "/api/users/me/"),
        ("get", "/api/protected/"),
        ("post", "/api/login/"),
        ("post", "/api/refresh/"),
        ("get", "/api/categories/"),
        ("get", "/api/trash/"),
        ("get", "/api/changes/"),
        ("get", "/api/tokens/"),
    ):
        answer = api.generic(method.upper(), f"{path}?colour=red", b"{}", content_type="application/json")
        assert answer.status_code == 400, (method, path, answer.content)
        assert (answer.json()["code"], answer.json()["colour"]) == (
            "unknown_parameter",
            ["There is no such parameter."],
        )
    assert Product.objects.filter(trashed_at=None, pk=other.pk).exists()
