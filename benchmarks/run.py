"""`make bench` (N=100000): what a page of the list costs, beside its floor and Django admin, measured in one run.

Cost is CPU time of this process and, on PostgreSQL on this machine, of the database's process that served it. The
requests are interleaved, so that a machine that slows down slows all of them alike; the median is printed.
"""

import os
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_databases  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.policy import Role  # noqa: E402
from accounts.services import tokens  # noqa: E402
from products.filters import SORTS  # noqa: E402
from products.models import Product  # noqa: E402
from site_config.lib import paging  # noqa: E402

ROUNDS = 9


@dataclass
class Case:
    name: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    queries: int = 0
    size: int = 0
    costs: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        return statistics.median(self.costs)


def database_seconds() -> float:
    """CPU seconds of the PostgreSQL process behind this connection; 0 where it is not a process of this machine."""
    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def ask(client: Client, case: Case) -> int:
    response = client.get(case.path, **case.headers)
    if response.status_code != 200:
        sys.exit(f"{case.name}: {response.status_code} for {case.path}")
    return len(response.content)


def measure(client: Client, cases: list[Case]) -> None:
    for case in cases:
        case.size = ask(client, case)
        with CaptureQueriesContext(connection) as queries:
            ask(client, case)
        case.queries = len(queries)
    batch = 3  # the database's clock ticks in hundredths, so a few requests share a reading
    for _round in range(ROUNDS):
        for case in cases:
            before = time.process_time() + database_seconds()
            for _request in range(batch):
                ask(client, case)
            case.costs.append((time.process_time() + database_seconds() - before) / batch * 1000)


def fill(number: int) -> User:
    ada = User.objects.filter(username="bench").first() or User.objects.create_user(
        "bench", "bench@example.com", "correct horse battery staple", role=Role.ADMIN
    )
    missing = number - Product.objects.count()
    if missing > 0:
        print(f"Making {missing:,} products …", flush=True)
        call_command("create_fake_products", count=missing, owner="bench", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return ada


def last_cursor(sort_key: str) -> str:
    """The cursor that opens the last page."""
    sort = SORTS[sort_key]
    sign = "" if sort.descending else "-"
    row = Product.objects.filter(trashed_at=None).order_by(f"{sign}{sort.field}", f"{sign}pk")[20]
    return paging.encode("n", sort, row)


def cases_of(ada: User, number: int) -> list[Case]:
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {tokens.sign_in(person=ada)['access']}"}
    last = last_cursor("-updated")
    return [
        Case("floor: a signed-in page without rows", "/bench/constant/"),
        Case("list, first page", "/products/"),
        Case("list, last page", f"/products/?cursor={last}"),
        Case("list, first page by name", "/products/?sort=name"),
        Case("list, last page by name", f"/products/?sort=name&cursor={last_cursor('name')}"),
        Case("list, htmx fragment", "/products/", {"HTTP_HX_REQUEST": "true"}),
        Case("list, search", "/products/?q=mug"),
        Case("floor: bare keyset JSON, 50 rows", "/bench/keyset/"),
        Case("API, first page, 50 rows", "/api/products/", bearer),
        Case("API, last page", f"/api/products/?cursor={last}", bearer),
        Case("Django admin, first page", "/admin/products/product/"),
        Case("Django admin, last page", f"/admin/products/product/?p={max(number // 20, 1)}"),
    ]


def report(cases: list[Case], number: int) -> None:
    by_name = {case.name: case for case in cases}
    floor = cases[0].cost
    print(f"\n{number:,} products, {connection.vendor}, median of {ROUNDS} rounds\n")
    print(f"{'request':38} {'queries':>7} {'kB':>6} {'CPU ms':>8} {'× floor':>8}")
    for case in cases:
        print(f"{case.name:38} {case.queries:7} {case.size / 1000:6.1f} {case.cost:8.2f} {case.cost / floor:8.2f}")
    ratios = {
        "last page / first page": ("list, last page", "list, first page"),
        "last page / first page, by name": ("list, last page by name", "list, first page by name"),
        "API last page / first page": ("API, last page", "API, first page, 50 rows"),
        "list / Django admin, first page": ("list, first page", "Django admin, first page"),
        "list / Django admin, last page": ("list, last page", "Django admin, last page"),
        "API / bare keyset JSON": ("API, first page, 50 rows", "floor: bare keyset JSON, 50 rows"),
    }
    print()
    for name, (ours, other) in ratios.items():
        print(f"{name:38} {by_name[ours].cost / by_name[other].cost:.2f}")


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    setup_databases(verbosity=0, interactive=False, keepdb=True)
    ada = fill(number)
    client = Client()
    client.force_login(ada, backend="accounts.backends.IdentifierBackend")
    cases = cases_of(ada, Product.objects.count())
    measure(client, cases)
    report(cases, Product.objects.count())


if __name__ == "__main__":
    main()
