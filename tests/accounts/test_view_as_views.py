"""Viewing as somebody in the browser: what they see and nothing more, reading and nothing else."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.urls.converters import IntConverter, UUIDConverter
from django.utils import timezone

from accounts.models import Activity, User
from accounts.services import people
from accounts.services.view_as import LONGEST
from accounts.view_as import KEY, WAYS_OUT
from products.models import Product
from site_config.lib.converters import Key
from tests import recent
from tests.addresses import patterns
from tests.factories import PASSWORD, ProductFactory, UserFactory

STOP = "/view-as/stop/"
REFUSAL = "You are viewing as Cleo Martin: nothing can be changed."
NAMES = sorted({name for name, _pattern in patterns()})
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def view(browser: Client, person: User):
    return browser.post(f"/users/{person.pk}/view-as/")


def who(browser: Client) -> User:
    return browser.get("/products/").context["request"].user


def kinds() -> list[str]:
    return list(Activity.objects.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def viewing(page_of, ada, cleo) -> Client:
    """Ada's browser, in which she views as cleo."""
    browser = page_of(ada)
    assert view(browser, cleo)["Location"] == reverse("home")
    return browser


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_an_admin_sees_what_the_person_sees_under_a_banner_and_stops(viewing, ada, cleo, mug):
    mine = ProductFactory(name="Kettle", owner=cleo, cost="77.31")
    hidden = ProductFactory(name="Clock", is_public=False)
    page = viewing.get("/products/")
    assert "You see Stockroom as Cleo Martin (client). Nothing can be changed." in text(page)
    assert "My products" in text(page)
    assert "Kettle" in text(page)
    assert "Clock" not in text(page)
    assert 'href="/users/"' not in text(page)
    assert "77.31" not in text(viewing.get(f"/products/{mine.pk}/"))
    assert viewing.get(f"/products/{hidden.pk}/").status_code == 404
    assert viewing.get("/users/").status_code == 403
    answer = viewing.post(STOP)
    assert answer["Location"] == f"/users/{cleo.pk}/"
    assert who(viewing) == ada
    page = viewing.get(answer["Location"])
    assert "You see Stockroom as" not in text(page)
    assert "An admin looked at Stockroom as this person, by Ada Okafor" in text(page)


def test_a_page_is_the_one_that_the_person_gets_themselves(viewing, page_of, cleo, mug):
    ProductFactory(name="Kettle", owner=cleo)

    def shown(browser, path):
        page = browser.get(path)
        # Each browser has a token of its own in its forms.
        html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text(page))
        return page.status_code, html.partition('<div class="page-head">')[2].partition("</main>")[0]

    for path in ("/products/", f"/products/{Product.objects.get(name='Kettle').pk}/"):
        assert shown(viewing, path) == shown(page_of(cleo), path)


