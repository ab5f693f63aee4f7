"""The catalogue's tables; each lives in the module of its word."""

from products.models.catalogue import Category, Product, Tag
from products.models.changes import Change, ChangeSet
from products.models.comments import Comment
from products.models.figures import Figures
from products.models.jobs import Job
from products.models.notifications import Notification, Subscription, Visit, Watch
from products.models.presence import Presence
from products.models.proposals import Proposal, ProposedField
from products.models.stock import StockMovement
from products.models.views_saved import SavedView

__all__ = [
    "Category",
    "Change",
    "ChangeSet",
    "Comment",
    "Figures",
    "Job",
    "Notification",
    "Presence",
    "Product",
    "Proposal",
    "ProposedField",
    "SavedView",
    "StockMovement",
    "Subscription",
    "Tag",
    "Visit",
    "Watch",
]
