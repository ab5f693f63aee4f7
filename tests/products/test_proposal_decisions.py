"""Deciding field by field, against the product as it stands now; what is approved is one act in the author's name."""

from decimal import Decimal

import pytest

from accounts.models import User
from accounts.policy import Role
from accounts.services import people
from products.models import Category, ChangeSet, Notification, Proposal
from products.models.notifications import Kind
from products.services import catalogue, history, ownership, proposal_decisions, proposals, stock, trash, undo
from products.services.proposal_decisions import StaleProposal, decide
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import CategoryFactory, ProductFactory, UserFactory


@pytest.fixture
def kettle(cleo, ada):
    return ProductFactory(
        name="Stovetop kettle", sku="KET-1", price="45.50", cost="38.10", stock=10, low_stock_threshold=4, owner=cleo
    )


@pytest.fixture
def proposal(cleo, kettle):
    return proposals.make(
        actor=cleo, product=kettle, reason="Steel\ngot dearer", name="Kettle", price=Decimal(47), counted=8, expected=10
    )


ALL = ["name", "price", "stock"]


def verdicts(proposal):
    return dict(proposal.fields.values_list("field", "verdict"))


def standing(proposal):
    row = proposals.listed(User.objects.get(username="ada")).get(pk=proposal.pk)
    return proposal_decisions.standings([row])[row.pk]


def states(proposal):
    return {field.row.field: field.state for field in standing(proposal).fields}


# --- Approving and refusing ------------------------------------------------------------------------------------------


def test_all_of_it_becomes_one_act_in_the_authors_name(sam, cleo, kettle, proposal):
    decided = decide(actor=sam, proposal=proposal, approve=ALL, reply="From Monday on.")
    change_set = decided.change_set
    assert (change_set.kind, change_set.actor, change_set.actor_name) == ("proposal.approved", cleo, "Cleo Martin")
    assert change_set.reason == "Approved by Sam Reyes: Steel got dearer"
    assert {row.field: (row.old, row.new) for row in change_set.changes.all()} == {
        "name": ("Stovetop kettle", "Kettle"),
        "price": ("45.50", "47.00"),
        "stock": (10, 8),
    }
    kettle.refresh_from_db()
    assert (kettle.name, kettle.price, kettle.stock, kettle.version) == ("Kettle", Decimal(47), 8, 2)
    movement = kettle.movements.latest("pk")
    assert (movement.kind, movement.delta, movement.balance) == ("count", -2, 8)
    assert not stock.mismatches()
    assert (decided.status, decided.decided_by, decided.reply) == ("approved", sam, "From Monday on.")
    assert set(verdicts(proposal).values()) == {"approved"}
    [told] = Notification.objects.filter(kind=Kind.PROPOSAL_DECIDED)
    assert (told.person, told.proposal) == (cleo, proposal)


def test_without_a_reason_the_act_names_who_approved_it(sam, cleo, kettle):
    made = proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    assert decide(actor=sam, proposal=made, approve=["price"]).change_set.reason == "Approved by Sam Reyes"


def test_a_part_is_approved_and_the_rest_refused(sam, kettle, proposal):
    decided = decide(actor=sam, proposal=proposal, approve=["price"], refuse=["name", "stock"], reply="Counted twice.")
    assert decided.status == "partly"
    assert verdicts(proposal) == {"price": "approved", "name": "refused", "stock": "refused"}
    kettle.refresh_from_db()
    assert (kettle.name, kettle.price, kettle.stock) == ("Stovetop kettle", Decimal(47), 10)


def test_a_refusal_writes_nothing_and_tells_why(sam, cleo, kettle, proposal):
    before = ChangeSet.objects.count()
    decided = decide(actor=sam, proposal=proposal, refuse=ALL, reply=" The floor is £46.\r\n")
    assert (decided.status, decided.reply, decided.change_set) == ("refused", "The floor is £46.", None)
    assert ChangeSet.objects.count() == before
    assert Notification.objects.filter(kind=Kind.PROPOSAL_DECIDED, person=cleo).count() == 1


