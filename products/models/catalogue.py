"""Products and their categories."""

from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Concat, Lower, NullIf
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode

from accounts.policy import Action, can

MAX_STOCK = 1_000_000_000
GTIN_LENGTHS = (8, 12, 13, 14)
LONGEST_TEXT = 5000

# Set while a change set is open: the only time the catalogue's rows may be written in bulk.
recording: ContextVar[bool] = ContextVar("recording", default=False)

sku_validator = RegexValidator(
    r"\A[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?\Z",
    _("Use printable characters without spaces at the ends."),
)


def validate_gtin(barcode: str) -> None:
    """GTIN-8, -12, -13 or -14 with its check digit (GS1 General Specifications, 7.9: weights 3 and 1 from the right)."""
    if not (barcode.isascii() and barcode.isdigit() and len(barcode) in GTIN_LENGTHS):
        raise ValidationError(_("Enter the 8, 12, 13 or 14 digits of the barcode."), code="gtin")
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(barcode)))
    if weighted % 10:
        raise ValidationError(
            _("The last digit does not fit the others. Check the barcode for a typing error."), code="gtin"
        )


LONGEST_TAG, MOST_TAGS = 40, 20


def validate_tags(tags: Any) -> None:
    """A sorted list of different words, in small letters and without commas or outer spaces."""
    words = tags if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags) else [""]
    fit = all(0 < len(tag) <= LONGEST_TAG and tag == " ".join(tag.lower().split()) for tag in words)
    if not fit or any("," in tag or not tag.isprintable() for tag in words) or words != sorted(set(words)):
        raise ValidationError(_("Enter tags of up to 40 letters each, with commas between them."), code="tags")
    if len(words) > MOST_TAGS:
        raise ValidationError(_("A product has at most 20 tags."), code="too_many_tags")


class HasTag(models.Func):
    """Whether a list of tags holds a word, given as text or as an expression; answered by the index on PostgreSQL."""

    output_field = models.BooleanField()

    def __init__(self, column: str, word: Any) -> None:
        super().__init__(column, models.Value(word) if isinstance(word, str) else word)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return self.filled("{} @> jsonb_build_array({}::text)", compiler)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.filled("EXISTS(SELECT 1 FROM json_each({}) AS word WHERE word.value = {})", compiler)

    def filled(self, template: str, compiler: Any) -> tuple[str, list[Any]]:
        (column, first), (word, second) = (compiler.compile(part) for part in self.source_expressions)
        return template.format(column, word), [*first, *second]


class Tag(models.Model):
    """A word that some product had: what is offered while tags are typed. The products hold their tags themselves."""

    name = models.CharField(_("name"), max_length=LONGEST_TAG, unique=True)

    def __str__(self) -> str:
        return self.name


