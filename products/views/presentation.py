"""How the list says what it shows: its filters as words, its orders, its tabs, the same list for a script."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.policy import Action, can
from products.filters import DEFAULT_SORT, SORTS, ProductFilter, offered
from products.services import search
from site_config.lib import money
from site_config.lib.paging import Sort


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    without: str  # the address without this filter


@dataclass(frozen=True)
class Tab:
    label: str
    query: str
    current: bool


@dataclass(frozen=True)
class Field:
    """What one may filter by: each operator is a filter of its own."""

    key: str
    label: Any
    operators: dict[str, str]


# Each operator as it stands between field and value, in the menu and in a chip.
WORDS = {
    "is": (gettext_lazy("is"), gettext_lazy("{}")),
    "not": (gettext_lazy("is not"), gettext_lazy("not {}")),
    "contains": (gettext_lazy("contains"), gettext_lazy("contains {}")),
    "not_contains": (gettext_lazy("does not contain"), gettext_lazy("does not contain {}")),
    "lt": (gettext_lazy("under"), gettext_lazy("under {}")),
    "gt": (gettext_lazy("over"), gettext_lazy("over {}")),
    "min": (gettext_lazy("from"), gettext_lazy("from {}")),
    "max": (gettext_lazy("up to"), gettext_lazy("up to {}")),
    "after": (gettext_lazy("since"), gettext_lazy("since {}")),
    "before": (gettext_lazy("until"), gettext_lazy("until {}")),
    "empty": (gettext_lazy("is empty"), gettext_lazy("empty")),
    "filled": (gettext_lazy("is not empty"), gettext_lazy("not empty")),
}
FIELDS = [
    Field("status", gettext_lazy("Status"), {"is": "status", "not": "status__not"}),
    Field("category", gettext_lazy("Category"), {"is": "category", "not": "category__not", "empty": "category__empty"}),
    Field("tag", gettext_lazy("Tag"), {"is": "tag", "not": "tag__not", "empty": "tag__empty"}),
    Field("level", gettext_lazy("Stock level"), {"is": "stock"}),
    Field("stock", gettext_lazy("Units in stock"), {"lt": "stock__lt", "gt": "stock__gt"}),
    Field("threshold", gettext_lazy("Reorder level"), {"lt": "threshold__lt", "gt": "threshold__gt"}),
    Field(
        "price",
        gettext_lazy("Price"),
        {"lt": "price__lt", "gt": "price__gt", "min": "price_min", "max": "price_max"},
    ),
    Field("cost", gettext_lazy("Cost"), {"lt": "cost__lt", "gt": "cost__gt", "empty": "cost__empty"}),
    Field("margin", gettext_lazy("Margin in percent"), {"lt": "margin__lt", "gt": "margin__gt"}),
    Field("owner", gettext_lazy("Owner"), {"is": "owner", "not": "owner__not"}),
    Field("name", gettext_lazy("Name"), {"contains": "name__contains", "not_contains": "name__not_contains"}),
    Field(
        "sku",
        gettext_lazy("SKU"),
        {"is": "sku", "not": "sku__not", "contains": "sku__contains", "not_contains": "sku__not_contains"},
    ),
    Field(
        "barcode",
        gettext_lazy("Barcode"),
        {"is": "barcode", "contains": "barcode__contains", "empty": "barcode__empty"},
    ),
    Field("updated", gettext_lazy("Changed"), {"after": "updated_after", "before": "updated_before"}),
    Field("created", gettext_lazy("Added"), {"after": "created_after", "before": "created_before"}),
    Field("archived", gettext_lazy("Archived"), {"is": "archived"}),
]
# Of each filter, the field and the operator that it is made of.
MADE_OF = {name: (field, operator) for field in FIELDS for operator, name in field.operators.items()}


def fields_for(reader: User) -> dict[str, Field]:
    """What this person may filter by."""
    names = offered(reader)
    return {field.key: field for field in FIELDS if names.issuperset(field.operators.values())}


def without(query: QueryDict, *names: str) -> str:
    rest = query.copy()
    for name in (*names, "cursor"):
        rest.pop(name, None)
    return "?" + rest.urlencode()


def chips(filters: ProductFilter, query: QueryDict) -> list[Chip]:
    """The filters in force, as words; the search has its own field. One that was refused is shown as it was given."""
    errors, made = filters.errors, []
    for name, value in filters.form.cleaned_data.items():
        if name != "q" and value not in (None, ""):
            field, operator = MADE_OF[name]
            made.append(Chip(str(field.label), in_words(name, operator, value, filters), without(query, name)))
    refused = [Chip(label_of(name, filters), str(query[name]), without(query, name)) for name in errors if name != "q"]
    return made + refused


def label_of(name: str, filters: ProductFilter) -> str:
    """The field's; a filter that does not exist for the reader has only the name that was given."""
    if name == "q":
        return _("Search")
    return str(MADE_OF[name][0].label) if name in filters.filters else name


def in_words(name: str, operator: str, value: Any, filters: ProductFilter) -> str:
    """over £10.00, not Kitchen, empty."""
    if operator == "empty":
        return str(WORDS["empty" if value == "yes" else "filled"][1])
    choices = filters.filters[name].extra.get("choices")
    if choices:
        value = dict(choices)[value]
    elif name.startswith(("price", "cost")):
        value = money.text(value)
    elif name.startswith("margin"):
        value = f"{value}%"
    elif isinstance(value, date):
        value = formats.date_format(value, "DATE_FORMAT")
    return str(WORDS[operator][1]).format(value)


def refusals(filters: ProductFilter) -> list[tuple[str, str]]:
    """What is wrong with a query, filter by filter."""
    return [(label_of(name, filters), each) for name, said in filters.errors.items() for each in said]


def hidden(filters: ProductFilter, query: QueryDict) -> list[tuple[str, str]]:
    """What the search's own form has to send along."""
    names = [name for name in filters.filters if name != "q"]
    return [(name, str(query[name])) for name in (*names, "sort") if query.get(name)]


def orders(query: QueryDict, now: Sort) -> list[tuple[str, Any, bool]]:
    """Every order on offer as address, words and whether it is the one."""
    rest = without(query, "sort")
    start = rest if rest == "?" else f"{rest}&"
    offered_now = search.sorts(str(query.get("q", ""))).values()
    return [(f"{start}sort={sort.key}", sort.label, sort.key == now.key) for sort in offered_now]


def api_query(filters: ProductFilter, query: QueryDict, sort: Sort) -> dict[str, str]:
    """What asks the API for this list: its filters have the same names, and the sort is called `ordering`."""
    asked = {name: str(query[name]) for name in filters.filters if name in query}
    chosen = sort.key in SORTS and (sort.key == query.get("sort") if "q" in query else sort.key != DEFAULT_SORT)
    return asked | ({"ordering": sort.key} if chosen else {})


def level_tabs(person: User, query: QueryDict) -> list[Tab]:
    """The ways of looking at the list that everybody needs."""
    views = [(_("All products"), ""), (_("Low stock"), "stock=low"), (_("Out of stock"), "stock=out")]
    if can(person, Action.PRODUCT_EDIT):
        views.append((_("Drafts"), "status=draft"))
    now = "&".join(f"{name}={query[name]}" for name in ("stock", "status") if name in query)
    return [Tab(label, f"?{address}", now == address) for label, address in views]
