"""What a list of products may be narrowed by: one set for the page, the API and everything that says "all matching"."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Lower
from django.forms import DateInput, HiddenInput
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from products.models import Category, Product
from products.models.catalogue import GTIN_LENGTHS, ProductQuerySet
from site_config.lib.paging import Sort

ANY = _("Any")
LONGEST_SEARCH = 200
# Of a script and of a browser's date field; Django would also take 11/12/2026, as November or December by language.
ISO_DATE = "%Y-%m-%d"
DATE = DateInput({"type": "date"}, format=ISO_DATE)
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
    # For scripts that keep two systems in step. The page has its search for it, so the fields are not shown there.
    sku = django_filters.CharFilter(method="with_sku", label=_("SKU"), max_length=64, widget=HiddenInput)
    barcode = django_filters.CharFilter(method="with_barcode", label=_("Barcode"), max_length=14, widget=HiddenInput)
    status = django_filters.ChoiceFilter(choices=STATUSES, method="with_status", label=_("Status"), empty_label=ANY)
    stock = django_filters.ChoiceFilter(choices=LEVELS, method="with_stock", label=_("Stock level"), empty_label=ANY)
    category = django_filters.ModelChoiceFilter(
        queryset=Category.objects.all(), method="within", label=_("Category"), empty_label=ANY
    )
    owner = django_filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Owner"), empty_label=ANY)
    price_min = django_filters.NumberFilter("price", "gte", label=_("Price from"), min_value=0, max_value=LARGEST_PRICE)
    price_max = django_filters.NumberFilter("price", "lte", label=_("Price to"), min_value=0, max_value=LARGEST_PRICE)
    updated_after = django_filters.DateFilter(
        "updated_at", "date__gte", label=_("Changed since"), input_formats=[ISO_DATE], widget=DATE
    )
    updated_before = django_filters.DateFilter(
        "updated_at", "date__lte", label=_("Changed until"), input_formats=[ISO_DATE], widget=DATE
    )

    class Meta:
        model = Product
        fields: list[str] = []

    def __init__(self, data: Any = None, queryset: Any = None, *, reader: User, **kwargs: Any) -> None:
        super().__init__(data, queryset, **kwargs)
        # Whom one may filter by is no way to learn who exists: only the owners of what the reader sees.
        # Asked as "the next owner from this one on", which only the index by owner can answer: where one person owns
        # nearly everything, an EXISTS would read every product to learn that somebody else owns none.
        seen = Product.objects.visible_to(reader).filter(owner__gte=OuterRef("pk")).order_by("owner_id")
        owners = User.objects.alias(next=Subquery(seen.values("owner_id")[:1])).filter(next=F("pk"))
        self.filters["owner"].queryset = owners.order_by("name", "pk")

    def matching(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        """Every word must occur in the name, the SKU or the barcode."""
        for word in value.split()[:10]:
            # Lowered by the database, as the column is: the two may disagree about letters beyond ASCII.
            queryset = queryset.filter(search__contains=Lower(Value(word)))
        return queryset

    def with_sku(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        """Exactly this SKU in any case; compared as the unique index holds it."""
        return queryset.alias(lower_sku=Lower("sku")).filter(lower_sku=Lower(Value(value)))

    def with_barcode(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        """Exactly this barcode, found by the search's index, which takes no text as short as no barcode is."""
        if len(value) not in GTIN_LENGTHS:
            return queryset.none()
        return queryset.filter(search__contains=Lower(Value(value)), barcode=value)

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
