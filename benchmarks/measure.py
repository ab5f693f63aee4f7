"""What a request costs: CPU time of this process and, on PostgreSQL on this machine, of the database's process that served it.

The requests are interleaved, so that a machine that slows down slows all of them alike. The best round counts: what a
busy machine adds to a round is nothing of ours.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext, setup_databases

ROUNDS = 15
SECONDS_OF_A_ROUND = 0.03
server = WSGIHandler()


@dataclass
class Case:
    """One request, asked as a web server asks; `work` is measured instead where there is some."""

    name: str
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    status: int = 200
    work: Callable[[], Any] | None = None
    queries: int = 0
    size: int = 0
    batch: int = 1
    costs: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        return min(self.costs)

    def ask(self) -> int:
        if self.work:
            self.work()
            return 0
        method, kind = "POST" if self.body else "GET", "application/json"
        asked = RequestFactory().generic(method, self.path, self.body, kind, **self.headers)
        response = server(asked.environ, lambda *status_and_headers: None)
        content = b"".join(response)
        response.close()
        if response.status_code != self.status:
            sys.exit(f"{self.name}: {response.status_code} for {self.path}: {content[:300]!r}")
        return len(content)


@dataclass
class Catalogue:
    """A database with so many products, made when it is first asked for and kept for the next run."""

    number: int
    name: str = ""
    cases: list[Case] = field(default_factory=list)

    def make(self) -> None:
        connection.close()
        test = connection.settings_dict["TEST"]
        stem, dot, ending = test["NAME"].partition(".")
        own = test | {"NAME": f"{stem}_{self.number}{dot}{ending}"}
        connection.settings_dict["TEST"] = own
        setup_databases(verbosity=0, interactive=False, keepdb=True)
        connection.settings_dict["TEST"] = test
        self.name = connection.settings_dict["NAME"]

    def open(self) -> None:
        connection.close()
        connection.settings_dict["NAME"] = self.name


def database_seconds() -> float:
    """CPU seconds of the PostgreSQL process behind this connection; 0 where it is not a process of this machine."""
    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    process = Path(f"/proc/{connection.connection.info.backend_pid}")
    if (process / "schedstat").exists():
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    if not (process / "stat").exists():
        return 0.0
    user, system = (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure(catalogues: list[Catalogue]) -> None:
    for catalogue in catalogues:
        catalogue.open()
        for case in catalogue.cases:
            case.size = case.ask()
            with CaptureQueriesContext(connection) as queries:
                case.ask()
            case.queries = len(queries)
            before = time.perf_counter()
            case.ask()
            case.batch = max(1, min(10, round(SECONDS_OF_A_ROUND / (time.perf_counter() - before))))
    for _round in range(ROUNDS):
        for catalogue in catalogues:
            catalogue.open()
            for case in catalogue.cases:
                one_round(case)


def one_round(case: Case) -> None:
    case.ask()  # the first one on a new connection is another story
    begun, before = time.perf_counter(), time.process_time() + database_seconds()
    for _request in range(case.batch):
        case.ask()
    case.costs.append((time.process_time() + database_seconds() - before) / case.batch * 1000)
    case.times.append((time.perf_counter() - begun) / case.batch * 1000)
