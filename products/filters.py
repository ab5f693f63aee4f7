"""What a list of products may be narrowed by: one set for the page, the API and everything that says "all matching".

A filter's name is a field, or a field and an operator: `price__lt`, `category__not`, `barcode__empty`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Lower
from django.forms import DateInput
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import hidden_fields
from products.models import Category, Product
from products.models.catalogue import (
    ARCHIVED,
    DRAFT,
    GTIN_LENGTHS,
    LONGEST_TAG,
    LOW,
    MARGIN,
    MAX_STOCK,
    HasTag,
    ProductQuerySet,
)
from products.models.text import holding
from site_config.lib.errors import Invalid
from site_config.lib.paging import Sort

ANY = _("Any")
LONGEST_SEARCH, MOST_WORDS = 200, 10
# Of a script and of a browser's date field; Django would also take 11/12/2026, as November or December by language.
ISO_DATE = "%Y-%m-%d"
DATE = DateInput({"type": "date"}, format=ISO_DATE)
# No product is older or will be younger; nearer to the ends of the calendar a time zone leads past them.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9000, 12, 31)
# More than anybody means; the database would refuse some thousands of them.
MOST_PLACES = 20
LARGEST_PRICE, LARGEST_MARGIN = Decimal("9999999999.99"), Decimal(1_000_000)
STATUSES = [("active", _("Active")), ("draft", _("Draft")), ("archived", _("Archived"))]
LEVELS = [("low", _("Low")), ("out", _("Out of stock")), ("in", _("In stock"))]
ANSWERS = [("yes", _("Yes")), ("no", _("No"))]

# The orders on offer, each with an index behind it.
SORTS = {
    sort.key: sort
    for sort in (
        Sort("-updated", "updated_at", _("Recently changed")),
        Sort("updated", "updated_at", _("Longest unchanged")),
        Sort("name", "name", _("Name, A to Z")),
        Sort("-name", "name", _("Name, Z to A")),
        Sort("stock", "stock", _("Stock, lowest first")),
        Sort("-stock", "stock", _("Stock, highest first")),
        Sort("price", "price", _("Price, lowest first")),
        Sort("-price", "price", _("Price, highest first")),
        Sort("created", "created_at", _("Date added, oldest first")),
        Sort("-created", "created_at", _("Date added, newest first")),
        Sort("id", "id", _("Oldest first")),
        Sort("-id", "id", _("Newest first")),
    )
}
DEFAULT_SORT = "-updated"

Rows = QuerySet[Product]


class WholeFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = forms.IntegerField


def owners_of(reader: User) -> QuerySet[User]:
    """Whom one may filter by is no way to learn who exists: only the owners of what the reader sees.

    Asked as "the next owner from this one on", which only the index by owner can answer: where one person owns nearly
    everything, an EXISTS would read every product to learn that somebody else owns none.
    """
    seen = Product.objects.visible_to(reader).filter(owner__gte=OuterRef("pk")).order_by("owner_id")
    owners = User.objects.alias(next=Subquery(seen.values("owner_id")[:1])).filter(next=F("pk"))
    ordered: QuerySet[User] = owners.order_by("name", "pk")
    return ordered


# --- How each operator asks ------------------------------------------------------------------------------------------


def matching(rows: Rows, name: str, value: str) -> Rows:
    """Every word must occur in the name, the SKU or the barcode."""
    for word in value.split()[:MOST_WORDS]:
        rows = rows.filter(holding(word))
    return rows


def of_sku(rows: Rows, name: str, value: str) -> Rows:
    """Exactly this SKU in any case; compared as the unique index holds it."""
    asked = Q(lower_sku=Lower(Value(value)))
    return rows.alias(lower_sku=Lower("sku")).filter(~asked if name.endswith("__not") else asked)


def of_barcode(rows: Rows, name: str, value: str) -> Rows:
    return rows.filter(barcode=value) if len(value) in GTIN_LENGTHS else rows.none()


def held(rows: Rows, name: str, value: str) -> Rows:
    """`sku__contains`, `name__not_contains`: the text as it is, its spaces too."""
    column, operator = name.split("__")
    asked = holding(value, column)
    return rows.filter(asked if operator == "contains" else ~asked)


def of_status(rows: Rows, name: str, value: str) -> Rows:
    one = {"archived": ARCHIVED, "draft": DRAFT, "active": Q(archived_at=None, is_public=True)}
    if not name.endswith("__not"):
        return rows.filter(one.pop(value))
    del one[value]
    first, second = one.values()
    return rows.filter(first | second)


def of_level(rows: Rows, name: str, value: str) -> Rows:
    return rows.filter({"low": LOW, "out": Q(stock=0), "in": Q(stock__gt=0)}[value])


def within(rows: Rows, name: str, value: Category) -> Rows:
    """The category and everything below it."""
    asked = Q(category__in=list(value.descendants(include_self=True).values_list("pk", flat=True)))
    return rows.filter(~asked if name.endswith("__not") else asked)


def not_owned(rows: Rows, name: str, value: User) -> Rows:
    """Two ranges, which an index finds where one person owns nearly everything."""
    return rows.filter(Q(owner__lt=value.pk) | Q(owner__gt=value.pk))


def tagged(rows: Rows, name: str, value: str) -> Rows:
    asked = HasTag("tags", " ".join(value.lower().split()))
    return rows.filter(~Q(asked) if name.endswith("__not") else asked)


def by_margin(rows: Rows, name: str, value: Decimal) -> Rows:
    _column, lookup = name.split("__")
    return rows.alias(share=MARGIN).filter(**{f"share__{lookup}": float(value)})


def day_of(column: str) -> Callable[[Rows, str, date], Rows]:
    """Since a day, or until its end, by the clock of the site; as moments, which an index finds."""

    def asked(rows: Rows, name: str, value: date) -> Rows:
        day = min(max(value, FIRST_DAY), LAST_DAY)
        after = name.endswith("_after")
        moment = timezone.make_aware(datetime.combine(day if after else day + timedelta(days=1), time.min))
        return rows.filter(**{f"{column}__{'gte' if after else 'lt'}": moment.astimezone(UTC)})

    return asked


def answered(yes: Q, no: Q) -> Callable[[Rows, str, str], Rows]:
    return lambda rows, name, value: rows.filter(yes if value == "yes" else no)


# --- The filters -----------------------------------------------------------------------------------------------------


def text(method: Any, label: Any, longest: int) -> Any:
    return django_filters.CharFilter(method=method, label=label, max_length=longest)


def choice(method: Any, label: Any, choices: list[tuple[str, Any]]) -> Any:
    return django_filters.ChoiceFilter(choices=choices, method=method, label=label, empty_label=ANY)


def yes_no(label: Any, yes: Q, no: Q) -> Any:
    return choice(answered(yes, no), label, ANSWERS)


def amount(column: str, lookup: str, label: Any) -> Any:
    return django_filters.NumberFilter(
        column, lookup, label=label, min_value=0, max_value=LARGEST_PRICE, decimal_places=MOST_PLACES
    )


def share(label: Any) -> Any:
    return django_filters.NumberFilter(
        method=by_margin, label=label, min_value=-LARGEST_MARGIN, max_value=LARGEST_MARGIN
    )


def units(column: str, lookup: str, label: Any) -> Any:
    return WholeFilter(column, lookup, label=label, min_value=0, max_value=MAX_STOCK)


def place(label: Any) -> Any:
    places = Category.objects.all()
    return django_filters.ModelChoiceFilter(queryset=places, method=within, label=label, empty_label=ANY)


def person(label: Any, **asked: Any) -> Any:
    return django_filters.ModelChoiceFilter(queryset=User.objects.none(), label=label, empty_label=ANY, **asked)


def day(column: str, label: Any) -> Any:
    return django_filters.DateFilter(method=day_of(column), label=label, input_formats=[ISO_DATE], widget=DATE)


class ProductFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = text(matching, _("Search"), LONGEST_SEARCH)
    sku = text(of_sku, _("SKU"), 64)
    sku__not = text(of_sku, _("SKU is not"), 64)
    sku__contains = text(held, _("SKU contains"), 64)
    sku__not_contains = text(held, _("SKU does not contain"), 64)
    barcode = text(of_barcode, _("Barcode"), 14)
    barcode__contains = text(held, _("Barcode contains"), 14)
    barcode__empty = yes_no(_("Without a barcode"), Q(barcode=""), Q(barcode__gt=""))
    name__contains = text(held, _("Name contains"), LONGEST_SEARCH)
    name__not_contains = text(held, _("Name does not contain"), LONGEST_SEARCH)
    status = choice(of_status, _("Status"), STATUSES)
    status__not = choice(of_status, _("Status is not"), STATUSES)
    archived = yes_no(_("Archived"), ARCHIVED, Q(archived_at=None))
    stock = choice(of_level, _("Stock level"), LEVELS)
    stock__lt = units("stock", "lt", _("Stock under"))
    stock__gt = units("stock", "gt", _("Stock over"))
    threshold__lt = units("low_stock_threshold", "lt", _("Reorder level under"))
    threshold__gt = units("low_stock_threshold", "gt", _("Reorder level over"))
    category = place(_("Category"))
    category__not = place(_("Category is not"))
    category__empty = yes_no(_("Without a category"), Q(category=None), Q(category__isnull=False))
    tag = text(tagged, _("Tag"), LONGEST_TAG)
    tag__not = text(tagged, _("Tag is not"), LONGEST_TAG)
    tag__empty = yes_no(_("Without tags"), Q(tags=[]), ~Q(tags=[]))
    owner = person(_("Owner"))
    owner__not = person(_("Owner is not"), method=not_owned)
    price_min = amount("price", "gte", _("Price from"))
    price_max = amount("price", "lte", _("Price to"))
    price__lt = amount("price", "lt", _("Price under"))
    price__gt = amount("price", "gt", _("Price over"))
    cost__lt = amount("cost", "lt", _("Cost under"))
    cost__gt = amount("cost", "gt", _("Cost over"))
    cost__empty = yes_no(_("Without a cost"), Q(cost=None), Q(cost__isnull=False))
    margin__lt = share(_("Margin in percent under"))
    margin__gt = share(_("Margin in percent over"))
    updated_after = day("updated_at", _("Changed since"))
    updated_before = day("updated_at", _("Changed until"))
    created_after = day("created_at", _("Added since"))
    created_before = day("created_at", _("Added until"))

    class Meta:
        model = Product
        fields: list[str] = []

    base_filters: dict[str, Any]

    def __init__(self, data: Any = None, queryset: Any = None, *, reader: User, **kwargs: Any) -> None:
        """Only the filters that are given are made, so that what a list costs does not grow with what is on offer."""
        known, given = offered(reader), {} if data is None else data
        self.base_filters = {name: self.base_filters[name] for name in given if name in known}
        # What looks like a filter and is none: mistyped, or one that does not exist for this reader.
        self.unknown = sorted(name for name in given if "__" in name and name not in known)
        super().__init__(given, queryset, **kwargs)
        for name in {"owner", "owner__not"} & self.filters.keys():
            self.filters[name].queryset = owners_of(reader)

    def is_valid(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> Mapping[str, list[str]]:
        """Every refused filter, with its sentences."""
        unknown = {name: [gettext("There is no such filter.")] for name in self.unknown}
        return unknown | {name: [str(each) for each in said] for name, said in self.form.errors.items()}


ALL = frozenset(ProductFilter.base_filters)
OPEN = frozenset(name for name in ALL if not name.startswith(("cost__", "margin__")))


def offered(reader: User) -> frozenset[str]:
    """The names of the filters that exist for this person. One by what is hidden from them would tell it, bit by bit."""
    return OPEN if "cost" in hidden_fields(reader) else ALL


def selected(reader: User, query: str | QueryDict) -> ProductQuerySet:
    """What a list's query string finds for this person, for whoever acts on all of it; raises Invalid `bad_filter`."""
    data = QueryDict(query) if isinstance(query, str) else query
    filters = ProductFilter(data, Product.objects.visible_to(reader), reader=reader)
    if not filters.is_valid():
        raise Invalid({**filters.errors}, code="bad_filter")
    rows: ProductQuerySet = filters.qs
    return rows
