"""The guard and axe catch what they promise to catch: a silent guard is worse than none."""

import pytest

from tests.e2e.conftest import axe

CSP = {"Content-Security-Policy": "default-src 'self'; script-src 'self'; img-src 'self'"}
SINS = {
    "inline script": ("<script>window.x=1</script>", "CSP script-src-elem inline"),
    "console error": ("<script src='/err.js'></script>", "console error: boom"),
    "uncaught error": ("<script src='/throw.js'></script>", "uncaught: thrown"),
    "missing image": ("<img alt='' src='/nope.png'>", "response 404"),
    "foreign request": ("<img alt='' src='http://127.0.0.2:1/x.png'>", "outside: http://127.0.0.2"),
}
SCRIPTS = {"err.js": "console.error('boom')", "throw.js": "throw new Error('thrown')"}


@pytest.mark.parametrize("sin", SINS)
def test_the_guard_sees(sin, context, guard):
    html, wanted = SINS[sin]
    page = context.new_page()

    def serve(route):
        name = route.request.url.rsplit("/", 1)[1]
        if name == "page":
            body = f"<!doctype html><html lang=en><title>t</title><body>{html}"
            route.fulfill(status=200, headers={**CSP, "Content-Type": "text/html"}, body=body)
        elif name in SCRIPTS:
            route.fulfill(status=200, content_type="text/javascript", body=SCRIPTS[name])
        else:
            route.fulfill(status=404, body="")

    context.route("**/*", serve)
    page.goto(guard.origin + "/page")
    page.wait_for_load_state("networkidle")
    assert any(wanted in entry for entry in guard.problems()), guard.found


def test_axe_sees(context):
    page = context.new_page()
    page.set_content("<html><body><img src='data:,'><input><p style='color:#ccc;background:#fff'>pale</p>")
    assert {line.split(":")[0] for line in axe(page)} >= {"image-alt", "label", "color-contrast", "document-title"}
