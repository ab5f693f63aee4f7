"""The API's reference: one readable page for everyone, made from the OpenAPI document, without script."""

import re

import pytest

from site_config import docs

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    return client.get("/api/docs/").content.decode()


def test_everyone_may_read_it(client, page_of, cleo):
    for reader in (client, page_of(cleo)):
        answer = reader.get("/api/docs/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert client.head("/api/docs/").status_code == 200
    assert client.post("/api/docs/").status_code == 405


def test_every_operation_is_on_it_once(page):
    operations = [operation for group in docs.groups() for operation in group["operations"]]
    assert len(operations) >= 19
    for operation in operations:
        assert page.count(f"{operation['verb']} {operation['path']}</h3>") == 1
        assert page.count(f'id="{operation["id"]}"') == 1


def test_groups_are_in_the_contents(page):
    for name in ("login", "refresh", "logout", "protected", "products", "users"):
        assert f'href="#{name}"' in page
        assert f'id="{name}"' in page


def test_it_holds_no_script_and_no_style_of_its_own(page):
    assert "<script" not in page
    assert "<style" not in page
    assert not re.search(r"\s(on\w+|style)=", page)


def test_backticks_become_code(page):
    assert "<code>If-Match</code>" in page
    assert "`" not in page


def test_what_it_says_about_an_operation():
    operations = {o["id"]: o for group in docs.groups() for o in group["operations"]}
    create, login, listing = (operations[name] for name in ("products_create", "login_create", "products_list"))
    assert (login["signed_in"], create["signed_in"]) == (False, True)
    fields = {field["name"]: field for field in create["fields"]}
    assert (fields["name"]["required"], fields["name"]["type"]) == (True, "string, at most 200 characters")
    assert (fields["stock"]["required"], fields["stock"]["type"]) == (False, "integer from 0 to 1,000,000,000")
    assert fields["category"]["type"] == "integer or null"
    assert not {"id", "version", "status", "created_at"} & set(fields)
    given = {parameter["name"]: parameter for parameter in listing["parameters"]}
    assert given["page_size"]["type"] == "integer from 1 to 200"
    assert given["ordering"]["type"].startswith("string: rank, -updated, updated, name")
    assert given["status"]["type"] == "string: active, draft, archived"
    assert "".join(given["cursor"]["text"]) == "Opaque; take it from next or previous."
    assert {answer["code"] for answer in create["answers"]} == {"200", "201"}
    assert set(create["refusals"]) >= {"400", "401", "403", "413", "415", "422", "429"}
    role = {field["name"]: field for field in operations["users_create"]["fields"]}["role"]
    assert role["type"] == "string: admin, staff, client"


def test_each_refusal_is_explained_once_with_an_example(page):
    for operation in (operation for group in docs.groups() for operation in group["operations"]):
        for code in operation["refusals"]:
            assert page.count(f'id="refusal-{code}"') == 1
    by_code = {refusal["code"]: refusal for refusal in docs.refusals()}
    assert '"code": "version_mismatch"' in by_code["412"]["example"]


def test_a_body_and_an_answer_have_examples():
    operations = {o["id"]: o for group in docs.groups() for o in group["operations"]}
    assert '"price"' in operations["products_create"]["example"]
    assert any(answer["example"] for answer in operations["products_create"]["answers"])
    assert docs.example({}) == ""
