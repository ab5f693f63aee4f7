"""The OpenAPI document: valid, checked in, and what the API really answers."""

from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator

from site_config import docs
from tests.factories import PASSWORD, ProductFactory, UserFactory

CHECKED_IN = settings.BASE_DIR / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return docs.schema()


def test_it_is_valid_and_makes_no_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"))
    assert yaml.safe_load((tmp_path / "openapi.yaml").read_text())["openapi"] == "3.1.0"


def test_the_checked_in_document_is_the_current_one(document):
    again = "Run: python manage.py spectacular --file docs/openapi.yaml"
    assert yaml.safe_load(CHECKED_IN.read_text()) == document, again


@pytest.mark.django_db
def test_it_is_served_to_everyone(client, document):
    answer = client.get("/api/schema/", headers={"Accept-Language": "es"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    assert answer.json() == document
    assert client.post("/api/schema/").status_code == 405


def test_every_operation_says_what_it_does_and_how_it_refuses(document):
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            assert operation["description"], (path, verb)
            assert {"401", "405"} <= set(operation["responses"]), (path, verb)
            problems = [code for code in operation["responses"] if code >= "400"]
            for code in problems:
                assert list(operation["responses"][code]["content"]) == ["application/problem+json"]
                assert operation["responses"][code]["description"]


def test_no_inside_of_ours_is_described(document):
    text = str(document)
    for word in ("serializer", "Mixin", "queryset", "docstring"):
        assert word not in text, word


# --- What is really answered -----------------------------------------------------------------------------------------


@pytest.fixture
def conforms(document):
    def check(answer, method, path):
        operation = document["paths"][path][method]
        shape = operation["responses"].get(str(answer.status_code))
        assert shape is not None, f"{method} {path} answered {answer.status_code}, which is not documented"
        if not shape.get("content"):
            assert answer.content == b""
            return None
        media = answer["Content-Type"].split(";")[0]
        schema = {**shape["content"][media]["schema"], "components": document["components"]}
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer.json())
        return answer.json()

    return check


@pytest.mark.django_db
def test_the_token_doors_answer_as_described(conforms, api_of):
    UserFactory(username="kim")
    api = api_of(None)
    pair = conforms(api.post("/api/login/", {"username": "kim", "password": PASSWORD}), "post", "/api/login/")
    conforms(api.post("/api/login/", {"username": "kim", "password": "x"}), "post", "/api/login/")
    conforms(api.post("/api/login/", {}), "post", "/api/login/")
    fresh = conforms(api.post("/api/refresh/", {"refresh": pair["refresh"]}), "post", "/api/refresh/")
    conforms(api.post("/api/refresh/", {"refresh": pair["refresh"]}), "post", "/api/refresh/")
    conforms(api.get("/api/protected/"), "get", "/api/protected/")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {fresh['access']}")
    conforms(api.get("/api/protected/"), "get", "/api/protected/")
    conforms(api.post("/api/logout/", {}), "post", "/api/logout/")
    conforms(api.post("/api/logout/", {}), "post", "/api/logout/")


@pytest.mark.django_db
def test_products_answer_as_described(conforms, api_of, ada, sam, cleo, mug):
    ProductFactory(owner=cleo)
    all_of_them, one = "/api/products/", "/api/products/{id}/"
    at = f"/api/products/{mug.pk}/"
    for person in (ada, sam, cleo):
        api = api_of(person)
        conforms(api.get(all_of_them + "?page_size=1"), "get", all_of_them)
        conforms(api.get(all_of_them + "?colour=red"), "get", all_of_them)
        conforms(api.post(all_of_them, {"name": "Mug", "price": "1"}), "post", all_of_them)
        conforms(api.post(all_of_them, {"name": ""}), "post", all_of_them)
        conforms(api.get(at), "get", one)
        conforms(api.patch(at, {"name": "Jug"}), "patch", one)
        conforms(api.patch(at, {"stock": 3}), "patch", one)
        conforms(api.put(at, {"name": "Jug", "price": "2"}), "put", one)
        conforms(api.put(at, {"name": "Jug", "price": "2"}, headers={"If-Match": '"0"'}), "put", one)
    conforms(api_of(None).get(all_of_them), "get", all_of_them)
    conforms(api_of(ada).generic("POST", all_of_them, b"{", content_type="application/json"), "post", all_of_them)
    conforms(api_of(ada).generic("POST", all_of_them, b"x", content_type="text/plain"), "post", all_of_them)
    read = api_of(ada).get(at)
    assert api_of(ada).get(at, headers={"If-None-Match": read["ETag"]}).status_code == 304
    conforms(api_of(ada).get(at, headers={"If-None-Match": read["ETag"]}), "get", one)
    conforms(api_of(ada).delete(at), "delete", one)
    conforms(api_of(ada).delete(at), "delete", one)
    conforms(api_of(sam).delete(at), "delete", one)


@pytest.mark.django_db
def test_changes_categories_and_the_trash_answer_as_described(conforms, api_of, ada, sam, cleo, mug):
    tree, bin_, acts = "/api/categories/", "/api/trash/", "/api/changes/"
    ProductFactory(owner=cleo)
    for person in (ada, sam, cleo):
        api = api_of(person)
        name = {"name": f"Mugs of {person.username}"}
        made = conforms(api.post(tree, name), "post", tree)
        conforms(api.post(tree, name), "post", tree)
        conforms(api.post(f"{tree}?dry_run=true", {"name": "Cups"}), "post", tree)
        conforms(api.get(tree), "get", tree)
        at, one = f"{tree}{made.get('id', 0)}/", tree + "{id}/"
        conforms(api.get(at), "get", one)
        conforms(api.patch(at, {"parent": made.get("id")}), "patch", one)
        conforms(api.put(at, {**name, "parent": None}), "put", one)
        conforms(api.delete(at), "delete", one)
        api.patch(f"/api/products/{mug.pk}/", {"price": f"1{person.pk}"})
        conforms(api.get(f"/api/products/{mug.pk}/history/"), "get", "/api/products/{id}/history/")
        listed = conforms(api.get(acts), "get", acts)["results"][0]["id"]
        conforms(api.get(f"{acts}?since=never"), "get", acts)
        conforms(api.get(f"{acts}{listed}/"), "get", acts + "{id}/")
        conforms(api.get(f"{acts}{listed}/rows/"), "get", acts + "{id}/rows/")
        conforms(api.post(f"{acts}{listed}/undo/?dry_run=true"), "post", acts + "{id}/undo/")
        conforms(api.post(f"{acts}{listed}/undo/"), "post", acts + "{id}/undo/")
        conforms(api.post(f"{acts}{listed}/undo/"), "post", acts + "{id}/undo/")
        api_of(ada).delete(f"/api/products/{mug.pk}/")
        conforms(api.get(bin_), "get", bin_)
        conforms(api.get(f"{bin_}{mug.pk}/"), "get", bin_ + "{id}/")
        for _try in range(2):
            conforms(api.post(f"{bin_}{mug.pk}/restore/"), "post", bin_ + "{id}/restore/")


@pytest.mark.django_db
def test_people_answer_as_described(conforms, api_of, ada, sam):
    everyone, one, me = "/api/users/", "/api/users/{id}/", "/api/users/me/"
    at = f"/api/users/{sam.pk}/"
    kim = {"username": "kim", "email": "kim@example.com", "role": "staff", "password": PASSWORD}
    for person in (ada, sam):
        api = api_of(person)
        conforms(api.get(everyone), "get", everyone)
        conforms(api.post(everyone, kim), "post", everyone)
        conforms(api.post(everyone, kim), "post", everyone)
        conforms(api.get(at), "get", one)
        conforms(api.get("/api/users/999999/"), "get", one)
        conforms(api.patch(at, {"name": "Sam"}), "patch", one)
        conforms(api.put(at, {"username": "sam", "email": "sam@example.com", "role": "staff"}), "put", one)
        conforms(api.get(me), "get", me)
        conforms(api.patch(me, {"name": "Me"}), "patch", me)
        conforms(api.patch(me, {"role": "admin"}), "patch", me)
        conforms(api.delete(at), "delete", one)
        wrong = {"current_password": "x", "new_password": "y"}
        conforms(api.post("/api/users/change_password/", wrong), "post", "/api/users/change_password/")
    right = {"current_password": PASSWORD, "new_password": "another correct horse"}
    conforms(api_of(ada).post("/api/users/change_password/", right), "post", "/api/users/change_password/")
    ada.refresh_from_db()
    conforms(api_of(ada).delete(f"{at}?successor={ada.pk}"), "delete", one)
