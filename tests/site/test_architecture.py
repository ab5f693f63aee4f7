"""The laws of docs/architecture that a linter cannot see, read from the syntax trees and the templates."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from tests.addresses import patterns

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "products", "site_config")
CODE = sorted(
    path
    for app in APPS
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts and path.stat().st_size
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
WRITERS = {
    *("save", "create", "update", "delete", "get_or_create", "update_or_create", "set_password", "full_clean"),
    *("bulk_create", "bulk_update", "select_for_update", "aget_or_create", "acreate", "asave", "adelete"),
}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(module: ast.Module):
    """Every call of a method, as (line, what it is called on, its name)."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, ast.unparse(node.func.value), node.func.attr


def service_modules(module: ast.Module) -> set[str]:
    """The names a module knows services by: `from products.services import stock`."""
    return {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(".services")
        for alias in node.names
    }


def orm_writes(module: ast.Module) -> list[str]:
    """Writers called on anything but a service; a dict and a QueryDict have an `update` of their own."""
    services = service_modules(module)
    plain = {
        target.id
        for node in ast.walk(module)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Dict | ast.Call)
        and (isinstance(node.value, ast.Dict) or ast.unparse(node.value.func) in ("dict", "QueryDict"))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    return [
        f"{line}: {on}.{name}"
        for line, on, name in calls(module)
        if name in WRITERS and on not in services and not (name == "update" and on in plain | {"self"})
    ]


# --- The laws themselves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", [p for p in CODE if p.parent.name in ("views", "api")], ids=named)
def test_doors_never_write(door):
    assert orm_writes(tree(door)) == []


@pytest.mark.parametrize(
    "door",
    [p for p in CODE if p.name in ("filters.py", "serializers.py") or p.parent.name == "forms" or p.name == "forms.py"],
    ids=named,
)
def test_shapes_never_write(door):
    assert orm_writes(tree(door)) == []


@pytest.mark.parametrize("rule", [p for p in CODE if p.parent.name == "services"], ids=named)
def test_services_never_know_of_a_request(rule):
    """django-axes hands its handler the request; the lock-outs are the one place that must take it."""
    names = {node.id for node in ast.walk(tree(rule)) if isinstance(node, ast.Name)}
    names |= {node.arg for node in ast.walk(tree(rule)) if isinstance(node, ast.arg)}
    assert "request" not in names or rule.name == "lockouts.py"


def test_the_laws_bite():
    guilty = (
        "from products.services import stock\nstock.adjust()\nproduct.save()\nProduct.objects.filter(pk=1).update(a=1)"
    )
    assert orm_writes(ast.parse(guilty)) == ["3: product.save", "4: Product.objects.filter(pk=1).update"]
    innocent = "from products.services import catalogue\ncatalogue.create()\nd = {}\nd.update(a=1)"
    assert orm_writes(ast.parse(innocent)) == []


PAGES = [(name, pattern.callback) for name, pattern in patterns() if name.startswith(("products:", "accounts:"))]


@pytest.mark.parametrize(("name", "view"), PAGES, ids=[name for name, _view in PAGES])
def test_a_page_is_where_its_name_says(name, view):
    app, rest = name.split(":")
    word, verb = rest.rsplit("-", 1)
    assert view.__module__ == f"{app}.views.{word.replace('-', '_')}"
    assert view.__name__.rstrip("_") == verb


def test_every_template_compiles():
    for path in TEMPLATES:
        get_template(str(path.relative_to(ROOT / "templates")))


def test_every_template_that_is_named_is_there_and_every_page_template_is_used():
    """A fragment is used by a template, a page by a view or by the framework under a name of its own."""
    source = "".join(path.read_text() for path in [*CODE, *TEMPLATES])
    mentioned = {name.split("#")[0] for name in re.findall(r"""["'](?:\w+/)*[\w-]+\.html(?:#\w+)?["']""", source)}
    mentioned = {name.strip("\"'") for name in mentioned}
    there = {str(path.relative_to(ROOT / "templates")) for path in TEMPLATES}
    assert mentioned - there <= {"django/forms/widgets/input.html"}
    widgets = {name for name in there if name.startswith("django/forms/")}
    framework = {"account/login.html", "404.html", "403.html", "500.html", "400.html"}
    built = {name for name in there if re.search(rf"{re.escape(Path(name).parent.name)}/", source)}
    assert there - mentioned - widgets - framework - built == set()


