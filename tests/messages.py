"""The marked messages and their catalogues: `make messages` brings locale/*/LC_MESSAGES/django.po up to date and compiles it.

Finds what Django's makemessages finds, without GNU gettext: Python is read by its syntax tree, templates through
Django's own templatize.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CODE = ("accounts", "products", "site_config")
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po"))
HEADER = "Every message a person may read. `make messages` adds and removes entries and compiles; see CONTRIBUTING.md."

# Which arguments of a marking function are its context, its message and its plural.
MESSAGE, PLURAL, IN_CONTEXT, PLURAL_IN_CONTEXT = (None, 0, None), (None, 0, 1), (0, 1, None), (0, 1, 2)
MARKS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), MESSAGE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), PLURAL),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), IN_CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), PLURAL_IN_CONTEXT),
}
# What templatize leaves of a template: calls of marking functions between crossed-out letters.
CALL = re.compile(rf"\b(?:{'|'.join(MARKS)})\(")


class Message(NamedTuple):
    """A marked text; the plural does not tell two apart, as in the catalogue itself."""

    context: str | None
    text: str
    plural: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.text


def in_python(source: str) -> Iterator[Message]:
    """Every message of a module; ValueError for one that is not a literal, which no catalogue could hold."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in MARKS:
                context, text, plural = (None if at is None else literal(node, at) for at in MARKS[name])
                yield Message(context, text or "", plural)


def literal(call: ast.Call, at: int) -> str:
    argument = call.args[at] if at < len(call.args) else None
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise ValueError(f"line {call.lineno}: only a literal text can be translated: {ast.unparse(call)}")


def in_template(source: str) -> Iterator[Message]:
    marked = templatize(source)
    for call in CALL.finditer(marked):
        yield from in_python(first_expression(marked[call.start() :]))


def first_expression(text: str) -> str:
    """The text up to the first closing bracket that makes it an expression: brackets in messages do not."""
    for bracket in re.finditer(r"\)", text):
        try:
            ast.parse(text[: bracket.end()], mode="eval")
        except SyntaxError:
            continue
        return text[: bracket.end()]
    raise ValueError(f"no message starts with {text[:40]}")


def marked() -> dict[Message, set[str]]:
    """Every marked message of the project, with the files it stands in."""
    found: dict[Message, set[str]] = {}
    modules = [(path, in_python) for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    templates = [(path, in_template) for path in (ROOT / "templates").rglob("*.*")]
    for path, reader in modules + templates:
        place = path.relative_to(ROOT).as_posix()
        try:
            for message in reader(path.read_text()):
                found.setdefault(message, set()).add(place)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error
    return found


def compiled(catalogue: polib.POFile) -> bytes:
    content: bytes = catalogue.to_binary()
    return content


def updated(path: Path, found: dict[Message, set[str]]) -> polib.POFile:
    """The catalogue with an entry for each marked message and no other; translations are kept where they fit."""
    old = polib.pofile(str(path))
    known = {(entry.msgctxt, entry.msgid): entry for entry in old if not entry.obsolete}
    forms = range(int(re.findall(r"nplurals=(\d+)", old.metadata["Plural-Forms"])[0]))
    new = polib.POFile(wrapwidth=0)
    new.header, new.metadata = HEADER, old.metadata
    plurals: dict[tuple[str | None, str], str | None] = {}
    for message in found:
        plurals[message.key] = message.plural or plurals.get(message.key)
    for key, plural in sorted(plurals.items(), key=lambda item: (item[0][1].casefold(), *map(str, item[0]))):
        context, text = key
        entry = polib.POEntry(msgctxt=context, msgid=text)
        places = {place for message, where in found.items() if message.key == key for place in where}
        entry.occurrences = [(place, "") for place in sorted(places)]
        kept = known.get(key)
        if plural is None:
            entry.msgstr = kept.msgstr if kept else ""
        else:
            entry.msgid_plural = plural
            same = kept and kept.msgid_plural == plural
            entry.msgstr_plural = {form: kept.msgstr_plural.get(form, "") if same else "" for form in forms}
        if kept:
            entry.tcomment, entry.flags = kept.tcomment, [flag for flag in kept.flags if flag == "fuzzy"]
        new.append(entry)
    return new


def main() -> None:
    found = marked()
    for path in CATALOGUES:
        catalogue = updated(path, found)
        catalogue.save(str(path))
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        missing = [entry.msgid for entry in catalogue if not entry.translated()]
        summary = f"{path.relative_to(ROOT)}: {len(catalogue)} messages, {len(missing)} without a translation"
        sys.stdout.write("\n  ".join([summary, *missing]) + "\n")


if __name__ == "__main__":
    main()
