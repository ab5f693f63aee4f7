"""A client for Stockroom's API in one file: copy it beside your script, and `pip install httpx`.

    from stockroom_client import Stockroom

    with Stockroom("https://stock.example.com", token="stockroom_pat_…") as shop:
        for product in shop.products(status="active", fields="id,sku,stock"):
            print(product["sku"], product["stock"])

It refreshes its tokens, waits where it is told to (429, 503) and after a lost connection, and sends every write with an
Idempotency-Key, so that a write that is sent twice happens once. What the API refuses is raised as a `Problem`.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypedDict

import httpx

__all__ = ["Page", "Problem", "Product", "Stockroom"]

# Answers after which the same request may succeed; the connection may also be lost.
PASSING = {429, 502, 503, 504}
# Another call with this key runs, or this one does and its answer was lost: it is there in a moment.
RUNNING = "idempotency_in_progress"
LONGEST_WAIT = 60.0


class Product(TypedDict, total=False):
    """A product as the API shows it; amounts are text with two places."""

    id: int
    name: str
    sku: str
    barcode: str
    description: str
    note: str
    price: str
    cost: str | None
    stock: int
    low_stock_threshold: int
    category: int | None
    is_public: bool
    owner: int
    status: str
    version: int
    created_at: str
    updated_at: str


class Page(TypedDict):
    next: str | None
    previous: str | None
    results: list[dict[str, Any]]


class Problem(Exception):
    """A refusal (RFC 9457): decide by `code`, show `detail`, name `request_id` when you ask for help."""

    def __init__(self, response: httpx.Response) -> None:
        try:
            body = response.json()
        except ValueError:
            body = {}
        self.status = response.status_code
        self.body: dict[str, Any] = body if isinstance(body, dict) else {}
        self.code = str(self.body.get("code", "unreadable"))
        self.detail = str(self.body.get("detail", response.reason_phrase))
        self.errors: list[dict[str, str]] = self.body.get("errors", [])
        self.request_id = str(self.body.get("request_id", ""))
        self.retry_after = response.headers.get("Retry-After", "")
        super().__init__(f"{self.status} {self.code}: {self.detail}")

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed in a while."""
        return self.status in PASSING or self.code == RUNNING


