"""The product's own settings with what makes tests quick and strict."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only-secret-key-0123456789-abcdefghijklmnop")
os.environ.setdefault("JWT_SIGNING_KEY", "tests-only-jwt-key-9876543210-ponmlkjihgfedcba")
os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
os.environ.setdefault("HTTPS", "0")

from site_config.settings import *  # noqa: F403
from site_config.settings import API_RATES, CACHES, DATABASES, MIDDLEWARE, REDIS_URL, VAR_DIR

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Every request of every test is watched for queries that repeat per row.
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]  # noqa: F405
# Some tests send thousands of requests in a minute; those of the limits set rates of their own.
API_RATES = dict.fromkeys(API_RATES, 1_000_000)
ZEAL_RAISE = True
# Of two first requests of one session, one makes its row and the other reads it twice.
ZEAL_ALLOWLIST = [{"model": "sessions.Session"}, {"model": "usersessions.UserSession"}]
LOGGING["root"]["level"] = "ERROR"  # noqa: F405

if REDIS_URL:
    # Tests clear the cache, which empties its whole Redis database: each process of the run needs one of its own.
    _address, _, _number = REDIS_URL.rpartition("/")
    _worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    CACHES["default"]["LOCATION"] = f"{_address}/{int(_number) + _worker}"

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file: in memory, tests with threads of their own would meet a locked table.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