def address(name: str, pattern, pk: int) -> str:
    """With a fitting value for each of its parts."""
    values = {UUIDConverter: uuid.UUID(int=pk), Key: pk, IntConverter: pk}
    return reverse(
        name, kwargs={part: values.get(type(kind), f"a{pk}") for part, kind in pattern.pattern.converters.items()}
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_every_write_at_every_address_is_refused(name, headers, viewing, cleo, mug):
    pattern = next(pattern for found, pattern in patterns() if found == name)
    url = address(name, pattern, mug.pk)
    before = kinds(), cleo.session_epoch, Product.objects.values_list("updated_at", flat=True).get(pk=mug.pk)
    for method in WRITES:
        if name in WAYS_OUT and method == "POST":
            continue
        answer = viewing.generic(method, url, b"{}", "application/json", headers=headers)
        if url.startswith("/api/"):  # it takes no session, so there is nobody to be
            assert answer.status_code in (400, 401, 404, 405), method
            continue
        assert answer.status_code == 403, method
        assert REFUSAL in text(answer)
    cleo.refresh_from_db()
    assert before == (kinds(), cleo.session_epoch, Product.objects.values_list("updated_at", flat=True).get(pk=mug.pk))
    assert who(viewing) == cleo


@pytest.mark.parametrize("path", ["/account/", "/account/password/"])
def test_what_is_theirs_alone_is_not_shown(path, viewing):
    page = viewing.get(path)
    assert page.status_code == 403
    assert "This is theirs alone" in text(page)


def test_the_person_is_left_as_they_were(viewing, page_of, cleo):
    viewing.get("/products/")
    cleo.refresh_from_db()
    assert cleo.last_login is None
    assert cleo.usersession_set.count() == 0
    assert "person.signed_in" not in kinds()


def test_a_toast_by_htmx_says_the_refusal(viewing):
    assert f'data-refused="{REFUSAL}"' in text(viewing.get("/products/"))


def test_the_button_is_at_everybody_but_oneself_and_the_deactivated(page_of, ada, cleo):
    browser, gone = page_of(ada), UserFactory(is_active=False)
    for person, there in ((cleo, True), (ada, False), (gone, False)):
        assert (f'action="/users/{person.pk}/view-as/"' in text(browser.get(f"/users/{person.pk}/"))) is there
        if not there:
            assert view(browser, person)["Location"] == f"/users/{person.pk}/"
    assert "sees nothing" in text(browser.get(f"/users/{gone.pk}/"))
    assert who(browser) == ada


def test_an_admin_who_signed_in_long_ago_is_asked_again_first(page_of, ada, cleo):
    browser = page_of(ada)
    recent.age(browser)
    assert view(browser, cleo)["Location"].startswith(reverse("account_reauthenticate"))
    assert who(browser) == ada


def test_the_session_keeps_its_key_and_the_token_is_a_new_one_at_both_ends(page_of, ada, cleo):
    browser = page_of(ada)
    browser.get("/products/")
    key, token = browser.session.session_key, browser.cookies["csrftoken"].value
    view(browser, cleo)
    other = browser.cookies["csrftoken"].value
    browser.post(STOP)
    assert browser.session.session_key == key
    assert KEY not in browser.session
    assert len({token, other, browser.cookies["csrftoken"].value}) == 3


def test_a_form_that_was_opened_while_viewing_is_not_sent_as_the_admin(ada, sam, mug):
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/accounts/login/")
    token = page.context["csrf_token"]
    browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD, "csrfmiddlewaretoken": str(token)})
    token = str(browser.get(f"/users/{sam.pk}/").context["csrf_token"])
    browser.post(f"/users/{sam.pk}/view-as/", {"csrfmiddlewaretoken": token})
    token = str(browser.get(f"/products/{mug.pk}/").context["csrf_token"])
    browser.post(STOP, {"csrfmiddlewaretoken": token})
    answer = browser.post(f"/products/{mug.pk}/edit/", {"price": "1", "csrfmiddlewaretoken": token})
    assert answer.status_code == 403
    assert "open for too long" in text(answer)


def test_after_half_an_hour_the_admin_is_themselves_and_nothing_is_sent_as_them(viewing, ada, cleo, mug):
    with time_machine.travel(timezone.now() + LONGEST + timedelta(minutes=1), tick=True):
        answer = viewing.post(reverse("products:trash-discard", args=[mug.pk]))
        assert answer.status_code == 403
        assert "You are no longer viewing as somebody else. Nothing was changed." in text(answer)
        assert who(viewing) == ada
    assert Product.objects.filter(pk=mug.pk, trashed_at=None).exists()
    assert kinds()[-1] == "view_as.ended"


@pytest.mark.parametrize("gone", ["deactivated", "deleted"])
def test_it_ends_with_the_person(gone, viewing, ada, cleo):
    if gone == "deleted":
        people.delete(actor=ada, person=cleo, successor=ada)
    else:
        people.set_active(actor=ada, person=cleo, active=False)
    assert who(viewing) == ada
    assert kinds()[-1] == "view_as.ended"
    assert viewing.post(STOP)["Location"] == "/users/"


def test_it_ends_when_the_admin_is_demoted(viewing, ada, cleo):
    people.change_role(actor=UserFactory(role="admin"), person=ada, role="staff")
    assert who(viewing) == ada
    assert KEY not in viewing.session


def test_a_deactivated_admin_sees_nothing_at_all(viewing, ada):
    people.set_active(actor=UserFactory(role="admin"), person=ada, active=False)
    assert viewing.get("/products/")["Location"].startswith("/accounts/login/")


def test_signing_out_signs_out_the_admin_and_ends_it(viewing, ada, cleo):
    assert viewing.post("/accounts/logout/").status_code == 302
    assert viewing.get("/products/").status_code == 302
    line = Activity.objects.get(kind="view_as.ended")
    assert (line.actor, line.person) == (ada, cleo)


@pytest.mark.parametrize("person", ["cleo", "sam"])
def test_a_session_of_somebody_else_cannot_switch_itself(person, page_of, request, ada):
    actor = request.getfixturevalue(person)
    browser = page_of(actor)
    session = browser.session
    session[KEY] = {"person": ada.pk, "since": timezone.now().timestamp()}
    session.save()
    assert who(browser) == actor
    assert KEY not in browser.session


def test_who_views_as_an_admin_cannot_view_on_from_there(page_of, ada, cleo):
    browser, other = page_of(ada), UserFactory(role="admin")
    view(browser, other)
    assert view(browser, cleo).status_code == 403
    assert who(browser) == other


def test_signing_out_without_viewing_writes_nothing_about_it(page_of, ada):
    page_of(ada).post("/accounts/logout/")
    assert "view_as.ended" not in kinds()
