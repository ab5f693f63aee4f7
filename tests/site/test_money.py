"""Amounts read as people of the currency write them."""

from decimal import Decimal

import pytest

from site_config.lib import money


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("GBP", "1234.5", "£1,234.50"),
        ("EUR", "0", "€0.00"),
        ("USD", "-4", "−$4.00"),
        ("CHF", "1", "CHF\u00a01.00"),
        ("NOK", "1000000", "NOK\u00a01,000,000.00"),
        ("GBP", "9999999999.99", "£9,999,999,999.99"),
    ],
)
def test_symbol_thousands_and_two_places(currency, amount, text, settings):
    settings.CURRENCY = currency
    assert money.text(Decimal(amount)) == text
