"""Text that holds other text: what a search asks, answered by an index of trigrams on both databases."""

from django.db import connection
from django.db.models import Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.db.models.lookups import Contains

# Shorter ones have no trigram; they are looked for in the rows themselves.
SHORTEST_INDEXED = 3
# On SQLite the index is a table of its own, which triggers keep true (migration 0005).
FOUND = "SELECT rowid FROM product_search WHERE product_search MATCH %s"


def holding(text: str, column: str = "") -> Q:
    """Products whose name, SKU or barcode, or whose one column, holds this text in any case. No letter is special."""
    if connection.vendor == "sqlite" and len(text) >= SHORTEST_INDEXED:
        phrase = '"{}"'.format(text.replace('"', '""'))
        asked = f"{{{column}}} : {phrase}" if column else phrase
        return Q(pk__in=RawSQL(FOUND, [asked]))  # noqa: S611 - the text is a parameter, and quoted within it
    # Lowered by the database, as the column is: the two may disagree about letters beyond ASCII.
    lowered = Lower(Value(text))
    anywhere = Q(search__contains=lowered)
    return anywhere & Q(Contains(Lower(column), lowered)) if column else anywhere