class Stockroom:
    """One sign-in; safe to share between threads. Give a personal `token`, or a name with its password.

    `attempts` is how often a request is tried in all; `sleep` and `transport` are for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        username: str = "",
        password: str = "",
        otp: Callable[[], str] | None = None,
        attempts: int = 8,
        timeout: float = 30.0,
        sleep: Callable[[float], object] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if bool(token) == bool(username):
            raise ValueError("Give either a personal token or a username with its password.")
        self.http = httpx.Client(base_url=url.rstrip("/") + "/api/", timeout=timeout, transport=transport)
        self.access, self.refresh_token = token, ""
        self.credentials = {"username": username, "password": password} if username else None
        self.otp, self.attempts, self.sleep = otp, attempts, sleep
        self.lock = threading.Lock()

    def __enter__(self) -> Stockroom:
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.close()

    # --- Any request -------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to a request under /api/, or a Problem. `path` is relative ("products/") or a link of a page."""
        sent = dict(headers or {})
        if method != "GET" and path != "tokens/":  # an answer that holds a secret is kept for nobody
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))  # one for all attempts
        if self.http.base_url.join(path).host != self.http.base_url.host:
            raise ValueError("That address is another site's: it must not see the token.")
        renewed = False
        for attempt in range(1, self.attempts + 1):
            access = ""
            try:
                access = self.access or self.sign_in("")
                given = {**sent, "Authorization": f"Bearer {access}"}
                response = self.http.request(method, path, json=json, params=params, headers=given)
                if response.is_success or response.status_code == 304:
                    return response
                raise Problem(response)
            except httpx.TransportError:
                if attempt == self.attempts:
                    raise
                self.sleep(waited(attempt))
            except Problem as problem:
                expired = problem.status == 401 and bool(access and self.credentials) and not renewed
                if attempt == self.attempts or not (expired or problem.is_passing):
                    raise
                if expired:
                    renewed, self.access = True, "" if self.access == access else self.access
                else:
                    self.sleep(waited(attempt, problem.retry_after))
        raise AssertionError("unreachable: the last attempt answers or raises")

    def sign_in(self, stale: str) -> str:
        """A working access token: by the refresh token, else by the password. Another thread may have been quicker."""
        with self.lock:
            if self.access and self.access != stale:
                return self.access
            pair = self.refreshed() or self.logged_in()
            self.access, self.refresh_token = pair["access"], pair["refresh"]
            return self.access

    def refreshed(self) -> dict[str, str] | None:
        """A pair by the refresh token; None where there is none or it has ended."""
        if not self.refresh_token:
            return None
        response = self.http.post("refresh/", json={"refresh": self.refresh_token})
        if response.status_code in PASSING:
            raise Problem(response)  # the token may still be good: not a reason to ask for the password
        return response.json() if response.is_success else None

    def logged_in(self) -> dict[str, str]:
        body = {**(self.credentials or {}), **({"otp": self.otp()} if self.otp else {})}
        response = self.http.post("login/", json=body)
        if not response.is_success:
            raise Problem(response)
        pair: dict[str, str] = response.json()
        return pair

    def log_out(self) -> None:
        """Ends this sign-in; a personal token stays what it is."""
        if self.refresh_token:
            self.http.post("logout/", json={"refresh": self.refresh_token})
        if self.credentials:
            self.access = self.refresh_token = ""

    def pages(self, path: str, **params: Any) -> Iterator[Page]:
        """Page after page, each at the cost of the first."""
        page: Page = self.request("GET", path, params=params or None).json()
        yield page
        while page["next"]:
            page = self.request("GET", page["next"]).json()
            yield page

    # --- Products ----------------------------------------------------------------------------------------------------

    def products(self, **filters: Any) -> Iterator[Product]:
        """Every product that exists for you; filters as on the list page (`q`, `sku`, `status`, `stock`, `fields` …)."""
        for page in self.pages("products/", **{"page_size": 200, "ordering": "id", **filters}):
            yield from page["results"]

    def product(self, pk: int) -> Product:
        product: Product = self.request("GET", f"products/{pk}/").json()
        return product

    def create(self, **fields: Any) -> Product:
        """A new product; `name` and `price` suffice."""
        product: Product = self.request("POST", "products/", json=fields).json()
        return product

    def update(self, product: Product, **fields: Any) -> Product:
        """Saves onto the version that was read: a Problem 412 holds `current` and `conflicts` when somebody was faster."""
        headers = {"If-Match": f'"{product["version"]}"'}
        answer = self.request("PATCH", f"products/{product['id']}/", json=fields, headers=headers)
        saved: Product = answer.json()
        return saved

    def adjust(self, pk: int, delta: int, reason: str, note: str = "") -> dict[str, Any]:
        """Adds (delta > 0) or takes out (delta < 0) units; the line of the ledger."""
        body = {"delta": delta, "reason": reason, "note": note}
        line: dict[str, Any] = self.request("POST", f"products/{pk}/stock/", json=body).json()
        return line

    def count(self, pk: int, counted: int, expected: int, note: str = "") -> dict[str, Any]:
        """Sets stock to what was counted, if it is still what was `expected`."""
        body = {"counted": counted, "expected": expected, "note": note}
        line: dict[str, Any] = self.request("POST", f"products/{pk}/stock/", json=body).json()
        return line

    def bulk(
        self,
        *,
        create: list[dict[str, Any]] | None = None,
        update: list[dict[str, Any]] | None = None,
        trash: list[dict[str, Any]] | None = None,
        atomic: bool = True,
        reason: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Up to 1,000 items as one change set; with `dry_run` what would change, and nothing does."""
        lists = {"create": create, "update": update, "trash": trash}
        body = {name: items for name, items in lists.items() if items} | {"atomic": atomic, "reason": reason}
        answer = self.request("POST", "products/bulk/", json=body, params={"dry_run": "true"} if dry_run else None)
        outcome: dict[str, Any] = answer.json()
        return outcome

    def undo(self, change_set: int) -> dict[str, Any]:
        """Puts a change set back; what was changed since is left alone and listed under `skipped`."""
        outcome: dict[str, Any] = self.request("POST", f"changes/{change_set}/undo/").json()
        return outcome


def waited(attempt: int, retry_after: str = "") -> float:
    """Seconds until the next attempt: what the server asks for, else half a second, one, two … with a spread."""
    if retry_after.isdigit():
        return min(float(retry_after), LONGEST_WAIT)
    return min(2.0 ** (attempt - 2), LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
