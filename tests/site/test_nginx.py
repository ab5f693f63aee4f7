"""The proxy as it is deployed: nginx with our configuration, in front of gunicorn as the container starts it."""

import grp
import json
import os
import pwd
import re
import shutil
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings

from tests.processes import ROOT, environment, eventually, free_port, program, run
from tests.provide import TOOLS

pytestmark = pytest.mark.timeout(120)
FILES = ("nginx.conf", "nginx_app.conf", "nginx_tls.conf")
KEYS = {
    "SECRET_KEY": "k7Qz-3vT9xWm2RbY8sLp4NcJ6hGd1FaE5uXo",
    "JWT_SIGNING_KEY": "p2Lw-8nB4kVj6YtC1xRz7MqS9gHf3DaU5eKo",
}


class Site:
    """One way in: a port of nginx, with or without TLS."""

    def __init__(self, port: int, *, tls: bool) -> None:
        self.port = port
        self.tls = tls

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> HTTPResponse:
        connection = HTTPConnection("localhost", self.port, timeout=20)
        if self.tls:
            connection = HTTPSConnection("localhost", self.port, timeout=20, context=trusting_anybody())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        response.body = response.read()
        connection.close()
        return response


def trusting_anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# --- A rendered copy that an ordinary machine can run ----------------------------------------------------------------
@pytest.fixture(scope="module")
def nginx() -> str:
    find, advice = TOOLS["nginx"]
    path = os.environ.get("NGINX_PATH") or find()
    assert path, advice
    return path


def facts(nginx: str) -> tuple[tuple[int, ...], Path]:
    """Its version, and the folder of its own configuration."""
    output = run([nginx, "-V"]).stdout
    version = re.search(r"nginx/([\d.]+)", output)[1]
    return tuple(map(int, version.split("."))), Path(re.search(r"--conf-path=(\S+)", output)[1]).parent


def render(nginx: str, folder: Path, *, plain: int, secure: int, upstream: int, outer_proxy: str = "") -> None:
    version, own_folder = facts(nginx)
    user = pwd.getpwuid(os.geteuid()).pw_name
    group = grp.getgrgid(os.getegid()).gr_name
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    changes = {
        "user nginx;": f"user {user} {group};",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/dev/stderr": f"{folder}/error.log",
        "/dev/stdout": f"{folder}/access.log",
        "sendfile on;": f"sendfile on;\n{temporary}",
        "# 203.0.113.7 1;": outer_proxy,
        "listen 80 ": f"listen 127.0.0.1:{plain} ",
        "listen 443 ": f"listen 127.0.0.1:{secure} ",
        "http://web:8000": f"http://127.0.0.1:{upstream}",
    }
    if version < (1, 25, 1):
        changes["http2 on;"] = ""  # the image has a newer nginx than most systems
    texts = {name: (ROOT / "deploy" / name).read_text() for name in FILES}
    for old, new in changes.items():
        assert any(old in text for text in texts.values()), f"{old} is in no file any more"
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    for name, text in texts.items():
        (folder / name).write_text(text)
    shutil.copy(own_folder / "mime.types", folder)
    (folder / "certificates").mkdir()
    certify(folder / "certificates")


def certify(folder: Path) -> None:
    assert shutil.which("openssl"), "openssl is needed to make a certificate: apt-get install openssl"
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    done = run(["openssl", "req", "-x509", *kind, "-subj", "/CN=localhost", *files])
    assert done.returncode == 0, done.stdout