class Category(TreeNode):
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(Lower("name"), "parent", name="category_name_unique"),
            models.UniqueConstraint(Lower("name"), condition=Q(parent=None), name="category_root_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


# What the lists ask and their indexes hold, word for word: a database uses a partial index only where both agree.
ARCHIVED = Q(archived_at__isnull=False)
DRAFT = Q(archived_at=None, is_public=False)
LOW = Q(stock__lte=F("low_stock_threshold"), stock__gt=0)
# Share of the price that is not cost, in percent; of nothing there is none.
MARGIN = models.ExpressionWrapper(
    (F("price") - F("cost")) * 100 / NullIf(F("price"), models.Value(0)), output_field=models.FloatField()
)


class ProductQuerySet(models.QuerySet["Product"]):
    def in_sight_of(self, person: Any) -> "ProductQuerySet":
        if can(person, Action.PRODUCT_VIEW_ALL):
            return self
        if can(person, Action.PRODUCT_VIEW_PUBLIC):
            return self.filter(Q(is_public=True) | Q(owner=person))
        if can(person, Action.PRODUCT_VIEW):
            return self.filter(owner=person)
        return self.none()

    def visible_to(self, person: Any) -> "ProductQuerySet":
        """The products that exist for this person: all, public and own, or own; never those in the trash."""
        return self.in_sight_of(person).filter(trashed_at=None)

    def trash_of(self, person: Any) -> "ProductQuerySet":
        """The trash, for those who may restore from it."""
        return self.exclude(trashed_at=None) if can(person, Action.TRASH_MANAGE) else self.none()

    def tagged(self, word: Any) -> "ProductQuerySet":
        return self.filter(HasTag("tags", word))

    def low_on_stock(self) -> "ProductQuerySet":
        return self.filter(LOW)

    def refuse_unrecorded(self) -> None:
        if not recording.get():
            raise TypeError("Products are written in bulk only inside changes.recorded(), so that history has it.")

    def update(self, **fields: Any) -> int:
        self.refuse_unrecorded()
        return super().update(**fields)

    def bulk_create(self, *args: Any, **options: Any) -> Any:
        self.refuse_unrecorded()
        return super().bulk_create(*args, **options)

    def bulk_update(self, *args: Any, **options: Any) -> int:
        self.refuse_unrecorded()
        return super().bulk_update(*args, **options)

    def delete(self) -> Any:
        self.refuse_unrecorded()
        return super().delete()


class Product(models.Model):
    name = models.CharField(_("name"), max_length=200)
    sku = models.CharField(_("SKU"), max_length=64, blank=True, validators=[sku_validator])
    barcode = models.CharField(_("barcode"), max_length=14, blank=True, validators=[validate_gtin])
    # On a text field max_length binds forms alone; the validator binds every other way in.
    description = models.TextField(
        _("description"), max_length=LONGEST_TEXT, blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)]
    )
    note = models.TextField(
        _("internal note"), max_length=LONGEST_TEXT, blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)]
    )
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    cost = models.DecimalField(
        _("cost"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    # The ledger's balance; written by services/stock.py alone.
    stock = models.IntegerField(
        _("stock"), default=0, editable=False, validators=[MinValueValidator(0), MaxValueValidator(MAX_STOCK)]
    )
    low_stock_threshold = models.IntegerField(
        _("low-stock threshold"), default=0, validators=[MinValueValidator(0), MaxValueValidator(MAX_STOCK)]
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="products", verbose_name=_("category")
    )
    # Names, sorted: a value like the others, so that history, merge and undo have it as they have a price.
    tags = models.JSONField(_("tags"), default=list, blank=True, validators=[validate_tags])
    is_public = models.BooleanField(_("public"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="products", verbose_name=_("owner")
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    trashed_at = models.DateTimeField(null=True, editable=False)
    # What a search looks at: one column, so that one index serves name, partial SKU and barcode.
    search = models.GeneratedField(
        expression=Lower(Concat("name", models.Value(" "), "sku", models.Value(" "), "barcode")),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("sku"), name="product_sku_unique"),
            models.CheckConstraint(condition=~Q(sku=""), name="product_sku_present"),
            models.CheckConstraint(condition=~Q(name=""), name="product_name_present"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="product_stock_not_negative"),
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(condition=Q(cost__gte=0) | Q(cost=None), name="product_cost_not_negative"),
            models.CheckConstraint(condition=Q(low_stock_threshold__gte=0), name="product_threshold_not_negative"),
        ]
        # One index per offered sort, each with the key that breaks ties, over what is not in the trash.
        indexes = [
            models.Index(fields=["updated_at", "id"], name="product_by_updated", condition=Q(trashed_at=None)),
            models.Index(fields=["name", "id"], name="product_by_name", condition=Q(trashed_at=None)),
            models.Index(fields=["stock", "id"], name="product_by_stock", condition=Q(trashed_at=None)),
            models.Index(fields=["price", "id"], name="product_by_price", condition=Q(trashed_at=None)),
            models.Index(fields=["owner", "updated_at", "id"], name="product_by_owner", condition=Q(trashed_at=None)),
            models.Index(
                fields=["category", "updated_at", "id"], name="product_by_category", condition=Q(trashed_at=None)
            ),
            models.Index(fields=["trashed_at", "id"], name="product_by_trashed", condition=~Q(trashed_at=None)),
            # One per filter that no order above serves, so that what is rare is not looked for in all there are.
            models.Index(fields=["barcode", "id"], name="product_by_barcode", condition=Q(trashed_at=None)),
            models.Index(fields=["low_stock_threshold"], name="product_by_threshold", condition=Q(trashed_at=None)),
            models.Index(fields=["cost"], name="product_by_cost", condition=Q(trashed_at=None)),
            # Over the trash too: PostgreSQL has no statistics of an expression from an index that leaves something out.
            models.Index(MARGIN, name="product_by_margin"),
            models.Index(fields=["created_at", "id"], name="product_by_created", condition=Q(trashed_at=None)),
            models.Index(fields=["updated_at", "id"], name="product_archived", condition=Q(trashed_at=None) & ARCHIVED),
            models.Index(fields=["updated_at", "id"], name="product_draft", condition=Q(trashed_at=None) & DRAFT),
            models.Index(fields=["updated_at", "id"], name="product_low", condition=Q(trashed_at=None) & LOW),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        if self.archived_at:
            return "archived"
        return "active" if self.is_public else "draft"

    @property
    def stock_level(self) -> str:
        """ "out", "low" or "": what a list shows beside the number."""
        if self.stock == 0:
            return "out"
        return "low" if self.stock <= self.low_stock_threshold else ""

    @property
    def margin(self) -> Decimal | None:
        """Share of the price that is not cost, in percent; None without a price or a cost."""
        if not self.price or self.cost is None:
            return None
        return (self.price - self.cost) / self.price * 100