# --- Templates under a strict Content-Security-Policy ----------------------------------------------------------------

FORBIDDEN = {
    "inline script": r"<script(?![^>]*\ssrc=)[^>]*>",
    "inline style": r"<style|\sstyle\s*=",
    "event handler": r"<[^>]*\son[a-z]+\s*=",
    "htmx script": r"hx-on|hx-vals=['\"]js:|hx-trigger=['\"][^'\"]*\[",
    "unescaped output": r"\|\s*safe\b|autoescape\s+off|\|\s*safeseq",
    "foreign origin": r"(?:src|href|action)=['\"](?:https?:)?//",
    "javascript address": r"javascript:",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_templates_hold_nothing_that_the_policy_forbids(what):
    found = [named(path) for path in TEMPLATES if re.search(FORBIDDEN[what], path.read_text(), re.IGNORECASE)]
    assert found == []


@pytest.mark.parametrize(
    ("what", "guilty"),
    [
        ("inline script", "<script>x()</script>"),
        ("inline style", '<p style="color: red">'),
        ("event handler", "<button class='b' onclick='x()'>"),
        ("htmx script", '<p hx-on:click="x()">'),
        ("unescaped output", "{{ name|safe }}"),
        ("foreign origin", '<img src="//elsewhere.example/x.png">'),
        ("javascript address", '<a href="javascript:x()">'),
    ],
)
def test_what_is_forbidden_would_be_found(what, guilty):
    assert re.search(FORBIDDEN[what], guilty, re.IGNORECASE)


def test_no_code_marks_text_as_safe():
    guilty = [named(path) for path in CODE if re.search(r"mark_safe|SafeString\(", path.read_text())]
    assert guilty == []


def test_one_page_takes_a_post_without_a_csrf_token():
    """The one where a mail program ends the digest (RFC 8058): the address itself is the secret, and all it can do."""
    exempt = {named(path): path.read_text().count("@csrf_exempt") for path in CODE if "csrf_exempt" in path.read_text()}
    assert exempt == {"products/views/digest.py": 1}


# --- The tree --------------------------------------------------------------------------------------------------------


def test_no_file_is_a_drawer_for_everything():
    everywhere = [p for p in ROOT.rglob("*.py") if not {".venv", "node_modules"} & set(p.parts)]
    assert [named(p) for p in everywhere if re.fullmatch(r"(utils?|helpers?|common|misc)\.py", p.name)] == []


def test_the_product_does_not_know_that_it_is_tested():
    words = re.compile(r"\bpytest\b|sys\.argv|\bTESTING\b|unittest|['\"]test['\"] in sys")
    assert [named(path) for path in CODE if words.search(path.read_text())] == []


def test_no_module_is_longer_than_three_hundred_lines():
    """One is, by some lines: the settings, which are one list."""
    long = {named(path) for path in CODE if len(path.read_text().splitlines()) > 300}
    assert long <= {"site_config/settings.py"}
    assert all(len(path.read_text().splitlines()) <= 325 for path in CODE)


def test_no_class_of_ours_overrides_save_or_listens_to_its_own_signals():
    guilty = []
    for path in CODE:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name == "save" and "models" in path.parts:
                guilty.append(f"{named(path)}: {node.name}")
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("post_save", "Signal"):
                guilty.append(f"{named(path)}: {ast.unparse(node)}")
    assert guilty == []


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=named)
def test_lock_files_name_versions_and_hashes_and_no_host(lock):
    text = lock.read_text()
    assert "//" not in text
    assert "--index-url" not in text
    pinned = re.findall(r"^([a-z0-9][a-z0-9._-]*(?:\[[^\]]+\])?)(\S*)", text, re.IGNORECASE | re.MULTILINE)
    assert pinned
    assert all(rest.startswith("==") for _name, rest in pinned), [n for n, rest in pinned if not rest.startswith("==")]
    assert text.count("--hash=sha256:") >= len(pinned)


def test_every_address_of_the_contract_is_still_there():
    for name, path in {
        "api-login": "/api/login/",
        "api-refresh": "/api/refresh/",
        "api-protected": "/api/protected/",
        "api-products-list": "/api/products/",
        "api-users-list": "/api/users/",
        "api-users-me": "/api/users/me/",
        "api-users-change-password": "/api/users/change_password/",
    }.items():
        assert reverse(name) == path
