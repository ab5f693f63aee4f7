"""What a field of a body takes, to the letter: the document describes it by these rules, and the API holds to them.

Django REST framework reads more than it describes: a number as text, "yes" as a boolean, " 1_000" as an amount.
"""

import re
from collections.abc import Callable
from typing import Any

from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from rest_framework import serializers

from site_config.lib.paging import LARGEST_KEY

# Regular expressions that mean the same to JSON Schema, to JavaScript and to Python.
TEXT = r"^[^\x00]*$"
VISIBLE_TEXT = r"^[^\x00]*[^\s\x00-\x1f\x7f-\x9f\ufeff][^\x00]*$"
# A network address. No interface goes with it ("fe80::1%eth0"): that is another machine's to name.
IP: dict[str, Any] = {"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]}


def amount(field: serializers.DecimalField) -> str:
    """Plain digits, a point and no more places than are kept; a minus sign where there may be less than nothing."""
    sign = "" if field.min_value is not None and field.min_value >= 0 else "-?"
    whole = (field.max_digits or 18) - (field.decimal_places or 0)
    return rf"^{sign}[0-9]{{1,{whole}}}(\.[0-9]{{1,{field.decimal_places}}})?$"


def patterns(field: serializers.CharField) -> list[RegexValidator]:
    return [validator for validator in field.validators if isinstance(validator, RegexValidator)]


def describe(field: Any, schema: dict[str, Any]) -> None:
    """Adds to the JSON Schema of a field of a body what it leaves open."""
    if isinstance(field, serializers.DecimalField):
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        largest = 10 ** ((field.max_digits or 18) - (field.decimal_places or 0)) - 10 ** -(field.decimal_places or 0)
        smallest = -largest if field.min_value is None else float(field.min_value)
        schema.update(type=[*kinds, "number"], pattern=amount(field), minimum=smallest, maximum=largest)
    elif isinstance(field, serializers.PrimaryKeyRelatedField):
        schema.update(minimum=1, maximum=LARGEST_KEY)
    elif isinstance(field, serializers.ListField):
        if not field.allow_empty:
            schema["minItems"] = 1
        describe(field.child, schema["items"])
    elif isinstance(field, serializers.IPAddressField):
        schema.update(IP)
    elif isinstance(field, serializers.CharField) and not {"pattern", "format", "oneOf"} & schema.keys():
        schema["pattern"] = TEXT if field.allow_blank or not field.trim_whitespace else VISIBLE_TEXT


def check(field: Any, value: Any) -> None:
    """Raises the field's own ValidationError where the value is not of the kind described; the field does the rest."""
    if value is None:
        return
    for kind, look in KINDS.items():
        if isinstance(field, kind):
            look(field, value)


def check_amount(field: serializers.DecimalField, value: Any) -> None:
    """Text as it is answered, or a number, which scripts of the older template send; the field counts its places."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return
    if not (isinstance(value, str) and re.search(amount(field), value)):
        raise serializers.ValidationError(_("Send the amount as text, like “12.50”."), code="invalid")


def check_choice(field: serializers.ChoiceField, value: Any) -> None:
    known = any(value == choice and isinstance(choice, type(value)) for choice in field.choices)
    must(known or (value == "" and field.allow_blank), field, "invalid_choice", input=value)


def check_list(field: serializers.ListField, value: Any) -> None:
    for item in value if isinstance(value, list) else []:
        check(field.child, item)


def check_text(field: serializers.CharField, value: Any) -> None:
    """As it was sent, before outer spaces are cut off."""
    must(isinstance(value, str), field, "invalid")
    if not field.allow_blank and field.trim_whitespace:
        must(bool(re.search(VISIBLE_TEXT, value)) or "\0" in value, field, "blank")
    if field.max_length is not None:
        must(len(value) <= field.max_length, field, "max_length", max_length=field.max_length)
    for validator in patterns(field):
        if value and not validator.regex.search(value):  # type: ignore[union-attr]
            raise serializers.ValidationError(str(validator.message), code=validator.code)


def check_address(field: serializers.IPAddressField, value: Any) -> None:
    must(isinstance(value, str) and bool(re.fullmatch(r"[0-9A-Fa-f:.]+", value)), field, "invalid")


def is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def must(holds: bool, field: Any, error: str, **words: Any) -> None:
    if not holds:
        field.fail(error, **words)


KINDS: dict[type[serializers.Field[Any, Any, Any, Any]], Callable[[Any, Any], None]] = {
    serializers.BooleanField: lambda field, value: must(isinstance(value, bool), field, "invalid", input=value),
    serializers.DecimalField: check_amount,
    serializers.IntegerField: lambda field, value: must(is_whole(value), field, "invalid"),
    serializers.PrimaryKeyRelatedField: lambda field, value: must(
        is_whole(value), field, "incorrect_type", data_type=type(value).__name__
    ),
    serializers.ChoiceField: check_choice,
    serializers.ListField: check_list,
    serializers.IPAddressField: check_address,
    serializers.CharField: check_text,
}
