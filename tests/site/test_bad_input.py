"""Whatever is sent, nothing breaks: never a 5xx, nothing changes on a refusal, and what is stored comes back exactly."""

import json
from urllib.parse import quote

import pytest
from django.db import transaction

from accounts.models import User
from products.models import ChangeSet, Product, StockMovement
from tests.factories import PASSWORD, CategoryFactory, ProductFactory, UserFactory
from tests.hostile import OTHERS, RAW, TEXTS

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(180)]

PRODUCT = ["name", "sku", "barcode", "description", "note", "price", "cost", "stock", "low_stock_threshold"]
PRODUCT += ["category", "is_public", "owner"]
PERSON = ["username", "email", "name", "phone", "role", "is_active", "password"]
TEXT_FIELDS = ("name", "sku", "description", "note", "barcode", "username")
REFUSED = {400, 401, 403, 404, 409, 412, 413, 415, 428, 429}


def stored():
    tables = (Product, User, ChangeSet, StockMovement)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


def bodies(names, rest):
    """The rest of an honest body with one field replaced by everything there is; as (name, value, bytes)."""
    for name in names:
        for value in [*TEXTS, *OTHERS]:
            yield name, value, json.dumps({**rest, name: value}).encode()
    head = json.dumps(rest).encode()[:-1] + (b", " if rest else b"")
    for raw in RAW:  # the parser meets them before any field does
        yield names[0], None, head + json.dumps(names[0]).encode() + b": " + raw + b"}"


def send_everything(api, method, url, names, rest):
    """Sends every body; what is let through is taken back, what is refused must have changed nothing. How many passed."""
    before, accepted = stored(), 0
    for name, value, body in bodies(names, rest):
        with transaction.atomic():
            answer = api.generic(method, url, body, content_type="application/json")
            if answer.status_code in (200, 201, 204):
                accepted += 1
                comes_back(answer, name, value)
                transaction.set_rollback(True)
        if answer.status_code >= 300:
            assert answer.status_code in REFUSED, (method, url, name, body[:80], answer.content[:300])
            assert answer["Content-Type"] == "application/problem+json"
            assert set(answer.json()) >= {"type", "title", "status", "code", "detail", "request_id"}
    assert stored() == before
    return accepted


def comes_back(answer, name, value):
    """Text is stored as it was sent, but for outer spaces."""
    if isinstance(value, str) and value.strip() and name in TEXT_FIELDS:
        row = answer.json()
        assert row[name] == value.strip()
        kept = Product if "sku" in row else User
        assert getattr(kept.objects.get(pk=row["id"]), name) == value.strip()


@pytest.fixture
def shelf(ada, sam, cleo):
    category = CategoryFactory()
    products = [ProductFactory(owner=person, category=category, stock=3) for person in (ada, sam, cleo)]
    return [f"/api/products/{product.pk}/" for product in products]


def test_every_field_of_a_new_product(api_of, sam, shelf):
    accepted = send_everything(api_of(sam), "POST", "/api/products/", PRODUCT, {"name": "Mug", "price": "1"})
    assert accepted > 50


def test_every_field_of_a_products_change(api_of, ada, shelf):
    assert send_everything(api_of(ada), "PATCH", shelf[1], PRODUCT, {}) > 50


def test_a_client_gets_nothing_through_whatever_is_sent(api_of, cleo, shelf):
    assert send_everything(api_of(cleo), "PATCH", shelf[2], ["name", "cost", "owner"], {}) == 0
    assert send_everything(api_of(cleo), "POST", "/api/products/", ["name", "stock"], {"price": "1"}) == 0
    assert send_everything(api_of(cleo), "POST", "/api/users/", ["role"], {}) == 0


def test_every_field_of_a_person(api_of, ada, sam):
    kim = {"username": "kim", "email": "kim@example.com", "role": "staff", "password": PASSWORD}
    api, other = api_of(ada), UserFactory(username="pat")
    assert send_everything(api, "POST", "/api/users/", PERSON, kim) > 20
    assert send_everything(api, "PATCH", f"/api/users/{other.pk}/", PERSON, {}) > 20


