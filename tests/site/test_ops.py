"""Health: one address says that the process lives, two say that it can work."""

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from site_config import ops

ALL_WELL = {"status": "ok", "database": "ok", "cache": "ok"}


@pytest.mark.django_db
def test_a_healthy_instance_says_so_to_everyone(client):
    assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"status": "ok"})
    for url in ("/readyz", "/health/"):
        assert (client.get(url).status_code, client.get(url).json()) == (200, ALL_WELL)
        assert client.head(url).status_code == 200
        assert client.post(url).status_code == 405


@pytest.mark.django_db
def test_a_database_that_is_away_makes_it_unready_but_alive(client, monkeypatch):
    def away():
        raise OperationalError("secret host")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, ALL_WELL | {"status": "unavailable", "database": "unavailable"})
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_a_cache_that_forgets_makes_it_unready(client, monkeypatch):
    monkeypatch.setattr(cache, "get", lambda key, default=None: None)
    assert client.get("/health/").json() == ALL_WELL | {"status": "unavailable", "cache": "unavailable"}


def test_whatever_goes_wrong_the_answer_is_no():
    assert not ops.answers(lambda: 1 / 0)
    assert not ops.answers(lambda: False)
    assert ops.answers(lambda: True)


def test_the_application_that_gunicorn_serves_is_this_one():
    from site_config.wsgi import application

    assert callable(application)
