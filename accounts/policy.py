"""Who may do what: the one table of roles and actions. Nothing else in the code decides by role.

`can(person, Action.X)` answers with a Decision: whether, and if not, a code and a sentence that says who can help.
Which rows exist for a person is the other question, answered by `Model.objects.visible_to(person)`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    ADMIN = "admin"
    STAFF = "staff"
    CLIENT = "client"


ROLE_CHOICES = [(Role.ADMIN.value, _("Admin")), (Role.STAFF.value, _("Staff")), (Role.CLIENT.value, _("Client"))]


class Action(StrEnum):
    PRODUCT_VIEW = "product.view"
    PRODUCT_VIEW_ALL = "product.view_all"
    PRODUCT_VIEW_PUBLIC = "product.view_public"
    PRODUCT_CREATE = "product.create"
    PRODUCT_EDIT = "product.edit"
    PRODUCT_IMPORT = "product.import"
    PRODUCT_SEE_COST = "product.see_cost"
    PRODUCT_CHANGE_OWNER = "product.change_owner"
    STOCK_ADJUST = "stock.adjust"
    CATEGORY_EDIT = "category.edit"
    TRASH_MANAGE = "trash.manage"
    CHANGES_UNDO = "changes.undo"
    CHANGES_UNDO_ANY = "changes.undo_any"
    PRODUCT_EXPORT = "product.export"
    PROPOSAL_MAKE = "proposal.make"
    PROPOSAL_DECIDE = "proposal.decide"
    COMMENT_WRITE = "comment.write"
    VIEW_SAVE = "view.save"
    VIEW_SHARE = "view.share"
    VIEW_DEFAULT = "view.default"
    ACCESS_EXPLAIN = "access.explain"
    INBOX_OWN = "inbox.own"
    PEOPLE_MANAGE = "people.manage"
    ACCOUNT_VIEW = "account.view"
    ACCOUNT_OWN = "account.own"


EVERYONE = frozenset(Role)
BACK_OFFICE = frozenset({Role.ADMIN, Role.STAFF})
ADMINS = frozenset({Role.ADMIN})
CLIENTS = frozenset({Role.CLIENT})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.PRODUCT_VIEW: EVERYONE,
    Action.PRODUCT_VIEW_ALL: ADMINS,
    Action.PRODUCT_VIEW_PUBLIC: BACK_OFFICE,
    Action.PRODUCT_CREATE: BACK_OFFICE,
    Action.PRODUCT_EDIT: BACK_OFFICE,
    Action.PRODUCT_IMPORT: BACK_OFFICE,
    Action.PRODUCT_SEE_COST: BACK_OFFICE,
    Action.PRODUCT_CHANGE_OWNER: ADMINS,
    Action.STOCK_ADJUST: BACK_OFFICE,
    Action.CATEGORY_EDIT: BACK_OFFICE,
    Action.TRASH_MANAGE: ADMINS,
    Action.CHANGES_UNDO: BACK_OFFICE,
    Action.CHANGES_UNDO_ANY: ADMINS,
    Action.PRODUCT_EXPORT: EVERYONE,
    Action.PROPOSAL_MAKE: CLIENTS,
    Action.PROPOSAL_DECIDE: BACK_OFFICE,
    Action.COMMENT_WRITE: EVERYONE,
    Action.VIEW_SAVE: EVERYONE,
    Action.VIEW_SHARE: BACK_OFFICE,
    Action.VIEW_DEFAULT: ADMINS,
    Action.ACCESS_EXPLAIN: BACK_OFFICE,
    Action.INBOX_OWN: EVERYONE,
    Action.PEOPLE_MANAGE: ADMINS,
    Action.ACCOUNT_VIEW: EVERYONE,
    Action.ACCOUNT_OWN: EVERYONE,
}


class Scope(StrEnum):
    """What a personal API token may be used for; never more than the role of its person allows."""

    READ = "read"
    PRODUCTS = "products"
    STOCK = "stock"
    ADMIN = "admin"


READING = frozenset(
    {
        Action.PRODUCT_VIEW,
        Action.PRODUCT_VIEW_ALL,
        Action.PRODUCT_VIEW_PUBLIC,
        Action.PRODUCT_SEE_COST,
        Action.PRODUCT_EXPORT,
        Action.ACCESS_EXPLAIN,
        Action.ACCOUNT_VIEW,
    }
)
# ACCOUNT_OWN is in none: a password or a token is changed by the person, after a sign-in.
SCOPES: dict[Scope, frozenset[Action]] = {
    Scope.READ: READING,
    Scope.PRODUCTS: READING
    | {
        Action.PRODUCT_CREATE,
        Action.PRODUCT_EDIT,
        Action.PRODUCT_IMPORT,
        Action.PRODUCT_CHANGE_OWNER,
        Action.CATEGORY_EDIT,
        Action.TRASH_MANAGE,
        Action.CHANGES_UNDO,
        Action.CHANGES_UNDO_ANY,
        Action.PROPOSAL_MAKE,
        Action.PROPOSAL_DECIDE,
        Action.COMMENT_WRITE,
        Action.VIEW_SAVE,
        Action.VIEW_SHARE,
        Action.VIEW_DEFAULT,
        Action.INBOX_OWN,
    },
    Scope.STOCK: READING | {Action.STOCK_ADJUST},
    Scope.ADMIN: frozenset({Action.ACCOUNT_VIEW, Action.PEOPLE_MANAGE}),
}

# What each right is to whoever gives or takes it.
RIGHTS: dict[Action, str | Promise] = {
    Action.PRODUCT_VIEW: _("See their own products"),
    Action.PRODUCT_VIEW_ALL: _("See every product, those of others that are not public too"),
    Action.PRODUCT_VIEW_PUBLIC: _("See all public products"),
    Action.PRODUCT_CREATE: _("Add products"),
    Action.PRODUCT_EDIT: _("Edit products and prices"),
    Action.PRODUCT_IMPORT: _("Import products"),
    Action.PRODUCT_SEE_COST: _("See cost, margin and the internal note"),
    Action.PRODUCT_CHANGE_OWNER: _("Give products to another owner"),
    Action.STOCK_ADJUST: _("Adjust and count stock"),
    Action.CATEGORY_EDIT: _("Change categories"),
    Action.TRASH_MANAGE: _("Move products to the trash and restore them"),
    Action.CHANGES_UNDO: _("Undo their own changes"),
    Action.CHANGES_UNDO_ANY: _("Undo changes of others"),
    Action.PRODUCT_EXPORT: _("Export the products that they see"),
    Action.PROPOSAL_MAKE: _("Propose changes to their products"),
    Action.PROPOSAL_DECIDE: _("Approve and refuse proposals"),
    Action.COMMENT_WRITE: _("Ask and answer about products that they see"),
    Action.VIEW_SAVE: _("Save views of the product list"),
    Action.VIEW_SHARE: _("Share saved views"),
    Action.VIEW_DEFAULT: _("Choose the view that a role begins with"),
    Action.ACCESS_EXPLAIN: _("Ask who can see a product, and why not"),
    Action.INBOX_OWN: _("Watch products and views, and be told"),
    Action.PEOPLE_MANAGE: _("Manage users, with their roles and access"),
    Action.ACCOUNT_VIEW: _("See their own account"),
    Action.ACCOUNT_OWN: _("Change their own account"),
}

# What a refused person reads: which right is missing, and who can help.
REFUSALS: dict[Action, str | Promise] = {
    Action.PRODUCT_CREATE: _("Clients cannot add products. Ask staff or an admin to add one for you."),
    Action.PRODUCT_EDIT: _("Clients cannot edit products. Ask staff or an admin to change it."),
    Action.PRODUCT_IMPORT: _("Clients cannot import products. Ask staff or an admin."),
    Action.PRODUCT_SEE_COST: _("Cost, margin and the internal note are for staff and admins."),
    Action.PRODUCT_CHANGE_OWNER: _("Only an admin can change a product’s owner."),
    Action.STOCK_ADJUST: _("Clients cannot change stock. Ask staff or an admin to correct it."),
    Action.CATEGORY_EDIT: _("Clients cannot change categories. Ask staff or an admin."),
    Action.TRASH_MANAGE: _("Only an admin can move products to the trash or bring them back."),
    Action.CHANGES_UNDO: _("Clients cannot undo changes. Ask staff or an admin."),
    Action.CHANGES_UNDO_ANY: _("You can undo your own changes. Ask an admin to undo somebody else’s."),
    Action.PROPOSAL_MAKE: _("You can edit products yourself, so there is nothing to propose."),
    Action.PROPOSAL_DECIDE: _("Staff and admins decide about proposals."),
    Action.VIEW_SHARE: _("Only staff and admins can share a view."),
    Action.VIEW_DEFAULT: _("Only an admin can choose the view that a role begins with."),
    Action.ACCESS_EXPLAIN: _("Only staff and admins can ask who sees a product."),
    Action.PEOPLE_MANAGE: _("Only an admin can manage people."),
}

# Fields of a product that only those with the action may read or write, on any path.
GUARDED_FIELDS: dict[str, Action] = {
    "cost": Action.PRODUCT_SEE_COST,
    "note": Action.PRODUCT_SEE_COST,
}


@dataclass(frozen=True)
class Decision:
    allowed: bool
    code: str = "allowed"
    reason: str | Promise = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Decision(True)
OUT_OF_SCOPE = Decision(
    False, "scope_missing", _("This token has no scope for that. Make one with the scope, or log in with the password.")
)
VIEWED = Decision(
    False,
    "viewing_as",
    _("This is theirs alone: their account, sign-in and tokens are not shown to who views as them."),
)
SIGNED_OUT = Decision(False, "not_authenticated", _("Sign in to go on."))


def can(person: Any, action: Action) -> Decision:
    """May this person's role do it, and if not, why? Nobody signed out or deactivated may do anything."""
    if not getattr(person, "is_authenticated", False) or not person.is_active:
        return SIGNED_OUT
    if person.role not in ALLOWED[action]:
        return Decision(False, "permission_denied", REFUSALS.get(action, _("Your role does not include this.")))
    if action == Action.ACCOUNT_OWN and getattr(person, "viewed_by", None):
        return VIEWED
    # Set by the API's authentication where the person is here through a personal token.
    scopes = getattr(person, "scopes", None)
    if scopes is not None and not any(action in SCOPES[Scope(scope)] for scope in scopes):
        return OUT_OF_SCOPE
    return YES


def usable_scopes(person: Any) -> list[Scope]:
    """The scopes that give this person anything: each is named after what it adds to reading."""
    added = {scope: SCOPES[scope] - READING or SCOPES[scope] for scope in Scope}
    return [scope for scope, actions in added.items() if any(can(person, action) for action in actions)]


def hidden_fields(person: Any) -> frozenset[str]:
    """The product fields that do not exist for this person."""
    return frozenset(name for name, action in GUARDED_FIELDS.items() if not can(person, action))
