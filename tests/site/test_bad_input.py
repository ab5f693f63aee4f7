"""Whatever is sent, nothing breaks: never a 5xx, nothing changes on a refusal, and what is stored comes back exactly."""

import json
from urllib.parse import quote

import pytest
from django.db import transaction

from accounts.models import User
from products.models import Category, ChangeSet, Product, StockMovement
from tests.factories import PASSWORD, CategoryFactory, ProductFactory, UserFactory
from tests.hostile import OTHERS, RAW, TEXTS

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(180)]

PRODUCT = ["name", "sku", "barcode", "description", "note", "price", "cost", "stock", "low_stock_threshold"]
PRODUCT += ["category", "is_public", "owner"]
PERSON = ["username", "email", "name", "phone", "role", "is_active", "password"]
TEXT_FIELDS = ("name", "sku", "description", "note", "barcode", "username")
REFUSED = {400, 401, 403, 404, 409, 412, 413, 415, 428, 429}


def stored():
    tables = (Product, Category, User, ChangeSet, StockMovement)
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
        kept = Product if "sku" in row else Category if "path" in row else User
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
    names = ["name", "price", "stock", "category", "is_public", "owner"]  # a field of each kind, and ada's alone
    assert send_everything(api_of(ada), "PATCH", shelf[1], names, {}) > 20


def test_a_client_gets_nothing_through_whatever_is_sent(api_of, cleo, shelf):
    assert send_everything(api_of(cleo), "PATCH", shelf[2], ["name", "cost", "owner"], {}) == 0
    assert send_everything(api_of(cleo), "POST", "/api/products/", ["name", "stock"], {"price": "1"}) == 0
    assert send_everything(api_of(cleo), "POST", "/api/users/", ["role"], {}) == 0


def test_every_field_of_a_category(api_of, sam):
    mugs = CategoryFactory(name="Mugs")
    api, cups = api_of(sam), {"name": "Cups"}
    assert send_everything(api, "POST", "/api/categories/", ["name", "parent", "unknown"], cups) > 20
    assert send_everything(api, "PATCH", f"/api/categories/{mugs.pk}/", ["parent", "name", "id"], {}) > 20


def test_every_field_of_a_person(api_of, ada, sam):
    kim = {"username": "kim", "email": "kim@example.com", "role": "staff", "password": PASSWORD}
    api, other = api_of(ada), UserFactory(username="pat")
    assert send_everything(api, "POST", "/api/users/", PERSON, kim) > 20
    assert send_everything(api, "PATCH", f"/api/users/{other.pk}/", ["email", "role", "is_active"], {}) > 0


def test_every_field_of_ones_own_profile(api_of, sam, cleo):
    send_everything(api_of(sam), "PATCH", "/api/users/me/", ["name"], {})
    send_everything(api_of(cleo), "PATCH", "/api/users/me/", ["phone"], {})
    for person in (sam, cleo):
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
        *("q", "status", "category", "owner", "price_min", "updated_after", "cursor", "page_size", "ordering"),
        "unknown",
    ],
    "/api/changes/": ["kind", "actor", "product", "since", "until", "cursor", "page_size", "ordering", "unknown"],
    "/api/categories/": ["cursor", "page_size", "unknown"],
    "/api/trash/": ["q", "cursor", "ordering"],
    "/api/users/": ["cursor", "page_size", "ordering"],
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
            for query in (
                f"{name}=%FF%FE",
                f"{name}=%ED%A0%80",
                f"{name}=%00",
                f"{name}=a&{name}=b",
                f"{name}",
                f"{name}[]=1",
            ):
                assert clients[0].get(f"{url}?{query}").status_code in {200, 400, 404}, query


