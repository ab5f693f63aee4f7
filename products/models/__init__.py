"""The catalogue's tables; each lives in the module of its word."""

from products.models.catalogue import Category, Product
from products.models.changes import Change, ChangeSet
from products.models.stock import StockMovement

__all__ = ["Category", "Change", "ChangeSet", "Product", "StockMovement"]
