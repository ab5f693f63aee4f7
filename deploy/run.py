"""`make run`: Stockroom on this machine, with demo data, in one command and without a container.

It keeps the database and its keys in var/, starts the web server and the job worker, and ends both when it ends.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIGN_INS = {"ada": "admin", "sam": "staff", "cleo": "client"}
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_SECONDS = 60
STOP_SECONDS = 10


def main() -> int:
    port = int(os.environ.get("PORT", "8000"))
    if is_busy(port):
        print(f"Port {port} is in use: run PORT={port + 1} make run")
        return 1
    var = Path(os.environ.get("VAR_DIR", ROOT / "var")).resolve()
    configure(var, port)
    password, note = demo_password(var)
    if refusal := prepare_database(password):
        (var / "demo_password").unlink()
        print(refusal)
        return 1
    with stop_requests() as requested, running(commands(port)) as children:
        if not wait_until_it_answers(port, children, requested):
            return report(children, requested)
        print(welcome(port, password, note), flush=True)
        while not requested and all_alive(children):
            time.sleep(0.2)
        return report(children, requested)


def is_busy(port: int) -> bool:
    with socket.socket() as probe:
        # Without this the port would look busy for a minute after each stop.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def configure(var: Path, port: int) -> None:
    """Safe values for a trial on one's own machine; whatever is set in the environment wins."""
    var.mkdir(parents=True, exist_ok=True)
    defaults = {
        "DJANGO_SETTINGS_MODULE": "site_config.settings",
        "VAR_DIR": str(var),
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "SITE_URL": f"http://localhost:{port}",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    for name, file in (("SECRET_KEY", "secret_key"), ("JWT_SIGNING_KEY", "jwt_key")):
        kept(var / file)
        if name not in os.environ:
            os.environ.setdefault(f"{name}_FILE", str(var / file))


def kept(path: Path, value: str | None = None) -> str:
    """The secret in this file, which only its owner can read; made on the first start."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(value or secrets.token_urlsafe(48))
    return path.read_text().strip()


def demo_password(var: Path) -> tuple[str, str]:
    """The password of the demo accounts, and a note when a newly chosen one comes too late."""
    wanted = os.environ.get("DEMO_PASSWORD")
    password = kept(var / "demo_password", wanted or secrets.token_urlsafe(12))
    if wanted and wanted != password:
        return password, f"DEMO_PASSWORD is ignored: the demo accounts were made earlier. Remove {var} to start afresh."
    return password, ""


def prepare_database(password: str) -> str:
    """Bring the tables up to date and make the demo data; says what is wrong if the password is too weak for it.

    All in this process, because each import of Django costs a second.
    """
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import CommandError, call_command
    from django.db import connection, connections
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
    try:
        # As one word: a password may begin with a dash.
        call_command("seed_demo", f"--password={password}", verbosity=0)
        call_command("housekeeping", stdout=StringIO())
        call_command("catalogue_housekeeping", stdout=StringIO())
    except CommandError as error:
        return f"DEMO_PASSWORD cannot be used: {error}"
    finally:
        connections.close_all()
    return ""


def commands(port: int) -> dict[str, list[str]]:
    web = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "-b", f"127.0.0.1:{port}", "-w", "1", "--threads", "8"]
    quiet = ["--log-level", "warning", "--graceful-timeout", "3", "site_config.wsgi"]
    worker = ["manage.py", "db_worker", "--interval", "1", "--no-startup-delay", "--no-reload", "--verbosity", "0"]
    return {"The web server": [sys.executable, *web, *quiet], "The job worker": [sys.executable, *worker]}


@contextmanager
def stop_requests() -> Iterator[list[int]]:
    """A list that fills with the signals received, so that nothing is interrupted halfway."""
    requested: list[int] = []
    before = {number: signal.signal(number, lambda received, _: requested.append(received)) for number in STOP_SIGNALS}
    try:
        yield requested
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running(programs: dict[str, list[str]]) -> Iterator[dict[str, subprocess.Popen]]:
    """The programs as children, each in a session of its own: Ctrl-C reaches only us, and we end them in order."""
    children: dict[str, subprocess.Popen] = {}
    try:
        for name, command in programs.items():
            children[name] = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        yield children
    finally:
        stop(children)


def stop(children: dict[str, subprocess.Popen]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children.values():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def all_alive(children: dict[str, subprocess.Popen]) -> bool:
    return all(child.poll() is None for child in children.values())


def wait_until_it_answers(port: int, children: dict[str, subprocess.Popen], requested: list[int]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while all_alive(children) and not requested and time.monotonic() < deadline:
        if answers(port):
            return True
        time.sleep(0.1)
    return False


def answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def welcome(port: int, password: str, note: str) -> str:
    lines = ["", f"Stockroom is at http://127.0.0.1:{port}", "Sign in as one of these; the password is the same:"]
    lines += [f"  {name:<5} {role:<7} {password}" for name, role in SIGN_INS.items()]
    lines += [note] if note else []
    return "\n".join([*lines, "Press Ctrl-C to stop.", ""])


def report(children: dict[str, subprocess.Popen], requested: list[int]) -> int:
    """The exit code: stopping because somebody asked is a success, anything else is not."""
    if requested:
        return 0
    ended = [name for name, child in children.items() if child.poll() is not None]
    for name in ended:
        print(f"{name} ended unexpectedly (exit code {children[name].returncode}), so everything was stopped.")
    if not ended:
        print(f"The web server did not answer within {START_SECONDS} seconds, so everything was stopped.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
