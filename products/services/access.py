"""“Can cleo see this, and why not?”: answered by the rules themselves, and told step by step."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import ALLOWED, RIGHTS, Action, Role, can
from products.models import ChangeSet, Product
from products.models.catalogue import ProductQuerySet
from site_config.lib.errors import DomainError

# What the answer tells of, in the order of a product's page.
SIGHTS = (Action.PRODUCT_VIEW_ALL, Action.PRODUCT_VIEW_PUBLIC, Action.PRODUCT_VIEW)
ACTS = (
    Action.PRODUCT_EDIT,
    Action.PROPOSAL_MAKE,
    Action.STOCK_ADJUST,
    Action.PRODUCT_SEE_COST,
    Action.PRODUCT_CHANGE_OWNER,
    Action.TRASH_MANAGE,
)
MOST_GIVERS, MOST_NAMESAKES = 3, 20


@dataclass(frozen=True)
class Fact:
    """One step of the answer; `hinders` where it is what keeps the person from seeing the product."""

    code: str
    text: str
    hinders: bool = False


@dataclass(frozen=True)
class Act:
    action: Action
    label: str
    allowed: bool


@dataclass(frozen=True)
class Explanation:
    person: User
    sees: bool
    facts: list[Fact]
    acts: list[Act]
    ways: list[str]  # what would let them see it, and who can do that


def reachable(reader: User) -> ProductQuerySet:
    """The products that this person may ask about: what they see, and what they may bring back from the trash."""
    return Product.objects.visible_to(reader) | Product.objects.trash_of(reader)


def explain(*, product: Product, person: User) -> Explanation:
    """Whether the product exists for the person, what leads to that, and what they may do with it.

    Whether is asked of `visible_to` and `can`, never worked out here: the steps only tell what those look at.
    """
    mine = Product.objects.filter(pk=product.pk)
    sees = mine.visible_to(person).exists()
    in_sight = sees or mine.in_sight_of(person).exists()
    acts = [Act(action, str(RIGHTS[action]), sees and bool(can(person, action))) for action in ACTS]
    facts = facts_of(product, person, hidden=person.is_active and not in_sight)
    return Explanation(person, sees, facts, acts, [] if sees else ways(product, person, in_sight=in_sight))


def facts_of(product: Product, person: User, *, hidden: bool) -> list[Fact]:
    """What the rules look at, in their order; `hidden` is that the product is out of an active person's sight."""
    role, own = Role(person.role), product.owner_id == person.pk
    publicly = role in ALLOWED[Action.PRODUCT_VIEW_PUBLIC]
    # The widest of what the role lets people see, as the policy names it.
    widest = next(RIGHTS[action] for action in SIGHTS if role in ALLOWED[action])
    told = _("Their role is {role}, which lets them: {right}.")
    account = _("Their account is active.") if person.is_active else _("Their account is deactivated.")
    owner = _("The product is theirs.") if own else _("The product belongs to {}.").format(product.owner)
    public = _("It is public.") if product.is_public else _("It is a draft, not public.")
    trashed = _("It is in the trash, where it exists for nobody.")
    facts = [
        Fact("account", account, not person.is_active),
        Fact("role", told.format(role=person.role_label, right=lower_first(str(widest)))),
        Fact("owner", owner, hidden),
        Fact("public", public, hidden and publicly),
        Fact("trash", trashed if product.trashed_at else _("It is not in the trash."), bool(product.trashed_at)),
    ]
    if product.archived_at:
        facts.append(Fact("archive", _("It is archived, which hides it from nobody.")))
    return facts


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def ways(product: Product, person: User, *, in_sight: bool) -> list[str]:
    """What would have to change for them to see it, each with who can do that."""
    found, names = [], _(" or ").join(givers()) or _("an admin")
    if not person.is_active:
        found.append(_("Reactivate the account: {}.").format(names))
    if product.trashed_at:
        found.append(_("Bring it back from the trash: {}.").format(names))
    if person.is_active and not in_sight:
        if Role(person.role) in ALLOWED[Action.PRODUCT_VIEW_PUBLIC]:
            found.append(_("Make it public: whoever sees and edits it, like {}.").format(names))
        found.append(_("Make them its owner: {}.").format(names))
    return found


# --- Who can help ----------------------------------------------------------------------------------------------------


def givers() -> list[str]:
    """The names of some who can give people another role, and with it a right; one query."""
    return [str(admin) for admin in User.objects.active_admins().order_by("name", "pk")[:MOST_GIVERS]]


# --- Whom one may ask about ------------------------------------------------------------------------------------------


def find(*, asker: User, given: str) -> User:
    """The person of this name, username or address, where the asker may know of them.

    Admins manage people, so they may ask about anybody. The others learn nothing of who has an account: they ask about
    themselves, about owners of what they see and about who changed something that they see, by the name they know. Any
    other name is answered with one and the same DomainError, `unknown_person`, whether or not somebody has it.
    """
    given = given.strip()
    knows_all = bool(can(asker, Action.PEOPLE_MANAGE))
    named = Q(name__iexact=given) | Q(username__iexact=given)
    rows = User.objects.filter(named | Q(email__iexact=given) if knows_all else named).order_by("pk")
    people = list(rows[:MOST_NAMESAKES]) if given else []
    known = [person for person in people if knows_all or is_known(asker, person)]
    if not known:
        raise DomainError(nobody(knows_all), field="person", code="unknown_person")
    exact = [person for person in known if given.lower() == person.username.lower()]
    if len(exact or known) > 1:
        raise DomainError(_("Several people are called so. Give the username."), field="person", code="several_people")
    found: User = (exact or known)[0]
    return found


def nobody(knows_all: bool) -> str:
    if knows_all:
        return _("Nobody is called so. Give a name, a username or an e-mail address.")
    return _(
        "You know nobody of this name from the products that you see. A client sees their own products and no others; "
        "about somebody else ask an admin."
    )


def suggested(*, asker: User, product: Product) -> list[str]:
    """Names to choose from: its owner, and who changed it of late in something that the asker sees."""
    acts = ChangeSet.objects.of_product(product.pk, asker).exclude(actor=None).select_related("actor")
    return list(dict.fromkeys([str(product.owner), *(str(act.actor) for act in acts.order_by("-pk")[:MOST_NAMESAKES])]))


def is_known(asker: User, person: User) -> bool:
    if person.pk == asker.pk or Product.objects.visible_to(asker).filter(owner=person).exists():
        return True
    return ChangeSet.objects.visible_to(asker).filter(actor=person).exists()
