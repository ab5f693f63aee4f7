"""What Docker asks a running container, `web` or `worker`; exit code 0 means healthy."""

import os
import sys
from datetime import timedelta
from http.client import HTTPConnection

PATIENCE = timedelta(minutes=5)


def web() -> bool:
    """The page that touches nothing answers, under a name that ALLOWED_HOSTS has."""
    port = int(os.environ.get("BIND", ":8000").rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    connection.request("GET", "/healthz", headers={"Host": os.environ["ALLOWED_HOSTS"].split(",")[0].strip()})
    return connection.getresponse().status == 200


def worker() -> bool:
    """No job has been waiting for longer than PATIENCE, unless another one keeps the worker busy."""
    import django

    django.setup()
    from django.utils import timezone
    from django_tasks_db.models import DBTaskResult

    late = DBTaskResult.objects.ready().filter(enqueued_at__lt=timezone.now() - PATIENCE)
    return not late.exists() or DBTaskResult.objects.filter(status="RUNNING").exists()


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "worker": worker}[sys.argv[1]]() else 1)
