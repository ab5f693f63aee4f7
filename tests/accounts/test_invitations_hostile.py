"""Whatever is sent to the doors of invitations: nothing breaks, and nobody becomes more than they were invited to be."""

import json
import logging

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Invitation, User
from site_config.lib.links import LogFilter
from tests.factories import PASSWORD, invited
from tests.hostile import OTHERS, RAW, TEXTS

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(180)]

INVITATION = {"email": "noor@example.com", "role": "staff", "name": "Noor", "language": "es"}
ENTRY = {"username": "noor", "name": "Noor", "password": PASSWORD}


def stored():
    return [list(table.objects.order_by("pk").values_list("pk", "email", "role")) for table in (Invitation, User)]


def taken_back(act):
    """What a door answers to this; whatever it did is taken back."""
    with transaction.atomic():
        answer = act()
        transaction.set_rollback(True)
    assert answer.status_code < 500, answer.content[:300]
    return answer


def bodies(honest):
    for name in honest:
        for value in [*TEXTS, *OTHERS]:
            yield json.dumps({**honest, name: value}).encode()
        for raw in RAW:
            yield b"{" + json.dumps(name).encode() + b": " + raw + b"}"


def test_every_field_of_the_api(api_of, ada):
    _invitation, secret = invited(actor=ada, email="kim@example.com")
    before, admin, stranger = stored(), api_of(ada), APIClient(raise_request_exception=False)
    for client, path, honest in (
        (admin, "/api/invitations/", INVITATION),
        (stranger, "/api/invitations/accept/", {"token": secret, **ENTRY}),
    ):
        for body in bodies(honest):
            answer = taken_back(lambda: client.post(path, body, content_type="application/json"))  # noqa: B023
            assert answer.status_code in {201, 400, 404, 413}, body[:80]
    assert stored() == before


def test_every_field_of_the_pages(page_of, ada):
    _invitation, secret = invited(actor=ada, email="kim@example.com")
    before, admin, stranger = stored(), page_of(ada), Client()
    for client, path, honest in ((admin, "/users/invite/", INVITATION), (stranger, f"/invitations/{secret}/", ENTRY)):
        for name in honest:
            for text in TEXTS:
                answer = taken_back(lambda: client.post(path, {**honest, name: text}))  # noqa: B023
                assert answer.status_code in {302, 422}, (name, text)
                assert b"<script>alert" not in answer.content
                stranger.cookies.clear()
    assert stored() == before


def test_every_part_of_an_address(page_of, api_of, ada):
    for text in [*TEXTS, str(2**63), "1.0"]:
        for path in (f"/invitations/{text}/", f"/users/invitations/{text}/resend/", f"/api/invitations/{text}/"):
            client = api_of(ada) if path.startswith("/api/") else page_of(ada)
            assert client.post(path).status_code in {400, 404, 405}, path


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Gone: /invitations/8sWc3hJm0vXq5yLr2tPz7uKd4nFa9bGe6iOw1xQkTHs/", "Gone: /invitations/…/"),
        ("Gone: /accounts/reset/NQ/cx1a2b-0123456789abcdef0123456789abcdef/", "Gone: /accounts/reset/NQ/…/"),
        ("GET /x/8sWc3hJm0vXq5yLr2tPz7uKd4nFa9bGe6iOw1xQkTHs", "GET /x/…"),
        ("/api/users/me/sessions/0b9d5f0e-6a0f-4a55-9b1c-3f6f0f6f7a10/", None),
        ("/static/css/4-components.0123456789ab.css 100 %", None),
    ],
)
def test_the_secret_part_of_an_address_is_hidden_from_logs_and_nothing_else(said, written):
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (said,), None)
    assert LogFilter().filter(record)
    assert record.getMessage() == (written or said)