@contextmanager
def proxy(nginx: str, folder: Path, **rendering: object) -> Iterator[tuple[Site, Site]]:
    plain, secure = Site(free_port(), tls=False), Site(free_port(), tls=True)
    render(nginx, folder, plain=plain.port, secure=secure.port, **rendering)
    start = [nginx, "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(folder / "nginx.conf")]
    tested = run([*start, "-t"])
    assert tested.returncode == 0, tested.stdout
    log = folder / "nginx.log"
    with program([*start, "-g", "daemon off;"], log=log):
        eventually(lambda: plain.ask("GET", "/nginx-health").status == 200, log.read_text)
        yield plain, secure


# --- In front of the application -------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def doors(nginx: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Site]]:
    """The whole site as in production, but with SQLite: nginx, gunicorn through the entrypoint, collected files."""
    folder = tmp_path_factory.mktemp("site")
    port = free_port()
    names = environment(
        **KEYS,
        ALLOWED_HOSTS="localhost",
        TRUSTED_PROXIES="1",
        FINGERPRINTED_STATIC="1",
        VAR_DIR=str(folder / "var"),
        STATIC_ROOT=str(folder / "static"),
        BIND=f"127.0.0.1:{port}",
        WEB_WORKERS="1",
    )
    entrypoint = ["sh", "deploy/entrypoint.sh"]
    for command in (["migrate", "--noinput"], ["collectstatic", "--noinput"]):
        done = run([*entrypoint, "manage", *command, "--verbosity", "0"], env=names, seconds=100)
        assert done.returncode == 0, done.stdout
    with ExitStack() as running:
        log = folder / "web.log"
        running.enter_context(program([*entrypoint, "web"], env=names, log=log))
        health = [*entrypoint, "healthcheck", "web"]
        eventually(lambda: run(health, env=names).returncode == 0, log.read_text)
        yield running.enter_context(proxy(nginx, folder, upstream=port))


@pytest.fixture
def plain(doors: tuple[Site, Site]) -> Site:
    return doors[0]


@pytest.fixture
def secure(doors: tuple[Site, Site]) -> Site:
    return doors[1]


def sign_in_page(secure: Site) -> HTTPResponse:
    moved = secure.ask("GET", "/")
    assert moved.status == 302
    return secure.ask("GET", moved.getheader("Location"))


def test_a_page_comes_through_with_its_security_headers(secure):
    page = sign_in_page(secure)
    assert page.status == 200
    assert "<form" in page.body.decode()
    assert "default-src 'none'" in page.getheader("Content-Security-Policy")
    assert page.getheader("Strict-Transport-Security") == "max-age=31536000; includeSubDomains; preload"
    assert page.getheader("X-Frame-Options") == "DENY"
    assert page.getheader("X-Content-Type-Options") == "nosniff"
    assert page.getheader("Referrer-Policy") == "same-origin"
    assert page.getheader("X-Request-ID")


def test_nobody_learns_which_versions_run(secure):
    assert sign_in_page(secure).getheader("Server") == "nginx"


def test_pages_are_compressed(secure):
    moved = secure.ask("GET", "/")
    page = secure.ask("GET", moved.getheader("Location"), Accept_Encoding="gzip")
    assert page.getheader("Content-Encoding") == "gzip"
    assert "Accept-Encoding" in page.getheader("Vary")


def test_the_api_comes_through_with_its_own_errors(secure):
    credentials = json.dumps({"username": "nobody", "password": "wrong-password"}).encode()
    refused = secure.ask("POST", "/api/login/", credentials, Content_Type="application/json")
    assert refused.status == 401
    assert refused.getheader("Content-Type") == "application/problem+json"
    assert json.loads(refused.body)["status"] == 401


def test_the_secret_of_a_mailed_link_is_not_in_the_log(secure, tmp_path_factory):
    secret = "8sWc3hJm0vXq5yLr2tPz7uKd4nFa9bGe6iOw1xQkTHs"
    assert secure.ask("GET", f"/invitations/{secret}/").status == 404

    def logged() -> str:
        return "".join(path.read_text() for path in tmp_path_factory.getbasetemp().rglob("*.log"))

    eventually(lambda: "GET /invitations/.../" in logged(), logged)
    assert secret not in logged()


def test_without_tls_everything_is_redirected_to_it(plain):
    moved = plain.ask("GET", "/products/")
    assert moved.status == 301
    assert moved.getheader("Location").startswith("https://localhost")


def test_an_unknown_host_is_refused(secure):
    assert secure.ask("GET", "/", Host="evil.example").status == 400


def test_static_files_are_kept_for_ever_and_sent_compressed(secure):
    path = re.search(r'href="(/static/[^"]+\.css)"', sign_in_page(secure).body.decode())[1]
    assert re.search(r"\.[0-9a-f]{12}\.css$", path), "the name carries a fingerprint"
    file = secure.ask("GET", path, Accept_Encoding="gzip")
    assert file.status == 200
    assert "immutable" in file.getheader("Cache-Control")
    assert int(re.search(r"max-age=(\d+)", file.getheader("Cache-Control"))[1]) >= 31536000
    assert file.getheader("Content-Encoding") == "gzip"


def test_a_body_over_the_limit_is_refused_and_one_below_reaches_the_application(secure):
    assert secure.ask("POST", "/api/login/", b"x" * 2 * 1024 * 1024, Content_Type="application/json").status == 413
    below = json.dumps({"username": "x" * 1_000_000, "password": "wrong"}).encode()
    refused = secure.ask("POST", "/api/login/", below, Content_Type="application/json")
    assert refused.status in (400, 401)
    assert refused.getheader("Content-Type") == "application/problem+json"


def test_nginx_and_the_application_refuse_at_the_same_size():
    limit = re.search(r"client_max_body_size (\d+)m;", (ROOT / "deploy/nginx.conf").read_text())[1]
    assert int(limit) * 1024 * 1024 == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "WOBBLE"])
