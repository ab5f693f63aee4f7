"""Errors that rules raise; pages put them on the form, the API answers with a problem document."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction


class DomainError(Exception):
    """A broken rule, as a sentence for the person: `field` names the input at fault, `code` never changes.

    `status` is the HTTP status the API answers with; `extra` is shown beside it in the problem document.
    """

    status = 400

    def __init__(self, message: str, *, field: str | None = None, code: str = "invalid", **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code
        self.extra = extra


class NotAllowed(DomainError):
    """The person's role, or what they may see, does not allow the act."""

    status = 403


class Conflict(DomainError):
    """The act no longer fits what is stored: somebody else was there first."""

    status = 409


class Gone(DomainError):
    """A link that leads nowhere any more: used, too old, ended by something else, or never given out."""

    status = 410


class Throttled(DomainError):
    """Too many tries; `wait` is in seconds."""

    status = 429

    def __init__(self, message: str, *, wait: int, code: str = "throttled") -> None:
        super().__init__(message, code=code, wait=wait)
        self.wait = wait


class Invalid(DomainError):
    """Several broken rules of one input at once: field name to sentences ("" for the whole)."""

    def __init__(self, fields: dict[str, list[str]], code: str = "invalid") -> None:
        field, messages = next(iter(fields.items()))
        super().__init__(messages[0], field=field or None, code=code)
        self.fields = fields


def from_validation(error: ValidationError) -> Invalid:
    """Django's own validation, as ours."""
    fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return Invalid({"" if name == "__all__" else name: messages for name, messages in fields.items()})


class refuse_duplicates:
    """Runs a write in a savepoint and turns a broken unique constraint into a DomainError on its field.

    Checking first cannot help against a rival who has inserted but not committed; only the constraint sees it.
    `names` maps a part of the constraint's name (PostgreSQL) or of its columns (SQLite) to field and sentence.
    """

    def __init__(self, names: dict[str, tuple[str, str]]) -> None:
        self.names = names

    def __enter__(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self.savepoint.__exit__(kind, error, traceback)
        if isinstance(error, IntegrityError):
            for part, (field, sentence) in self.names.items():
                if part in str(error):
                    raise DomainError(sentence, field=field, code="already_exists") from error