@pytest.mark.parametrize(
    ("choice", "field", "code"),
    [
        ({"refuse": ALL}, "reply", "reply_needed"),
        ({"refuse": ALL, "reply": " \u200e"}, "reply", "reply_needed"),
        ({"refuse": ALL, "reply": "x" * 501}, "reply", "too_long"),
        ({"approve": ["price"]}, "approve", "undecided"),
        ({}, "approve", "undecided"),
        ({"approve": [*ALL, "tags"]}, "approve", "not_asked_for"),
        ({"approve": ALL, "refuse": ["sku"], "reply": "No"}, "refuse", "not_asked_for"),
        ({"approve": ALL, "refuse": ["price"], "reply": "No"}, "refuse", "decided_twice"),
    ],
)
def test_every_field_is_decided_about_once(choice, field, code, sam, kettle, proposal):
    with pytest.raises(DomainError) as refused:
        decide(actor=sam, proposal=proposal, **choice)
    assert (refused.value.field, refused.value.code) == (field, code)
    proposal.refresh_from_db()
    assert proposal.status == "open"
    kettle.refresh_from_db()
    assert kettle.version == 1


def test_who_comes_second_reads_who_decided(ada, sam, cleo, kettle):
    for act, sentence in (
        ({"approve": ["price"]}, "Sam Reyes approved this proposal already."),
        ({"refuse": ["price"], "reply": "No"}, "Sam Reyes refused this proposal already."),
    ):
        made = proposals.make(actor=cleo, product=kettle, price=Decimal(60))
        decide(actor=sam, proposal=made, **act)
        with pytest.raises(Conflict) as refused:
            decide(actor=ada, proposal=made, approve=["price"])
        assert (refused.value.code, refused.value.message) == ("decided", sentence)
        catalogue.edit(actor=ada, product=kettle, price=Decimal("45.50"))
    sam_gone = Proposal.objects.latest("pk")
    Proposal.objects.update(decided_by=None)
    with pytest.raises(Conflict, match="Somebody refused"):
        decide(actor=ada, proposal=sam_gone, approve=["price"])


def test_who_approves_a_proposal_of_their_own_is_not_told(ada, cleo, kettle, proposal):
    """A client who works in the back office by now."""
    User.objects.filter(pk=cleo.pk).update(role=Role.STAFF)
    cleo.refresh_from_db()
    decide(actor=cleo, proposal=proposal, approve=ALL)
    assert not Notification.objects.filter(kind=Kind.PROPOSAL_DECIDED).exists()


@pytest.mark.parametrize(("scopes", "code"), [(["products"], None), (["read"], "scope_missing")])
def test_a_token_approves_what_its_scopes_could_write(scopes, code, sam, cleo, kettle):
    made = proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    count = proposals.make(actor=cleo, product=kettle, counted=8, expected=10)
    sam.scopes = scopes
    with pytest.raises(NotAllowed) as refused:
        decide(actor=sam, proposal=count, approve=["stock"])
    assert (refused.value.field, refused.value.code) == ("stock", "scope_missing")
    if code:
        with pytest.raises(NotAllowed):
            decide(actor=sam, proposal=made, approve=["price"])
    else:
        assert decide(actor=sam, proposal=made, approve=["price"]).status == "approved"


# --- What changed since ----------------------------------------------------------------------------------------------


