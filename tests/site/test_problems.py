"""Refusals of the API are problem documents, whole and the same everywhere; pages get a page."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions

from products.models import Product
from site_config.lib import origin, problems
from site_config.lib.errors import Conflict, DomainError, Invalid, Throttled
from tests.factories import ProductFactory

MEMBERS = {"type", "title", "status", "code", "detail", "request_id"}


def assert_problem(answer, status, code):
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), answer.content
    assert set(body) >= MEMBERS
    assert all(body[name] for name in MEMBERS)
    assert (body["type"], body["request_id"]) == (f"urn:stockroom:problem:{code}", answer["X-Request-ID"])
    assert answer["Content-Type"] == "application/problem+json"
    return body


@pytest.mark.django_db
class TestTheApi:
    def test_an_address_that_leads_nowhere(self, api_of, sam):
        for client in (api_of(None), api_of(sam)):
            for url in ("/api/", "/api/nothing/", "/api/products/x/", "/api/products/1/nothing/", "/api/products/-1/"):
                assert_problem(client.get(url), 404, "not_found")
        assert_problem(api_of(sam).get(f"/api/products/{10**18 - 1}/"), 404, "not_found")
        assert_problem(api_of(sam).get(f"/api/products/{10**18}/"), 404, "not_found")
        assert_problem(api_of(sam).get("/api/products/٣/"), 404, "not_found")

    def test_a_method_that_is_not_there(self, api_of, sam, mug):
        for method, url in (
            ("put", "/api/products/"),
            ("delete", "/api/products/"),
            ("post", f"/api/products/{mug.pk}/"),
        ):
            answer = getattr(api_of(sam), method)(url)
            assert_problem(answer, 405, "method_not_allowed")
            assert "GET" in answer["Allow"]
        assert_problem(api_of(sam).get("/api/login/"), 405, "method_not_allowed")

    def test_a_format_that_is_not_spoken(self, api_of, sam, mug):
        assert_problem(api_of(sam).get("/api/products/", headers={"Accept": "text/html"}), 406, "not_acceptable")
        assert api_of(sam).get("/api/products/", headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200

    @pytest.mark.parametrize("media", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "rubbish"])
    def test_a_body_that_is_no_json(self, media, api_of, sam):
        answer = api_of(sam).generic("POST", "/api/products/", b"name=Mug", content_type=media)
        assert_problem(answer, 415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "body",
        [
            *(
                b"{",
                b"",
                b"[",
                b"'",
                b'{"name": NaN}',
                b'{"price": Infinity}',
                b"\xff\xfe",
                b'{"name": "\xed\xa0\x80"}',
            ),
            *(b'{"price": 1e999}', b'{"name": "\\ud800"}', b'{"\\udfff": 1}', b"{" + b'"n": ' + b"9" * 5000 + b"}"),
            *(b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000),
        ],
        ids=range(15),
    )
    def test_json_that_cannot_be_read(self, body, api_of, sam):
        for url in ("/api/products/", "/api/login/", "/api/refresh/"):
            answer = api_of(sam).generic("POST", url, body, content_type="application/json")
            if body:
                assert_problem(answer, 400, "parse_error")
            else:
                assert_problem(answer, 400, "invalid")
        assert not Product.objects.exists()

    @pytest.mark.parametrize("body", ["[]", "5", '"Mug"', "null", "true", '[{"name": "Mug"}]'])
    def test_json_that_is_no_object(self, body, api_of, sam):
        for url in ("/api/products/", "/api/login/"):
            answer = api_of(sam).generic("POST", url, body, content_type="application/json")
            assert_problem(answer, 400, "invalid")

    def test_every_field_at_fault_is_named(self, api_of, sam):
        answer = api_of(sam).post("/api/products/", {"name": "", "price": "x", "barcode": "1"})
        body = assert_problem(answer, 400, "invalid")
        assert {error["pointer"] for error in body["errors"]} == {"/name", "/price", "/barcode"}
        assert all(body[error["pointer"][1:]] == [error["message"]] for error in body["errors"])
        assert body["detail"] == "Several fields need fixing. See errors."
        one = assert_problem(api_of(sam).post("/api/products/", {"name": "", "price": "1"}), 400, "invalid")
        assert one["detail"] == one["name"][0]

    def test_a_method_that_is_none_is_refused_before_its_parameters(self, api_of, ada):
        answer = api_of(ada).put("/api/products/?colour=red")
        assert_problem(answer, 405, "method_not_allowed")
        assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"

    def test_a_method_named_by_a_header_or_a_field_is_not_heard(self, api_of, ada, mug):
        for headers in ({"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "PUT"}):
            answer = api_of(ada).post(f"/api/products/{mug.pk}/", {"_method": "DELETE"}, headers=headers)
            assert_problem(answer, 405, "method_not_allowed")
        assert api_of(ada).get("/api/products/", headers={"X-HTTP-Method-Override": "POST"}).status_code == 200
        answer = api_of(ada).get("/api/products/", headers={"X-Original-URL": "/api/users/", "X-Rewrite-URL": "/x"})
        assert "sku" in answer.json()["results"][0]

    def test_a_fault_of_ours_says_nothing_but_its_reference(self, api_of, ada, mug, monkeypatch):
        def fault(*_args, **_options):
            raise RuntimeError("secret")

        monkeypatch.setattr(Product.objects, "visible_to", fault)
        client = api_of(ada)
        client.raise_request_exception = False
        answer = client.get("/api/products/")
        assert_problem(answer, 500, "server_error")
        assert b"secret" not in answer.content

    @pytest.mark.parametrize("error", [OperationalError, InterfaceError])
    def test_a_database_that_is_away_is_a_pause(self, error, api_of, page_of, ada, mug, monkeypatch):
        def away(*_args, **_options):
            raise error("connection refused")

        client = api_of(ada)
        monkeypatch.setattr(Product.objects, "visible_to", away)
        client.raise_request_exception = False
        answer = client.get(f"/api/products/{mug.pk}/")
        assert_problem(answer, 503, "unavailable")
        assert answer["Retry-After"] == "5"


class TestPages:
    def test_an_address_that_leads_nowhere(self, client, db):
        answer = client.get("/nothing/")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert b"Nothing on this shelf" in answer.content
        assert answer["X-Request-ID"].encode() not in answer.content

    def test_the_reference_is_shown_where_it_helps(self, rf, db):
        with origin.acting_from(origin.Origin("page", None, "abc123")):
            answer = problems.answer(rf.get("/"), 500, "server_error", "Broken.", wait=3)
        assert b"abc123" in answer.content
        assert (answer.status_code, answer["Retry-After"]) == (500, "3")

    def test_a_code_without_a_title_of_its_own_has_one(self, rf, db):
        assert b"could not be read" in problems.answer(rf.get("/"), 418, "teapot", "I am a teapot.").content


class TestExceptions:
    def handled(self, error):
        return problems.exception_handler(error, {})

    def test_what_is_no_refusal_stays_a_fault(self):
        assert self.handled(RuntimeError()) is None

    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (Http404(), 404, "not_found"),
            (PermissionDenied(), 403, "permission_denied"),
            (exceptions.Throttled(wait=7), 429, "throttled"),
            (Throttled("Later.", wait=7), 429, "throttled"),
            (DomainError("No."), 400, "invalid"),
            (Conflict("No.", code="taken"), 409, "taken"),
        ],
    )
    def test_each_has_its_status_and_code(self, error, status, code):
        answer = self.handled(error)
        assert (answer.status_code, answer.data["status"], answer.data["code"]) == (status, status, code)
        assert set(answer.data) >= MEMBERS | {"errors"}
        assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)

    def test_a_rule_names_its_field_and_what_helps(self):
        data = self.handled(Conflict("Only 3.", field="delta", code="not_enough_stock", stock=3)).data
        assert (data["delta"], data["stock"], data["detail"]) == (["Only 3."], 3, "Only 3.")
        assert data["errors"] == [{"pointer": "/delta", "code": "not_enough_stock", "message": "Only 3."}]

    def test_several_broken_rules_are_listed_and_one_of_the_whole_has_no_pointer(self):
        data = self.handled(Invalid({"a/b": ["x", "y"], "": ["z"]})).data
        assert [(e["pointer"], e["message"]) for e in data["errors"]] == [("/a~1b", "x"), ("/a~1b", "y"), ("", "z")]
        assert "" not in data

    def test_a_field_never_hides_a_member_of_the_document(self):
        data = self.handled(exceptions.ValidationError({"status": ["No."], "code": ["No."]})).data
        assert (data["status"], data["code"]) == (400, "invalid")
        assert [e["pointer"] for e in data["errors"]] == ["/status", "/code"]

    def test_nested_and_plain_errors_are_flattened(self):
        detail = {"lines": {"0": {"sku": [exceptions.ErrorDetail("Taken.", "taken")]}}, "non_field_errors": ["All."]}
        assert problems.field_errors(exceptions.ValidationError(detail).detail) == [
            {"pointer": "/lines/0/sku", "code": "taken", "message": "Taken."},
            {"pointer": "", "code": "invalid", "message": "All."},
        ]
        assert self.handled(exceptions.ValidationError(["All."])).data["non_field_errors"] == ["All."]

    def test_a_detail_in_a_dict_is_unwrapped(self):
        error = exceptions.AuthenticationFailed({"detail": "Gone.", "code": "token_gone"})
        assert (self.handled(error).data["detail"], self.handled(error).data["code"]) == ("Gone.", "token_gone")


@pytest.mark.django_db
def test_the_api_speaks_the_callers_language(api_of, sam):
    answer = api_of(sam).get("/api/nothing/", headers={"Accept-Language": "²; q=x, ../../etc, en"})
    assert_problem(answer, 404, "not_found")


@pytest.mark.django_db
def test_the_refusal_of_an_unseen_row_is_no_oracle(api_of, sam):
    hidden = ProductFactory(is_public=False)
    for answer in (api_of(sam).get(f"/api/products/{hidden.pk}/"), api_of(sam).get("/api/products/999999/")):
        assert assert_problem(answer, 404, "not_found")["detail"] == "Not found."
