"""Commands for a script: what a shell makes of them is what was meant, whatever the text."""

import json
import shlex
import subprocess
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from products.forms import StockForm
from products.models.stock import Kind
from site_config.lib import curl
from tests.hostile import SHELL_WORDS

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
URL = "https://shop.example/api/products/"


def through_the_shell(command: str) -> list[str]:
    """The words that a real shell hands to curl."""
    script = f"uuidgen() {{ echo a-key; }}; curl() {{ for word; do printf '%s\\0' \"$word\"; done; }}; {command}"
    done = subprocess.run(["sh", "-c", script], env={"TOKEN": "t0k en"}, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


@given(TEXT)
def test_a_quoted_word_is_one_word_to_a_shell(text):
    assert shlex.split(curl.quoted(text)) == [text]


@pytest.mark.parametrize("text", SHELL_WORDS)
def test_a_real_shell_reads_back_what_was_quoted(text):
    assert through_the_shell(f"curl {curl.quoted(text)} {curl.quoted(text)}") == [text, text]


@given(st.dictionaries(TEXT, TEXT | st.integers() | st.booleans() | st.none()))
def test_a_body_survives_and_holds_nothing_that_a_terminal_obeys(body):
    text = curl.json_text(body)
    assert json.loads(text) == body
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in text.replace("\n", ""))


@pytest.mark.parametrize("text", SHELL_WORDS)
def test_a_whole_command_reaches_curl_as_it_was_meant(text):
    body = {"name": text, "price": "12.50"}
    command = curl.writing("PATCH", URL, version=7) + curl.quoted(curl.json_text(body))
    words = through_the_shell(command)
    assert words[:5] == ["-sS", "--fail-with-body", "-X", "PATCH", URL]
    assert words[5:-1] == ["-H", "Authorization: Bearer t0k en", "-H", 'If-Match: "7"', "--json"]
    assert json.loads(words[-1]) == body


@pytest.mark.parametrize("text", SHELL_WORDS)
def test_a_search_reaches_curl_as_it_was_meant(text):
    words = through_the_shell(curl.reading(URL, {"q": text, "ordering": "-name"}))
    assert words[:2] == ["-sS", "--fail-with-body"]
    assert dict(parse_qsl(urlsplit(words[2]).query, keep_blank_values=True)) == {"q": text, "ordering": "-name"}
    assert not set("[]{}") & set(words[2])  # curl would take them for a range of addresses
    assert words[3:] == ["-H", "Authorization: Bearer t0k en"]


def test_a_list_that_is_not_narrowed_has_no_query():
    assert curl.reading(URL, {}) == f"curl -sS --fail-with-body '{URL}' \\\n  -H \"Authorization: Bearer $TOKEN\""


def test_a_new_row_has_a_key_of_its_own_for_each_run():
    words = through_the_shell(curl.writing("POST", URL) + "'{}'")
    assert words[2:5] == ["-X", "POST", URL]
    assert words[5:] == ["-H", "Authorization: Bearer t0k en", "-H", "Idempotency-Key: a-key", "--json", "{}"]


# --- From a form to a body -------------------------------------------------------------------------------------------


class Everything(forms.Form):
    name = forms.CharField()
    text = forms.CharField(required=False)
    price = forms.DecimalField()
    cost = forms.DecimalField(required=False)
    level = forms.IntegerField(required=False)
    group = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    public = forms.BooleanField(required=False)
    password = forms.CharField(widget=forms.PasswordInput)
    version = forms.IntegerField(widget=forms.HiddenInput)


FULL = {"name": "A", "text": "b", "price": "1.50", "cost": Decimal("0.75"), "level": 4, "group": 3, "public": True}


def body(form, *, partial, without=()):
    return curl.shape_of(form, partial=partial, without=without).body(form)


def test_what_a_form_shows_is_sent_with_the_types_of_the_api():
    sent = {**FULL, "cost": "0.75", "password": "…"}
    assert body(Everything(initial={**FULL, "password": "secret", "version": 9}), partial=True) == sent
    typed = {**{name: str(shown) for name, shown in FULL.items()}, "public": "on", "password": "secret"}
    assert body(Everything(typed), partial=False) == sent


def test_a_new_row_leaves_out_what_is_empty_and_marks_what_is_needed():
    assert body(Everything(), partial=False) == {"name": "…", "price": "…", "public": False, "password": "…"}


def test_a_change_says_what_was_emptied():
    empty = {"name": "", "text": "", "price": None, "cost": None, "level": 0, "group": None, "public": False}
    assert body(Everything({}), partial=True) == {**empty, "password": "…"}


class Words(forms.Form):
    tags = forms.CharField(required=False)
    tags.sends = "words"


@pytest.mark.parametrize(("typed", "sent"), [("a, b ,,c", ["a", "b", "c"]), ("red", ["red"]), (" , ", [])])
def test_words_with_commas_between_them_are_a_list(typed, sent):
    assert body(Words({"tags": typed}), partial=True) == {"tags": sent}
    assert body(Words({"tags": ""}), partial=True) == {"tags": []}
    assert body(Words(), partial=False) == {}


def test_a_field_that_the_door_does_not_take_is_left_out():
    assert set(body(Everything(), partial=True, without=["group", "password"])) == set(FULL) - {"group"}


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("-3", -3),
        (" 12 ", 12),
        ("007", 7),
        ("12,5", "12,5"),
        ("٣", "٣"),
        ("1" * 16, "1" * 16),
        ("1e3", "1e3"),
        ("\n5", "\n5"),
    ],
)
def test_a_number_is_one_where_nothing_is_lost_and_else_stays_as_typed(typed, sent):
    assert body(Everything({"level": typed}), partial=True)["level"] == sent


def test_line_ends_are_those_of_a_script():
    assert body(Everything({"text": "a\r\nb\rc\nd"}), partial=True)["text"] == "a\nb\nc\nd"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ({"kind": "received", "units": "24"}, {"delta": 24, "reason": "received"}),
        ({"kind": "returned", "units": "1"}, {"delta": 1, "reason": "returned"}),
        ({"kind": "sold", "units": "3", "note": "A"}, {"delta": -3, "reason": "sold", "note": "A"}),
        ({"kind": "damaged", "units": "2"}, {"delta": -2, "reason": "damaged"}),
        ({"kind": "correction", "units": "-2"}, {"delta": -2, "reason": "correction"}),
        ({"kind": "correction", "units": "few"}, {"delta": "few", "reason": "correction"}),
        ({"kind": "count", "units": "7", "expected": "9"}, {"counted": 7, "expected": 9}),
        ({"kind": "sold"}, {"delta": "…", "reason": "sold"}),
        ({"kind": "lost", "units": "1"}, {}),
    ],
)
def test_stock_is_sent_as_what_moved_or_as_what_was_counted(typed, sent):
    form = StockForm(typed)
    assert form.request_shape().body(form) == sent


def test_every_kind_of_movement_has_a_shape():
    assert set(StockForm().request_shape().cases) == set(Kind.values)
