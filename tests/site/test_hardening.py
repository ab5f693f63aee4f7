"""What is refused before any view runs, and what every answer carries."""

import pytest

from products.models import Product

pytestmark = pytest.mark.django_db
NUL_IN_THE_ADDRESS = [
    "/api/products/?q=%00",
    "/api/products/?%00=1",
    "/api/%00/",
    "/api/products/1%00/",
    "/%00",
    "/?a=b%00c",
]


@pytest.mark.parametrize("url", NUL_IN_THE_ADDRESS)
def test_nul_in_the_address_is_refused(url, api_of, sam):
    answer = api_of(sam).get(url)
    assert answer.status_code == 400
    if url.startswith("/api/"):
        assert answer.json()["code"] == "nul_byte"


@pytest.mark.parametrize("url", ["/api/products/?q=%ED%A0%80", "/api/products/?q=%FF%FE", "/api/products/?q=%C0%80"])
def test_what_is_no_utf_8_in_a_query_finds_nothing(url, api_of, sam, mug):
    answer = api_of(sam).get(url)
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize("url", ["/api/%FF/", "/api/%ED%A0%80/", "/api/products/%FF/"])
def test_what_is_no_utf_8_in_a_path_leads_nowhere(url, api_of, sam):
    assert api_of(sam).get(url).status_code == 404


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "X" * 300])
@pytest.mark.parametrize("url", ["/api/products/", "/healthz", "/nothing/"])
def test_unknown_methods_are_refused_everywhere(method, url, api_of, sam):
    answer = api_of(sam).generic(method, url)
    assert answer.status_code == 405
    if url.startswith("/api/"):
        assert answer.json()["code"] == "method_not_allowed"


def test_a_body_over_the_limit_is_refused_unread(api_of, sam, settings):
    body = b'{"name": "' + b"x" * 10_000_000 + b'", "price": 1}'
    for url in ("/api/products/", "/api/login/"):
        answer = api_of(sam).generic("POST", url, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert "1,048,576 bytes" in answer.json()["detail"]
    assert not Product.objects.exists()


def test_a_body_at_the_limit_is_read(api_of, sam, settings):
    head, tail = b'{"price": 1, "name": "', b'"}'
    body = head + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE - len(head + tail)) + tail
    answer = api_of(sam).generic("POST", "/api/products/", body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["name"])) == (
        400,
        ["Ensure this field has no more than 200 characters."],
    )


@pytest.mark.parametrize("length", ["x", "²", "1e3", "--1"])
def test_a_length_that_is_no_number_is_refused(length, api_of, sam):
    answer = api_of(sam).post("/api/login/", {}, CONTENT_LENGTH=length)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_host_that_is_not_ours_is_refused(api_of, sam, client):
    answer = api_of(sam).get("/api/products/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "url", ["/api/products/", "/api/nothing/", "/nothing/", "/healthz", "/api/docs/", "/api/schema/"]
)
def test_every_answer_carries_the_headers_of_the_house(url, api_of, ada):
    answer = api_of(ada).get(url)
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert len(answer["X-Request-ID"]) == 32
    for name in ("Access-Control-Allow-Origin", "Server", "X-Powered-By"):
        assert name not in answer
