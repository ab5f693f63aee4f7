"""What a batch sets, and what one product becomes by it: one rule for the preview, for the act at once and for the worker."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from products.filters import LARGEST_PRICE
from products.models import Category, Product
from site_config.lib.errors import DomainError, NotAllowed

CENT = Decimal("0.01")
PERCENT, AMOUNT, SET = "percent", "amount", "set"
ADD, REMOVE = "add", "remove"
WAYS = (PERCENT, AMOUNT, SET)
TAG_WAYS = (ADD, REMOVE, SET)
# A price may end in one of these, or be a multiple of one of those.
ENDINGS = (".99", ".95", ".50", ".00")
STEPS = ("0.05", "0.10")
ROUNDINGS = ("none", *ENDINGS, *STEPS)
LARGEST_PERCENT = Decimal(1000)


@dataclass(frozen=True)
class PriceRule:
    """So many percent or so much more or less, or one price for all; then rounded, a half always up.

    An ending takes the nearest price that has it, of two as near the higher. What costs nothing goes on costing nothing.
    """

    by: str
    value: Decimal
    rounding: str = "none"

    def of(self, price: Decimal) -> Decimal:
        """The new price; raises DomainError where it would be below zero or more than a price can be."""
        exact = {PERCENT: price * (100 + self.value) / 100, AMOUNT: price + self.value, SET: self.value}[self.by]
        if exact < 0:
            raise DomainError(_("Its price would be below zero."), field="price", code="below_zero")
        amount = rounded(exact, self.rounding)
        if amount > LARGEST_PRICE:
            raise DomainError(_("Its price would be more than a price can be."), field="price", code="too_large")
        return amount


def rounded(amount: Decimal, rounding: str) -> Decimal:
    if amount and rounding in ENDINGS:
        ending = Decimal(f"0{rounding}")
        return max((amount - ending).to_integral_value(ROUND_HALF_UP), Decimal(0)) + ending
    step = Decimal(rounding) if rounding in STEPS else CENT
    return ((amount / step).to_integral_value(ROUND_HALF_UP) * step).quantize(CENT)


@dataclass(frozen=True)
class TagRule:
    """Tags that every product gets or loses, or the ones that it has from then on."""

    by: str
    words: tuple[str, ...]

    def of(self, tags: list[str]) -> list[str]:
        if self.by == SET:
            return sorted(self.words)
        return sorted({*tags, *self.words} if self.by == ADD else {*tags} - {*self.words})


def words(given: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are kept: in small letters, with one space between words, each once."""
    return tuple(sorted({" ".join(tag.lower().split()) for tag in given} - {""}))


@dataclass(frozen=True)
class Edit:
    """What is set: `fields` are the same for all (related rows by key), the rest depends on each product."""

    fields: dict[str, Any] = field(default_factory=dict)  # is_public, low_stock_threshold, category, owner
    price: PriceRule | None = None
    tags: TagRule | None = None
    archived: bool | None = None
    trashed: bool = False

    def packed(self) -> dict[str, Any]:
        """As JSON, for the worker and for the page that asks for a yes."""
        price = self.price and [self.price.by, str(self.price.value), self.price.rounding]
        tags = self.tags and [self.tags.by, *self.tags.words]
        rest = {"archived": self.archived, "trashed": self.trashed}
        return {"fields": self.fields, "price": price, "tags": tags, **rest}


def unpacked(data: dict[str, Any]) -> Edit:
    price = data["price"] and PriceRule(data["price"][0], Decimal(data["price"][1]), data["price"][2])
    tags = data["tags"] and TagRule(data["tags"][0], tuple(data["tags"][1:]))
    return Edit(data["fields"], price, tags, data["archived"], data["trashed"])


# --- Whether the person may --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ready:
    """An edit that this person may make now: `columns` are checked, and `named` are the rows that they refer to."""

    edit: Edit
    columns: dict[str, Any]
    named: dict[tuple[str, int], str]

    def wanted(self, product: Product, now: datetime) -> dict[str, Any]:
        """The columns of this product that would change; empty where it is so already. Raises DomainError on a refusal."""
        edit, values = self.edit, dict(self.columns)
        if edit.price:
            values["price"] = edit.price.of(product.price)
        if edit.tags:
            values["tags"] = checked("tags", edit.tags.of(product.tags))
        if edit.archived is not None:
            values["archived_at"] = (product.archived_at or now) if edit.archived else None
        if edit.trashed:
            values["trashed_at"] = now
        return {name: value for name, value in values.items() if getattr(product, name) != value}


def ready(*, actor: User, edit: Edit) -> Ready:
    """Asked before a preview, before the act and in each step of the worker, as rights and rows may have gone by then.

    Raises NotAllowed, or DomainError on the field at fault.
    """
    check_rights(actor, edit)
    check_rules(edit)
    columns, named = {}, {}
    for name, value in edit.fields.items():
        if name in ("category", "owner"):
            columns[f"{name}_id"] = value
            if value is not None:
                named[f"{name}_id", value] = str(found(name, value))
        else:
            columns[name] = checked(name, value)
    return Ready(edit, columns, named)


def check_rights(actor: User, edit: Edit) -> None:
    """By the rights of the single acts."""
    needed = [("owner", Action.PRODUCT_CHANGE_OWNER)] if "owner" in edit.fields else []
    needed += [("trashed", Action.TRASH_MANAGE)] if edit.trashed else []
    for name, action in [("", Action.PRODUCT_EDIT), *needed]:
        decision = can(actor, action)
        if not decision:
            raise NotAllowed(str(decision.reason), field=name or None, code=decision.code)


def check_rules(edit: Edit) -> None:
    if not (edit.fields or edit.price or edit.tags or edit.archived is not None or edit.trashed):
        raise DomainError(_("Choose what to change."), code="nothing_to_do")
    price, tags = edit.price, edit.tags
    if price and price.by == PERCENT and abs(price.value) > LARGEST_PERCENT:
        raise DomainError(_("Enter a percentage up to 1,000."), field="price", code="out_of_range")
    if price and price.by == SET:
        checked("price", price.value)
    if tags:
        checked("tags", sorted(tags.words))
        if not tags.words and tags.by != SET:
            raise DomainError(_("Enter at least one tag."), field="tags", code="no_tags")


def found(name: str, key: int) -> Any:
    """The category or the owner that is set; who left owns nothing."""
    row = {"category": Category, "owner": User}[name].objects.filter(pk=key).first()  # type: ignore[attr-defined]
    if row is None:
        raise DomainError(_("What it is set to is not there any more."), field=name, code="does_not_exist")
    if name == "owner" and not row.is_active:
        raise DomainError(_("Choose an active person."), field=name, code="inactive_owner")
    return row


def checked(name: str, value: Any) -> Any:
    """By the rules of the field itself, as for an edit."""
    column: Any = Product._meta.get_field(name)
    try:
        return column.clean(value, None)
    except ValidationError as error:
        raise DomainError(error.messages[0], field=name, code=error.error_list[0].code or "invalid") from error
