"""The digest is chosen in the inbox, and ended by a click in the mail without signing in."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from products.models import Subscription
from products.services import digest

SWITCH = reverse("products:digest-switch")


def link(person):
    return reverse("products:digest-unsubscribe", args=[digest.token_of(person)])


def said(response):
    return [str(m) for m in get_messages(response.wsgi_request)]


def test_the_inbox_says_whether_one_gets_it_and_switches_it(page_of, sam, cleo):
    for person, first in ((cleo, True), (sam, False)):
        client = page_of(person)
        assert client.get(reverse("products:inbox-list")).context["digest"] is first
        client.post(SWITCH, {"digest": "off" if first else "on"})
        assert client.get(reverse("products:inbox-list")).context["digest"] is not first
    assert said(page_of(cleo).post(SWITCH, {"digest": "on"})) == ["You get the weekly digest"]
    assert said(page_of(cleo).post(SWITCH)) == ["You no longer get the weekly digest"]


def test_a_mail_program_ends_it_with_one_post_without_cookies_or_token(cleo):
    stranger = Client(enforce_csrf_checks=True)
    response = stranger.post(link(cleo), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "no longer get the weekly digest" in response.content.decode()
    assert not digest.subscribed(cleo)
    assert response["Referrer-Policy"] == "strict-origin"


def test_a_person_ends_it_with_the_button_and_a_reload_ends_nothing_twice(cleo):
    stranger = Client(enforce_csrf_checks=True)
    assert "Stop the digest" in stranger.get(link(cleo)).content.decode()
    response = stranger.post(link(cleo))
    assert response.url == link(cleo)
    assert "no longer get" in stranger.get(response.url).content.decode()
    assert stranger.post(link(cleo)).status_code == 302


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_ends_nothing(method, cleo):
    assert getattr(Client(), method)(link(cleo)).status_code == 200
    assert digest.subscribed(cleo)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_not_ours_leads_nowhere(method, cleo):
    for token in ("x", digest.token_of(cleo) + "x", "WzFd:1a:" + "b" * 43):
        response = getattr(Client(), method)(reverse("products:digest-unsubscribe", args=[token]))
        assert response.status_code == 404
    assert digest.subscribed(cleo)


def test_other_methods_are_refused(cleo):
    assert Client().delete(link(cleo)).status_code == 405
