"""A page that stays open asks who is signed in now."""

import pytest
from django.test import Client

from tests.factories import PASSWORD

URL = "/resume/"


@pytest.mark.parametrize("method", ["get", "head"])
def test_nobody_signed_in_is_401_and_nothing_else(method, db):
    answer = getattr(Client(), method)(URL)
    assert (answer.status_code, answer.content) == (401, b"")
    assert "no-store" in answer["Cache-Control"]


def test_who_is_there_and_with_which_token(page_of, sam, django_assert_max_num_queries):
    browser = page_of(sam)
    browser.get(URL)
    with django_assert_max_num_queries(2):
        answer = browser.get(URL)
    assert (answer.status_code, answer.json()["person"]) == (200, str(sam.pk))
    assert "no-store" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer


def test_the_token_it_gives_is_good_for_a_write(sam):
    browser = Client(enforce_csrf_checks=True)
    token = str(browser.get("/accounts/login/").context["csrf_token"])
    form = {"login": "sam", "password": PASSWORD, "next": URL, "csrfmiddlewaretoken": token}
    answer = browser.post("/accounts/login/", form, follow=True)
    assert answer.redirect_chain == [(URL, 302)]
    assert browser.post("/account/", {"name": "Sam", "csrfmiddlewaretoken": token}).status_code == 403
    token = answer.json()["token"]
    assert browser.post("/account/", {"name": "Sam", "csrfmiddlewaretoken": token}).status_code in (302, 422)


def test_who_views_as_somebody_is_them(page_of, ada, cleo):
    browser = page_of(ada)
    browser.post(f"/users/{cleo.pk}/view-as/")
    assert browser.get(URL).json()["person"] == str(cleo.pk)


def test_every_page_carries_the_dialog_and_says_whose_page_it_is(page_of, sam):
    page = page_of(sam).get("/products/").content.decode()
    assert f'<dialog id="resume" aria-labelledby="resume-t" data-person="{sam.pk}" data-state="{URL}"' in page
    assert "js/stockroom.js" in page
