"""For schemathesis' command line: who asks, signed in anew whenever a request has ended the sign-in."""

import json
import os
from typing import Any

import django
import schemathesis

django.setup()

from accounts.models import User  # noqa: E402
from accounts.services import tokens  # noqa: E402
from tests.contract import rules  # noqa: E402


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    raw_schema.update(rules.hinted(raw_schema, json.loads(os.environ.get("CONTRACT_VALUES", "{}"))))


class SignedIn:
    """A token from the database itself: the doors that give and end them are part of what is tested."""

    def get(self, case: Any, context: Any) -> str:
        return tokens.sign_in(person=User.objects.get(pk=os.environ["CONTRACT_PERSON"]))["access"]

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


if "CONTRACT_PERSON" in os.environ:
    schemathesis.auth()(SignedIn)
