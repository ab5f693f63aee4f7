"""What a person owns goes on when they do not."""

from accounts.models import User
from products.models import Product
from products.services import changes


def hand_over(*, actor: User, person: User, successor: User) -> int:
    """Gives every product of a person, those in the trash too, to the successor as one change set; how many."""
    with changes.recorded(actor=actor, kind="product.handed_over", reason=str(person)) as recorder:
        products = changes.lock(Product.objects.filter(owner=person))
        recorder.update([(product, {"owner_id": successor.pk}) for product in products])
    return len(products)


def in_sight(person: User) -> int:
    """How many products exist for a person in the role they have."""
    return Product.objects.visible_to(person).count()
