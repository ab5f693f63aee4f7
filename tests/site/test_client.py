"""The Python client: patient, safe to repeat, and plain about what is refused."""

import json
import threading
from collections.abc import Callable

import httpx
import pytest

from docs.client.stockroom_client import LONGEST_WAIT, Problem, Stockroom, waited

PAIR = {"access": "a1", "refresh": "r1"}


class Server:
    """Answers by a script and writes down what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers, self.asked, self.slept = list(answers), [], []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    def client(self, **options) -> Stockroom:
        who = options if {"token", "username"} & set(options) else {**options, "token": "pat"}
        transport = httpx.MockTransport(self)
        return Stockroom("https://shop.example/", transport=transport, sleep=self.slept.append, **who)

    def keys(self) -> set[str]:
        return {request.headers.get("Idempotency-Key", "") for request in self.asked}


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"status": status, "code": code, "detail": "No.", "request_id": "abc", "errors": []}
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): v for name, v in headers.items()})


def ok(body=None) -> httpx.Response:
    return httpx.Response(200, json=body if body is not None else {"id": 1})


def test_it_takes_a_personal_token_or_a_name_and_not_both():
    for who in ({}, {"token": "x", "username": "sam"}):
        with pytest.raises(ValueError, match="either"):
            Stockroom("https://shop.example", **who)


def test_a_personal_token_is_sent_as_it_is():
    server = Server(ok())
    assert server.client().product(1) == {"id": 1}
    assert str(server.asked[0].url) == "https://shop.example/api/products/1/"
    assert server.asked[0].headers["Authorization"] == "Bearer pat"
    assert "Idempotency-Key" not in server.asked[0].headers


def test_a_refusal_is_a_problem_with_its_code_and_request_id():
    server = Server(problem(409, "not_enough_stock"))
    with pytest.raises(Problem, match=r"409 not_enough_stock: No\.") as refusal:
        server.client().adjust(1, -3, "sold")
    assert (refusal.value.status, refusal.value.code, refusal.value.request_id) == (409, "not_enough_stock", "abc")
    assert server.slept == []


def test_an_answer_that_is_no_problem_document_is_a_problem_all_the_same():
    for answer in (httpx.Response(400, text="<html>"), httpx.Response(400, json=["no"])):
        with pytest.raises(Problem) as refusal:
            Server(answer).client().product(1)
        assert (refusal.value.status, refusal.value.code) == (400, "unreadable")


# --- Waiting and repeating -------------------------------------------------------------------------------------------


def test_it_waits_as_long_as_it_is_told_and_repeats_under_the_same_key():
    server = Server(problem(429, "throttled", Retry_After="7"), problem(503, "unavailable", Retry_After="5"), ok())
    assert server.client().create(name="Mug", price="1") == {"id": 1}
    assert server.slept == [7.0, 5.0]
    assert len(server.keys()) == 1
    assert server.keys() != {""}


def test_a_lost_answer_is_asked_for_again_under_the_same_key():
    server = Server(httpx.ReadError("gone"), problem(409, "idempotency_in_progress"), ok())
    server.client().create(name="Mug", price="1")
    assert len(server.keys()) == 1
    assert len(server.slept) == 2


def test_each_write_has_a_key_of_its_own():
    server = Server(ok(), ok())
    shop = server.client()
    shop.create(name="Mug", price="1")
    shop.create(name="Mug", price="1")
    assert len(server.keys()) == 2


def test_it_gives_up_in_the_end():
    lost = Server(*[httpx.ConnectError("no")] * 3)
    with pytest.raises(httpx.ConnectError):
        lost.client(attempts=3).product(1)
    busy = Server(*[problem(503, "unavailable")] * 3)
    with pytest.raises(Problem, match="503"):
        busy.client(attempts=3).product(1)
    assert (len(lost.slept), len(busy.slept)) == (2, 2)


def test_the_waits_grow_with_a_spread_and_end_at_a_minute():
    assert 0.25 <= waited(1) <= 0.5
    assert 1 <= waited(3) <= 2
    assert waited(50) <= LONGEST_WAIT
    assert waited(1, "3600") == LONGEST_WAIT
    assert waited(1, "Wed, 21 Oct 2026 07:28:00 GMT") <= 0.5


# --- Signing in ------------------------------------------------------------------------------------------------------


def test_it_logs_in_with_the_first_request_and_with_a_second_factor_where_there_is_one():
    server = Server(ok(PAIR), ok())
    server.client(username="sam", password="pw", otp=lambda: "123456").product(1)
    assert json.loads(server.asked[0].content) == {"username": "sam", "password": "pw", "otp": "123456"}
    assert server.asked[1].headers["Authorization"] == "Bearer a1"


def test_an_expired_access_token_is_renewed_by_the_refresh_token():
    server = Server(ok(PAIR), ok(), problem(401, "token_expired"), ok({"access": "a2", "refresh": "r2"}), ok())
    shop = server.client(username="sam", password="pw")
    shop.product(1)
    shop.product(1)
    assert json.loads(server.asked[3].content) == {"refresh": "r1"}
    assert server.asked[4].headers["Authorization"] == "Bearer a2"


def test_an_ended_sign_in_is_begun_anew_by_the_password_and_only_once():
    server = Server(ok(PAIR), problem(401, "session_ended"), problem(401, "session_ended"), ok(PAIR), ok())
    server.client(username="sam", password="pw").product(1)
    assert [request.url.path for request in server.asked[2:4]] == ["/api/refresh/", "/api/login/"]
    refused = Server(ok(PAIR), problem(401, "x"), problem(401, "x"), ok(PAIR), problem(401, "x"))
    with pytest.raises(Problem, match="401"):
        refused.client(username="sam", password="pw").product(1)
    last = Server(ok(PAIR), problem(401, "x"), ok(PAIR))
    with pytest.raises(Problem, match="401"):
        last.client(username="sam", password="pw", attempts=1).product(1)


def test_a_wrong_password_is_a_problem_at_once():
    server = Server(problem(401, "no_active_account"))
    with pytest.raises(Problem, match="no_active_account"):
        server.client(username="sam", password="no").product(1)
    assert len(server.asked) == 1


def test_a_refused_personal_token_is_not_tried_again():
    server = Server(problem(401, "token_invalid"))
    with pytest.raises(Problem, match="token_invalid"):
        server.client().product(1)


def test_it_waits_to_sign_in_too_and_does_not_ask_for_the_password_meanwhile():
    busy = problem(503, "unavailable", Retry_After="5")
    server = Server(busy, ok(PAIR), problem(401, "token_expired"), busy, ok({"access": "a2", "refresh": "r2"}), ok())
    server.client(username="sam", password="pw").product(1)
    paths = [request.url.path.removeprefix("/api/") for request in server.asked]
    assert paths == ["login/", "login/", "products/1/", "refresh/", "refresh/", "products/1/"]
    assert server.slept == [5.0, 5.0]


def test_a_token_goes_to_no_other_site():
    server = Server(ok({"next": "https://elsewhere.example/api/products/", "previous": None, "results": []}))
    with pytest.raises(ValueError, match="another site"):
        list(server.client().products())
    assert len(server.asked) == 1


def test_what_answers_with_a_secret_is_asked_for_without_a_key():
    server = Server(ok())
    server.client().request("POST", "tokens/", json={"name": "feed"})
    assert server.keys() == {""}


def test_of_two_threads_one_renews_and_the_other_uses_what_it_got():
    server = Server(ok({"access": "a2", "refresh": "r2"}))
    shop = server.client(username="sam", password="pw")
    shop.access, shop.refresh_token = "a1", "r1"
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(shop.sign_in("a1"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (got, len(server.asked)) == (["a2", "a2"], 1)


def test_it_logs_out_of_a_sign_in_and_leaves_a_personal_token_alone():
    server = Server(ok(PAIR), ok(), ok(None))
    with server.client(username="sam", password="pw") as shop:
        shop.product(1)
        shop.log_out()
    assert server.asked[2].url.path == "/api/logout/"
    assert (shop.access, shop.refresh_token) == ("", "")
    quiet = Server(ok())
    with quiet.client() as shop:
        shop.log_out()
        shop.product(1)
        shop.log_out()
    assert [request.url.path for request in quiet.asked] == ["/api/products/1/"]


# --- Jobs ------------------------------------------------------------------------------------------------------------


def test_it_goes_through_all_pages():
    link = "https://shop.example/api/products/?cursor=x"
    first, last = {"next": link, "previous": None, "results": [{"id": 1}]}, {"next": None, "results": [{"id": 2}]}
    server = Server(ok(first), ok(last))
    assert [row["id"] for row in server.client().products(status="active")] == [1, 2]
    assert dict(server.asked[0].url.params) == {"page_size": "200", "ordering": "id", "status": "active"}
    assert dict(server.asked[1].url.params) == {"cursor": "x"}
    assert len(list(Server(ok(last)).client().pages("categories/"))) == 1


def test_a_save_insists_on_the_version_that_was_read():
    server = Server(ok())
    server.client().update({"id": 4, "version": 7}, price="2.00")
    assert server.asked[0].headers["If-Match"] == '"7"'
    assert (server.asked[0].method, server.asked[0].url.path) == ("PATCH", "/api/products/4/")


def test_the_other_jobs_send_what_the_api_takes():
    server = Server(ok(), ok(), ok(), ok(), ok())
    shop = server.client()
    shop.adjust(1, 5, "received", note="D-1")
    shop.count(1, 4, 5)
    shop.bulk(update=[{"id": 1, "price": "2"}], dry_run=True)
    shop.bulk(trash=[{"id": 1}], atomic=False, reason="old")
    shop.undo(9)
    bodies = [json.loads(request.content) if request.content else None for request in server.asked]
    assert bodies == [
        {"delta": 5, "reason": "received", "note": "D-1"},
        {"counted": 4, "expected": 5, "note": ""},
        {"update": [{"id": 1, "price": "2"}], "atomic": True, "reason": ""},
        {"trash": [{"id": 1}], "atomic": False, "reason": "old"},
        None,
    ]
    assert [dict(request.url.params) for request in server.asked[2:4]] == [{"dry_run": "true"}, {}]
    assert server.asked[4].url.path == "/api/changes/9/undo/"
