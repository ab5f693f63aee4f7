"""A CSV of the whole catalogue beside the server's own COPY of the same columns; each in a process of its own.

A process of its own, so that its memory is its own: what it takes at the most, with Python and Django, is printed.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3


@dataclass(frozen=True)
class Run:
    """CPU seconds of the process and of its database process, seconds to the first block, megabytes at the most."""

    cpu: float
    wall: float
    first: float
    memory: float
    size: int


def measure(name: str) -> dict[str, list[Run]]:
    """Interleaved; `name` is the database."""
    found: dict[str, list[Run]] = {"ours": [], "copy": []}
    for _round in range(ROUNDS):
        for kind, runs in found.items():
            runs.append(one(kind, name))
    return found


def one(kind: str, name: str) -> Run:
    environment = {**os.environ, "BENCH_DATABASE": name, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.files", kind], env=environment, cwd=ROOT, capture_output=True, check=True
    )
    return Run(**json.loads(said.stdout))


# --- In the child ----------------------------------------------------------------------------------------------------


def ours() -> Iterator[bytes]:
    from accounts.models import User
    from products.models import Product
    from products.services import exports

    reader = User.objects.get(username="bench")
    rows = Product.objects.visible_to(reader).order_by("-updated_at", "-pk")
    return exports.stream(rows=rows, columns=exports.columns_for(reader, COLUMNS))


COLUMNS = ("barcode", "status", "category", "tags", "stock", "threshold", "price", "cost", "owner", "changed")
PLAIN = """
COPY (
  SELECT p.name, p.sku, p.barcode, p.is_public, c.name, p.tags, p.stock, p.low_stock_threshold, p.price, p.cost, u.name,
         p.updated_at
  FROM products_product p
  LEFT JOIN products_category c ON c.id = p.category_id
  JOIN accounts_user u ON u.id = p.owner_id
  WHERE p.trashed_at IS NULL ORDER BY p.updated_at DESC, p.id DESC
) TO STDOUT WITH (FORMAT csv)
"""


def copy() -> Iterator[bytes]:
    from django.db import connection

    with connection.cursor() as cursor, cursor.cursor.copy(PLAIN) as blocks:
        yield from map(bytes, blocks)


def child(kind: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    import django

    django.setup()
    from django.db import connection

    from benchmarks.measure import database_seconds

    connection.settings_dict["NAME"] = os.environ["BENCH_DATABASE"]
    connection.ensure_connection()
    before, began = time.process_time() + database_seconds(), time.perf_counter()
    first, size = 0.0, 0
    for block in {"ours": ours, "copy": copy}[kind]():
        first = first or time.perf_counter() - began
        size += len(block)
    wall, cpu = time.perf_counter() - began, time.process_time() + database_seconds() - before
    # Not ru_maxrss, which begins at what the parent had.
    [peak] = [
        line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    ]
    memory = int(peak) / 1024
    print(json.dumps({"cpu": cpu, "wall": wall, "first": first, "memory": memory, "size": size}))


if __name__ == "__main__":
    child(sys.argv[1])
