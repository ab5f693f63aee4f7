"""Creating and editing products; nobody's work is overwritten."""

import secrets
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import GUARDED_FIELDS, Action, can
from products.models import Category, ChangeSet, Product
from products.services import changes
from products.services.stock import check_level
from site_config.lib.errors import Conflict, DomainError, NotAllowed, from_validation

# What a form or a script may set; stock moves through the ledger, the rest through acts of their own.
EDITABLE = (
    "name",
    "sku",
    "barcode",
    "description",
    "note",
    "price",
    "cost",
    "low_stock_threshold",
    "category",
    "is_public",
    "owner",
)
SKU_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that reads like something else


@dataclass(frozen=True)
class Clash:
    """A field that two people set differently from the same base."""

    name: str
    base: Any
    theirs: Any
    yours: Any


class VersionMismatch(DomainError):
    """The caller insisted on a version that is no longer the current one."""

    status = 412

    def __init__(self, product: Product) -> None:
        super().__init__(_("Somebody saved this product after you read it. Read it again."), code="version_mismatch")
        self.product = product


class StaleSave(Conflict):
    """Somebody saved the same fields since; `clashes` are to be decided, `merged` are theirs and kept."""

    def __init__(self, product: Product, clashes: list[Clash], merged: list[str]) -> None:
        super().__init__(_("Somebody else changed the same fields while you were editing."), code="stale")
        self.product, self.clashes, self.merged = product, clashes, merged


def new_sku() -> str:
    """A SKU for a product that was given none: P- and eight characters, one in 6 × 10^11."""
    return "P-" + "".join(secrets.choice(SKU_ALPHABET) for _place in range(8))


def check_rights(actor: User, fields: dict[str, Any], product: Product | None = None) -> None:
    """Fields that exist only for some roles are refused to the others, with the reason; so is an owner who left."""
    guarded = {name: action for name, action in GUARDED_FIELDS.items() if name in fields}
    owner = fields.get("owner")
    if owner is not None and owner.pk != (product.owner_id if product else actor.pk):
        guarded["owner"] = Action.PRODUCT_CHANGE_OWNER
    for name, action in guarded.items():
        decision = can(actor, action)
        if not decision:
            raise NotAllowed(str(decision.reason), field=name, code=decision.code)
    if owner is not None and "owner" in guarded and not owner.is_active:
        raise DomainError(_("Choose an active person."), field="owner", code="inactive_owner")


def check(product: Product, *, looked_up: bool = False) -> None:
    """Every rule of the fields themselves; raises Invalid, field by field.

    `looked_up` saves two queries a row: the caller has just read the category and the owner that it gave.
    """
    try:
        product.clean_fields(exclude={"category", "owner"} if looked_up else None)
    except ValidationError as error:
        raise from_validation(error) from error


def only_editable(fields: dict[str, Any]) -> None:
    """A door that passes anything else is a mistake of ours, not of the person's."""
    unknown = fields.keys() - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {sorted(unknown)}")


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}


def build(*, actor: User, stock: int = 0, looked_up: bool = False, **fields: Any) -> Product:
    """A valid product that is not stored yet: owned by its maker, with a SKU of its own when none is given."""
    only_editable(fields)
    check_rights(actor, fields)
    check_level(stock, field="stock")
    now = timezone.now()
    product = Product(**{"owner": actor, **tidy(fields)}, stock=stock, created_at=now, updated_at=now)
    product.sku = product.sku or new_sku()
    check(product, looked_up=looked_up)
    return product


def create_many(
    *, actor: User, products: list[Product], kind: str, reason: str = "", at: datetime | None = None
) -> ChangeSet:
    """Stores built products as one change set, each with the first line of its ledger; returns the change set."""
    with changes.recorded(actor=actor, kind=kind, reason=reason, at=at) as recorder:
        recorder.create(products)
        for product in products:
            if product.stock:
                recorder.move(product, delta=product.stock, kind="received", note=_("Initial stock"))
    return recorder.change_set


def create(*, actor: User, stock: int = 0, **fields: Any) -> Product:
    """A new product; `name` and `price` suffice. A taken SKU raises DomainError `already_exists` on `sku`."""
    product = build(actor=actor, stock=stock, **fields)
    create_many(actor=actor, products=[product], kind="product.created")
    return product


def edit(
    *,
    actor: User,
    product: Product,
    version: int | None = None,
    exact: bool = False,
    counted: int | None = None,
    at: datetime | None = None,
    **fields: Any,
) -> Product:
    """Saves the given fields onto the product as it stands now.

    `version` is the one the person started from: fields that only somebody else changed since are kept, fields that
    only this person changed are saved, and a field that both set differently raises StaleSave and saves nothing.
    With `exact`, any other version raises VersionMismatch instead. Without a version the given fields are simply set.
    `counted` writes the stock that the caller saw on the shelf to the ledger, in the same change set.
    """
    only_editable(fields)
    with changes.recorded(actor=actor, kind="product.edited", at=at) as recorder:
        current = changes.lock_one(product)
        if exact and version != current.version:
            raise VersionMismatch(current)
        check_rights(actor, fields, current)
        fields = tidy(fields)
        if fields.get("sku") == "":
            del fields["sku"]  # an emptied SKU keeps the one it has
        wanted = columns(fields)
        if version is not None and version != current.version:
            wanted = merge(current, wanted, version)
        draft = copy(current)
        for name, value in wanted.items():
            setattr(draft, name, value)
        check(draft)
        recorder.update([(current, {name: getattr(draft, name) for name in wanted})])
        if counted is not None and counted != current.stock:
            check_level(counted, field="stock")
            recorder.move(current, delta=counted - current.stock, kind="count")
    return current


def columns(fields: dict[str, Any]) -> dict[str, Any]:
    """The same with the foreign keys as their columns, as history and merge compare them."""
    keys = {"category": "category_id", "owner": "owner_id"}
    return {
        keys.get(name, name): (value.pk if value is not None else None) if name in keys else value
        for name, value in fields.items()
    }


def merge(current: Product, wanted: dict[str, Any], version: int) -> dict[str, Any]:
    """What of `wanted` this person changed themselves; raises StaleSave where others changed the same."""
    base = changes.base_values(current, version)
    mine = {name: value for name, value in wanted.items() if value != base.get(name, getattr(current, name))}
    clashes = [
        Clash(name, base[name], getattr(current, name), value)
        for name, value in mine.items()
        if name in base and getattr(current, name) not in (base[name], value)
    ]
    if clashes:
        merged = [name for name in base if name in wanted and name not in mine]
        raise StaleSave(current, clashes, merged)
    return mine


def category_named(path: list[str]) -> Category | None:
    """The category at this path from the root, made where it is missing; None for an empty path."""
    category = None
    for part in path:
        name = part[:80]
        category, _made = Category.objects.get_or_create(
            parent=category, name__iexact=name, defaults={"name": name, "parent": category}
        )
    return category
