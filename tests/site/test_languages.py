"""Who asks in Spanish is answered in Spanish, by pages and by the API; codes and the API's document never change."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from accounts.templatetags import ui
from products.services import stock, trash
from tests.factories import PASSWORD, ProductFactory

pytestmark = pytest.mark.django_db
# What each refusal of the API says in Spanish, and its status and code in any language.
REFUSALS = {
    "a field": (400, "invalid", "Este campo no puede estar en blanco."),
    "several fields": (400, "invalid", "Hay que corregir varios campos. Véase errors."),
    "an unknown filter": (400, "unknown_parameter", "No existe ese parámetro."),
    "a body that is no JSON": (400, "parse_error", "El cuerpo no es JSON: revise la línea 1, columna 2."),
    "no token": (401, "not_authenticated", "Las credenciales de autenticación no se proveyeron."),
    "a false token": (401, "token_invalid", "Este token no es válido."),
    "a wrong password": (401, "", "El usuario o la contraseña no son correctos."),
    "another role": (403, "permission_denied", "Solo un administrador puede gestionar usuarios."),
    "no such product": (404, "not_found", "No encontrado."),
    "no such address": (404, "not_found", "No hay nada en esta dirección."),
    "another method": (405, "method_not_allowed", 'Método "DELETE" no permitido.'),
    "a method of no page": (405, "method_not_allowed", "Este método no está permitido."),
    "another format": (406, "not_acceptable", "No se ha podido satisfacer la solicitud de cabecera de Accept."),
    "a rule": (400, "", "Indique un número entero de 1 a 200."),
    "a conflict": (409, "not_enough_stock", "Solo hay 10 en existencias: no se pueden retirar 11."),
    "an old version": (412, "version_mismatch", "Alguien guardó este producto después de que usted lo leyera."),
    "a body over the limit": (413, "too_large", "El cuerpo supera el límite de 1,048,576 bytes."),
    "another media type": (415, "unsupported_media_type", 'Tipo de medio "text/plain" incompatible en la solicitud.'),
    "a lock": (429, "locked", "Hubo 5 contraseñas incorrectas para esta cuenta desde su red."),
    "a NUL byte": (400, "nul_byte", "La dirección contiene un byte NUL. Elimínelo."),
    "another host": (400, "bad_request", "La solicitud está mal formada."),
}


@pytest.fixture
def ask(api_of, sam, mug):
    """Sends the request that ends in the refusal, in a language."""
    staff, nobody = api_of(sam), api_of()
    one, product = f"/api/products/{mug.pk}/", {"name": "Mug", "price": "1.00"}
    large = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": 2**30}

    def lock(headers):
        for _try in range(5):
            nobody.post("/api/login/", {"username": "sam", "password": "wrong"})
        return nobody.post("/api/login/", {"username": "sam", "password": PASSWORD}, headers=headers)

    def wrong(headers):
        return nobody.post("/api/login/", {"username": "sam", "password": "wrong"}, headers=headers)

    requests = {
        "a field": lambda h: staff.post("/api/products/", {**product, "name": ""}, headers=h),
        "several fields": lambda h: staff.post("/api/products/", {**product, "name": "", "stock": "x"}, headers=h),
        "an unknown filter": lambda h: staff.get("/api/products/?colour=red", headers=h),
        "a body that is no JSON": lambda h: staff.generic(
            "POST", "/api/products/", b"{", content_type="application/json", headers=h
        ),
        "no token": lambda h: nobody.get("/api/products/", headers=h),
        "a false token": lambda h: nobody.get("/api/products/", headers={**h, "Authorization": "Bearer x.y.z"}),
        "a wrong password": wrong,
        "another role": lambda h: staff.get("/api/users/", headers=h),
        "no such product": lambda h: staff.get("/api/products/987654/", headers=h),
        "no such address": lambda h: staff.get("/api/nothing/", headers=h),
        "another method": lambda h: staff.delete("/api/products/", headers=h),
        "a method of no page": lambda h: staff.generic("TRACE", "/api/products/", headers=h),
        "another format": lambda h: staff.get("/api/products/", headers={**h, "Accept": "text/html"}),
        "a rule": lambda h: staff.get("/api/products/?page_size=0", headers=h),
        "a conflict": lambda h: staff.post(f"{one}stock/", {"delta": -11, "reason": "sold"}, headers=h),
        "an old version": lambda h: staff.patch(one, {"name": "Cup"}, headers={**h, "If-Match": '"77"'}),
        "a body over the limit": lambda h: staff.generic("POST", "/api/products/", headers=h, **large),
        "another media type": lambda h: staff.generic(
            "POST", "/api/products/", b"x", content_type="text/plain", headers=h
        ),
        "a lock": lock,
        "a NUL byte": lambda h: staff.get("/api/products/?q=%00", headers=h),
        "another host": lambda h: staff.get("/api/products/", headers={**h, "Host": "evil.example"}),
    }
    return lambda name, language: requests[name]({"Accept-Language": language} if language else {})


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_speaks_spanish_and_keeps_its_code(name, ask):
    status, code, sentence = REFUSALS[name]
    answers = {language: ask(name, language) for language in ("es-MX,es;q=0.9,en;q=0.5", "", "fr", "es")}
    spanish, english = answers.pop("es"), answers.pop("")
    assert spanish.status_code == english.status_code == status
    assert spanish.json()["code"] == english.json()["code"]
    assert spanish.json()["code"] == code or not code
    assert spanish.json()["type"] == english.json()["type"]
    assert spanish.json()["detail"].startswith(sentence)
    assert not english.json()["detail"].startswith(sentence)
    assert (spanish["Content-Language"], english["Content-Language"]) == ("es", "en")
    for answer in (spanish, english):
        assert "Accept-Language" in answer["Vary"]
        assert answer["Content-Type"] == "application/problem+json"
    assert answers["fr"].json()["detail"] == english.json()["detail"]
    assert answers["es-MX,es;q=0.9,en;q=0.5"].json()["detail"].startswith(sentence)


def test_the_errors_of_the_fields_are_spanish_too(ask):
    body = ask("several fields", "es").json()
    assert body["errors"] == [
        {"pointer": "/name", "code": "blank", "message": "Este campo no puede estar en blanco."},
        {"pointer": "/stock", "code": "invalid", "message": "Introduzca un número entero válido."},
    ]
    assert (body["name"], body["title"]) == (["Este campo no puede estar en blanco."], "Bad Request")


def test_the_throttle_speaks_spanish(api_of, sam, settings):
    settings.API_RATES = {**settings.API_RATES, "account": 0}
    answer = api_of(sam).get("/api/products/", headers={"Accept-Language": "es"})
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert answer.json()["detail"].startswith("Esta solicitud se ha limitado: hubo más de 0 en un minuto.")


def test_the_language_of_one_request_is_not_that_of_the_next(ask):
    """LocaleMiddleware leaves it behind in the thread; what is refused before it has run must not take it over."""
    english = ask("a NUL byte", "").json()["detail"]
    ask("no such product", "es")
    assert ask("a NUL byte", "").json()["detail"] == english
    ask("no such product", "es")
    assert ask("another host", "")["Content-Language"] == "en"


def test_a_date_means_the_same_day_in_every_language(api_of, sam, mug):
    for language in ("en", "es"):
        for given, status in (("2020-12-31", 200), ("12/11/2020", 400), ("31/12/2020", 400)):
            answer = api_of(sam).get(f"/api/products/?updated_after={given}", headers={"Accept-Language": language})
            assert answer.status_code == status, (language, given)


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_the_document_of_the_api_is_english_for_everyone(path, client):
    spanish, english = (client.get(path, headers={"Accept-Language": language}) for language in ("es", "en"))
    assert spanish.content == english.content
    assert spanish["Content-Language"] == english["Content-Language"] == "en"


# --- Pages -----------------------------------------------------------------------------------------------------------

ENGLISH = re.compile(
    r"\b(the|and|of|or|you|your|they|is|are|was|with|this|that|to|for|from|nothing|not|only|by|it|its|in|on|at|all|"
    r"save|search|users?|stock|price|products?|name|password|changed?|new|add|edit|move|delete|role)\b",
    re.IGNORECASE,
)
SPOKEN = {"placeholder", "aria-label", "alt", *(f"data-{word}" for word in ("refused", "failed", "offline", "unsaved"))}
UNREAD = {"script", "style", "code", "textarea"}


class Words(HTMLParser):
    """What a person reads or hears of a page: its texts, and the attributes that are shown or spoken."""

    def __init__(self, html):
        super().__init__()
        self.said, self.unread = [], 0
        self.feed(html)
        self.text = " ".join(" ".join(self.said).split())

    def handle_starttag(self, tag, attrs):
        self.unread += tag in UNREAD
        self.said += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag):
        self.unread -= tag in UNREAD

    def handle_data(self, data):
        if not self.unread:
            self.said.append(data)


PAGES = {
    "products:catalogue-list": "Todos los productos",
    "products:catalogue-create": "Crear producto",
    "products:catalogue-detail": "Acerca de este producto",
    "products:changes-history": "recibió 5",
    "products:stock-show": "Contado por Ana",
    "products:stock-adjust": "¿Qué ha ocurrido?",
    "products:price-edit": "Editar precio",
    "products:trash-list": "En la papelera desde",
    "accounts:people-list": "Filtrar por rol",
    "accounts:people-create": "Primera contraseña",
    "accounts:people-edit": "Rol y acceso",
    "accounts:people-delete": "Esto no se puede deshacer",
    "accounts:profile-edit": "Ajustes de la cuenta",
    "accounts:password-change": "Contraseña nueva",
}


@pytest.fixture
def spanish(page_of, ada):
    page = page_of(ada)
    page.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    return page


def words_of(answer):
    assert '<html lang="es"' in answer.content.decode()
    assert answer["Content-Language"] == "es"
    return Words(answer.content.decode()).text


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_spanish_from_head_to_foot(name, spanish, ada, sam, mug):
    stock.adjust(actor=ada, product=mug, kind="received", delta=5, note="Contado por Ana")
    trash.discard(actor=ada, product=ProductFactory(name="Tetera"))
    key = sam.pk if name.startswith("accounts:people") else mug.pk
    try:
        path = reverse(name)
    except NoReverseMatch:
        path = reverse(name, args=[key])
    text = words_of(spanish.get(path))
    assert PAGES[name] in text
    assert sorted(set(ENGLISH.findall(text))) == []


def test_what_is_said_to_the_signed_out_is_spanish(client):
    for path, status, sentence in (
        ("/accounts/login/", 200, "Iniciar sesión"),
        ("/nada/", 404, "No hay nada en este estante"),
        ("/%00", 400, "No se ha podido leer la solicitud"),
    ):
        answer = client.get(path, headers={"Accept-Language": "es"})
        text = words_of(answer)
        assert answer.status_code == status
        assert sentence in text
        assert ENGLISH.findall(text) == []


def test_a_refused_sign_in_is_spanish(client, sam):
    said = {"login": "sam", "password": "wrong"}
    tries = [client.post("/accounts/login/", said, headers={"Accept-Language": "es"}) for _try in range(5)]
    assert "Le quedan 4 intentos antes de un bloqueo de 15 minutos." in words_of(tries[0])
    assert "Le queda 1 intento antes de un bloqueo de 15 minutos." in words_of(tries[3])
    assert "Bloqueado durante 15 minutos" in words_of(tries[4])
    assert not any(ENGLISH.findall(words_of(answer)) for answer in tries)


def test_the_errors_of_a_form_and_the_toast_after_it_are_spanish(spanish, mug):
    refused = spanish.post("/products/new/", {"name": "", "price": "12,50", "low_stock_threshold": "x"})
    text = words_of(refused)
    assert refused.status_code == 422
    for sentence in ("Hay que corregir 4 cosas", "Introduzca un importe como 12.50.", "Introduzca un número entero."):
        assert sentence in text
    assert ENGLISH.findall(text) == []
    done = spanish.post(f"/products/{mug.pk}/discard/", follow=True)
    assert "Enamel mug se ha movido a la papelera" in words_of(done)


def test_numbers_are_written_as_the_fields_take_them(spanish, ada):
    kettle = ProductFactory(name="Tetera", price="1234.50", cost="617.25", stock=4500, owner=ada)
    assert "£1,234.50" in words_of(spanish.get("/products/"))
    text = words_of(spanish.get(f"/products/{kettle.pk}/"))
    assert "Margen: 50.0" in text


def test_dates_are_written_as_the_language_does():
    now = datetime(2026, 11, 22, tzinfo=UTC)
    for language, this_year, another in (("en", "2 May", "2 May 2025"), ("es", "2 may", "2 may 2025")):
        with translation.override(language):
            assert ui.day(datetime(2026, 5, 2, tzinfo=UTC), now) == this_year
            assert ui.day(datetime(2025, 5, 2, tzinfo=UTC), now) == another


def test_the_import_command_speaks_english_throughout(ada, tmp_path, capsys, settings):
    settings.LANGUAGE_CODE = "es"
    translation.activate("es")
    path = tmp_path / "list.csv"
    path.write_text("name,price,colour\nTetera,x,red\n")
    call_command("import_products", path, username="ada")
    assert "Columns that are not imported: colour." in capsys.readouterr().out


def test_an_unknown_language_gets_english(client):
    for language in ("fr", "de-AT, fr;q=0.5", "*", "%%%", ""):
        answer = client.get("/accounts/login/", headers={"Accept-Language": language})
        assert '<html lang="en"' in answer.content.decode()
        assert answer["Content-Language"] == "en"
