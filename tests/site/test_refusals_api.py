"""Whatever is wrong with a call, every door of the API says so in a problem document that a script can read."""

from uuid import UUID

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from django.urls.converters import UUIDConverter
from rest_framework.test import APIClient

from accounts.models import User
from products.models import Product
from tests.addresses import patterns

pytestmark = pytest.mark.django_db
MEMBERS = {"type", "title", "status", "code", "detail", "request_id"}


def address(name, pattern):
    """An address of this name; its variable parts need lead to no row."""
    parts = pattern.pattern.converters.items()
    return reverse(name, kwargs={part: UUID(int=1) if isinstance(kind, UUIDConverter) else 1 for part, kind in parts})


# Every address below /api/ that a class answers, by its name.
DOORS = {
    name: address(name, pattern)
    for name, pattern in patterns()
    if name.startswith("api-") and hasattr(pattern.callback, "cls")
}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def assert_problem(answer, status, code):
    assert answer["Content-Type"] == "application/problem+json", answer.content[:200]
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    assert set(body) >= MEMBERS
    assert all(body[name] for name in MEMBERS), body
    assert (body["type"], body["request_id"]) == (f"urn:stockroom:problem:{code}", answer["X-Request-ID"])
    return body


def words(header: str) -> set[str]:
    return {word.strip() for word in header.split(",") if word.strip()}


@pytest.fixture
def script(api_of, ada) -> APIClient:
    return api_of(ada)


@pytest.mark.parametrize("path", ["/api/", "/api/nothing/", "/api/nothing", "/api/products/1/x", "/api/v2/products/"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_path_that_leads_nowhere(path, method, script, api_of):
    for client in (script, api_of(None)):
        assert_problem(client.generic(method, path), 404, "not_found")


def test_a_forgotten_slash_is_added_for_reading_only(script, page_of, ada):
    moved = script.get("/api/products?q=mug")
    assert (moved.status_code, moved["Location"]) == (301, "/api/products/?q=mug")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        lost = assert_problem(script.generic(method, "/api/products"), 404, "not_found")
        assert "ends with a slash" in lost["detail"]
    assert page_of(ada).get("/products").status_code == 301
    assert page_of(ada).post("/products").status_code == 404


@pytest.mark.parametrize("name", DOORS)
def test_a_method_that_is_not_there_is_answered_with_those_that_are(name, script):
    here = words(script.options(DOORS[name])["Allow"]) | {"OPTIONS"}
    for method in sorted(METHODS - here - {"HEAD"}):
        answer = script.generic(method, DOORS[name])
        assert_problem(answer, 405, "method_not_allowed")
        assert words(answer["Allow"]) | {"OPTIONS"} == here
    for method in ("TRACE", "PROPFIND"):
        answer = script.generic(method, DOORS[name])
        assert_problem(answer, 405, "method_not_allowed")
        assert words(answer["Allow"]) == here


def test_a_method_that_nobody_knows_has_an_allow_header_everywhere(client):
    assert client.generic("TRACE", "/api/nothing/")["Allow"] == ""
    page = client.generic("TRACE", "/products/")
    assert (page.status_code, page["Allow"]) == (405, "GET, HEAD, POST")
    assert "That can’t be done here" in page.content.decode()


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_the_reference_can_only_be_read(path):
    for client in (Client(enforce_csrf_checks=True), Client()):
        answer = client.post(path)
        assert_problem(answer, 405, "method_not_allowed")
        assert words(answer["Allow"]) == {"GET", "HEAD"}


def test_a_page_refuses_a_method_with_a_page(client):
    answer = client.get("/accounts/logout/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "That can’t be done here" in answer.content.decode()
    assert int(answer["Content-Length"]) == len(answer.content)


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png", "text/html, application/xml;q=0.9"])
def test_a_format_that_is_not_spoken(accept, script, api_of):
    for client in (script, api_of(None)):
        for path in DOORS.values():
            answer = client.get(path, headers={"Accept": accept})
            assert_problem(answer, 406, "not_acceptable")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/products/"),
        ("PATCH", "/api/products/{mug}/"),
        ("PUT", "/api/products/{mug}/"),
        ("POST", "/api/users/"),
        ("PATCH", "/api/users/me/"),
        ("POST", "/api/users/change_password/"),
        ("POST", "/api/login/"),
        ("POST", "/api/refresh/"),
        ("POST", "/api/logout/"),
    ],
)
class TestABody:
    @pytest.fixture(autouse=True)
    def _stays(self, mug, ada):
        before = self.stored()
        yield
        assert self.stored() == before

    def stored(self):
        return [list(table.objects.order_by("pk").values_list()) for table in (Product, User)]

    def send(self, script, mug, method, path, body, media="application/json"):
        path = path.format(mug=mug.pk)
        tag = {"If-Match": script.get(path).get("ETag", "*")} if method in ("PUT", "PATCH") else {}
        return script.generic(method, path, body, content_type=media, headers=tag)

    @pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"])
    def test_that_is_no_json(self, media, method, path, script, mug):
        assert_problem(self.send(script, mug, method, path, b"name=Mug", media), 415, "unsupported_media_type")

    @pytest.mark.parametrize("body", [b"{", b'{"name": "Mug",}', b"\xff", b"{'name': 1}", b'{"name": NaN}'])
    def test_that_cannot_be_read(self, body, method, path, script, mug):
        assert_problem(self.send(script, mug, method, path, body), 400, "parse_error")

    @pytest.mark.parametrize("body", [b"[]", b"1", b'"Mug"', b"null"])
    def test_that_is_no_object(self, body, method, path, script, mug):
        answer = self.send(script, mug, method, path, body)
        assert assert_problem(answer, 400, "invalid")["errors"]

    def test_over_the_limit(self, method, path, script, mug):
        body = b'{"name": "' + b"x" * configured.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
        assert_problem(self.send(script, mug, method, path, body), 413, "too_large")


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", ""])
def test_a_host_that_is_not_ours(host, tls, settings, ada):
    settings.SECURE_SSL_REDIRECT = tls
    for path in ("/api/products/", "/api/login/", "/api/nothing/", "/api/schema/"):
        assert_problem(APIClient().get(path, HTTP_HOST=host), 400, "bad_request")


def test_a_refusal_is_a_document_whatever_format_was_asked_for(api_of, cleo, script):
    html = {"Accept": "text/html"}
    assert_problem(script.get("/api/nothing/", headers=html), 404, "not_found")
    assert_problem(script.get("/api/products/?q=%00", headers=html), 400, "nul_byte")
    assert_problem(script.get("/api/schema/", headers=html, HTTP_HOST="evil.example"), 400, "bad_request")


def test_who_is_not_let_in_reads_why(api_of, cleo):
    nobody = api_of(None).get("/api/products/")
    assert_problem(nobody, 401, "not_authenticated")
    assert nobody["WWW-Authenticate"].startswith("Bearer")
    assert_problem(api_of(cleo).get("/api/users/"), 403, "permission_denied")
