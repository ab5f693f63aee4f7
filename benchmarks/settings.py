"""The product's settings with Django's own admin beside it, as the peer to compare with."""

import os

os.environ.setdefault("SECRET_KEY", "benchmarks-only-secret-key-0123456789-abcdefghij")
os.environ.setdefault("JWT_SIGNING_KEY", "benchmarks-only-jwt-key-9876543210-jihgfedcba")
os.environ.setdefault("ALLOWED_HOSTS", "testserver")
os.environ.setdefault("HTTPS", "0")
os.environ.setdefault("LOG_LEVEL", "ERROR")

from site_config.settings import *  # noqa: F403
from site_config.settings import ALLOWED_HOSTS, API_RATES, DATABASES, INSTALLED_APPS, LOGGING, VAR_DIR

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]
ROOT_URLCONF = "benchmarks.urls"
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
# Counted like any other requests, and never refused; but refreshing always is, to measure the refusal.
API_RATES = {**dict.fromkeys(API_RATES, 1_000_000), "refresh": 0}
LOGGING["handlers"]["console"]["level"] = "ERROR"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "bench.sqlite3")}
else:
    DATABASES["default"]["TEST"] = {"NAME": "stockroom_bench"}
