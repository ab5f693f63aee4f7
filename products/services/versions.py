"""Nobody's work is overwritten: who saves onto a version that is not the current one learns what others changed since."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from products.models import Change, ChangeSet, Product
from products.models.changes import ITSELF
from products.services.changes import from_json
from site_config.lib.errors import Conflict, DomainError


@dataclass(frozen=True)
class Clash:
    """A field that two people set differently from the same base."""

    name: str
    base: Any
    theirs: Any
    yours: Any


class VersionMismatch(DomainError):
    """The caller insisted on a version that is no longer the current one; `clashes` are the fields to decide about."""

    status = 412

    def __init__(self, product: Product, clashes: Iterable[Clash] = ()) -> None:
        super().__init__(_("Somebody saved this product after you read it. Read it again."), code="version_mismatch")
        self.product, self.clashes = product, list(clashes)


class VersionNeeded(DomainError):
    """The act overwrites what others may have changed, and the caller did not say which version they read."""

    status = 428


class StaleSave(Conflict):
    """Somebody saved the same fields since; `clashes` are to be decided, `merged` are theirs and kept."""

    def __init__(self, product: Product, clashes: list[Clash], merged: list[str]) -> None:
        super().__init__(_("Somebody else changed the same fields while you were editing."), code="stale")
        self.product, self.clashes, self.merged = product, clashes, merged


def columns(fields: dict[str, Any]) -> dict[str, Any]:
    """The same with the foreign keys as their columns, as history and merge compare them."""
    keys = {"category": "category_id", "owner": "owner_id"}
    return {
        keys.get(name, name): (value.pk if value is not None else None) if name in keys else value
        for name, value in fields.items()
    }


def bases(versions: dict[int, int]) -> dict[int, dict[str, Any]]:
    """For each product and a version of it: the fields changed since, with the value each had then. One query."""
    found: dict[int, dict[str, Any]] = {key: {} for key in versions}
    since = min(versions.values(), default=0)
    rows = Change.objects.filter(object_type="product", object_id__in=versions, version__gt=since)
    for row in rows.exclude(field=ITSELF).order_by("-pk"):
        if row.version > versions[row.object_id]:
            found[row.object_id][row.field] = from_json(row.field, row.old)
    return found


def writers(product: Product, since: int) -> dict[str, ChangeSet]:
    """For each field that was changed after this version, the act that set it as it is. One query."""
    rows = Change.objects.filter(object_type="product", object_id=product.pk, version__gt=since)
    found = rows.exclude(field=ITSELF).select_related("change_set").order_by("pk")
    return {row.field: row.change_set for row in found}


def clashes(current: Product, base: dict[str, Any], wanted: dict[str, Any]) -> list[Clash]:
    """The fields that the caller would set and others have changed to something else since."""
    return [
        Clash(name, base[name], getattr(current, name), value)
        for name, value in wanted.items()
        if name in base and getattr(current, name) not in (base[name], value)
    ]


def insist(current: Product, version: int | None, wanted: dict[str, Any]) -> None:
    """Raises VersionMismatch unless the locked product is at this version; None is any version there is."""
    if version is not None and version != current.version:
        base = bases({current.pk: version})[current.pk] if wanted else {}
        raise VersionMismatch(current, clashes(current, base, wanted))


def merge(current: Product, wanted: dict[str, Any], version: int) -> dict[str, Any]:
    """What of `wanted` this person changed themselves; raises StaleSave where others changed the same."""
    base = bases({current.pk: version})[current.pk]
    mine = {name: value for name, value in wanted.items() if value != base.get(name, getattr(current, name))}
    if both := clashes(current, base, mine):
        merged = [name for name in base if name in wanted and name not in mine]
        raise StaleSave(current, both, merged)
    return mine