def test_every_field_of_ones_own_profile(api_of, sam, cleo):
    for person in (sam, cleo):
        send_everything(api_of(person), "PATCH", "/api/users/me/", ["name", "phone"], {})
        for name in (*PERSON, "id", "is_staff", "is_superuser", "last_login"):
            answer = api_of(person).patch("/api/users/me/", {"name": "Kim", name: "admin"})
            assert answer.status_code == (200 if name == "name" else 400), name


def test_every_field_of_the_token_doors(api_of, sam, settings):
    settings.AXES_ENABLED = False
    for name in ("username", "password", "unknown"):
        assert send_everything(api_of(None), "POST", "/api/login/", [name], {"username": "sam", "password": "x"}) == 0
    assert send_everything(api_of(None), "POST", "/api/refresh/", ["refresh", "unknown"], {}) == 0
    assert send_everything(api_of(None), "POST", "/api/logout/", ["refresh", "unknown"], {}) == 0
    names = ["current_password", "new_password"]
    change = {"current_password": "x", "new_password": "y"}
    assert send_everything(api_of(sam), "POST", "/api/users/change_password/", names, change) == 0


def test_every_header_that_is_read(api_of, ada, shelf):
    before, api, signed_out = stored(), api_of(ada), api_of(None)
    for text in [text for text in TEXTS if text.isprintable() and text.isascii()] + ["é", "²"]:
        for name in ("Authorization", "If-Match", "Accept", "Accept-Language", "X-Forwarded-For", "Cookie"):
            with transaction.atomic():
                answer = (signed_out if name == "Authorization" else api).delete(shelf[0], headers={name: text})
                transaction.set_rollback(True)
            assert answer.status_code in REFUSED | {204, 406}, (name, text)
        bearer = signed_out.get(shelf[0], headers={"Authorization": f"Bearer {text}"})
        assert api.get(shelf[0], headers={"If-None-Match": text}).status_code == 200
        assert bearer.status_code == 401
    assert stored() == before


PARAMETERS = {
    "/api/products/": [
        *("q", "status", "stock", "category", "owner", "price_min", "price_max", "updated_after", "updated_before"),
        *("cursor", "page_size", "ordering", "unknown", "format", "q__contains"),
    ],
    "/api/users/": ["cursor", "page_size", "ordering", "format"],
}


def test_every_parameter_of_every_list_for_every_role(api_of, ada, sam, cleo, shelf):
    clients = [api_of(person) for person in (ada, sam, cleo)]
    for url, names in PARAMETERS.items():
        for place, name in enumerate(names):
            for number, text in enumerate([*TEXTS, "%zz", "a&b=c", "a;b"]):
                # Everything as the admin, who gets furthest; every third as each of the others.
                for api in clients[:1] + clients[1:] * ((place + number) % 3 == 0):
                    answer = api.get(f"{url}?{name}={quote(text)}")
                    assert answer.status_code in {200, 400, 403, 404}, (url, name, text, answer.content[:300])
                    assert answer.status_code == 200 or answer["Content-Type"] == "application/problem+json"
            for query in (f"{name}=%FF%FE", f"{name}=%ED%A0%80", f"{name}=%00", f"{name}=a&{name}=b", f"{name}", f"{name}[]=1"):
                assert clients[0].get(f"{url}?{query}").status_code in {200, 400, 404}, query


def test_every_key_in_an_address(api_of, page_of, ada, shelf):
    api, page = api_of(ada), page_of(ada)
    for text in [*TEXTS, str(2**63), "1.0", "+1", "%FF"]:
        for url in (f"/api/products/{quote(text)}/", f"/api/users/{quote(text)}/", f"/api/{quote(text)}/"):
            assert api.get(url).status_code in {200, 301, 400, 404}, url
        for url in (f"/products/{quote(text)}/", f"/users/{quote(text)}/", f"/changes/{quote(text)}/undo/"):
            assert page.get(url).status_code in {200, 301, 302, 400, 404, 405}, url
        answer = api.delete(f"/api/users/{ada.pk}/", QUERY_STRING=f"successor={quote(text)}")
        assert answer.status_code in {400, 403}, text
