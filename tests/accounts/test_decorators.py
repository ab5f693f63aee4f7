"""Pages are closed by default, and a refusal says why and leads on."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import path
from django_htmx.middleware import HtmxDetails
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.api.permissions import Allows, view_methods
from accounts.decorators import allow, public
from accounts.middleware import declares_access
from accounts.policy import Action


@allow(Action.PEOPLE_MANAGE, methods=("GET", "POST"))
def for_admins(request):
    return HttpResponse("admins")


@allow(Action.ACCOUNT_OWN, methods=("POST",))
def act(request):
    return HttpResponse("done")


@public
def for_all(request):
    return HttpResponse("all")


def forgotten(request):
    return HttpResponse("secret")


urlpatterns = [
    path("forgotten/", forgotten),
    path("open/", for_all),
    path("accounts/login/", for_all, name="account_login"),
]


@pytest.fixture
def ask(rf):
    def send(view, person, method="get", url="/users/?q=x", **headers):
        request = getattr(rf, method)(url, **headers)
        request.user = person or AnonymousUser()
        request.htmx = HtmxDetails(request)
        return view(request)

    return send


def test_a_page_opens_to_the_roles_of_its_action_and_refuses_the_others_with_the_reason(ask, ada, sam, cleo):
    assert ask(for_admins, ada).content == b"admins"
    for person in (sam, cleo):
        with pytest.raises(PermissionDenied, match="Only an admin can manage people"):
            ask(for_admins, person)


def test_the_signed_out_go_to_sign_in_and_back(ask, db):
    answer = ask(for_admins, None)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/users/%3Fq%3Dx")


def test_an_act_is_not_where_sign_in_leads_back_to(ask, db):
    answer = ask(act, None, "post")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")


@pytest.mark.parametrize(
    ("current", "back"),
    [("http://testserver/users/?role=staff", "/users/%3Frole%3Dstaff"), ("https://evil.example/x", "/"), ("", "/")],
)
def test_a_fragment_for_the_signed_out_moves_the_whole_page_to_sign_in(current, back, ask, db):
    answer = ask(for_admins, None, HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL=current)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"/accounts/login/?next={back}")
    assert answer.content == b""


def test_a_method_that_the_page_does_not_offer_is_405(ask, ada, sam):
    assert ask(for_admins, ada, "post").status_code == 200
    answer = ask(for_admins, ada, "delete")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert ask(act, sam).status_code == 405


@pytest.mark.urls(__name__)
def test_a_view_that_declares_nothing_lets_nobody_in(page_of, ada):
    assert page_of(ada).get("/open/").content == b"all"
    refused = page_of(ada).get("/forgotten/")
    assert refused.status_code == 403
    assert b"secret" not in refused.content


def test_what_counts_as_declaring_access():
    class Door(APIView):
        pass

    assert [declares_access(view) for view in (for_admins, for_all, Door.as_view())] == [True, True, True]
    forgotten.cls = object
    assert declares_access(forgotten) is False


class Door(APIView):
    allows = {"get": Action.PEOPLE_MANAGE}

    def get(self, request):
        return HttpResponse()

    def post(self, request):
        return HttpResponse()


class OpenDoor(APIView):
    public = True


@pytest.mark.parametrize(
    ("method", "expected"),
    [("get", [True, False, False]), ("post", [False, False, False]), ("delete", [True, True, False])],
)
def test_an_api_view_opens_only_what_its_table_names(method, expected, ada, sam):
    """A method it answers but does not name is closed; one it does not answer goes on to its 405, for the signed in."""
    decisions = []
    for person in (ada, sam, AnonymousUser()):
        request = getattr(APIRequestFactory(), method)("/")
        request.user = person
        decisions.append(Allows().has_permission(request, Door()))
    assert decisions == expected
    assert view_methods(Door()) == {"get", "post"}


def test_an_open_api_view_lets_everyone_in():
    request = APIRequestFactory().get("/")
    request.user = AnonymousUser()
    assert Allows().has_permission(request, OpenDoor()) is True