def test_every_key_in_an_address(api_of, page_of, ada, shelf):
    api, page = api_of(ada), page_of(ada)
    for text in [*TEXTS, str(2**63), "1.0", "+1", "%FF"]:
        things = ("products", "users", "changes", "categories", "trash")
        for url in (*(f"/api/{thing}/{quote(text)}/" for thing in things), f"/api/{quote(text)}/"):
            assert api.get(url).status_code in {200, 301, 400, 404}, url
        for url in (f"/products/{quote(text)}/", f"/users/{quote(text)}/", f"/changes/{quote(text)}/undo/"):
            assert page.get(url).status_code in {200, 301, 302, 400, 404, 405}, url
        answer = api.delete(f"/api/users/{ada.pk}/", QUERY_STRING=f"successor={quote(text)}")
        assert answer.status_code in {400, 403}, text


# --- Pages -----------------------------------------------------------------------------------------------------------


def fill_in(page, url, honest):
    """Posts the form with every field holding each text there is, and with one field holding every other of them."""
    before = stored()
    for place, name in enumerate([*honest, "all"]):
        for text in TEXTS if name == "all" else TEXTS[place % 2 :: 2]:
            data = dict.fromkeys(honest, text) if name == "all" else {**honest, name: text}
            with transaction.atomic():
                answer = page.post(url, data)
                passed = answer.status_code in (204, 302)
                transaction.set_rollback(passed)
            assert passed or answer.status_code in {200, 400, 403, 409, 422, 429}, (url, name, text)
            assert b"<script>alert" not in answer.content, (url, name)
    assert stored() == before


def test_every_form_of_the_catalogue(page_of, ada, sam, shelf):
    product = Product.objects.get(owner=sam)
    at = f"/products/{product.pk}/"
    new = {
        "name": "Mug",
        "sku": "",
        "barcode": "",
        "description": "",
        "note": "",
        "price": "1",
        "cost": "",
        "stock": "0",
    }
    new |= {"low_stock_threshold": "0", "category": "", "owner": str(ada.pk)}
    fill_in(page_of(ada), "/products/new/", new)
    fill_in(page_of(sam), at + "edit/", {"name": "Mug", "price": "1", "version": "1", "category": "", "cost": ""})
    fill_in(page_of(sam), at + "price/edit/", {"price": "1"})
    fill_in(page_of(sam), at + "stock/adjust/", {"kind": "received", "units": "1", "expected": "3", "note": ""})
    made = ChangeSet.objects.filter(actor=ada).latest("pk")
    fill_in(page_of(ada), f"/changes/{made.pk}/undo/", {"next": "/"})


def test_every_form_about_people(page_of, ada, sam):
    kim = {"name": "Kim", "username": "kim", "email": "kim@example.com", "phone": "", "role": "staff"}
    fill_in(page_of(ada), "/users/new/", kim | {"password": PASSWORD})
    fill_in(page_of(ada), f"/users/{sam.pk}/role/", {"role": "client"})
    fill_in(page_of(ada), f"/users/{sam.pk}/delete/", {"successor": str(ada.pk)})
    fill_in(page_of(sam), "/account/", {"name": "Sam", "phone": "", "theme": "dark"})


def test_every_parameter_of_every_page(page_of, ada, shelf):
    page, product = page_of(ada), Product.objects.first()
    pages = {
        "/products/": [
            "q",
            "status",
            "stock",
            "category",
            "owner",
            "price_min",
            "updated_after",
            "cursor",
            "sort",
            "x",
        ],
        "/users/": ["q", "role", "state", "cursor", "sort"],
        "/trash/": ["q", "cursor"],
        f"/products/{product.pk}/history/": ["before"],
        f"/products/{product.pk}/stock/": ["kind", "since", "until", "cursor"],
        f"/products/{product.pk}/access/": ["person"],
        "/accounts/login/": ["next"],
    }
    for url, names in pages.items():
        for place, name in enumerate(names):
            for text in TEXTS[place % 2 :: 2]:
                answer = page.get(f"{url}?{name}={quote(text)}")
                assert answer.status_code in {200, 302, 400, 404, 422}, (url, name, text)
                assert b"<script>alert" not in answer.content, (url, name)
