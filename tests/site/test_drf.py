"""What the API's own layer promises to every view: strict bodies and bounded pages."""

import io
import json

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError

from site_config.lib.drf import StrictFieldsMixin, StrictJSONParser


def parsed(body):
    return StrictJSONParser().parse(io.BytesIO(body), "application/json", {})


def test_honest_json_is_read_as_it_is():
    body = {"name": "Ünï 👩\u200d👧", "price": "1.50", "stock": 3, "none": None, "list": [True, 1.5]}
    assert parsed(json.dumps(body).encode()) == body
    assert parsed(json.dumps(body, ensure_ascii=False).encode()) == body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'["\\ud800"]', "broken character"),
        (b'{"\\udc00": 1}', "broken character"),
        (b"[1e999]", "number without end"),
        (b"[-1e999]", "number without end"),
        (b"[NaN]", "number without end"),
        (b"[" + b"9" * 5000 + b"]", "number without end"),
        (b"{", "not JSON: look at line 1, column 2"),
    ],
)
def test_what_no_answer_could_hold_is_refused(body, words):
    with pytest.raises(ParseError, match=words):
        parsed(body)


class Shelf(StrictFieldsMixin, serializers.Serializer):
    name = serializers.CharField()
    key = serializers.IntegerField(read_only=True)


def codes(data, instance=None):
    serializer = Shelf(instance, data=data)
    with pytest.raises(ValidationError) as refusal:
        serializer.is_valid(raise_exception=True)
    return {name: details[0].code for name, details in refusal.value.detail.items()}


def test_unknown_and_read_only_fields_are_named_together():
    assert codes({"name": "A", "colour": 1, "size": 2}) == {"colour": "unknown_field", "size": "unknown_field"}
    assert codes({"name": "A", "key": 1}) == {"key": "read_only_field"}
    assert codes({"name": "A", "key": 2, "x": 1}, {"name": "A", "key": 1}) == {
        "key": "read_only_field",
        "x": "unknown_field",
    }


def test_a_read_only_field_may_be_sent_back_as_it_was_read():
    serializer = Shelf({"name": "A", "key": 1}, data={"name": "B", "key": 1})
    assert serializer.is_valid()
    assert serializer.validated_data == {"name": "B"}


def test_what_is_no_object_is_left_to_the_framework():
    assert codes(["name"]) == {"non_field_errors": "invalid"}
