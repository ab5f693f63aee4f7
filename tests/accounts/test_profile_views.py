"""One's own account."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import people
from tests.factories import PASSWORD

NEW = "four unrelated words together"


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("who", ["ada", "sam", "cleo"])
def test_everyone_sees_their_own_account(who, page_of, ada, sam, cleo, request):
    person = request.getfixturevalue(who)
    page = text(page_of(person).get("/account/"))
    assert person.email in page
    assert str(person.role_label) in page
    others = {"ada", "sam", "cleo"} - {who}
    assert not [name for name in others if f"{name}@example.com" in page]


@pytest.mark.parametrize("path", ["/account/", "/account/password/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_signed_out_go_to_sign_in_and_back(path, method, page_of, sam):
    answer = getattr(page_of(), method)(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


def test_saving_the_profile_changes_name_phone_and_appearance_and_nothing_else(page_of, ada, cleo):
    page = page_of(cleo)
    smuggled = {"role": "admin", "username": "x", "email": "x@example.com", "is_active": "", "pk": ada.pk}
    answer = page.post("/account/", {"name": "Cleopatra", "phone": "+44 20 7946 0123", "theme": "dark", **smuggled})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    shown = text(page.get("/account/"))
    assert 'data-theme="dark"' in shown
    assert "Profile saved" in shown
    before = (cleo.role, cleo.username, cleo.email)
    cleo.refresh_from_db()
    assert (cleo.name, cleo.phone, cleo.theme) == ("Cleopatra", "+44 20 7946 0123", "dark")
    assert (cleo.role, cleo.username, cleo.email, cleo.is_active) == (*before, True)
    ada.refresh_from_db()
    assert ada.name == "Ada Okafor"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "x" * 121}, "name"),
        ({"name": "\0"}, "name"),
        ({"phone": "x"}, "phone"),
        ({"theme": "purple"}, "theme"),
    ],
)
def test_a_refused_profile_says_why(fields, field, page_of, sam):
    page = page_of(sam).post("/account/", {"name": "Typed", "phone": "", "theme": "", **fields})
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    sam.refresh_from_db()
    assert sam.name == "Sam Reyes"


def test_a_rule_that_only_the_service_knows_is_shown_too(page_of, sam, monkeypatch):
    def gone(**_given):
        raise people.Conflict("This person was deleted a moment ago.", code="deleted")

    monkeypatch.setattr(people, "edit", gone)
    page = page_of(sam).post("/account/", {"name": "Typed", "phone": "", "theme": ""})
    assert page.status_code == 422
    assert "This person was deleted a moment ago." in text(page)


def test_the_page_shows_what_happened_to_oneself_only(page_of, ada, sam, cleo):
    people.change_role(actor=ada, person=sam, role="client")
    people.set_active(actor=ada, person=cleo, active=False)
    page = text(page_of(sam).get("/account/"))
    assert "Role changed from Staff to Client, by Ada Okafor" in page
    assert "Deactivated" not in page
    assert "Nothing has happened yet." in text(page_of(ada).get("/account/"))


def test_changing_the_password_keeps_this_session_and_ends_the_others(page_of, api_of, ada, sam):
    page, other, script = page_of(sam), page_of(sam), api_of(sam)
    assert "Current password" in text(page.get("/account/password/"))
    answer = page.post("/account/password/", {"current_password": PASSWORD, "new_password": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert "Password changed" in text(page.get("/account/"))
    assert other.get("/account/").status_code == 302
    assert script.get("/api/protected/").status_code == 401
    assert Client().post("/accounts/login/", {"login": "sam", "password": NEW}).status_code == 302
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"current_password": "wrong", "new_password": NEW}, "current_password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "new_password"),
        ({"current_password": PASSWORD, "new_password": "x" * 1001}, "new_password"),
        ({"current_password": PASSWORD, "new_password": ""}, "new_password"),
        ({"current_password": "\0", "new_password": NEW}, "current_password"),
    ],
)
def test_a_refused_password_says_which_field_and_never_comes_back(fields, field, page_of, sam):
    page = page_of(sam).post("/account/password/", fields)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert PASSWORD not in text(page)
    assert NEW not in text(page)
    sam.refresh_from_db()
    assert sam.check_password(PASSWORD)


def test_guessing_the_current_password_is_throttled(page_of, sam):
    page, wrong = page_of(sam), {"current_password": "wrong", "new_password": NEW}
    answers = [page.post("/account/password/", wrong) for _try in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[-1]["Retry-After"] == "900"
    assert "Too many wrong passwords. Try again in 15 minutes." in text(answers[-1])


def test_a_form_from_elsewhere_changes_nothing(ada, sam):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sam, backend="accounts.backends.IdentifierBackend")
    assert strict.post("/account/", {"name": "Forged", "phone": "", "theme": ""}).status_code == 403
    assert strict.post("/account/password/", {"current_password": PASSWORD, "new_password": NEW}).status_code == 403
    strict.force_login(ada, backend="accounts.backends.IdentifierBackend")
    assert strict.post(f"/users/{sam.pk}/role/", {"role": "client"}, HTTP_HX_REQUEST="true").status_code == 403
    sam.refresh_from_db()
    assert (sam.name, sam.role, sam.check_password(PASSWORD)) == ("Sam Reyes", "staff", True)
