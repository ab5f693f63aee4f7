"""“Copy as curl”: each list and each form offers the request that a script would send, to whom the page is open."""

import json
import shlex
from html import unescape
from html.parser import HTMLParser

import pytest

from products.services import trash
from tests.factories import CategoryFactory, ProductFactory

AUTHORIZATION = ["-H", "Authorization: Bearer $TOKEN"]
KEY = ["-H", "Idempotency-Key: $(uuidgen)"]
API = "http://testserver/api/"


class Commands(HTMLParser):
    """The text of each `<pre>`, as somebody would select it."""

    def __init__(self, page):
        super().__init__()
        self.inside, self.found = False, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "pre":
            self.inside = True
            self.found.append("")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "pre"

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


def command(client, path, **options):
    """The words of the page's one command."""
    answer = options.pop("post", None)
    page = client.post(path, answer) if answer else client.get(path, **options)
    [found] = Commands(page.content.decode()).found
    return shlex.split(found.replace(" \\\n", " "))  # shlex does not know how a line goes on in the next


def body(words):
    assert words[-2] == "--json"
    return json.loads(words[-1])


# --- Lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("products/", "products/"),
        ("products/?stock=low&sort=name", "products/?stock=low&ordering=name"),
        ("products/?sort=-updated", "products/"),
        ("products/?sort=password&utm_source=mail&q=+", "products/"),
        ("products/?q=it's+%24(id)&status=draft", "products/?q=it%27s+%24%28id%29&status=draft"),
        ("products/?price_min=5&price_max=9&updated_after=2026-01-02", None),
    ],
)
def test_the_list_of_products_is_asked_for_as_it_is_narrowed_and_sorted(address, asked, page_of, sam, mug):
    words = command(page_of(sam), f"/{address}")
    assert words == ["curl", "-sS", "--fail-with-body", API + (asked or address), *AUTHORIZATION]


def test_the_place_in_a_list_is_not_part_of_the_command(page_of, sam, mug):
    ProductFactory.create_batch(20)
    client = page_of(sam)
    cursor = client.get("/products/").context["page"].next
    assert command(client, f"/products/?cursor={cursor}")[3] == f"{API}products/"


def test_a_list_swapped_by_htmx_brings_its_command_along(page_of, sam, mug):
    words = command(page_of(sam), "/products/?q=mug&sort=price", headers={"HX-Request": "true"})
    assert words[3] == f"{API}products/?q=mug&ordering=price"


def test_an_empty_list_can_still_be_asked_for_by_a_script(page_of, sam, mug):
    assert command(page_of(sam), "/products/?stock=out")[3] == f"{API}products/?stock=out"


def test_what_the_page_refuses_is_offered_to_no_script(page_of, sam):
    page = page_of(sam).get("/products/?price_min=cheap")
    assert (page.status_code, Commands(page.content.decode()).found) == (422, [])


def test_a_client_is_offered_the_list_of_what_is_theirs(page_of, api_of, cleo, mug):
    kettle = ProductFactory(name="Stovetop kettle", owner=cleo)
    asked = command(page_of(cleo), "/products/?q=kettle")[3]
    rows = api_of(cleo).get(asked.removeprefix("http://testserver")).json()["results"]
    assert [row["id"] for row in rows] == [kettle.pk]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", "?ordering=name"),
        ("?q=reyes&role=staff&status=active&sort=-id", "?q=reyes&role=staff&status=active&ordering=-id"),
        ("?q=nobody", "?q=nobody&ordering=name"),
        ("?role=owner&sort=password", "?ordering=name"),
    ],
)
def test_the_list_of_people_is_asked_for_as_it_is_narrowed_and_sorted(query, asked, page_of, api_of, ada, sam):
    page = page_of(ada).get(f"/users/{query}")
    words = command(page_of(ada), f"/users/{query}")
    assert words == ["curl", "-sS", "--fail-with-body", f"{API}users/{asked}", *AUTHORIZATION]
    rows = api_of(ada).get(f"/api/users/{asked}").json()["results"]
    assert [row["id"] for row in rows] == [person.pk for person in page.context["page"].rows]


@pytest.mark.parametrize("there", [True, False])
def test_the_trash_is_asked_for(there, page_of, ada, mug):
    if there:
        trash.discard(actor=ada, product=mug)
    assert command(page_of(ada), "/trash/")[3:] == [f"{API}trash/", *AUTHORIZATION]


@pytest.mark.parametrize("who", ["sam", "cleo"])
def test_a_products_ledger_and_history_are_asked_for(who, page_of, request, cleo, sam):
    client, kettle = page_of(request.getfixturevalue(who)), ProductFactory(owner=cleo)
    for stocked in (False, True):
        if stocked:
            kettle = ProductFactory(owner=cleo, stock=3)
        assert command(client, f"/products/{kettle.pk}/stock/")[3] == f"{API}products/{kettle.pk}/stock/"
        assert command(client, f"/products/{kettle.pk}/history/")[3] == f"{API}products/{kettle.pk}/history/"


