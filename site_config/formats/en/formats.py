"""20 Nov; 20 Nov 2026."""

MONTH_DAY_FORMAT = "j M"
DATE_FORMAT = "j M Y"
