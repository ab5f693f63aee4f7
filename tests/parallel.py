"""Writers that run at once, each in a thread and on a connection of its own; no test waits by sleeping."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction

from site_config.lib.errors import DomainError

SECONDS = 30


def outcome(act: Callable[..., Any], *args: Any) -> Any:
    """What the act returns, or the refusal it raised; the thread's connections are closed either way."""
    try:
        return act(*args)
    except DomainError as refusal:
        return refusal
    finally:
        connections.close_all()


def at_once(act: Callable[[int], Any], *, times: int, workers: int = 10) -> list[Any]:
    """Calls act(0) … act(times - 1), no worker starting before all are ready; the outcomes."""
    gate = threading.Barrier(workers)

    def work(worker: int) -> list[Any]:
        gate.wait(SECONDS)
        return [outcome(act, number) for number in range(worker, times, workers)]

    with ThreadPoolExecutor(workers) as pool:
        return [result for results in pool.map(work, range(workers)) for result in results]


@contextmanager
def before_commit(rival: Callable[[], Any]):
    """The block's writes are made, the rival then starts and is blocked by them, and only then the block commits.

    On PostgreSQL the server itself says that the rival waits for a lock. On SQLite the rival cannot even begin.
    Yields the rival's Future, whose result is there after the block.
    """
    started, backends = threading.Event(), []

    def run() -> Any:
        backends.append(backend())
        started.set()
        return outcome(rival)

    with ThreadPoolExecutor(1) as pool:
        future: Future[Any] = Future()
        with transaction.atomic():
            yield future
            running = pool.submit(run)
            assert started.wait(SECONDS)
            until_blocked(backends[0])
        future.set_result(running.result(SECONDS))


def backend() -> int:
    """The server's number for this thread's connection; SQLite has no server."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid if connection.vendor == "postgresql" else 0


def until_blocked(pid: int) -> None:
    tick = threading.Event()
    for _try in range(SECONDS * 100):
        if not pid or waits(pid):
            return
        tick.wait(0.01)
    raise AssertionError("The rival never waited: nothing is locked.")


def waits(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [pid])
        return bool((cursor.fetchone() or [False])[0])
