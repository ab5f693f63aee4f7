"""The browser: every page is guarded against console errors, CSP breaches, failed and foreign requests."""

import os
from decimal import Decimal
from pathlib import Path

import axe_playwright_python
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from products.models import Tag
from products.services import catalogue as catalogue_rules
from products.services import views_saved
from tests import recent
from tests.e2e import fast_flush
from tests.factories import CategoryFactory, ProductFactory

# Playwright's loop runs in this thread; the ORM would refuse to work beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
CSP_PROBE = """
document.addEventListener('securitypolicyviolation', (e) => {
  console.error('CSP ' + e.violatedDirective + ' ' + (e.blockedURI || 'inline') + ' ' + (e.sample || ''));
});
"""
WIDTHS = (1280, 360)


def pytest_collection_modifyitems(items):
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session", autouse=True)
def _quick_teardown():
    with fast_flush.installed():
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """BROWSER_PATH is what `make test` found or installed; without it Playwright's own browser is used."""
    path = os.environ.get("BROWSER_PATH")
    return {
        **browser_type_launch_args,
        **({"executable_path": path} if path else {}),
        "args": [
            "--no-sandbox",  # the tests may run as root
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    size = {"width": 1280, "height": 800}
    return {
        **browser_context_args,
        "locale": "en-GB",
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
        "viewport": size,
    }


class Guard:
    """Collects what a page must never do; `allow` takes out an expected entry by a part of it."""

    def __init__(self, origin):
        self.origin = origin
        self.found = []
        self.allowed = []

    def attach(self, context):
        context.add_init_script(CSP_PROBE)
        context.on("console", self.on_console)
        context.on("weberror", lambda e: self.found.append(f"uncaught: {e.error}"))
        context.on("requestfailed", self.on_failed)
        context.on("response", self.on_response)
        context.on("request", self.on_request)

    def on_console(self, message):
        if message.type in ("error", "warning"):
            self.found.append(f"console {message.type}: {message.text}")

    def on_failed(self, request):
        # A search that was typed on is given up for the next one; that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"request failed: {request.method} {request.url} {request.failure}")

    def on_response(self, response):
        if response.status >= 400:
            self.found.append(f"response {response.status}: {response.request.method} {response.url}")

    def on_request(self, request):
        if not request.url.startswith((self.origin, "data:", "blob:", "about:")):
            self.found.append(f"outside: {request.url}")

    def allow(self, *parts):
        self.allowed.extend(parts)

    def allow_status(self, status):
        """An answer that is meant to be refused, and the line that Chromium writes about it."""
        self.allow(f"response {status}", f"status of {status}")

    def problems(self):
        return [entry for entry in self.found if not any(part in entry for part in self.allowed)]


@pytest.fixture
def guard(live_server):
    return Guard(live_server.url)


@pytest.fixture
def new_context(new_context, guard):
    def make(**options):
        context = new_context(**options)
        context.set_default_timeout(8_000)
        guard.attach(context)
        return context

    return make


@pytest.fixture
def context(new_context):
    return new_context()


@pytest.fixture
def page(context, guard):
    page = context.new_page()
    yield page
    assert guard.problems() == []


@pytest.fixture
def url(live_server):
    return live_server.url


def cookie_of(person, url):
    """The session cookie that signing in would set."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.IdentifierBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    recent.stamp(session, person)
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": url}


@pytest.fixture
def as_person(context, url):
    """Signs the page's context in without the form."""

    def sign_in(person, into=context):
        into.add_cookies([cookie_of(person, url)])

    return sign_in


@pytest.fixture
def catalogue(transactional_db, ada, sam, cleo):
    """A small shop: public, own, low, empty and draft products, enough for a second page."""
    kitchen = CategoryFactory(name="Kitchen")
    common = {"category": kitchen, "cost": "6.10", "low_stock_threshold": 20, "description": "Enamel on steel."}
    rows = {
        "mug": ProductFactory(name="Enamel mug", sku="MUG-1", price="12.50", stock=148, note="Ask Jo", **common),
        "kettle": ProductFactory(name="Stovetop kettle", sku="KET-1", price="45.50", owner=cleo, stock=9, **common),
        "bowl": ProductFactory(name="Serving bowl", sku="BWL-1", price="27.40", owner=cleo, **common),
        "clock": ProductFactory(name="Wall clock", sku="CLK-1", price="39.00", is_public=False, stock=3, **common),
    }
    for number in range(22):
        ProductFactory(name=f"Notebook {number:02}", sku=f"NTB-{number:02}", price="7.20", stock=50, category=kitchen)
    return rows


@pytest.fixture
def places(catalogue, ada, sam, cleo):
    """What the addresses of pages name."""
    kettle = catalogue["kettle"]
    catalogue_rules.edit(actor=ada, product=kettle, tags=["gift"], price=Decimal("47.00"))
    view = views_saved.create(actor=sam, name="Cheap", query="price_max=20", is_shared=True)
    keys = {"view": view.slug, "kitchen": kettle.category_id, "tag": Tag.objects.get().pk}
    return {**keys, **{name: row.pk for name, row in {**catalogue, "sam": sam, "cleo": cleo}.items()}}


def axe(page, within="html"):
    """What axe-core finds, as lines; `evaluate` is not stopped by the page's CSP."""
    page.evaluate(AXE)
    result = page.evaluate("place => axe.run(place, {resultTypes: ['violations']})", within)
    return [f"{v['id']}: {v['help']}: " + "; ".join(n["html"][:160] for n in v["nodes"]) for v in result["violations"]]


def overflows(page):
    """Whether the page scrolls sideways, which no page may at any width."""
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def assert_nothing_to_find(page):
    """Nothing for axe-core and nothing that scrolls sideways, at any width, in light and in dark."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert axe(page) == [], f"{width} px, {scheme}"
        assert not overflows(page), f"{width} px scrolls sideways"
