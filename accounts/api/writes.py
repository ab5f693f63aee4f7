"""What every writing door of the API offers: a dry run, and a retry that is safe."""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, overload

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import idempotency, written
from site_config.lib.errors import DomainError

Handler = Callable[..., Response]
# The draft wants a quoted string; most callers send it bare. Printable ASCII either way.
KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,255})"?')
KEPT_HEADERS = ("ETag", "Location")


@overload
def write(handler: Handler) -> Handler: ...
@overload
def write(*, retryable: bool) -> Callable[[Handler], Handler]: ...
def write(handler: Handler | None = None, *, retryable: bool = True) -> Any:
    """Marks a handler that changes something; every one of a Door carries it.

    `?dry_run=true` runs the act, says what it changed and takes it back. `Idempotency-Key` makes a repeat answer
    what the first call answered. Not `retryable` is what answers with a secret, or what a stranger sends: no answer of
    it is kept.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def guarded(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            def act() -> Response:
                return handler(view, request, *args, **kwargs)

            key = given_key(view.caller, request, retryable)
            if is_dry_run(request):
                return rehearsed(view.caller, act)
            if key is None:
                return act()
            return answered_once(view.caller, request, key, act)

        guarded.write = "retryable" if retryable else "once"  # type: ignore[attr-defined]
        return guarded

    return decorate(handler) if handler else decorate


def is_dry_run(request: Request) -> bool:
    given = request.query_params.get("dry_run", "false")
    if given not in ("true", "false"):
        raise DomainError(_("Give true or false."), field="dry_run", code="bad_dry_run")
    if given == "true" and not request.user.is_authenticated:  # it would tell, without a trace, which names are taken
        raise DomainError(_("Log in to rehearse a request."), field="dry_run", code="bad_dry_run")
    return given == "true"


def rehearsed(reader: Any, act: Callable[[], Response]) -> Response:
    """Runs the act in a transaction that is rolled back; the answer tells its status, its changes and its result."""
    with transaction.atomic():
        answer = act()
        changes = written.by_request(reader)
        transaction.set_rollback(True)
    result = answer.data
    if answer.status_code in (201, 202) and isinstance(result, dict) and "id" in result:
        made, result = result["id"], {**result, "id": None}  # the number is given when it really happens
        changes = [{**line, "id": None} if line["id"] == made else line for line in changes]
    return Response({"dry_run": True, "status": answer.status_code, "changes": changes, "result": result})


def given_key(person: Any, request: Request, retryable: bool) -> str | None:
    """The key to answer by; one that cannot be taken is refused by a rehearsal too."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    if not retryable or not person.is_authenticated:  # an answer is kept for somebody
        sentence = _("This request cannot be repeated by key: its answer is not kept. Leave the header out.")
        raise DomainError(sentence, code="idempotency_key_not_taken")
    match = KEY.fullmatch(header)
    if match is None:
        sentence = _("An Idempotency-Key is 1 to 255 printable characters without spaces, for instance a UUID.")
        raise DomainError(sentence, code="bad_idempotency_key")
    return match[1]


def answered_once(person: Any, request: Request, key: str, act: Callable[[], Response]) -> Response:
    # The role and the scopes belong to the call: an answer is never replayed to somebody who may see less by now.
    scopes = sorted(person.scopes) if person.scopes is not None else None
    asked = (request.method, request.get_full_path(), request.headers.get("If-Match"), json.dumps(request.data))
    call = idempotency.fingerprint(*asked, person.role, scopes)
    answer = idempotency.once(person=person, key=key, call=call, act=lambda: kept(act()))
    headers = {**answer.headers, **({"Idempotency-Replayed": "true"} if answer.replayed else {})}
    return Response(json.loads(answer.body) if answer.body else None, status=answer.status, headers=headers)


def kept(response: Response) -> idempotency.Answer:
    body = JSONRenderer().render(response.data).decode() if response.data is not None else ""
    headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
    return idempotency.Answer(response.status_code, body, headers)
