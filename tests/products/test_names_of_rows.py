"""What a row of each table is called where Python shows it, as in a shell or in a log."""

import pytest

from products.models import (
    Comment,
    Notification,
    Presence,
    Product,
    Proposal,
    ProposedField,
    SavedView,
    Subscription,
    Visit,
    Watch,
)

TOLD = [
    (lambda sam, mug: Watch(person=sam, product=mug), "Sam Reyes: Enamel mug"),
    (lambda sam, mug: Watch(person=sam, view=SavedView(name="Cheap")), "Sam Reyes: Cheap"),
    (lambda sam, mug: Notification(person=sam, kind="product.low"), "Sam Reyes: product.low"),
    (lambda sam, mug: Visit(person=sam), "Sam Reyes"),
    (lambda sam, mug: Subscription(person=sam), "Sam Reyes"),
    (lambda sam, mug: Presence(person=sam, product=mug), "Sam Reyes: Enamel mug"),
    (lambda sam, mug: Proposal(author_name="Cleo Martin", product=mug), "Enamel mug: Cleo Martin"),
    (lambda sam, mug: ProposedField(field="price"), "price"),
    (lambda sam, mug: Comment(author_name="Cleo Martin", text="When?"), "Cleo Martin: When?"),
]


@pytest.mark.parametrize(("make", "name"), TOLD)
def test_a_row_has_a_name(make, name, sam, mug):
    assert str(make(sam, mug)) == name


def test_nobody_has_no_views(db):
    assert not SavedView.objects.visible_to(None).exists()
    assert not Product.objects.visible_to(None).exists()
