"""The web server; `make run` and the container share it. docs/settings.md lists the names it reads."""

import os
import sys
from pathlib import Path
from typing import Any

SHARED_CACHE = any(os.environ.get(name, "").strip() for name in ("REDIS_URL", "REDIS_URL_FILE"))

bind = os.environ.get("BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2" if SHARED_CACHE else "1"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = int(os.environ.get("WEB_TIMEOUT", "30"))
# Less than the 30 seconds that docker-compose.yml waits before it kills.
graceful_timeout = 20
# A worker proves that it lives by touching a file; in memory, a slow disk cannot make it look dead.
MEMORY = "/dev/shm"  # noqa: S108 - gunicorn makes a file of its own there, as mkstemp does
worker_tmp_dir = MEMORY if Path(MEMORY).is_dir() else None
# Whom to believe about the visitor's address and scheme is decided once, by TRUSTED_PROXIES in settings.py.
forwarded_allow_ips = ""
loglevel = os.environ.get("LOG_LEVEL", "INFO").lower()
accesslog = None  # nginx writes it
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Processes that share no cache would each allow a whole quota of requests and of password tries."""
    if server.cfg.workers > 1 and not SHARED_CACHE:
        sys.exit(f"{server.cfg.workers} web processes need a cache they share: set REDIS_URL, or WEB_WORKERS=1.")
