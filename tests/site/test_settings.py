"""Settings refuse to start unsafe, and say what to set; docs/settings.md lists exactly the names that are read."""

import re
import runpy
import secrets
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from tests.processes import ROOT, environment, run

SAFE = {
    "SECRET_KEY": "k7Qz-3vT9xWm2RbY8sLp4NcJ6hGd1FaE5uXo",
    "JWT_SIGNING_KEY": "p2Lw-8nB4kVj6YtC1xRz7MqS9gHf3DaU5eKo",
    "ALLOWED_HOSTS": "stock.example.com",
}


def settings_with(monkeypatch, tmp_path, **names: str) -> dict:
    """What site_config/settings.py makes of exactly these names."""
    for name in names_in(ROOT / "site_config/settings.py"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"VAR_DIR": str(tmp_path), **names}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "site_config/settings.py"))


def names_in(path: Path) -> set[str]:
    return set(re.findall(r'\benv(?:iron\.get)?(?:\.\w+)?\(\s*"([A-Z_]+)"', path.read_text()))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing: set SECRET_KEY or SECRET_KEY_FILE"),
        ({"JWT_SIGNING_KEY": ""}, "JWT_SIGNING_KEY is missing: set JWT_SIGNING_KEY or JWT_SIGNING_KEY_FILE"),
        ({"SECRET_KEY": "short-but-random-7Qz3vT9x"}, "SECRET_KEY is too short"),
        ({"SECRET_KEY": "django-insecure-" + SAFE["SECRET_KEY"]}, "SECRET_KEY is well known or trivial"),
        ({"SECRET_KEY": "ab" * 30}, "SECRET_KEY is well known or trivial"),
        (
            {"SECRET_KEY": "development-only-key-that-production-refuses-to-start-with"},
            "SECRET_KEY is well known or trivial",
        ),
        ({"JWT_SIGNING_KEY": SAFE["SECRET_KEY"]}, "JWT_SIGNING_KEY equals SECRET_KEY"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is empty"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS has a wildcard"),
        ({"ALLOWED_HOSTS": ".example.com"}, "ALLOWED_HOSTS has a wildcard"),
        ({"HTTPS": "0"}, "HTTPS is off for a public host"),
        ({"DEBUG": "1"}, "DEBUG is on for a public host"),
    ],
)
def test_settings_refuse_to_start_unsafe_and_say_what_to_set(monkeypatch, tmp_path, change, sentence):
    with pytest.raises(ImproperlyConfigured) as refusal:
        settings_with(monkeypatch, tmp_path, **(SAFE | change))
    assert str(refusal.value).startswith(sentence)


def test_settings_name_every_problem_at_once(monkeypatch, tmp_path):
    with pytest.raises(ImproperlyConfigured) as refusal:
        settings_with(monkeypatch, tmp_path)
    assert all(name in str(refusal.value) for name in SAFE)


def test_safe_settings_are_https_only(monkeypatch, tmp_path):
    made = settings_with(monkeypatch, tmp_path, **SAFE)
    assert made["SECURE_SSL_REDIRECT"] is made["SESSION_COOKIE_SECURE"] is made["CSRF_COOKIE_SECURE"] is True
    assert made["SECURE_PROXY_SSL_HEADER"] is None
    assert made["DEBUG"] is False


def test_development_needs_no_settings_but_debug(monkeypatch, tmp_path):
    made = settings_with(monkeypatch, tmp_path, DEBUG="1")
    assert made["HTTPS"] is False
    assert made["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1"]


def test_secrets_can_be_files_and_their_last_newline_does_not_count(monkeypatch, tmp_path):
    (tmp_path / "key").write_text(SAFE["SECRET_KEY"] + "\n")
    named = {"SECRET_KEY_FILE": str(tmp_path / "key"), **{name: SAFE[name] for name in SAFE if name != "SECRET_KEY"}}
    assert settings_with(monkeypatch, tmp_path, **named)["SECRET_KEY"] == SAFE["SECRET_KEY"]


def test_postgres_and_redis_are_used_when_named(monkeypatch, tmp_path):
    urls = {"DATABASE_URL": "postgres://u:p%40ss@db:5432/stock", "REDIS_URL": "redis://redis:6379/0"}
    made = settings_with(monkeypatch, tmp_path, **SAFE, **urls)
    database = made["DATABASES"]["default"]
    assert (database["ENGINE"], database["PASSWORD"]) == ("django.db.backends.postgresql", "p@ss")
    assert made["CACHES"]["default"]["LOCATION"] == "redis://redis:6379/0"
    assert made["CACHES"]["default"]["OPTIONS"] == {"socket_connect_timeout": 1, "socket_timeout": 1}
    assert made["SESSION_ENGINE"] == "site_config.lib.sessions"
    assert settings_with(monkeypatch, tmp_path, **SAFE)["SESSION_ENGINE"] == "django.contrib.sessions.backends.db"


def test_the_rates_of_the_api_can_be_set_to_one_or_more(monkeypatch, tmp_path):
    rates = {"account": 600, "anonymous": 60, "sign_in": 30, "refresh": 60}
    assert settings_with(monkeypatch, tmp_path, **SAFE)["API_RATES"] == rates
    assert settings_with(monkeypatch, tmp_path, **SAFE, RATE_SIGN_IN="1")["API_RATES"] == {**rates, "sign_in": 1}
    for name in ("RATE_ACCOUNT", "RATE_ANONYMOUS", "RATE_SIGN_IN", "RATE_REFRESH"):
        with pytest.raises(EnvError, match=f"{name}.*greater than or equal to 1"):
            settings_with(monkeypatch, tmp_path, **SAFE, **{name: "0"})


@pytest.mark.timeout(120)
def test_djangos_deployment_check_is_silent(tmp_path):
    names = {**SAFE, "SECRET_KEY": secrets.token_urlsafe(64), "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = run(command, env=environment(**names))
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("System check identified no issues")


@pytest.mark.timeout(120)
def test_an_unsafe_start_fails_with_the_sentence(tmp_path):
    names = {**SAFE, "JWT_SIGNING_KEY": "", "VAR_DIR": str(tmp_path)}
    done = run([sys.executable, "manage.py", "check"], env=environment(**names))
    assert done.returncode != 0
    assert "JWT_SIGNING_KEY is missing: set JWT_SIGNING_KEY or JWT_SIGNING_KEY_FILE" in done.stdout


# --- docs/settings.md ------------------------------------------------------------------------------------------------
def documented(heading: str) -> list[str]:
    section = (ROOT / "docs/settings.md").read_text().split(f"## {heading}")[1].split("\n## ")[0]
    return re.findall(r"^\| `([A-Z_]+)` \|", section, re.MULTILINE)


def test_the_settings_page_lists_what_settings_py_reads():
    assert sorted(documented("The application")) == sorted(names_in(ROOT / "site_config/settings.py"))


def test_the_settings_page_lists_what_the_container_reads():
    shell = set(re.findall(r"\$\{?([A-Z_]+)", (ROOT / "deploy/entrypoint.sh").read_text()))
    python = set().union(*(names_in(ROOT / f"deploy/{name}.py") for name in ("gunicorn.conf", "wait_for_database")))
    container = (shell | python) - names_in(ROOT / "site_config/settings.py")
    assert sorted(documented("The web server")) == sorted(container)
