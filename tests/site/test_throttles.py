"""How often a script may ask: by account or by address, before any password is hashed, over all web processes."""

import json
import re
import runpy
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.conf import settings as configured
from django.test import Client

from accounts.services import tokens
from products.models import Product
from site_config.lib import throttles
from tests.factories import PASSWORD
from tests.processes import ROOT, environment, eventually, free_port, program, run
from tests.provide import TOOLS

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME, CAFE = "198.51.100.7", "203.0.113.24"
LIST, LOGIN, REFRESH, NOWHERE = "/api/products/", "/api/login/", "/api/refresh/", "/api/nothing/"
RATES = {"account": 3, "anonymous": 4, "sign_in": 2, "refresh": 2}


@pytest.fixture
def few(settings, time_machine):
    """Rates small enough to reach, and a clock that stands still."""
    settings.API_RATES = RATES
    time_machine.move_to(NOW, tick=False)
    return time_machine


def left(answer) -> tuple[str, int, int]:
    """Which policy counted this answer, what is left of it, and for how many seconds; both headers agree."""
    policy, rate = re.fullmatch(r'"(\w+)";q=(\d+);w=60', answer["RateLimit-Policy"]).groups()
    name, rest, seconds = re.fullmatch(r'"(\w+)";r=(\d+);t=(\d+)', answer["RateLimit"]).groups()
    assert (name, int(rate)) == (policy, RATES[policy])
    assert 1 <= int(seconds) <= 60
    return policy, int(rest), int(seconds)


def assert_throttled(answer, policy):
    body, (counted, rest, seconds) = answer.json(), left(answer)
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json"), answer.content
    assert (counted, rest) == (policy, 0)
    assert (body["status"], body["code"], body["title"]) == (429, "throttled", "Too Many Requests")
    assert (body["type"], body["request_id"]) == ("urn:stockroom:problem:throttled", answer["X-Request-ID"])
    assert f"throttled: there were more than {RATES[policy]} in a minute. Try again in {seconds} s." in body["detail"]
    assert answer["Retry-After"] == str(seconds) == str(body["wait"])
    return seconds


# --- Who is counted --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
class TestAnAccount:
    def test_is_counted_over_all_its_tokens_and_told_what_is_left(self, few, api_of, ada, sam):
        one, other = api_of(sam), api_of(sam)
        answers = [one.get(LIST), other.get(LIST), one.get(LIST)]
        assert [(answer.status_code, left(answer)[:2]) for answer in answers] == [
            (200, ("account", 2)),
            (200, ("account", 1)),
            (200, ("account", 0)),
        ]
        assert_throttled(one.get(LIST), "account")
        assert_throttled(other.get(LIST), "account")
        assert left(api_of(ada).get(LIST))[:2] == ("account", 2)

    def test_may_ask_again_after_exactly_the_seconds_it_was_told(self, few, api_of, sam):
        api = api_of(sam)
        for _request in range(4):
            answer = api.get(LIST)
        seconds = assert_throttled(answer, "account")
        few.move_to(NOW + timedelta(seconds=seconds - 1), tick=False)
        assert assert_throttled(api.get(LIST), "account") == 1
        few.move_to(NOW + timedelta(seconds=seconds), tick=False)
        assert left(api.get(LIST)) == ("account", 2, 60)

    def test_is_counted_from_every_address_and_leaves_the_anonymous_count_alone(self, few, api_of, sam):
        api = api_of(sam)
        answers = [api.get(LIST, REMOTE_ADDR=address) for address in (HOME, CAFE, HOME, CAFE)]
        assert_throttled(answers[-1], "account")
        assert left(api_of(None).get(LIST, REMOTE_ADDR=HOME))[:2] == ("anonymous", 3)

    def test_changes_nothing_by_a_request_that_was_throttled(self, few, api_of, sam):
        api = api_of(sam)
        made = [api.post(LIST, {"name": f"Mug {n}", "price": "1"}) for n in range(4)]
        assert [answer.status_code for answer in made] == [201, 201, 201, 429]
        assert Product.objects.count() == 3

    def test_pays_for_what_its_role_refuses(self, few, api_of, cleo):
        api = api_of(cleo)
        answers = [api.get("/api/users/") for _request in range(4)]
        assert [answer.status_code for answer in answers] == [403, 403, 403, 429]
        assert_throttled(answers[-1], "account")


