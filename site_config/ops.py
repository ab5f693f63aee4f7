"""Health: /healthz says that the process answers, /readyz and /health/ that it can do its work."""

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts.decorators import public


@public
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@public
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database and the cache answer, else 503; says which, and nothing more."""
    checks = {"database": answers(database), "cache": answers(cached)}
    healthy = all(checks.values())
    body = {"status": "ok" if healthy else "unavailable"}
    body |= {name: "ok" if fine else "unavailable" for name, fine in checks.items()}
    return JsonResponse(body, status=200 if healthy else 503)


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def cached() -> bool:
    cache.set("ready", 1, 5)
    return bool(cache.get("ready") == 1)


def answers(check: object) -> bool:
    try:
        return bool(check())  # type: ignore[operator]
    except Exception:  # noqa: BLE001 - whatever is wrong, the answer is the same
        return False
