"""What is answered while the database or Redis is away: a pause with a time to come back, or simply the answer."""

import logging
import socket
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection
from django.test import Client

from site_config.lib import throttles
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
REDIS = "django.core.cache.backends.redis.RedisCache"
AWAY = "redis://127.0.0.1:1/0"


def assert_pause(answer, *, api):
    assert (answer.status_code, answer["Retry-After"]) == (503, "5"), answer.content
    if api:
        body = answer.json()
        assert answer["Content-Type"] == "application/problem+json"
        assert (body["type"], body["status"], body["code"]) == ("urn:stockroom:problem:unavailable", 503, "unavailable")
        assert {"title", "detail"} <= set(body)
        assert body["request_id"] == answer["X-Request-ID"]
    else:
        assert b"Back in a moment" in answer.content


@pytest.fixture
def clients(api_of, page_of, sam) -> tuple[Client, Client]:
    """A script and a browser of sam's, who were there before it happened."""
    made = api_of(sam), page_of(sam)
    for client in made:
        client.raise_request_exception = False
    return made


# --- The database ----------------------------------------------------------------------------------------------------
@pytest.fixture
def no_database() -> Iterator[None]:
    def away(*_query):
        raise OperationalError("connection refused: secret-host")

    with connection.execute_wrapper(away):
        yield


def test_without_a_database_every_door_of_the_api_asks_to_come_back(clients, no_database, settings):
    script, _browser = clients
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 1)  # a pause is nobody’s fault, so it is not counted either
    for answer in (
        script.get("/api/products/"),
        script.post("/api/products/", {"name": "Mug", "price": "1"}),
        script.get("/api/users/me/"),
        script.post("/api/login/", {"username": "sam", "password": PASSWORD}),
    ):
        assert_pause(answer, api=True)
        assert b"secret-host" not in answer.content


def test_without_a_database_pages_ask_to_come_back(clients, no_database):
    _script, browser = clients
    for url in ("/", "/products/"):
        assert_pause(browser.get(url), api=False)


def test_without_a_database_what_needs_none_is_answered(clients, no_database):
    script, _browser = clients
    assert script.get("/api/schema/").status_code == 200
    assert script.get("/api/nothing/").status_code == 404
    assert script.get("/healthz").status_code == 200
    assert script.get("/readyz").status_code == 503


# --- Redis -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def no_redis(settings) -> None:
    """As with a REDIS_URL where nobody listens."""
    settings.CACHES = {"default": {"BACKEND": REDIS, "LOCATION": AWAY}}
    settings.SESSION_ENGINE = "site_config.lib.sessions"


def test_without_redis_the_api_answers_and_counts_nobody(clients, no_redis, settings, caplog):
    script, _browser = clients
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 1)
    with caplog.at_level(logging.WARNING, throttles.logger.name):
        answers = [script.get("/api/products/"), script.get("/api/products/"), script.get("/api/nothing/")]
    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert not any(name.startswith("RateLimit") for answer in answers for name in answer.headers)
    said = [record.getMessage() for record in caplog.records if record.name == throttles.logger.name]
    assert len(said) == 3
    assert all(line.startswith("A request of the API could not be counted") for line in said)


def test_without_redis_wrong_passwords_still_lock(no_redis, api_of, sam):
    tries = [api_of(None).post("/api/login/", {"username": "sam", "password": "wrong"}) for _try in range(5)]
    assert [answer.status_code for answer in tries] == [401, 401, 401, 401, 429]
    assert tries[-1].json()["code"] == "locked"


def test_without_redis_people_stay_signed_in_and_can_sign_in(clients, no_redis, sam):
    _script, browser = clients
    assert browser.get("/products/").status_code == 200
    fresh = Client()
    assert fresh.post("/accounts/login/", {"login": "sam", "password": PASSWORD}).status_code == 302
    assert fresh.get("/products/").status_code == 200
    assert fresh.get("/readyz").json()["cache"] == "unavailable"


def test_without_redis_what_must_not_be_forgotten_asks_to_come_back(clients, no_redis, sam):
    """A sign-out that Redis may undo, and a password that could be guessed without being counted."""
    script, browser = clients
    assert_pause(browser.post("/accounts/logout/"), api=False)
    guess = {"current_password": "wrong", "new_password": "a new and long one"}
    assert_pause(script.post("/api/users/change_password/", guess), api=True)
    sam.refresh_from_db()
    assert sam.check_password(PASSWORD)


def test_a_session_that_nobody_has_is_no_session_without_redis(no_redis, page_of):
    browser = page_of(None)
    browser.cookies["sessionid"] = "x" * 32
    assert browser.get("/products/").status_code == 302


def test_a_count_that_was_dropped_this_very_moment_refuses_nobody(api_of, sam, monkeypatch):
    def dropped(key: str) -> int:
        raise ValueError(key)

    monkeypatch.setattr(throttles, "count", dropped)
    answer = api_of(sam).get("/api/products/")
    assert (answer.status_code, "RateLimit" in answer.headers) == (200, False)


def test_a_redis_that_hangs_costs_seconds_not_the_site(settings, clients):
    """It accepts the connection and never says a word."""
    script, _browser = clients
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        options = {"socket_connect_timeout": 0.05, "socket_timeout": 0.05}
        settings.CACHES = {"default": {"BACKEND": REDIS, "LOCATION": url, "OPTIONS": options}}
        assert script.get("/api/products/").status_code == 200