@pytest.mark.django_db
class TestAnAddress:
    @pytest.mark.parametrize(
        ("headers", "path", "status"),
        [
            ({}, LIST, 401),
            ({"Authorization": "Bearer forged"}, LIST, 401),
            ({}, NOWHERE, 404),
            ({"Accept": "text/html"}, LIST, 406),
            ({}, "/api/schema/", 200),
        ],
    )
    def test_is_counted_whatever_is_asked_without_a_token_that_works(self, headers, path, status, few, api_of):
        answers = [api_of(None).get(path, headers=headers, REMOTE_ADDR=HOME) for _request in range(5)]
        assert [answer.status_code for answer in answers] == [status] * 4 + [429]
        assert [left(answer)[:2] for answer in answers[:4]] == [("anonymous", rest) for rest in (3, 2, 1, 0)]
        assert_throttled(answers[-1], "anonymous")
        assert api_of(None).get(path, headers=headers, REMOTE_ADDR=CAFE).status_code == status

    def test_does_not_slow_down_who_is_signed_in_there(self, few, api_of, sam):
        for _request in range(9):
            api_of(None).get(LIST, REMOTE_ADDR=HOME)
        assert left(api_of(sam).get(LIST, REMOTE_ADDR=HOME))[:2] == ("account", 2)

    def test_cannot_be_forged_and_is_the_right_most_behind_a_proxy(self, few, api_of, settings):
        api = api_of(None)
        forged = [api.get(LIST, REMOTE_ADDR=HOME, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}") for n in range(5)]
        assert_throttled(forged[-1], "anonymous")
        settings.TRUSTED_PROXIES = 1
        through = [api.get(LIST, REMOTE_ADDR="10.0.0.2", HTTP_X_FORWARDED_FOR=f"192.0.2.{n}, {CAFE}") for n in range(5)]
        assert_throttled(through[-1], "anonymous")

    def test_the_cookie_of_a_browser_is_no_account_here(self, few, page_of, sam):
        browser = page_of(sam)
        assert left(browser.get(LIST))[:2] == ("anonymous", 3)
        assert left(browser.get(NOWHERE))[:2] == ("anonymous", 2)

    def test_pages_are_not_counted(self, few, page_of, sam):
        for _request in range(9):
            answer = page_of(sam).get("/products/")
        assert answer.status_code == 200
        assert not {"RateLimit", "RateLimit-Policy"} & set(answer.headers)


def test_not_everybodys_minute_ends_at_once():
    assert len({throttles.window("account", str(pk))[1] for pk in range(100)}) > 30


# --- Sign-in and refresh ---------------------------------------------------------------------------------------------
@pytest.mark.django_db
class TestSigningIn:
    def test_is_throttled_by_address_before_any_password_is_hashed(self, few, api_of, ada, sam, hashes):
        api, right = api_of(None), {"username": "sam", "password": PASSWORD}
        assert api.post(LOGIN, {"username": "zoe", "password": "x"}, REMOTE_ADDR=HOME).status_code == 401
        assert api.post(LOGIN, right, REMOTE_ADDR=HOME).status_code == 200
        hashes.clear()
        for _try in range(3):
            assert_throttled(api.post(LOGIN, right, REMOTE_ADDR=HOME), "sign_in")
        assert hashes == []
        assert AccessAttempt.objects.count() == 1
        assert left(api.post(LOGIN, right, REMOTE_ADDR=CAFE))[:2] == ("sign_in", 1)
        assert hashes == [1]

    def test_malformed_tries_count_too(self, few, api_of, db):
        bodies = [b"{", b"[]", b"{}"]
        answers = [api_of(None).generic("POST", LOGIN, body, content_type="application/json") for body in bodies]
        assert [answer.status_code for answer in answers] == [400, 400, 429]

    @pytest.mark.parametrize("door", ["page", "api"])
    def test_a_lock_costs_no_hash_and_says_so_by_both_doors(self, door, few, api_of, sam, hashes, settings):
        settings.API_RATES = {**settings.API_RATES, "sign_in": 6}
        sign_in = {
            "page": lambda word: Client().post("/accounts/login/", {"login": "sam", "password": word}),
            "api": lambda word: api_of(None).post(LOGIN, {"username": "sam", "password": word}),
        }[door]
        for _try in range(5):
            sign_in("wrong")
        hashes.clear()
        locked = [sign_in(PASSWORD), sign_in(PASSWORD)]
        assert [answer.status_code for answer in locked] == [429, 429]
        assert hashes == []
        assert int(locked[0]["Retry-After"]) > 60
        if door == "api":
            codes = [answer.json()["code"] for answer in locked]
            assert codes == ["locked", "throttled"], "the sixth try met the lock, the seventh the rate"
            assert "throttled" in locked[0].json()["detail"]
            assert locked[0]["RateLimit"].startswith('"sign_in";r=0')

    def test_a_throttled_refresh_does_not_use_the_token_up(self, few, api_of, sam):
        api, body = api_of(None), {"refresh": tokens.sign_in(person=sam)["refresh"]}
        wrong = [api.post(REFRESH, {"refresh": "x"}) for _try in range(2)]
        assert [(answer.status_code, left(answer)[:2]) for answer in wrong] == [
            (401, ("refresh", 1)),
            (401, ("refresh", 0)),
        ]
        seconds = assert_throttled(api.post(REFRESH, body), "refresh")
        few.move_to(NOW + timedelta(seconds=seconds), tick=False)
        assert api.post(REFRESH, body).status_code == 200

    def test_each_door_has_a_count_of_its_own(self, few, api_of, sam):
        api = api_of(None)
        for _try in range(9):
            for path in (LIST, REFRESH):
                api.post(path)
        assert api.post(LOGIN, {"username": "sam", "password": PASSWORD}).status_code == 200


# --- One count for all who serve -------------------------------------------------------------------------------------
def test_threads_that_count_at_once_lose_nothing():
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(throttles.count, ["throttle:test"] * 400))
    assert sorted(counts) == list(range(1, 401))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Redis that the tests were given; without one, a server of their own."""
    if given := configured.CACHES["default"].get("LOCATION"):
        yield given
        return
    find, advice = TOOLS["redis"]
    path = find()
    assert path, advice
    folder, port = tmp_path_factory.mktemp("redis"), free_port()
    log = folder / "redis.log"
    command = [path, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with program(command, log=log):
        eventually(lambda: socket.create_connection(("127.0.0.1", port)).close() is None, log.read_text)
        yield f"redis://127.0.0.1:{port}/0"


class Server:
    """One web process, started as the container does."""

    def __init__(self, folder: Path, port: int, **names: str) -> None:
        self.port, self.log = port, folder / f"{port}.log"
        keys = {"SECRET_KEY": "k7Qz-3vT9xWm2RbY8sLp4NcJ6hGd1FaE5uXo", "HTTPS": "0", "TRUSTED_PROXIES": "1"}
        keys |= {"JWT_SIGNING_KEY": "p2Lw-8nB4kVj6YtC1xRz7MqS9gHf3DaU5eKo", "ALLOWED_HOSTS": "localhost"}
        keys |= {"VAR_DIR": str(folder / "var"), "BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "1"}
        self.environment = environment(**keys, **names)

    def running(self):
        return program(
            ["gunicorn", "-c", "deploy/gunicorn.conf.py", "site_config.wsgi"], log=self.log, env=self.environment
        )

    def ask(self, method: str, path: str, address: str = HOME) -> HTTPResponse:
        connection = HTTPConnection("localhost", self.port, timeout=20)
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
        connection.request(method, path, json.dumps({"refresh": "x"}) if method == "POST" else None, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def is_up(self) -> bool:
        return self.ask("GET", "/healthz").status == 200


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("shared", "let_through"), [(True, 5), (False, 10)])
def test_two_processes_count_together_when_they_share_a_redis(shared, let_through, redis, tmp_path):
    names = {"RATE_REFRESH": "5"} | ({"REDIS_URL": redis} if shared else {})
    servers = [Server(tmp_path, free_port(), **names) for _process in range(2)]
    addresses = (f"192.0.2.{number}" for number in range(256))
    with ExitStack() as stack:
        for server in servers:
            stack.enter_context(server.running())
        for server in servers:
            eventually(server.is_up, server.log.read_text)
        # One whose minute has just begun, so that it does not end in between.
        address = next(given for given in addresses if throttles.window("refresh", given)[1] > 50)
        answers = [servers[number % 2].ask("POST", REFRESH, address) for number in range(12)]
    statuses = [answer.status for answer in answers]
    assert statuses == [401] * let_through + [429] * (12 - let_through)
    rest = [int(re.search(r"r=(\d+)", answer.getheader("RateLimit"))[1]) for answer in answers]
    assert rest[:5] == ([4, 3, 2, 1, 0] if shared else [4, 4, 3, 3, 2])


@pytest.mark.parametrize(("names", "words"), [({"WEB_WORKERS": "3"}, []), ({}, ["--workers", "3"])])
def test_web_processes_without_a_shared_cache_are_refused_with_what_to_set(names, words):
    command = ["gunicorn", "-c", "deploy/gunicorn.conf.py", *words, "site_config.wsgi"]
    refused = run(command, env=environment(BIND=f"127.0.0.1:{free_port()}", **names))
    sentence = "3 web processes need a cache they share: set REDIS_URL, or WEB_WORKERS=1.\n"
    assert (refused.returncode, refused.stdout.endswith(sentence)) == (1, True), refused.stdout


def test_the_number_of_web_processes_follows_redis_unless_it_is_given(monkeypatch):
    def workers(**names: str) -> int:
        for name in ("REDIS_URL", "REDIS_URL_FILE", "WEB_WORKERS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "deploy/gunicorn.conf.py"))["workers"]

    assert (workers(), workers(REDIS_URL=" "), workers(WEB_WORKERS="4")) == (1, 1, 4)
    assert (workers(REDIS_URL="redis://r/0"), workers(REDIS_URL_FILE="/run/secrets/redis")) == (2, 2)
    assert workers(REDIS_URL="redis://r/0", WEB_WORKERS="4") == 4
