"""What the API is asked about: people of every role, and rows of every kind that exist."""

from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from axes.models import AccessAttempt
from django.utils import timezone

from accounts.models import ApiSession, Mail, PersonalToken, User
from accounts.policy import Role
from accounts.services import emails, mails, personal_tokens, resets, tokens
from accounts.services.limits import LIMIT_PER_PAIR
from products.models import ChangeSet, Job, Notification, SavedView, Tag
from products.models.notifications import Kind
from products.services import archive, comments, proposals, trash, watching
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
    word = f"word {admin.pk}"
    tagged = ProductFactory(owner=owner, actor=admin, tags=[word])
    gone = [ProductFactory(owner=owner, actor=admin) for _ in range(2)]
    for product in gone:
        trash.discard(actor=admin, product=product)
    shelved = ProductFactory(owner=owner, actor=admin)
    archive.archive(actor=admin, product=shelved, version=shelved.version)
    for who in {owner, other}:
        personal_tokens.create(actor=who, name="Feed", scopes=["read"])
    pairs = [tokens.sign_in(person=who) for who in (owner, other)]
    invited_people = [invited(actor=admin, email=f"{word}{admin.pk}@example.com") for word in ("one", "two", "three")]
    protected, forgetful = UserFactory(role=Role.STAFF), UserFactory(role=Role.STAFF)
    TOTP.activate(protected, generate_totp_secret())
    RecoveryCodes.activate(protected)
    AccessAttempt.objects.create(
        username=f"user:{protected.pk}", ip_address="198.51.100.7", failures_since_start=LIMIT_PER_PAIR
    )
    view = SavedView.objects.create(name=f"View {admin.pk}", slug=f"view-{admin.pk}", owner=owner, is_shared=True)
    watch = watching.add(actor=owner, product=mine)
    asked = [proposals.make(actor=owner, product=mine, **fields) for fields in ({"price": "99.00"}, {"name": "Jug"})]
    question = comments.add(actor=owner, product=mine, text="When does it come?")
    told = Notification.objects.create(person=owner, kind=Kind.PRODUCT_LOW, product=mine)
    job = Job.objects.create(kind="changes.undone", actor=owner, task="made.up", status="done")
    return {
        "mails": mailed(),
        "invitations": [invitation.pk for invitation, _secret in invited_people],
        "secrets": [secret for _invitation, secret in invited_people],
        "products": [mine.pk, theirs.pk],
        "versions": [mine.version],
        "discards": [theirs.pk],
        "proposable": [tagged.pk, mine.pk],
        "archive": [shelved.pk],
        "trash": [product.pk for product in gone],
        "trashed SKUs": [product.sku for product in gone],
        # First the ones that nothing is in: the first is what examples name, and it can be deleted.
        "categories": [category.pk for category in reversed(categories)],
        "parents": [shelf.pk],
        "tags": [Tag.objects.get(name=word).pk],
        "changes": [*ChangeSet.objects.order_by("-pk").values_list("pk", flat=True)[:3]],
        "jobs": [job.pk],
        "views": [view.pk],
        "slugs": [view.slug],
        "watches": [watch.pk],
        "notifications": [told.pk],
        "proposals": [proposal.pk for proposal in asked],
        "comments": [question.pk],
        "users": [other.pk, owner.pk],
        "protected": [protected.pk],
        "successors": [admin.pk],
        "tokens": keys(PersonalToken, other),
        "own tokens": keys(PersonalToken, owner),
        "sessions": keys(ApiSession, other),
        "own sessions": keys(ApiSession, owner),
        "usernames": [other.username, other.email],
        "passwords": [PASSWORD, "another correct horse"],
        "refresh": [pair["refresh"] for pair in pairs],
        "any token": [*pairs[0].values()],
        "forgetful": [forgetful.pk],
        "reset links": [resets.links.make_token(forgetful)],
        "email links": [emails.token_of(owner, f"new-{owner.pk}@example.com")],
    }


def mailed() -> list[int]:
    """The mails of the invitations: one that failed and waits for its next try, one given up, one sent."""
    waiting, given_up, sent = Mail.objects.order_by("-pk")[:3]
    for mail, found in (
        (
            waiting,
            {"error": "SMTPServerDisconnected: gone", "attempts": 1, "next_try_at": timezone.now() + mails.PAUSES[0]},
        ),
        (given_up, {"error": "SMTPServerDisconnected: gone", "attempts": 6, "failed_at": timezone.now()}),
        (sent, {"attempts": 1, "sent_at": timezone.now()}),
    ):
        Mail.objects.filter(pk=mail.pk).update(**found)
    return [waiting.pk, given_up.pk, sent.pk]


def keys(model: Any, person: User) -> list[Any]:
    found = model.objects.filter(user=person).values_list("pk", flat=True)
    return [key if isinstance(key, int) else str(key) for key in found]
