"""Who chose a language reads in it: pages always, the API unless the script asks for one, mails."""

import pytest
from django.utils import translation

from accounts.models import Activity, User
from accounts.services import people, personal_tokens
from site_config.lib import languages

pytestmark = pytest.mark.django_db
SPANISH, ENGLISH = "Todos los productos", "All products"


@pytest.fixture
def spanish(sam):
    """Sam chose Spanish."""
    return people.edit(actor=sam, person=sam, language="es")


def said(answer) -> tuple[str, str]:
    """The language that the answer declares, and whether the words keep to it."""
    page = answer.content.decode()
    assert (SPANISH in page, ENGLISH in page) in ((True, False), (False, True))
    return answer["Content-Language"], "es" if SPANISH in page else "en"


@pytest.mark.parametrize("browser", ["en", "es", "fr", ""])
def test_a_page_speaks_the_language_of_the_account_whatever_the_browser_asks(browser, page_of, spanish, ada):
    people.edit(actor=ada, person=ada, language="en")
    for person, language in ((spanish, "es"), (User.objects.get(pk=ada.pk), "en")):
        answer = page_of(person).get("/products/", headers={"Accept-Language": browser})
        assert said(answer) == (language, language)
        assert f'<html lang="{language}"' in answer.content.decode()
        assert {"Cookie", "Accept-Language"} <= set(answer["Vary"].split(", "))


@pytest.mark.parametrize("browser", ["en", "es"])
def test_who_chose_none_reads_in_that_of_the_browser(browser, page_of, sam):
    answer = page_of(sam).get("/products/", headers={"Accept-Language": browser})
    assert said(answer) == (browser, browser)


def test_the_language_of_one_is_not_that_of_the_next(page_of, spanish, ada):
    page_of(spanish).get("/products/")
    assert said(page_of(ada).get("/products/")) == ("en", "en")
    page_of(spanish).get("/products/")
    assert page_of().get("/accounts/login/")["Content-Language"] == "en"


def test_a_refusal_speaks_it_too(page_of, spanish):
    page = page_of(spanish)
    for path, status, words in (("/users/", 403, "Solo un administrador"), ("/nothing/", 404, "No hay nada en este")):
        answer = page.get(path)
        assert (answer.status_code, answer["Content-Language"]) == (status, "es")
        assert words in answer.content.decode()


@pytest.mark.parametrize(("asked", "language"), [(None, "es"), ("en", "en"), ("es", "es"), ("fr", "en")])
def test_at_the_api_what_the_script_asks_for_comes_first(asked, language, api_of, spanish):
    headers = {"Accept-Language": asked} if asked else {}
    answer = api_of(spanish).get("/api/users/", headers=headers)
    detail = {"es": "Solo un administrador puede gestionar usuarios.", "en": "Only an admin can manage people."}
    assert (answer.json()["detail"], answer["Content-Language"]) == (detail[language], language)
    assert "Accept-Language" in answer["Vary"]


def test_a_personal_token_speaks_the_language_of_its_person(api_of, spanish):
    _token, secret = personal_tokens.create(actor=spanish, name="Till", scopes=["read"])
    answer = api_of().get("/api/products/0/", headers={"Authorization": f"Bearer {secret}"})
    assert answer["Content-Language"] == "es"


def test_the_cookie_of_a_browser_settles_nothing_at_the_api(page_of, spanish):
    answer = page_of(spanish).get("/api/users/me/")
    assert (answer.status_code, answer["Content-Language"]) == (401, "en")


# --- Choosing --------------------------------------------------------------------------------------------------------


def test_everyone_chooses_their_language_on_their_account_page(page_of, cleo):
    page = page_of(cleo)
    form = page.get("/account/").context["form"]
    assert form.fields["language"].choices == [("", "Browser"), ("en", "English"), ("es", "Español")]
    saved = page.post("/account/", {"name": "Cleo", "phone": "", "theme": "", "language": "es"}, follow=True)
    assert "Ajustes de la cuenta" in saved.content.decode()
    assert "Perfil guardado" in saved.content.decode()
    cleo.refresh_from_db()
    assert cleo.language == "es"
    assert Activity.objects.get(kind="person.edited", person=cleo).details["language"] == ["", "es"]
    back = page.post("/account/", {"name": "Cleo", "phone": "", "theme": "", "language": ""}, follow=True)
    assert "Profile saved" in back.content.decode()


@pytest.mark.parametrize("language", ["fr", "en-GB", "ES", "xx"])
def test_a_language_that_there_is_not_is_refused(language, page_of, api_of, sam):
    page = page_of(sam).post("/account/", {"name": "Sam", "phone": "", "theme": "", "language": language})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["language"])
    assert api_of(sam).patch("/api/users/me/", {"language": language}).status_code == 400
    sam.refresh_from_db()
    assert sam.language == ""


def test_a_script_reads_and_sets_ones_own(api_of, sam):
    script = api_of(sam)
    assert script.get("/api/users/me/").json()["language"] == ""
    assert script.patch("/api/users/me/", {"language": "es"}).json()["language"] == "es"
    assert script.patch("/api/users/me/", {"language": ""}).json()["language"] == ""


def test_an_admin_reads_that_of_others_and_sets_none(api_of, ada, spanish):
    script = api_of(ada)
    assert script.get(f"/api/users/{spanish.pk}/").json()["language"] == "es"
    refused = script.patch(f"/api/users/{spanish.pk}/", {"language": "en"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "read_only_field")


def test_what_nothing_has_settled_is_the_browsers(rf):
    assert languages.spoken(rf.get("/", headers={"Accept-Language": "es"})) == "es"
    request = rf.get("/", headers={"Accept-Language": "es"})
    languages.speak(request, "en")
    assert (languages.spoken(request), translation.get_language()) == ("en", "en")
    languages.speak(request, "")
    assert (languages.spoken(request), translation.get_language()) == ("es", "es")
