"""Spanish words are longer: every page keeps them inside its width, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from products.services import trash
from tests.e2e.conftest import WIDTHS, cookie_of, overflows
from tests.e2e.test_every_page import PAGES

# What a word may not do: run out of its button, tab, heading or cell, or be cut where nothing says so. The head of a
# table that is shown as cards is there for readers of the screen alone.
SPILLED = """
() => [...document.querySelectorAll('.btn, .tabs a, .nav a, h1, h2, th, label, .badge, .banner p, .seg span')]
  .filter((el) => el.offsetParent && getComputedStyle(el).overflow === 'visible' && el.scrollWidth > el.clientWidth + 1
    && el.clientWidth > 1 && getComputedStyle(el.closest('thead') ?? el).position !== 'absolute')
  .map((el) => `${el.tagName} ${el.className}: ${el.textContent.trim()}`)
"""


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "es-ES"}


@pytest.mark.parametrize("who", ["ada", "sam", "cleo"])
def test_every_page_fits_in_spanish(who, page, url, catalogue, places, ada, sam, cleo):
    trash.discard(actor=ada, product=catalogue["bowl"])
    page.context.add_cookies([cookie_of({"ada": ada, "sam": sam, "cleo": cleo}[who], url)])
    for name, (path, people) in PAGES.items():
        if who not in people.split():
            continue
        page.goto(url + path.format(**places))
        expect(page.locator("html")).to_have_attribute("lang", "es")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            assert not overflows(page), f"{name} at {width} px"
            assert page.evaluate(SPILLED) == [], f"{name} at {width} px"


def test_signing_in_fits_in_spanish(page, url, transactional_db):
    page.goto(url + "/accounts/login/")
    expect(page.get_by_role("heading", name="Iniciar sesión")).to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert not overflows(page)
        assert page.evaluate(SPILLED) == []