# --- Forms -----------------------------------------------------------------------------------------------------------


def test_a_new_product_is_a_post_with_a_key(page_of, sam):
    words = command(page_of(sam), "/products/new/")
    assert words[:6] == ["curl", "-sS", "--fail-with-body", "-X", "POST", f"{API}products/"]
    assert words[6:-2] == [*AUTHORIZATION, *KEY]
    assert body(words) == {"name": "…", "price": "…", "is_public": False}


def test_an_admin_is_offered_the_owner_too(page_of, ada):
    assert body(command(page_of(ada), "/products/new/"))["owner"] == ada.pk


def test_a_refused_form_offers_what_was_typed(page_of, sam):
    typed = {"name": "it's $(new)", "price": "12,50", "stock": "4", "is_public": "on", "note": "a\r\nb"}
    words = command(page_of(sam), "/products/new/", post=typed)
    assert body(words) == {**typed, "stock": 4, "is_public": True, "note": "a\nb"}


def test_a_product_is_a_patch_onto_the_version_that_is_shown(page_of, api_of, sam, mug):
    words = command(page_of(sam), f"/products/{mug.pk}/")
    assert words[3:-2] == ["-X", "PATCH", f"{API}products/{mug.pk}/", *AUTHORIZATION, "-H", 'If-Match: "1"']
    shown = {"name": "Enamel mug", "sku": "MUG-1", "barcode": "", "category": None, "description": "", "note": "Ask Jo"}
    shown["tags"] = []
    assert body(words) == {**shown, "price": "12.50", "cost": "6.10", "low_stock_threshold": 0, "is_public": True}
    answer = api_of(sam).patch(f"/api/products/{mug.pk}/", body(words), format="json", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["version"]) == (200, 1), "what is shown is what is stored"


def test_a_category_and_an_owner_are_numbers(page_of, ada, cleo):
    kitchen = CategoryFactory(name="Kitchen")
    kettle = ProductFactory(owner=cleo, category=kitchen)
    offered = body(command(page_of(ada), f"/products/{kettle.pk}/"))
    assert (offered["category"], offered["owner"]) == (kitchen.pk, cleo.pk)


def test_a_client_is_offered_no_write_and_no_hidden_field(page_of, cleo):
    kettle = ProductFactory(owner=cleo, note="Ask Jo", cost="6.10")
    page = page_of(cleo).get(f"/products/{kettle.pk}/").content.decode()
    assert Commands(page).found == []
    for word in ("curl", "Ask Jo", "6.10"):
        assert word not in unescape(page).replace("copy.js", "")


def test_a_price_is_a_patch_of_one_field(page_of, sam, mug):
    words = command(page_of(sam), f"/products/{mug.pk}/price/edit/")
    assert words[3:-2] == ["-X", "PATCH", f"{API}products/{mug.pk}/", *AUTHORIZATION]
    assert body(words) == {"price": "12.50"}


@pytest.mark.parametrize("part", [{}, {"headers": {"HX-Request": "true"}}])
def test_a_movement_of_stock_is_a_post_with_a_key(part, page_of, sam, mug):
    words = command(page_of(sam), f"/products/{mug.pk}/stock/adjust/", **part)
    assert words[3:-2] == ["-X", "POST", f"{API}products/{mug.pk}/stock/", *AUTHORIZATION, *KEY]
    assert body(words) == {"delta": "…", "reason": "received"}


def test_a_new_person_is_a_post_without_the_password_that_was_typed(page_of, ada):
    typed = {"name": "Dan", "username": "dan", "email": "not an address", "role": "client", "password": "s3cret words"}
    words = command(page_of(ada), "/users/new/", post=typed)
    assert words[3:-2] == ["-X", "POST", f"{API}users/", *AUTHORIZATION, *KEY]
    assert body(words) == {**typed, "password": "…"}


def test_a_person_is_a_patch_of_the_profile(page_of, api_of, ada, sam):
    words = command(page_of(ada), f"/users/{sam.pk}/")
    assert words[3:-2] == ["-X", "PATCH", f"{API}users/{sam.pk}/", *AUTHORIZATION]
    assert body(words) == {"name": "Sam Reyes", "username": "sam", "email": "sam@example.com", "phone": ""}
    assert api_of(ada).patch(f"/api/users/{sam.pk}/", body(words), format="json").status_code == 200


@pytest.mark.parametrize("who", ["ada", "sam", "cleo"])
def test_ones_own_profile_is_a_patch_of_what_is_ones_own_to_set(who, page_of, api_of, request):
    person = request.getfixturevalue(who)
    words = command(page_of(person), "/account/")
    assert words[3:-2] == ["-X", "PATCH", f"{API}users/me/", *AUTHORIZATION]
    assert body(words) == {"name": person.name, "phone": "", "language": ""}
    assert api_of(person).patch("/api/users/me/", body(words), format="json").status_code == 200
