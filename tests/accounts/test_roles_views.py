"""Another role from the person's page: told first, then given, and the same over the API."""

import pytest

from accounts.models import Activity, User
from accounts.services import people, tokens
from tests.factories import ProductFactory, UserFactory
from tests.recent import age


@pytest.fixture
def admin(page_of, ada):
    return page_of(ada)


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def role_of(person) -> str:
    return User.objects.get(pk=person.pk).role


def test_a_preview_tells_what_is_lost_hidden_and_ended(admin, ada, sam):
    ProductFactory.create_batch(3, owner=ada)
    tokens.sign_in(person=sam)
    page = admin.get(f"/users/{sam.pk}/role/", {"role": "client"})
    assert page.status_code == 200
    for part in (
        "Sam Reyes becomes: Client", "Sam Reyes is Staff now.", "Loses 11 rights", "<li>Adjust and count stock</li>",
        "3 products become hidden", "1 API sign-in ends", 'name="expected" value="staff"', ">Change role</button>",
    ):  # fmt: skip
        assert part in text(page)
    assert "Gains 1 right" in text(page)
    assert "<li>Propose changes to their products</li>" in text(page)
    assert (role_of(sam), Activity.objects.filter(kind="person.role_changed").exists()) == ("staff", False)


def test_a_preview_tells_what_is_gained_and_shown(admin, ada, cleo):
    page = text(admin.get(f"/users/{cleo.pk}/role/?role=staff"))
    assert "Gains 11 rights" in page
    assert "The same products stay visible" in page
    assert "No API sign-in ends: there is none" in page
    ProductFactory(owner=ada)
    assert "1 product becomes visible" in text(admin.get(f"/users/{cleo.pk}/role/?role=staff"))


def test_by_htmx_the_preview_is_a_dialog(admin, sam):
    part = text(admin.get(f"/users/{sam.pk}/role/?role=client", HTTP_HX_REQUEST="true"))
    assert part.startswith("<dialog")
    assert "Loses 11 rights" in part
    assert '<nav class="side"' not in part


@pytest.mark.parametrize(("who", "role", "why"), [("ada", "staff", "Nobody changes"), ("sam", "staff", "already")])
def test_what_would_be_refused_has_no_button(who, role, why, admin, ada, sam, request):
    person = request.getfixturevalue(who)
    for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
        page = text(admin.get(f"/users/{person.pk}/role/?role={role}", **headers))
        assert why in page
        assert ">Change role</button>" not in page


@pytest.mark.parametrize("query", ["", "?role=", "?role=owner"])
def test_a_preview_of_no_role_is_the_person_with_the_error(query, admin, sam):
    page = admin.get(f"/users/{sam.pk}/role/{query}")
    assert (page.status_code, list(page.context["role_form"].errors)) == (422, ["role"])


def test_what_was_told_is_done_and_anything_else_told_anew(admin, ada, sam):
    url, body = f"/users/{sam.pk}/role/", {"role": "client", "expected": "staff"}
    people.change_role(actor=UserFactory(role="admin"), person=sam, role="admin")
    page = admin.post(url, body)
    assert page.status_code == 409
    assert "Somebody changed this role a moment ago." in text(page)
    assert 'name="expected" value="admin"' in text(page)
    assert role_of(sam) == "admin"
    assert admin.post(url, {**body, "expected": "admin"})["Location"] == f"/users/{sam.pk}/"
    assert role_of(sam) == "client"


def test_who_signed_in_long_ago_confirms_it_before_changing_a_role(admin, sam):
    age(admin)
    answer = admin.post(f"/users/{sam.pk}/role/", {"role": "client"})
    assert (answer.status_code, role_of(sam)) == (302, "staff")
    assert answer["Location"].startswith("/accounts/")


def test_the_new_role_is_in_force_at_the_next_request(admin, page_of, api_of, sam):
    page, script = page_of(sam), api_of(sam)
    assert page.get("/products/new/").status_code == 200
    admin.post(f"/users/{sam.pk}/role/", {"role": "client", "expected": "staff"})
    assert page.get("/products/new/").status_code == 403
    assert script.get("/api/protected/").status_code == 401


def test_names_come_back_escaped(admin, ada, sam):
    people.edit(actor=ada, person=sam, name="<script>alert(1)</script>")
    page = text(admin.get(f"/users/{sam.pk}/role/?role=client"))
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page


# --- The API


def test_a_script_is_told_the_same(api_of, ada, sam):
    ProductFactory.create_batch(2, owner=ada)
    tokens.sign_in(person=sam)
    body = api_of(ada).get(f"/api/users/{sam.pk}/role_preview/?role=client").json()
    assert {"action": "stock.adjust", "right": "Adjust and count stock"} in body.pop("loses")
    proposing = {"action": "proposal.make", "right": "Propose changes to their products"}
    assert body == {
        "role": "client", "gains": [proposing], "products_hidden": 2, "products_shown": 0, "api_sign_ins_ended": 1,
        "obstacle": "",
    }  # fmt: skip
    up = api_of(ada).get(f"/api/users/{sam.pk}/role_preview/?role=admin").json()
    assert "people.manage" in [right["action"] for right in up["gains"]]
    own = api_of(ada).get(f"/api/users/{ada.pk}/role_preview/?role=client").json()
    assert own["obstacle"] == people.own_role()
    assert role_of(sam) == "staff"


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("", "/role", "unknown_role"),
        ("?role=owner", "/role", "unknown_role"),
        ("?rolle=x", "/rolle", "unknown_parameter"),
    ],
)
def test_a_script_that_asks_for_no_role_is_told_so(query, pointer, code, api_of, ada, sam):
    refused = api_of(ada).get(f"/api/users/{sam.pk}/role_preview/{query}")
    assert refused.status_code == 400
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("who", ["sam", "cleo"])
def test_only_admins_are_told(who, api_of, ada, sam, cleo, request):
    refused = api_of(request.getfixturevalue(who)).get(f"/api/users/{ada.pk}/role_preview/?role=client")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert api_of().get(f"/api/users/{ada.pk}/role_preview/?role=client").status_code == 401
    assert api_of(ada).get("/api/users/999/role_preview/?role=client").status_code == 404
