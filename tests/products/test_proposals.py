"""A client asks for a change: checked as an edit is, kept as what differs, one at a time about a field."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from accounts.policy import Role
from products.models import ChangeSet, Notification, Product, Proposal, ProposedField
from products.models.notifications import Kind
from products.services import catalogue, notifications, ownership, proposals, stock, trash
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import CategoryFactory, ProductFactory, UserFactory


@pytest.fixture
def kettle(cleo, ada):
    return ProductFactory(
        name="Stovetop kettle", sku="KET-1", price="45.50", cost="21.00", stock=10, description="Whistles.", owner=cleo
    )


def asked(proposal):
    return {row.field: (row.old, row.new) for row in proposal.fields.order_by("pk")}


# --- Making ----------------------------------------------------------------------------------------------------------


def test_what_differs_is_kept_and_nothing_is_written(cleo, kettle):
    shelf = CategoryFactory(name="Kitchen")
    before = ChangeSet.objects.count()
    proposal = proposals.make(
        actor=cleo,
        product=kettle,
        reason="Steel got\r\n\r\n\r\n\u202edearer.\0",
        version=1,
        counted=8,
        expected=10,
        name="Stovetop kettle",
        price=Decimal("47"),
        category=shelf,
        tags=["steel"],
    )
    assert asked(proposal) == {
        "price": ("45.50", "47.00"),
        "category_id": (None, shelf.pk),
        "tags": ([], ["steel"]),
        "stock": (10, 8),
    }
    assert (proposal.author_name, proposal.reason, proposal.version) == ("Cleo Martin", "Steel got\n\n dearer.", 1)
    kettle.refresh_from_db()
    assert (kettle.price, kettle.stock, kettle.version) == (Decimal("45.50"), 10, 1)
    assert ChangeSet.objects.count() == before


def test_those_who_decide_and_see_the_product_are_told(ada, sam, cleo, kettle):
    hidden = ProductFactory(owner=cleo, is_public=False)
    proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    proposals.make(actor=cleo, product=hidden, price=Decimal(47))
    told = Notification.objects.filter(kind=Kind.PROPOSAL_MADE).order_by("pk")
    assert [(row.person, row.product) for row in told] == [(ada, kettle), (sam, kettle), (ada, hidden)]


def test_nothing_different_is_nothing_to_ask_for(cleo, kettle):
    with pytest.raises(DomainError) as refused:
        proposals.make(
            actor=cleo, product=kettle, name=" Stovetop kettle ", price=Decimal("45.5"), counted=10, expected=10
        )
    assert refused.value.code == "nothing_different"
    assert not Proposal.objects.exists()


def test_what_others_changed_since_is_not_asked_for(sam, cleo, kettle):
    """Their new name was not in the form that cleo had open; the price that both want is asked for against hers."""
    catalogue.edit(actor=sam, product=kettle, name="Kettle", price=Decimal(46), barcode="96385074")
    proposal = proposals.make(
        actor=cleo, product=kettle, version=1, name="Stovetop kettle", price=Decimal(47), barcode="96385074"
    )
    assert asked(proposal) == {"price": ("45.50", "47.00")}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"price": Decimal(-1)}, "price"),
        ({"price": Decimal("1.234")}, "price"),
        ({"barcode": "12345678"}, "barcode"),
        ({"name": ""}, "name"),
        ({"sku": "MUG-1"}, "sku"),
        ({"counted": -1, "expected": 10}, "counted"),
        ({"counted": 8, "expected": 9}, "counted"),
        ({"price": Decimal(47), "reason": "x" * 501}, "reason"),
    ],
)
def test_a_mistake_is_refused_as_in_an_edit(fields, field, cleo, kettle):
    ProductFactory(owner=cleo, sku="MUG-1")
    with pytest.raises(DomainError) as refused:
        proposals.make(actor=cleo, product=kettle, **fields)
    assert refused.value.field == field
    assert not Proposal.objects.exists()


def test_a_sku_of_what_they_do_not_see_is_not_told_to_be_taken(cleo, mug, kettle):
    """Who decides learns it; else a client could ask which SKUs there are."""
    assert asked(proposals.make(actor=cleo, product=kettle, sku="mug-1")) == {"sku": ("KET-1", "mug-1")}


def test_an_emptied_sku_keeps_the_one_there_is_and_its_own_is_not_taken(cleo, kettle):
    proposal = proposals.make(actor=cleo, product=kettle, sku="ket-1", name="Kettle")
    assert asked(proposal) == {"sku": ("KET-1", "ket-1"), "name": ("Stovetop kettle", "Kettle")}
    other = ProductFactory(owner=cleo)
    assert asked(proposals.make(actor=cleo, product=other, sku="", name="Pot")) == {"name": (other.name, "Pot")}


@pytest.mark.parametrize("name", ["cost", "note", "owner", "is_public", "margin"])
def test_what_is_hidden_or_not_theirs_cannot_be_asked_for(name, cleo, kettle):
    with pytest.raises(TypeError):
        proposals.make(actor=cleo, product=kettle, **{name: "1"})


def test_a_field_waits_once_and_the_others_may_be_asked_for_beside_it(cleo, kettle):
    first = proposals.make(actor=cleo, product=kettle, price=Decimal(47), counted=8, expected=10)
    for fields, field in (({"price": Decimal(48)}, "price"), ({"counted": 9, "expected": 10}, "counted")):
        with pytest.raises(Conflict) as refused:
            proposals.make(actor=cleo, product=kettle, **fields)
        assert (refused.value.code, refused.value.field) == ("already_proposed", field)
        assert refused.value.extra == {"proposal": first.pk}
    proposals.make(actor=cleo, product=kettle, name="Kettle")
    proposals.withdraw(actor=cleo, proposal=first)
    assert asked(proposals.make(actor=cleo, product=kettle, price=Decimal(48))) == {"price": ("45.50", "48.00")}


def test_nobody_has_more_open_than_can_be_read(ada, cleo, kettle, monkeypatch):
    monkeypatch.setattr(proposals, "MOST_OPEN", 1)
    proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    other = ProductFactory(owner=cleo)
    with pytest.raises(Conflict) as refused:
        proposals.make(actor=cleo, product=other, name="Pot")
    assert refused.value.code == "too_many_proposals"
    # What is out of their sight cannot be withdrawn, so it does not count.
    trash.discard(actor=ada, product=kettle)
    assert proposals.make(actor=cleo, product=other, name="Pot").pk


def test_nobody_keeps_others_busy_by_making_and_withdrawing(cleo, kettle, monkeypatch):
    monkeypatch.setattr(proposals, "MOST_AN_HOUR", 2)
    for price in (47, 48):
        proposals.withdraw(actor=cleo, proposal=proposals.make(actor=cleo, product=kettle, price=Decimal(price)))
    with pytest.raises(Conflict, match="You made 2 proposals within an hour") as refused:
        proposals.make(actor=cleo, product=kettle, price=Decimal(49))
    assert refused.value.code == "too_many_proposals"
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert proposals.make(actor=cleo, product=kettle, price=Decimal(49)).pk


def test_what_is_withdrawn_is_news_to_nobody_but_who_read_it(ada, sam, cleo, kettle):
    proposal = proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    notifications.read(actor=ada, notification=Notification.objects.get(person=ada))
    proposals.withdraw(actor=cleo, proposal=proposal)
    assert [row.person for row in Notification.objects.all()] == [ada]


def test_what_is_in_the_trash_cannot_be_proposed_for(ada, cleo, kettle):
    trash.discard(actor=ada, product=kettle)
    with pytest.raises(Conflict) as refused:
        proposals.make(actor=cleo, product=kettle, name="Kettle")
    assert refused.value.code == "trashed"


# --- Withdrawing -----------------------------------------------------------------------------------------------------


def test_its_author_withdraws_it_once(sam, cleo, kettle):
    proposal = proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    with pytest.raises(NotAllowed):
        proposals.withdraw(actor=sam, proposal=proposal)
    assert proposals.withdraw(actor=cleo, proposal=proposal).status == "withdrawn"
    with pytest.raises(Conflict) as refused:
        proposals.withdraw(actor=cleo, proposal=proposal)
    assert refused.value.message == "Cleo Martin withdrew this proposal."


def test_one_whose_product_was_deleted_for_good_is_gone(cleo, kettle):
    proposal = proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    Proposal.objects.filter(pk=proposal.pk).delete()
    with pytest.raises(Conflict) as refused:
        proposals.withdraw(actor=cleo, proposal=proposal)
    assert refused.value.code == "gone"


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_clients_see_their_own_staff_those_about_products_they_see(ada, sam, cleo, kettle):
    other = UserFactory(role=Role.CLIENT)
    secret = ProductFactory(owner=other, is_public=False, name="Secret teapot")
    mine = proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    theirs = proposals.make(actor=other, product=secret, price=Decimal(9))
    for reader, seen in ((ada, [mine, theirs]), (sam, [mine]), (cleo, [mine]), (other, [theirs])):
        assert list(proposals.listed(reader).order_by("pk")) == seen
        assert proposals.waiting_count(reader) == len(seen)
    ownership.hand_over(actor=ada, person=cleo, successor=ada)
    assert list(proposals.listed(cleo)) == []
    assert proposals.asked_for(sam, [kettle]) == {}


def test_a_list_is_narrowed_by_state_words_and_product(ada, cleo, kettle):
    pot = ProductFactory(owner=cleo, name="Plant pot", sku="POT-7")
    first = proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    second = proposals.make(actor=cleo, product=pot, price=Decimal(9))
    proposals.withdraw(actor=cleo, proposal=second)
    for wanted, found in (
        ({"state": "waiting"}, [first]),
        ({"state": "decided"}, [second]),
        ({"state": "nonsense"}, [first, second]),
        ({"status": "withdrawn"}, [second]),
        ({"product": kettle.pk}, [first]),
        ({"q": "POT-7"}, [second]),
        ({"q": "kettle martin"}, [first]),
        ({"q": "teapot"}, []),
    ):
        assert list(proposals.listed(ada, **wanted).order_by("pk")) == found, wanted


def test_what_a_client_waits_for_is_told_for_a_page_in_one_query(cleo, kettle, django_assert_num_queries):
    pot = ProductFactory(owner=cleo)
    proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    proposals.make(actor=cleo, product=kettle, counted=8, expected=10)
    with django_assert_num_queries(1):
        found = proposals.asked_for(cleo, [kettle, pot])
    assert {key: [row.field for row in rows] for key, rows in found.items()} == {kettle.pk: ["price", "stock"]}


def test_the_number_in_the_menu_is_bounded(cleo, ada, kettle, monkeypatch):
    monkeypatch.setattr(proposals, "MOST_COUNTED", 1)
    proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    proposals.make(actor=cleo, product=kettle, name="Kettle")
    assert proposals.waiting_count(ada) == 1


def test_nothing_hidden_is_ever_kept(cleo, kettle):
    proposals.make(actor=cleo, product=kettle, price=Decimal(47), counted=8, expected=10)
    assert set(ProposedField.objects.values_list("field", flat=True)) <= {*proposals.FIELDS, "category_id", "stock"}
    assert stock.REMOVING  # the ledger was not asked
    assert Product.objects.get(pk=kettle.pk).stock == 10
