"""Moving to the trash and back; what is in the trash exists for nobody else, and its SKU stays taken."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from products.models import ChangeSet, Product
from products.services import changes, versions
from site_config.lib.errors import Conflict


def discard(*, actor: User, product: Product, version: int | None = None, at: datetime | None = None) -> ChangeSet:
    """Moves a product to the trash; with a `version`, only if nobody has changed it since (VersionMismatch)."""
    with changes.recorded(actor=actor, kind="product.trashed", at=at) as recorder:
        product = changes.lock_one(product)
        versions.insist(product, version, {})
        recorder.update([(product, {"trashed_at": recorder.change_set.at})])
    return recorder.change_set


def restore(*, actor: User, products: "QuerySet[Product]") -> ChangeSet:
    """Brings products back from the trash as they were."""
    with changes.recorded(actor=actor, kind="product.restored") as recorder:
        rows = changes.lock(products.exclude(trashed_at=None))
        if not rows:
            raise Conflict(_("This product is not in the trash any more."), code="not_in_trash")
        recorder.update([(product, {"trashed_at": None}) for product in rows])
    return recorder.change_set
