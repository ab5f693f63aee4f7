"""The catalogues hold every marked message, whole; and whatever a person may read is marked."""

import ast
import re

import polib
import pytest
from django.utils.dates import MONTHS, WEEKDAYS
from rest_framework.exceptions import APIException

from site_config.lib.errors import DomainError
from tests import messages
from tests.messages import Message, in_python, in_template

PATHS = {path.parts[-3]: path for path in messages.CATALOGUES}
PLURALS = {"es": "nplurals=2; plural=n != 1;"}
# {}, {name}, {:,} of str.format; %s, %(name)s, %% of templates; and the tags that a text brings with it.
PLACEHOLDER = re.compile(r"\{[^}]*\}|%\(\w+\)s|%[s%]|</?\w+(?: \w+=\S+)*>")
PUNCTUATION = re.compile(r"[.:?…]?\s*\Z")
RUN = "run `make messages` and translate what it names"
MODULES = {
    path: ast.parse(path.read_text())
    for folder in messages.CODE
    for path in sorted((messages.ROOT / folder).rglob("*.py"))
}


@pytest.fixture(scope="module")
def marked():
    return messages.marked()


@pytest.fixture(params=PATHS)
def catalogue(request):
    return polib.pofile(str(PATHS[request.param]))


def translated(catalogue):
    """(entry, what is said in English, what is said here) for each form that is there."""
    return [(entry, english, text) for entry in catalogue for english, text in forms(entry) if text]


def forms(entry):
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [
        (entry.msgid if form == 0 else entry.msgid_plural, text) for form, text in sorted(entry.msgstr_plural.items())
    ]


class TestCatalogues:
    def test_there_is_one_for_each_language_but_english(self, settings):
        assert set(PATHS) == {code for code, _name in settings.LANGUAGES} - {"en"}

    def test_it_holds_what_is_marked_and_nothing_else(self, catalogue, marked):
        held = {(entry.msgctxt, entry.msgid, entry.msgid_plural or None) for entry in catalogue}
        wanted = {message.key: message for message in sorted(marked, key=lambda message: message.plural or "")}
        assert held == {tuple(message) for message in wanted.values()}, RUN
        assert not catalogue.obsolete_entries()

    def test_every_message_is_translated(self, catalogue):
        assert [entry.msgid for entry in catalogue if entry.fuzzy or not all(text for _, text in forms(entry))] == []

    def test_a_translation_has_the_placeholders_and_tags_of_the_original(self, catalogue):
        for entry, english, text in translated(catalogue):
            ours, theirs = PLACEHOLDER.findall(text), PLACEHOLDER.findall(english)
            if "{}" not in theirs:  # those without a name stand for what comes in this order
                ours, theirs = sorted(ours), sorted(theirs)
            # "One field" and "%(n)s fields": a language may say its number or its word for it.
            assert ours == theirs or (entry.msgid_plural and ours == sorted(PLACEHOLDER.findall(entry.msgid_plural))), (
                text
            )

    def test_a_translation_begins_and_ends_like_the_original(self, catalogue):
        for _entry, english, text in translated(catalogue):
            assert PUNCTUATION.search(text)[0] == PUNCTUATION.search(english)[0], text
            assert text[0].isspace() == english[0].isspace(), text

    def test_the_plurals_are_those_of_the_language(self, catalogue):
        rule = PLURALS[catalogue.metadata["Language"]]
        assert catalogue.metadata["Plural-Forms"] == rule
        count = int(rule[len("nplurals=")])
        assert all(set(entry.msgstr_plural) == set(range(count)) for entry in catalogue if entry.msgid_plural)

    @pytest.mark.parametrize("language", PATHS)
    def test_what_is_compiled_is_what_is_written(self, language):
        path = PATHS[language]
        assert path.with_suffix(".mo").read_bytes() == messages.compiled(polib.pofile(str(path))), RUN

    def test_none_takes_the_name_of_a_month_or_a_day(self, catalogue):
        """Our catalogue goes before Django's: a heading "May" would be the month's name too. Give it a context."""
        with_english = {str(name) for name in (*MONTHS.values(), *WEEKDAYS.values())}
        assert not {entry.msgid for entry in catalogue if not entry.msgctxt} & with_english


# --- What is marked --------------------------------------------------------------------------------------------------


def refusals() -> set[str]:
    """The names of the exceptions whose first argument a person reads."""

    def below(kind):
        yield kind.__name__
        for child in kind.__subclasses__():
            yield from below(child)

    return {*below(DomainError), *below(APIException), "ValidationError", "PermissionDenied"}


def bare_texts(node: ast.AST):
    """The texts of an expression that stand in no marking call; a word alone is a key or a code."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in messages.MARKS:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from bare_texts(child)


def test_every_refusal_is_marked():
    """The sentence is the first argument of an exception, the fourth of problems.answer, the second of a toast."""
    names, found = refusals(), []
    for path, tree in MODULES.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in names:
                said = call.args[:1]
            elif name == "answer" or (name in ("success", "error") and ast.unparse(call.func).startswith("messages.")):
                said = call.args[1:]
            else:
                continue
            found += [f"{path.name}:{call.lineno}: {text}" for part in said for text in bare_texts(part)]
    assert not found


EAGER = {"gettext", "ngettext", "pgettext", "npgettext"}


def at_import(node: ast.AST):
    """The calls that run when a module is imported: not those in the bodies of its functions."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        inside = [*getattr(node, "decorator_list", []), *node.args.defaults, *filter(None, node.args.kw_defaults)]
    else:
        inside = ast.iter_child_nodes(node)
        if isinstance(node, ast.Call):
            yield node
    for child in inside:
        yield from at_import(child)


