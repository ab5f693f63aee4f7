"""The same request for a shell: a list or a form as a curl command whose quoting holds for any text.

static/js/copy.js makes the body again of what is typed by then; a browser test holds the two to the same answer.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms

PLACEHOLDER = "…"
LEFT_OUT: Any = object()
# Beyond JSON's own escapes: what a terminal may obey when it is pasted.
CONTROL = re.compile("[\x7f-\x9f]")
# What JavaScript counts without loss; anything else is sent as it was typed, for the API to say what is wrong.
NUMBER = re.compile(" *-?[0-9]{1,15} *")

# What the API calls it, the form's field, its kind, and what an empty one is sent as; without that it is left out.
Part = tuple[Any, ...]


@dataclass(frozen=True)
class Shape:
    """How a form becomes a body; where the field `by` decides what is sent, there is a case for each of its values."""

    cases: dict[str, list[Part]]
    by: str = ""

    def body(self, form: forms.BaseForm) -> dict[str, Any]:
        parts = self.cases.get(given(form, self.by) if self.by else "", [])
        values = {name: value(kind, given(form, field), *empty) for name, field, kind, *empty in parts}
        return {name: found for name, found in values.items() if found is not LEFT_OUT}


def shape_of(form: forms.BaseForm, *, partial: bool, without: Collection[str] = ()) -> Shape:
    """The fields that people see. A new row leaves out what is empty; a change says that it was emptied."""
    shown = {name: field for name, field in form.fields.items() if not field.widget.is_hidden and name not in without}
    return Shape({"": [part(name, field, partial=partial) for name, field in shown.items()]})


def part(name: str, field: forms.Field, *, partial: bool) -> Part:
    if isinstance(field, forms.BooleanField):
        return name, name, "flag"
    if isinstance(field.widget, forms.PasswordInput):
        return name, name, "secret"
    amount, chosen = isinstance(field, forms.DecimalField), isinstance(field, forms.ModelChoiceField)
    counted = isinstance(field, forms.IntegerField) and not amount
    if getattr(field, "sends", "") == "words":
        return (name, name, "words", []) if partial else (name, name, "words")
    kind = "number" if counted or chosen else "text"
    if partial:
        return name, name, kind, None if amount or chosen else 0 if counted else ""
    return (name, name, kind, PLACEHOLDER) if field.required else (name, name, kind)


def given(form: forms.BaseForm, name: str) -> Any:
    """What the field shows: as text with the line ends that a script would write, or whether it is ticked."""
    found = form[name].value()
    if isinstance(found, bool):
        return found
    text = "" if found is None else str(found)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def value(kind: str, typed: Any, empty: Any = LEFT_OUT) -> Any:
    if kind == "flag":
        return bool(typed)
    if kind == "secret":
        return PLACEHOLDER
    if typed == "":
        return empty
    if kind == "words":
        return [word.strip() for word in typed.split(",") if word.strip()]
    if kind == "text" or not NUMBER.fullmatch(typed):
        return typed
    return -int(typed) if kind == "negative" else int(typed)


# --- The command -----------------------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """One word of a POSIX shell, whatever is in it."""
    return "'" + text.replace("'", r"'\''") + "'"


def json_text(body: Any) -> str:
    """A field a line, in letters that people can read."""
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def reading(url: str, query: Mapping[str, str]) -> str:
    return command("GET", f"{url}?{urlencode(query)}" if query else url)


def writing(method: str, url: str, *, version: object = None) -> str:
    """The command up to its body. A new row has a key of its own for each run, so that curl may retry it."""
    headers = ['"Idempotency-Key: $(uuidgen)"'] if method == "POST" else []
    headers += [quoted(f'If-Match: "{version}"')] if version else []
    return command(method, url, *headers) + " \\\n  --json "


def command(method: str, url: str, *headers: str) -> str:
    first = f"curl -sS --fail-with-body{'' if method == 'GET' else f' -X {method}'} {quoted(url)}"
    return " \\\n  -H ".join([first, '"Authorization: Bearer $TOKEN"', *headers])
