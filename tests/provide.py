"""Find what the tests need and pip cannot install, get it when it is missing, and print its path.

`python tests/provide.py browser` finds a Chromium, `nginx` an nginx, and `redis` a Redis server.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

CHROMIUMS = (
    # The shell first: it does the same work in a quarter of the time.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Debian keeps nginx where only root looks for programs.
NGINXES = ("nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx", "/usr/local/bin/nginx")
REDISES = ("redis-server", "/opt/homebrew/bin/redis-server", "/usr/local/bin/redis-server")


def browser() -> str | None:
    named = [os.environ["BROWSER_PATH"]] if os.environ.get("BROWSER_PATH") else []
    for path in existing((*named, *CHROMIUMS)):
        if draws(path):
            return path
    return playwrights_own() or from_apt(("chromium-headless-shell", "chromium"), CHROMIUMS, draws)


def nginx() -> str | None:
    return next(filter(starts, existing(NGINXES)), None) or from_apt(("nginx",), NGINXES, starts)


def redis() -> str | None:
    return next(existing(REDISES), None) or from_apt(("redis-server",), REDISES, shutil.which)


def existing(names: tuple[str, ...]) -> Iterator[str]:
    return filter(None, map(shutil.which, names))


def draws(path: str) -> bool:
    """A browser can be installed and yet miss a library, or be a stub that asks for a snap: let it draw a page."""
    page = "data:text/html,<p>it draws</p>"
    return "it draws" in output_of([path, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page])


def starts(path: str) -> bool:
    return "nginx version" in output_of([path, "-v"])


def playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not os.path.exists(path):
        say("No Chromium is installed: asking Playwright for its own.")
        output_of([sys.executable, "-m", "playwright", "install", "chromium"], seconds=300)
    return path if os.path.exists(path) and draws(path) else None


def from_apt(packages: tuple[str, ...], names: tuple[str, ...], works) -> str | None:
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (prefix and not shutil.which("sudo")):
        return None
    for package in packages:
        say(f"Installing {package} with apt-get.")
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
            output_of([*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments], seconds=300)
        if found := next(filter(works, existing(names)), None):
            return found
    return None


def output_of(command: list[str], seconds: int = 30) -> str:
    """What a program prints; nothing if it cannot be run or hangs."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


TOOLS = {
    "browser": (browser, "The browser tests need Chromium. Debian: apt-get install chromium-headless-shell. "
                         "Elsewhere: install Chrome, or run .venv/bin/playwright install --with-deps chromium."),
    "nginx": (nginx, "The tests of the proxy need nginx. Debian and Ubuntu: apt-get install nginx. "
                     "macOS: brew install nginx."),
    "redis": (redis, "The tests of the limits need a Redis server. Debian and Ubuntu: apt-get install redis-server. "
                     "macOS: brew install redis."),
}  # fmt: skip

if __name__ == "__main__":
    find, advice = TOOLS[sys.argv[1]]
    if not (answer := find()):
        sys.exit(advice)
    sys.stdout.write(answer + "\n")