def test_unknown_methods_are_refused(secure, method):
    assert secure.ask(method, "/").status in (400, 405)


@pytest.mark.parametrize("path", ["/.env", "/.git/config", "/static/.hidden"])
def test_hidden_files_do_not_exist(secure, path):
    assert secure.ask("GET", path).status == 404


@pytest.mark.parametrize(("version", "accepted"), [("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)])
def test_old_versions_of_tls_are_refused(secure, version, accepted):
    offer = ["openssl", "s_client", "-connect", f"127.0.0.1:{secure.port}", version, "-cipher", "ALL@SECLEVEL=0"]
    assert (run(offer).returncode == 0) == accepted


# --- In front of a program that says what it was told ----------------------------------------------------------------
class Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


FORGED = {
    "X_Forwarded_For": "198.51.100.9, 192.0.2.44",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Port": "1",
    "X_Real_IP": "198.51.100.9",
    "X_Request_ID": "forged",
    "Forwarded": "for=198.51.100.9",
    "Proxy": "http://evil.example",
    "Host": "stock.example.com",
}


def test_what_a_client_says_about_itself_is_overwritten(nginx, upstream, tmp_path):
    with proxy(nginx, tmp_path, upstream=upstream) as (plain, secure):
        told = json.loads(plain.ask("GET", "/", **FORGED).body)
        told_with_tls = json.loads(secure.ask("GET", "/", **FORGED).body)
    assert told["host"] == "stock.example.com"
    assert told["x-forwarded-for"] == told_with_tls["x-forwarded-for"] == "127.0.0.1"
    assert (told["x-forwarded-proto"], told_with_tls["x-forwarded-proto"]) == ("http", "https")
    assert re.fullmatch("[0-9a-f]{32}", told["x-request-id"])
    assert not {"x-forwarded-host", "x-forwarded-port", "x-real-ip", "forwarded", "proxy"} & set(told)


def test_a_named_proxy_in_front_is_believed_about_its_nearest_visitor(nginx, upstream, tmp_path):
    with proxy(nginx, tmp_path, upstream=upstream, outer_proxy="127.0.0.1 1;") as (plain, _):
        told = json.loads(plain.ask("GET", "/", **FORGED).body)
        silent = json.loads(plain.ask("GET", "/").body)
    assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == ("192.0.2.44", "https")
    assert (silent["x-forwarded-for"], silent["x-forwarded-proto"]) == ("127.0.0.1", "http")


def test_slow_requests_do_not_reach_the_application_before_they_are_complete(nginx, upstream, tmp_path):
    """Request buffering is what lets few threads serve many people; gunicorn alone would be blocked."""
    texts = [(ROOT / "deploy" / name).read_text() for name in FILES]
    assert not any(re.search(r"proxy_(request_)?buffering\s+off", text) for text in texts)
    assert all(re.search(rf"{name}_timeout \d+s;", texts[0]) for name in ("client_header", "client_body", "send"))