def test_what_somebody_changed_since_asks_for_a_choice(ada, sam, kettle, proposal):
    catalogue.edit(actor=ada, product=kettle, price=Decimal(46), note="Only a note")
    assert states(proposal) == {"name": "fresh", "price": "stale", "stock": "fresh"}
    assert not standing(proposal).clear
    with pytest.raises(StaleProposal) as refused:
        decide(actor=sam, proposal=proposal, approve=ALL)
    conflict = {"field": "price", "old": "45.50", "now": "46.00", "new": "47.00"}
    assert refused.value.extra == {"conflicts": [conflict]}
    kettle.refresh_from_db()
    assert (kettle.name, kettle.stock) == ("Stovetop kettle", 10)
    decide(actor=sam, proposal=proposal, approve=ALL, over=["price"], version=kettle.version)
    kettle.refresh_from_db()
    assert (kettle.price, kettle.name, kettle.stock) == (Decimal(47), "Kettle", 8)


@pytest.mark.parametrize("version", [None, 2])
def test_the_choice_is_about_the_value_that_was_seen(version, ada, sam, kettle, proposal):
    """Seen at version 2, and changed again since: it asks again."""
    catalogue.edit(actor=ada, product=kettle, price=Decimal(46))
    catalogue.edit(actor=ada, product=kettle, price=Decimal(44))
    with pytest.raises(StaleProposal):
        decide(actor=sam, proposal=proposal, approve=ALL, over=["price"], version=version)
    assert decide(actor=sam, proposal=proposal, approve=ALL, over=["price"], version=3).status == "approved"


def test_what_is_so_already_is_approved_and_writes_nothing(ada, sam, cleo, kettle):
    made = proposals.make(actor=cleo, product=kettle, price=Decimal(47))
    catalogue.edit(actor=ada, product=kettle, price=Decimal(47))
    assert states(made) == {"price": "same"}
    assert standing(made).clear
    decided = decide(actor=sam, proposal=made, approve=["price"])
    assert (decided.status, decided.change_set) == ("approved", None)


def test_a_count_of_a_shelf_that_moved_takes_away_what_it_found_missing(sam, cleo, kettle):
    made = proposals.make(actor=cleo, product=kettle, counted=8, expected=10)
    stock.adjust(actor=sam, product=kettle, delta=-3, kind="sold")
    assert states(made) == {"stock": "stale"}
    with pytest.raises(StaleProposal):
        decide(actor=sam, proposal=made, approve=["stock"])
    decide(actor=sam, proposal=made, approve=["stock"], over=["stock"])
    movement = kettle.movements.latest("pk")
    assert (movement.kind, movement.delta, movement.balance) == ("correction", -2, 5)


def test_a_stock_that_is_by_chance_what_was_counted_still_asks(sam, cleo, kettle):
    made = proposals.make(actor=cleo, product=kettle, counted=8, expected=10)
    stock.adjust(actor=sam, product=kettle, delta=-2, kind="sold")
    assert states(made) == {"stock": "stale"}


def test_a_count_never_leaves_less_than_nothing(sam, cleo, kettle):
    made = proposals.make(actor=cleo, product=kettle, counted=1, expected=10)
    stock.adjust(actor=sam, product=kettle, delta=-5, kind="sold")
    with pytest.raises(Conflict) as refused:
        decide(actor=sam, proposal=made, approve=["stock"], over=["stock"])
    assert refused.value.code == "not_enough_stock"
    made.refresh_from_db()
    assert made.status == "open"


def test_a_category_that_was_deleted_can_only_be_refused(sam, cleo, kettle):
    shelf = CategoryFactory()
    made = proposals.make(actor=cleo, product=kettle, category=shelf)
    Category.objects.filter(pk=shelf.pk).delete()
    assert states(made) == {"category_id": "gone"}
    with pytest.raises(Conflict) as refused:
        decide(actor=sam, proposal=made, approve=["category_id"])
    assert refused.value.code == "gone"
    assert decide(actor=sam, proposal=made, refuse=["category_id"], reply="Gone").status == "refused"


