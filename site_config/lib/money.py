"""Amounts of the site's one currency, as text."""

from decimal import Decimal

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "PLN": "zł", "CHF": "CHF\u00a0"}


def symbol() -> str:
    """The currency's sign, or its ISO 4217 code and a space where it has none of its own."""
    return SYMBOLS.get(settings.CURRENCY, f"{settings.CURRENCY}\u00a0")


def text(amount: Decimal, *, places: int = 2) -> str:
    """£1,234.50; negative with a true minus."""
    sign = "\u2212" if amount < 0 else ""
    return f"{sign}{symbol()}{intcomma(f'{abs(amount):.{places}f}')}"
