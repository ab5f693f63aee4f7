"""The web server; `make run` and the container share it. docs/settings.md lists the names it reads."""

import os
from pathlib import Path

bind = os.environ.get("BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
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
