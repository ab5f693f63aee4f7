"""Start the real programs that a few tests need, wait for them without sleeping blindly, and end them by process id."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT_NAMES = ("HOME", "LANG", "LC_ALL", "TMPDIR", "USER")


def environment(**names: str) -> dict[str, str]:
    """Nothing of the tests' own settings: only what a shell has, this Python first on PATH, and these names."""
    kept = {name: os.environ[name] for name in KEPT_NAMES if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path, **names}


def run(command: Sequence[str], *, seconds: int = 60, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; errors are part of its output."""
    options = {"cwd": ROOT, "env": environment(), "stdin": subprocess.DEVNULL, **options}
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=seconds, **options
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(works: Callable[[], object], explain: Callable[[], str], seconds: float = 30) -> None:
    """Ask until the answer is yes; while nobody listens yet, the answer is no."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError, HTTPException):
            if works():
                return
        time.sleep(0.05)
    raise AssertionError(f"It did not happen within {seconds} seconds. {explain()}")


@contextmanager
def program(command: Sequence[str], *, log: Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs while the block does; what it prints goes to the log."""
    options = {"cwd": ROOT, "env": environment(), **options}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
