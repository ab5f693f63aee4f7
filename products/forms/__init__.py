"""The shape of what people enter; forms never write."""

from products.forms.catalogue import PriceForm, ProductForm, ThresholdForm, VisibilityForm
from products.forms.categories import CategoryForm, MergeForm
from products.forms.changes import SOURCES, ChangeFilterForm
from products.forms.fields import WHOLE, AmountField, CategoryField, TagsField, indented
from products.forms.stock import LedgerFilterForm, StockForm
from products.forms.tags import TagForm
from products.forms.trash import TrashChoiceForm
from products.forms.views_saved import SavedViewForm

__all__ = [
    "SOURCES",
    "WHOLE",
    "AmountField",
    "CategoryField",
    "CategoryForm",
    "ChangeFilterForm",
    "LedgerFilterForm",
    "MergeForm",
    "PriceForm",
    "ProductForm",
    "SavedViewForm",
    "StockForm",
    "TagForm",
    "TagsField",
    "ThresholdForm",
    "TrashChoiceForm",
    "VisibilityForm",
    "indented",
]
