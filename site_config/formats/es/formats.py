"""20 nov; 20 nov 2026. Numbers as the fields and the API take them, 1,234.50: a page shows none that it would refuse."""

MONTH_DAY_FORMAT = "j b"
DATE_FORMAT = "j b Y"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
