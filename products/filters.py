"""What a list of products may be narrowed by: one set for the page, the API and everything that says "all matching"."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Lower
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from products.models import Category, Product
from products.models.catalogue import ProductQuerySet
from site_config.lib.paging import Sort

ANY = _("Any")
LONGEST_SEARCH = 200
LARGEST_PRICE = Decimal("9999999999.99")
STATUSES = [("active", _("Active")), ("draft", _("Draft")), ("archived", _("Archived"))]
LEVELS = [("low", _("Low")), ("out", _("Out of stock")), ("in", _("In stock"))]

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
        Sort("id", "id", _("Oldest first")),
        Sort("-id", "id", _("Newest first")),
    )
}
DEFAULT_SORT = "-updated"


class ProductFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(method="matching", label=_("Search"), max_length=LONGEST_SEARCH)
    status = django_filters.ChoiceFilter(choices=STATUSES, method="with_status", label=_("Status"), empty_label=ANY)
    stock = django_filters.ChoiceFilter(choices=LEVELS, method="with_stock", label=_("Stock level"), empty_label=ANY)
    category = django_filters.ModelChoiceFilter(
        queryset=Category.objects.all(), method="within", label=_("Category"), empty_label=ANY
    )
    owner = django_filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Owner"), empty_label=ANY)
    price_min = django_filters.NumberFilter("price", "gte", label=_("Price from"), min_value=0, max_value=LARGEST_PRICE)
    price_max = django_filters.NumberFilter("price", "lte", label=_("Price to"), min_value=0, max_value=LARGEST_PRICE)
    updated_after = django_filters.DateFilter(
        "updated_at", "date__gte", label=_("Changed since"), widget=DateInput({"type": "date"})
    )
    updated_before = django_filters.DateFilter(
        "updated_at", "date__lte", label=_("Changed until"), widget=DateInput({"type": "date"})
    )

    class Meta:
        model = Product
        fields: list[str] = []

    def __init__(self, data: Any = None, queryset: Any = None, *, reader: User, **kwargs: Any) -> None:
        super().__init__(data, queryset, **kwargs)
        # Whom one may filter by is no way to learn who exists: only the owners of what the reader sees.
        seen = Product.objects.visible_to(reader).filter(owner=OuterRef("pk"))
        self.filters["owner"].queryset = User.objects.filter(Exists(seen)).order_by("name", "pk")

    def matching(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        """Every word must occur in the name, the SKU or the barcode."""
        for word in value.split()[:10]:
            # Lowered by the database, as the column is: the two may disagree about letters beyond ASCII.
            queryset = queryset.filter(search__contains=Lower(Value(word)))
        return queryset

    def with_status(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        if value == "archived":
            return queryset.exclude(archived_at=None)
        return queryset.filter(archived_at=None, is_public=value == "active")

    def with_stock(self, queryset: ProductQuerySet, name: str, value: str) -> QuerySet[Product]:
        if value == "low":
            return queryset.low_on_stock()
        return queryset.filter(stock=0) if value == "out" else queryset.filter(stock__gt=0)

    def within(self, queryset: QuerySet[Product], name: str, value: Category) -> QuerySet[Product]:
        """The category and everything below it."""
        return queryset.filter(category__in=list(value.descendants(include_self=True).values_list("pk", flat=True)))