def bound(tree: ast.AST) -> dict[str, str]:
    """What a module calls Django's translating functions: {"_": "gettext"}."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }


def test_what_is_marked_at_import_is_translated_later():
    early = [
        f"{path.name}: {ast.unparse(call)}"
        for path, tree in MODULES.items()
        for names in [bound(tree)]
        for call in at_import(tree)
        if names.get(getattr(call.func, "id", "")) in EAGER
    ]
    assert not early, "use gettext_lazy: at import nobody has asked in any language"


def test_every_name_of_a_marking_function_is_known_to_the_tool():
    bindings = [(path.name, name, real) for path, tree in MODULES.items() for name, real in bound(tree).items()]
    assert ("policy.py", "_", "gettext_lazy") in bindings
    assert not [(file, name) for file, name, real in bindings if messages.MARKS.get(name) != messages.MARKS.get(real)]


# --- The tool --------------------------------------------------------------------------------------------------------


def test_python_is_read_in_all_its_forms():
    source = """
from x import y
a = _("One") + translation.gettext("Two" " halves")
b = f"{ngettext('{} day', '{} days', n)}"
c = pgettext_lazy("a verb", "Open"), npgettext("box", "{} lid", "{} lids", 2), other("Not marked")
"""
    assert set(in_python(source)) == {
        Message(None, "One"),
        Message(None, "Two halves"),
        Message(None, "{} day", "{} days"),
        Message("a verb", "Open"),
        Message("box", "{} lid", "{} lids"),
    }


@pytest.mark.parametrize("source", ["_(name)", "_(f'{name} saved')", "_()", "ngettext('{} day', days, n)"])
def test_a_message_that_no_catalogue_can_hold_is_refused(source):
    with pytest.raises(ValueError, match="line 1: only a literal text"):
        list(in_python(source))


def test_templates_are_read_in_all_their_forms():
    source = """
{% translate "Sign in" %} <b title="{% translate 'It’s (quite) “fine”' %}">{{ _("Constant") }}</b>
{% translate "May" context "is allowed to" %} {% if a == _("Compared") %}{% endif %} {# _("Comment") #}
{% blocktranslate count n=rows %}One row (of one){% plural %}{{ n }} rows, 100%{% endblocktranslate %}
{% blocktranslate trimmed with who=name %}
  Two lines
  by {{ who }}
{% endblocktranslate %}
"""
    assert set(in_template(source)) == {
        Message(None, "Sign in"),
        Message(None, "It’s (quite) “fine”"),
        Message(None, "Constant"),
        Message("is allowed to", "May"),
        Message(None, "Compared"),
        Message(None, "One row (of one)", "%(n)s rows, 100%%"),
        Message(None, "Two lines by %(who)s"),
    }


OLD = """
msgid ""
msgstr ""
"Language: es\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"

msgid "Save"
msgstr "Guardar"

msgid "Gone"
msgstr "Ido"

#, fuzzy
msgid "{} row"
msgid_plural "{} rows"
msgstr[0] "{} fila"
msgstr[1] "{} filas"

msgid "{} day"
msgid_plural "{} dayz"
msgstr[0] "{} día"
msgstr[1] "{} días"
"""


def test_an_update_keeps_what_fits_adds_what_is_new_and_drops_what_is_gone(tmp_path):
    path = tmp_path / "django.po"
    path.write_text(OLD)
    found = {
        Message(None, "Save"): {"b.html", "a.py"},
        Message("verb", "Save"): {"a.py"},
        Message(None, "{} row", "{} rows"): {"a.py"},
        Message(None, "{} row"): {"c.py"},
        Message(None, "{} day", "{} days"): {"a.py"},
    }
    entries = {(entry.msgctxt, entry.msgid): entry for entry in messages.updated(path, found)}
    assert set(entries) == {(None, "Save"), ("verb", "Save"), (None, "{} row"), (None, "{} day")}
    assert (entries[None, "Save"].msgstr, entries["verb", "Save"].msgstr) == ("Guardar", "")
    assert entries[None, "Save"].occurrences == [("a.py", ""), ("b.html", "")]
    assert entries[None, "{} row"].msgstr_plural == {0: "{} fila", 1: "{} filas"}
    assert entries[None, "{} row"].fuzzy
    assert entries[None, "{} row"].occurrences == [("a.py", ""), ("c.py", "")]
    assert entries[None, "{} day"].msgstr_plural == {0: "", 1: ""}


def test_a_message_that_cannot_be_read_is_named_with_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "odd.py").write_text("_(name)")
    with pytest.raises(ValueError, match=r"accounts/odd\.py: line 1"):
        messages.marked()
