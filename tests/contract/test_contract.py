"""The OpenAPI document and the API agree: schemathesis asks for each operation as anybody, with all of its checks.

CONTRACT_EXAMPLES is how many requests it makes up for each operation and role, and how many chains of requests for each
role. `make contract` says 200, and then asks all boundary cases as everybody; the few of `make test` go with the boundary
cases as an admin, who gets furthest.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, transaction
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from accounts.models import User
from accounts.services import tokens
from site_config import docs
from site_config.wsgi import application
from tests.contract import rows, rules

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "3"))
THOROUGH = EXAMPLES >= 100
VERBS = docs.VERBS
DONE = {200, 201, 202, 204}
pytestmark = [
    pytest.mark.contract,
    pytest.mark.django_db,
    pytest.mark.timeout(3600 if THOROUGH else 300),
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning"),
]
OPERATIONS = [(verb.upper(), path) for path, item in docs.schema()["paths"].items() for verb in VERBS if verb in item]


def needs_something(verb: str, path: str) -> bool:
    operation = docs.schema()["paths"][path][verb.lower()]
    return "requestBody" in operation or any(given.get("required") for given in operation.get("parameters", []))


def furthest(verb: str, path: str) -> str:
    """Who may do it: an admin may do everything but ask others to do it."""
    return "client" if (verb, path) in rules.OF_CLIENTS else "admin"


class InTransaction:
    """The application inside the test's transaction: each request is undone, so each one meets the same rows.

    schemathesis calls from threads of its own; they are lent the test's connection, one at a time.
    """

    def __init__(self, *, undo: bool) -> None:
        self.connection, self.undo = connections["default"], undo
        self.statuses: Counter[int] = Counter()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        def started(status: str, *headers: Any) -> Any:
            self.statuses[int(status[:3])] += 1
            return start_response(status, *headers)

        connections["default"] = self.connection
        with transaction.atomic():
            answer = application(environ, started)
            content = b"".join(answer)
            answer.close()
            if self.undo:
                transaction.set_rollback(True)
        return [content]


@pytest.fixture(autouse=True)
def _one_connection(db) -> Iterator[None]:
    """The test's own for all threads. A bare WSGI call would close it, and the test's transaction with it."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    connection.dec_thread_sharing()


@pytest.fixture(autouse=True)
def _two_filters_of_a_kind_may_each_find_what_they_name(settings) -> None:
    """ "In this category and not in that one" finds two; a query that repeats per row is still seen."""
    settings.ZEAL_NPLUSONE_THRESHOLD = 3


@pytest.fixture(autouse=True)
def _probes_of_this_version_work(monkeypatch) -> None:
    """schemathesis 4.32.5 sends its probes without credentials with settings of a socket, which no WSGI call takes."""
    send = WSGITransport.send

    def without_socket(transport: Any, case: Any, **options: Any) -> Any:
        kept = {name: value for name, value in options.items() if name not in ("max_redirects", "verify", "cert")}
        return send(transport, case, **kept)

    monkeypatch.setattr(WSGITransport, "send", without_socket)


def failures(schema: Any) -> list[str]:
    """Everything that the engine finds wrong, each once, with a command that shows it."""
    found = {}
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            found[event.info.title, event.info.message] = str(event.info)
        if isinstance(event, events.ScenarioFinished):
            for case, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        answer = event.recorder.interactions[case].response
                        said = f"{answer.status_code} {answer.text[:500]}" if answer else "no answer"
                        failure, sample = str(check.failure_info.failure), check.failure_info.code_sample
                        found.setdefault((check.name, failure), f"[{event.phase.value}] {failure}\n{said}\n{sample}\n")
    return list(found.values())


def asked_by(role: str, app: Callable[..., Any], *phases: str, path: str | None = None) -> Any:
    """The document, or one path of it, with rows to ask about, as somebody of this role."""
    person = rows.person_of(role)
    values = rows.made(person)
    document = docs.schema()
    if path:
        document = {**document, "paths": {path: document["paths"][path]}}
    config = SchemathesisConfig.from_dict(rules.settings(examples=EXAMPLES, values=values, phases=phases))
    schema = schemathesis.openapi.from_dict(rules.hinted(document, values), config=config)
    schema.app = app
    schema.filter_set.clear()  # what the configuration says of single operations is no choice of operations
    if person:
        schema.auth()(signing_in(person))
    return schema


def signing_in(person: User) -> type[Any]:
    """Who asks: signed in anew after a 401, as a chain of requests may end the sign-in before."""
    connection = connections["default"]

    class SignedIn:
        def get(self, case: Any, context: Any) -> str:
            connections["default"] = connection
            return tokens.sign_in(person=person)["access"]

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}

    return SignedIn


@pytest.mark.parametrize("role", rows.ROLES)
@pytest.mark.parametrize(("verb", "path"), OPERATIONS, ids=lambda value: value)
def test_an_operation_is_as_described(verb, path, role):
    app = InTransaction(undo=True)
    boundaries = ["coverage"] if THOROUGH or role == furthest(verb, path) else []
    schema = asked_by(role, app, "examples", *boundaries, "fuzzing", path=path).include(method=verb)
    found = failures(schema)
    assert not found, "\n".join(found)
    # Whose role gets furthest got through to every operation; otherwise only its refusals were looked at.
    assert role != furthest(verb, path) or DONE & app.statuses.keys(), app.statuses


@pytest.mark.parametrize(("verb", "path"), [(verb, path) for verb, path in OPERATIONS if needs_something(verb, path)])
def test_an_example_succeeds(verb, path):
    """So that an admin gets through to every operation by the rows that its examples name, and not by luck."""
    app = InTransaction(undo=True)
    failures(asked_by(furthest(verb, path), app, "examples", path=path).include(method=verb))
    assert DONE & app.statuses.keys(), app.statuses


def test_a_broken_promise_is_seen():
    """The harness bites: an application that answers everything with an empty 200 fails nearly every check."""
    schema = asked_by("staff", answers_anything, "coverage", path="/api/products/{id}/").include(method="GET")
    found = "\n".join(failures(schema))
    for check in ("Missing Content-Type", "Schema-violating request accepted", "without authentication", "405"):
        assert check in found, found


def answers_anything(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [])
    return [b""]


@pytest.mark.parametrize("role", rows.ROLES)
def test_what_one_answer_tells_the_next_request_may_use(role):
    """Chains of calls: what was created is there, what was deleted is not, and nobody is let in without a token."""
    app = InTransaction(undo=False)
    found = failures(asked_by(role, app, "stateful"))
    assert not found, "\n".join(found)
    assert app.statuses
