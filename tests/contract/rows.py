"""What the API is asked about: people of every role, and rows of every kind that exist."""

from typing import Any

from accounts.api.invitations import EXAMPLE_LINK
from accounts.models import ApiSession, Invitation, PersonalToken, User
from accounts.policy import Role
from accounts.services import invitations, personal_tokens, tokens
from products.models import ChangeSet
from products.services import trash
from tests.factories import PASSWORD, CategoryFactory, ProductFactory, UserFactory, invited

ROLES = {"anonymous": None, "client": Role.CLIENT, "staff": Role.STAFF, "admin": Role.ADMIN}


def person_of(role: str) -> User | None:
    """Somebody new who asks; nobody for an anonymous request."""
    return UserFactory(role=ROLES[role]) if ROLES[role] else None


def made(asking: User | None) -> dict[str, list[Any]]:
    """Rows of all kinds, some of which belong to who asks; the values that schemathesis may send, by word."""
    admin, other = UserFactory(role=Role.ADMIN), UserFactory(role=Role.STAFF)
    shelf = CategoryFactory()
    categories = [shelf, CategoryFactory(parent=shelf), CategoryFactory()]
    owner = asking or other
    mine, theirs = (ProductFactory(owner=who, actor=admin, stock=10, category=shelf) for who in (owner, admin))
    gone = ProductFactory(owner=owner, actor=admin)
    trash.discard(actor=admin, product=gone)
    for who in {owner, other}:
        personal_tokens.create(actor=who, name="Feed", scopes=["read"])
    pairs = [tokens.sign_in(person=who) for who in (owner, other)]
    invited_people = [invited(actor=admin, email=f"{word}{admin.pk}@example.com") for word in ("one", "two", "three")]
    # The document's own example of a secret works, so that boundary cases start from a link that does.
    last, _secret = invited_people[-1]
    Invitation.objects.filter(pk=last.pk).update(digest=invitations.digest_of(EXAMPLE_LINK))
    return {
        "invitations": [invitation.pk for invitation, _secret in invited_people],
        "secrets": [secret for _invitation, secret in invited_people],
        "products": [mine.pk, theirs.pk],
        "trash": [gone.pk],
        # First the ones that nothing is in: the first is what examples name, and it can be deleted.
        "categories": [category.pk for category in reversed(categories)],
        "changes": [*ChangeSet.objects.order_by("-pk").values_list("pk", flat=True)[:3]],
        "users": [other.pk, owner.pk],
        "successors": [admin.pk],
        "tokens": keys(PersonalToken, other),
        "own tokens": keys(PersonalToken, owner),
        "sessions": keys(ApiSession, other),
        "own sessions": keys(ApiSession, owner),
        "usernames": [other.username, other.email],
        "passwords": [PASSWORD, "another correct horse"],
        "refresh": [pair["refresh"] for pair in pairs],
        "any token": [*pairs[0].values()],
    }


def keys(model: Any, person: User) -> list[Any]:
    found = model.objects.filter(user=person).values_list("pk", flat=True)
    return [key if isinstance(key, int) else str(key) for key in found]
