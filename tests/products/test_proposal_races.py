"""Proposals while others decide, withdraw and write: one wins, the others read what became of it."""

import pytest

from products.models import ChangeSet, Proposal
from products.services import catalogue, ownership, proposals, stock
from products.services.proposal_decisions import StaleProposal, decide
from site_config.lib.errors import Conflict
from tests.factories import ProductFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def kettle(ada, cleo):
    return ProductFactory(name="Kettle", price="45.50", stock=10, owner=cleo)


@pytest.fixture
def proposal(cleo, kettle):
    return proposals.make(actor=cleo, product=kettle, price="47.00", counted=8, expected=10)


ALL = ["price", "stock"]


def test_of_two_who_decide_at_once_one_wins_and_the_other_reads_who(ada, sam, kettle, proposal):
    with before_commit(lambda: decide(actor=ada, proposal=proposal, refuse=ALL, reply="No")) as rival:
        decide(actor=sam, proposal=proposal, approve=ALL)
    assert isinstance(rival.result(), Conflict)
    assert rival.result().message == "Sam Reyes approved this proposal already."
    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_by, proposal.reply) == ("approved", sam, "")


def test_however_many_approve_it_is_written_once(sam, kettle, proposal):
    results = at_once(lambda _n: decide(actor=sam, proposal=proposal, approve=ALL), times=8, workers=8)
    assert sorted(getattr(result, "code", "won") for result in results) == ["decided"] * 7 + ["won"]
    assert ChangeSet.objects.filter(kind="proposal.approved").count() == 1
    kettle.refresh_from_db()
    assert (kettle.stock, kettle.version) == (8, 2)
    assert not stock.mismatches()


def test_who_decides_about_what_is_being_withdrawn_reads_that(sam, cleo, kettle, proposal):
    with before_commit(lambda: decide(actor=sam, proposal=proposal, approve=ALL)) as rival:
        proposals.withdraw(actor=cleo, proposal=proposal)
    assert rival.result().message == "Cleo Martin withdrew this proposal."
    kettle.refresh_from_db()
    assert kettle.version == 1


def test_who_withdraws_what_is_being_decided_reads_that(sam, cleo, kettle, proposal):
    with before_commit(lambda: proposals.withdraw(actor=cleo, proposal=proposal)) as rival:
        decide(actor=sam, proposal=proposal, approve=ALL)
    assert rival.result().code == "decided"
    assert Proposal.objects.get().status == "approved"


def test_an_approval_waits_for_an_edit_and_asks(ada, sam, kettle, proposal):
    with before_commit(lambda: decide(actor=sam, proposal=proposal, approve=ALL)) as rival:
        catalogue.edit(actor=ada, product=kettle, price="46.00")
    assert isinstance(rival.result(), StaleProposal)
    kettle.refresh_from_db()
    assert (str(kettle.price), kettle.stock) == ("46.00", 10)


def test_an_approved_count_waits_for_a_sale_and_asks(sam, kettle, proposal):
    with before_commit(lambda: decide(actor=sam, proposal=proposal, approve=ALL)) as rival:
        stock.adjust(actor=sam, product=kettle, delta=-3, kind="sold")
    assert isinstance(rival.result(), StaleProposal)
    kettle.refresh_from_db()
    assert kettle.stock == 7


def test_an_approval_waits_for_a_handover_and_is_refused(ada, sam, cleo, kettle, proposal):
    with before_commit(lambda: decide(actor=sam, proposal=proposal, approve=ALL)) as rival:
        ownership.hand_over(actor=ada, person=cleo, successor=ada)
    assert rival.result().code == "only_refuse"


def test_who_decides_about_what_was_hidden_from_them_meanwhile_is_refused(ada, sam, kettle, proposal):
    with before_commit(lambda: decide(actor=sam, proposal=proposal, approve=ALL)) as rival:
        catalogue.edit(actor=ada, product=kettle, is_public=False)
    assert rival.result().code == "gone"


def test_a_field_is_asked_for_once_however_often_the_button_is_pressed(cleo, kettle):
    results = at_once(lambda _n: proposals.make(actor=cleo, product=kettle, price="47.00"), times=6, workers=6)
    assert sorted(getattr(result, "code", "made") for result in results) == ["already_proposed"] * 5 + ["made"]
    assert Proposal.objects.count() == 1
