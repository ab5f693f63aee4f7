"""What the document says of a body and what the API takes are the same, for every kind of field."""

from decimal import Decimal
from typing import Any

import pytest
from drf_spectacular.plumbing import ComponentRegistry
from jsonschema import Draft202012Validator
from rest_framework import serializers
from rest_framework.views import APIView

from accounts.models.user import phone_validator
from products.models import Category
from site_config.lib.drf import StrictFieldsMixin
from site_config.lib.schema import ProblemAutoSchema
from tests.hostile import OTHERS, TEXTS

AMOUNT = {"max_digits": 12, "decimal_places": 2}


class Everything(StrictFieldsMixin, serializers.Serializer[Any]):
    name = serializers.CharField(max_length=20)
    note = serializers.CharField(max_length=20, allow_blank=True)
    secret = serializers.CharField(max_length=20, trim_whitespace=False)
    phone = serializers.CharField(max_length=32, allow_blank=True, validators=[phone_validator])
    price = serializers.DecimalField(**AMOUNT, min_value=Decimal(0))
    change = serializers.DecimalField(**AMOUNT)
    cost = serializers.DecimalField(**AMOUNT, min_value=Decimal(0), allow_null=True)
    stock = serializers.IntegerField(min_value=0, max_value=10)
    public = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=["staff", "client"])
    days = serializers.ChoiceField(choices=[30, 90])
    mood = serializers.ChoiceField(choices=["glad"], allow_blank=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=["read", "stock"]), allow_empty=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=5))
    address = serializers.IPAddressField()
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.all())


# Values that lie near an edge of some field, beside the hostile ones.
EDGES = [
    *("Mug", " Mug ", "x" * 20, "x" * 21, "x" * 20 + " ", "\t", "\u00a0", "\u0085", "\x1f", "\ufeff", "\x01"),
    *("+44 20 7946", " +44 20 7946", "12.50", "12.5", "12.", ".5", "12.505", "-1.00", "1234567890.12", "12345678901"),
    *("198.51.100.7", " 198.51.100.7", "198.51.100.256", "2001:db8::1", "::ffff:198.51.100.7", "fe80::1%eth0", "::1\n"),
    *("1e3", " 5", "5 ", "٣", "٣.00", "0", "staff", "Staff", "glad", "30", "true", "True"),
    *(
        12.5,
        5,
        5.0,
        5.5,
        11,
        -1,
        30,
        90.5,
        False,
        ["read"],
        ["read", "read"],
        ["x"],
        [{}],
        [1],
        [["a"]],
        ["abcdef"],
        ["\0"],
    ),
]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    maker = ProblemAutoSchema()
    view = APIView()
    view.request, view.format_kwarg = None, None
    maker.registry, maker.view, maker.method, maker.path = ComponentRegistry(), view, "POST", "/"
    return maker._map_serializer(Everything, "request")


def refused(field: str, value: Any) -> bool:
    serializer = Everything(data={field: value}, partial=True)
    return not serializer.is_valid()


@pytest.mark.parametrize("field", [name for name in Everything().fields if name != "category"])
def test_a_value_is_taken_where_the_document_takes_it(field, described):
    formats = Draft202012Validator.FORMAT_CHECKER
    fits = Draft202012Validator(described["properties"][field], format_checker=formats).is_valid
    wrong = [value for value in [*EDGES, *TEXTS, *OTHERS] if fits(value) == refused(field, value)]
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["1", 1.5, True, 0, -1, 2**63, [], {}])
def test_an_id_is_a_whole_number_that_may_be_one(value, described):
    assert refused("category", value)
    assert not Draft202012Validator(described["properties"]["category"]).is_valid(value)


def test_a_body_with_other_fields_is_refused(described):
    assert described["additionalProperties"] is False
    assert refused("colour", "red")


def test_all_faults_are_told_at_once():
    body = {"name": 5, "price": "12.505", "stock": 11, "phone": "x", "scopes": ["all"], "colour": "red"}
    serializer = Everything(data=body, partial=True)
    serializer.is_valid()
    told = {name: [error.code for error in errors] for name, errors in serializer.errors.items()}
    assert told == {
        "name": ["invalid"],
        "price": ["invalid"],
        "stock": ["max_value"],
        "phone": ["invalid"],
        "scopes": ["invalid_choice"],
        "colour": ["unknown_field"],
    }
    assert str(serializer.errors["price"][0]) == "Send the amount as text, like “12.50”."