def test_a_sku_that_was_taken_since_refuses_the_whole(sam, cleo, kettle):
    made = proposals.make(actor=cleo, product=kettle, sku="KET-2", price=Decimal(47))
    ProductFactory(sku="ket-2")
    with pytest.raises(DomainError) as refused:
        decide(actor=sam, proposal=made, approve=["sku", "price"])
    assert (refused.value.field, refused.value.code) == ("sku", "already_exists")
    kettle.refresh_from_db()
    assert kettle.price == Decimal("45.50")


# --- Whose it is -----------------------------------------------------------------------------------------------------


def test_who_no_longer_has_the_product_can_only_be_refused(ada, sam, cleo, kettle, proposal):
    ownership.hand_over(actor=ada, person=cleo, successor=ada)
    assert standing(proposal).obstacle == "Cleo Martin no longer has this product: it can only be refused."
    with pytest.raises(Conflict) as refused:
        decide(actor=sam, proposal=proposal, approve=ALL)
    assert refused.value.code == "only_refuse"
    assert decide(actor=sam, proposal=proposal, refuse=ALL, reply="Handed over").status == "refused"
    assert not Notification.objects.filter(kind=Kind.PROPOSAL_DECIDED).exists()


def test_who_was_deactivated_or_is_gone_can_only_be_refused(ada, sam, cleo, kettle, proposal):
    people.set_active(actor=ada, person=cleo, active=False)
    assert standing(proposal).obstacle == "Cleo Martin was deactivated: it can only be refused."
    Proposal.objects.update(author=None)
    assert standing(proposal).obstacle == "Cleo Martin has no account any more: it can only be refused."
    proposal.refresh_from_db()
    with pytest.raises(Conflict):
        decide(actor=sam, proposal=proposal, approve=ALL)
    assert decide(actor=sam, proposal=proposal, refuse=ALL, reply="Gone").status == "refused"


def test_what_is_in_the_trash_is_not_written(ada, sam, kettle, proposal):
    trash.discard(actor=ada, product=kettle)
    with pytest.raises(Conflict) as refused:
        decide(actor=sam, proposal=proposal, approve=ALL)
    assert refused.value.code == "trashed"
    assert not Proposal.objects.visible_to(ada).exists()


def test_how_a_page_of_them_stands_takes_the_same_queries_however_long_it_is(ada, django_assert_num_queries):
    shelf = CategoryFactory()
    for _n in range(4):
        client = UserFactory(role=Role.CLIENT)
        for _m in range(2):
            proposals.make(actor=client, product=ProductFactory(owner=client), category=shelf, price=Decimal(99))
    rows = list(proposals.listed(ada))
    with django_assert_num_queries(2):
        found = proposal_decisions.standings(rows)
    assert len(found) == 8
    assert all(each.clear for each in found.values())
    assert proposal_decisions.standings([]) == {}


# --- Undo ------------------------------------------------------------------------------------------------------------


def test_who_approved_it_undoes_it_and_the_other_staff_do_not(ada, sam, cleo, kettle, proposal):
    change_set = decide(actor=sam, proposal=proposal, approve=ALL).change_set
    assert not undo.may_undo(UserFactory(), change_set)
    assert not undo.may_undo(cleo, change_set)
    assert undo.may_undo(ada, change_set)
    undo.undo(actor=sam, change_set=change_set)
    kettle.refresh_from_db()
    assert (kettle.name, kettle.price, kettle.stock) == ("Stovetop kettle", Decimal("45.50"), 10)
    assert not stock.mismatches()


def test_lists_know_who_approved_without_asking_again(sam, cleo, kettle, proposal, django_assert_num_queries):
    decide(actor=sam, proposal=proposal, approve=ALL)
    other = UserFactory()
    [newest, *_rest] = history.history(product=kettle, reader=sam)
    [told, *_others] = history.told(ChangeSet.objects.order_by("-pk"), sam)
    with django_assert_num_queries(0):
        for change_set in (newest.change_set, told):
            assert undo.may_undo(sam, change_set)
            assert not undo.may_undo(other, change_set)
