"""API tokens on the account page and, for admins, on a person's page."""

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import PersonalToken
from accounts.services import personal_tokens

FORM = {"name": "Till sync", "scopes": ["read", "stock"], "days": "30"}
SECRET = re.compile(r'value="(stockroom_pat_[0-9A-Za-z]{38})"')


def text(answer) -> str:
    return answer.content.decode()


def works(secret) -> bool:
    return APIClient().get("/api/protected/", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 200


def made(person, name="Till sync", scopes=("read",)):
    return personal_tokens.create(actor=person, name=name, scopes=scopes)


def test_a_new_token_is_shown_in_the_answer_and_never_again(page_of, sam):
    page = page_of(sam)
    answer = page.post("/account/tokens/", FORM)
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    (secret,) = SECRET.findall(text(answer))
    assert works(secret)
    assert "Copy your new token now. It is not shown again." in text(answer)
    assert secret not in str(page.cookies) + str(dict(page.session))
    assert SECRET.findall(text(page.get("/account/"))) == []
    token = PersonalToken.objects.get()
    assert (token.user, token.name, token.granted) == (sam, "Till sync", ["read", "stock"])


def test_sent_again_by_a_reload_it_makes_no_second_one(page_of, sam):
    page = page_of(sam)
    page.post("/account/tokens/", FORM)
    again = page.post("/account/tokens/", FORM)
    assert (again.status_code, PersonalToken.objects.count()) == (422, 1)
    assert "You have a token of this name already." in text(again)
    assert SECRET.findall(text(again)) == []


def test_the_address_of_the_form_leads_to_the_page(page_of, sam):
    answer = page_of(sam).get("/account/tokens/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/#tokens")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "\0"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"days": "31"}, "days"),
        ({"days": "x"}, "days"),
    ],
)
def test_a_refused_form_says_which_field_and_stays_open(given, field, page_of, sam):
    answer = page_of(sam).post("/account/tokens/", {**FORM, **given})
    assert (answer.status_code, list(answer.context["token_form"].errors)) == (422, [field])
    assert "<details open>" in text(answer)
    assert not PersonalToken.objects.exists()


def test_everyone_is_offered_the_scopes_of_their_role(page_of, ada, sam, cleo):
    offered = {
        person.username: re.findall(r'name="scopes" value="(\w+)"', text(page_of(person).get("/account/")))
        for person in (ada, sam, cleo)
    }
    assert offered == {
        "ada": ["read", "products", "stock", "admin"],
        "sam": ["read", "products", "stock"],
        "cleo": ["read", "products"],
    }


def test_no_two_fields_of_the_page_share_an_id(page_of, ada):
    ids = re.findall(r'\sid="([^"]+)"', text(page_of(ada).post("/account/tokens/", {})))
    assert len(ids) == len(set(ids))


def test_the_list_tells_what_each_may_and_how_it_ended(page_of, sam, ada):
    made(sam, "Old feed", ["read", "products"])
    personal_tokens.revoke(actor=ada, token=PersonalToken.objects.get())
    token, secret = made(sam)
    made(ada, "Hers")
    personal_tokens.resolve(secret)
    page = text(page_of(sam).get("/account/"))
    assert f"…{token.hint}" in page
    assert "Read, edit products" in page
    assert "Revoked by an admin" in page
    assert 'aria-label="Revoke Till sync"' in page
    assert 'aria-label="Revoke Old feed"' not in page
    assert "Hers" not in page


def test_who_has_none_is_told_so(page_of, cleo):
    assert "No tokens yet." in text(page_of(cleo).get("/account/"))


def test_revoking_ones_own_ends_it_at_once(page_of, sam):
    token, secret = made(sam)
    page = page_of(sam)
    answer = page.post(f"/account/tokens/{token.pk}/revoke/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/#tokens")
    assert not works(secret)
    assert "Till sync revoked" in text(page.get("/account/"))
    assert page.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302


def test_the_token_of_another_cannot_be_revoked_here(page_of, ada, sam, cleo):
    token, secret = made(sam)
    for person in (cleo, ada):
        assert page_of(person).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert works(secret)


def test_an_admin_sees_and_ends_them_on_the_persons_page(page_of, ada, sam):
    token, secret = made(sam, "<b>Till</b>", ["read", "stock"])
    page = page_of(ada)
    shown = text(page.get(f"/users/{sam.pk}/"))
    assert "&lt;b&gt;Till&lt;/b&gt;" in shown
    assert "Read, change stock" in shown
    assert page.post(f"/users/{ada.pk}/tokens/{token.pk}/revoke/").status_code == 404
    assert works(secret)
    answer = page.post(f"/users/{sam.pk}/tokens/{token.pk}/revoke/")
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{sam.pk}/#tokens")
    assert not works(secret)
    assert "Revoked by an admin" in text(page.get(f"/users/{sam.pk}/"))


def test_staff_end_nobodys(page_of, ada, sam):
    token, secret = made(ada)
    assert page_of(sam).post(f"/users/{ada.pk}/tokens/{token.pk}/revoke/").status_code == 403
    assert works(secret)


def test_a_form_from_elsewhere_makes_and_ends_nothing(sam):
    token, secret = made(sam)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sam, backend="accounts.backends.IdentifierBackend")
    assert strict.post("/account/tokens/", {**FORM, "name": "Forged"}).status_code == 403
    assert strict.post(f"/account/tokens/{token.pk}/revoke/").status_code == 403
    assert works(secret)
    assert PersonalToken.objects.count() == 1
