"""Creating and editing products; nobody's work is overwritten."""

import secrets
from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import GUARDED_FIELDS, Action, can
from products.models import ChangeSet, Product
from products.models.stock import INITIAL
from products.services import changes, tags, versions
from products.services.changes import ROWS_PER_STATEMENT
from products.services.stock import check_level
from site_config.lib.errors import DomainError, NotAllowed, from_validation

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
    "tags",
    "is_public",
    "owner",
)
SKU_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that reads like something else


def new_sku() -> str:
    """A SKU for a product that was given none: P- and eight characters, one in 6 × 10^11."""
    return "P-" + "".join(secrets.choice(SKU_ALPHABET) for _place in range(8))


def holders(skus: list[str]) -> dict[str, int]:
    """The products that have one of these SKUs, whatever its case, in the trash too; by the SKU in small letters."""
    rows, found = Product.objects.annotate(lower=Lower("sku")), dict[str, int]()
    for start in range(0, len(skus), ROWS_PER_STATEMENT):
        some = skus[start : start + ROWS_PER_STATEMENT]
        # SQLite lowers ASCII letters only, so the exact spelling is asked for as well.
        wanted = Q(lower__in=[sku.lower() for sku in some]) | Q(sku__in=some)
        found |= {sku.lower(): pk for sku, pk in rows.filter(wanted).values_list("sku", "pk")}
    return found


def check_rights(actor: User, fields: dict[str, Any], product: Product | None = None) -> None:
    """Fields that exist only for some roles are refused to the others, with the reason; so is an owner who left.

    A `stock` among the fields is one that differs: it takes the right to adjust stock besides.
    """
    guarded = {name: action for name, action in GUARDED_FIELDS.items() if name in fields}
    if fields.get("stock"):
        guarded["stock"] = Action.STOCK_ADJUST
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
    """Without outer spaces, without a minus before nothing, and tags as products keep them."""
    tidied = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    if "tags" in tidied:
        tidied["tags"] = tags.normalised(tidied["tags"])
    return {name: value + 0 if isinstance(value, Decimal) else value for name, value in tidied.items()}


def build(*, actor: User, stock: int = 0, looked_up: bool = False, **fields: Any) -> Product:
    """A valid product that is not stored yet: owned by its maker, with a SKU of its own when none is given."""
    only_editable(fields)
    check_rights(actor, {**fields, "stock": stock})
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
        insert(recorder, products)
    return recorder.change_set


def insert(recorder: changes.Recorder, products: list[Product]) -> None:
    recorder.create(products)
    for product in products:
        if product.stock:
            recorder.move(product, delta=product.stock, kind="received", note=INITIAL)


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
    With `exact`, any other version raises VersionMismatch instead; `exact` without a version takes any there is.
    Without either the given fields are simply set, except stock: `counted`, the stock that the caller saw on the shelf,
    is written to the ledger as a count in the same change set, and raises VersionNeeded where it is another number.
    """
    only_editable(fields)
    with changes.recorded(actor=actor, kind="product.edited", at=at) as recorder:
        current = changes.lock_one(product, actor)
        wanted = intended(fields)
        if exact:
            versions.insist(current, version, with_stock(wanted, counted))
        elif version is not None and version != current.version:
            wanted = versions.merge(current, wanted, version)
        said = exact or version is not None
        values = checked(actor=actor, current=current, fields=fields, wanted=with_stock(wanted, counted), said=said)
        write(recorder, [(current, values)])
    return current


def intended(fields: dict[str, Any]) -> dict[str, Any]:
    """What an edit sets, by column; an emptied SKU keeps the one there is."""
    wanted = versions.columns(tidy(fields))
    return {name: value for name, value in wanted.items() if name != "sku" or value}


def with_stock(wanted: dict[str, Any], counted: int | None) -> dict[str, Any]:
    return wanted if counted is None else {**wanted, "stock": counted}


def checked(
    *,
    actor: User,
    current: Product,
    fields: dict[str, Any],
    wanted: dict[str, Any],
    said: bool,
    looked_up: bool = False,
) -> dict[str, Any]:
    """The columns to write, by every rule of an edit; `said` is whether the caller named the version they read."""
    moved = "stock" in wanted and wanted["stock"] != current.stock
    check_rights(actor, {**fields, "stock": moved}, current)
    if moved and not said:
        sentence = _("Send the version that you read to set stock: as If-Match, or as version in a bulk call.")
        raise versions.VersionNeeded(sentence, field="stock", code="if_match_needed")
    check_level(wanted.get("stock", current.stock), field="stock")
    draft = copy(current)
    for name, value in wanted.items():
        setattr(draft, name, value)
    check(draft, looked_up=looked_up)
    return {name: getattr(draft, name) for name in wanted}


def write(recorder: changes.Recorder, edits: list[tuple[Product, dict[str, Any]]]) -> None:
    """Writes checked edits of locked products; a stock that differs goes into the ledger as a count."""
    before = [product.stock for product, _values in edits]
    recorder.update(edits)
    for (product, _values), level in zip(edits, before, strict=True):
        if product.stock != level:
            recorder.enter(product, delta=product.stock - level, kind="count")
