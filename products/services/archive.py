"""Putting away what is not worked with any more, and taking it out again: it keeps its stock, its SKU and its history."""

from django.utils.translation import gettext as _

from accounts.models import User
from products.models import ChangeSet, Product
from products.services import changes, versions
from site_config.lib.errors import Conflict


def archive(*, actor: User, product: Product, version: int | None = None) -> ChangeSet:
    """Archives a product; with a `version`, only if nobody has changed it since. Raises Conflict where it is archived."""
    with changes.recorded(actor=actor, kind="product.archived") as recorder:
        product = changes.lock_one(product, actor)
        versions.insist(product, version, {})
        if product.archived_at:
            raise Conflict(_("This product is archived already."), code="archived_already")
        recorder.update([(product, {"archived_at": recorder.change_set.at})])
    return recorder.change_set


def unarchive(*, actor: User, product: Product, version: int | None = None) -> ChangeSet:
    """Takes it out again, as public or as much a draft as it was. Raises Conflict where it is not archived."""
    with changes.recorded(actor=actor, kind="product.unarchived") as recorder:
        product = changes.lock_one(product, actor)
        versions.insist(product, version, {})
        if not product.archived_at:
            raise Conflict(_("This product is not archived."), code="not_archived")
        recorder.update([(product, {"archived_at": None})])
    return recorder.change_set
