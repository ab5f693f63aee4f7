"""The published table of roles and actions, by hand: one made from the code would agree with its mistakes."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.policy import Action, can, hidden_fields

YES, NO = True, False
TABLE = {  # action: admin, staff, client
    "product.view": (YES, YES, YES),
    "product.view_all": (YES, NO, NO),
    "product.view_public": (YES, YES, NO),
    "product.create": (YES, YES, NO),
    "product.edit": (YES, YES, NO),
    "product.import": (YES, YES, NO),
    "product.see_cost": (YES, YES, NO),
    "product.change_owner": (YES, NO, NO),
    "stock.adjust": (YES, YES, NO),
    "trash.manage": (YES, NO, NO),
    "changes.undo": (YES, YES, NO),
    "changes.undo_any": (YES, NO, NO),
    "people.manage": (YES, NO, NO),
    "account.own": (YES, YES, YES),
}


def test_every_action_is_in_the_table():
    assert set(TABLE) == {action.value for action in Action}


@pytest.mark.parametrize("action", TABLE)
def test_each_role_may_do_what_the_table_says(action, ada, sam, cleo):
    decisions = [can(person, Action(action)) for person in (ada, sam, cleo)]
    assert tuple(bool(decision) for decision in decisions) == TABLE[action]
    for decision in decisions:
        assert decision.allowed or (decision.code == "permission_denied" and str(decision.reason))


@pytest.mark.parametrize("action", TABLE)
def test_nobody_signed_out_may_do_anything(action):
    assert can(AnonymousUser(), Action(action)).code == "not_authenticated"
    assert can(None, Action(action)).code == "not_authenticated"


@pytest.mark.parametrize("action", TABLE)
def test_a_deactivated_admin_counts_as_signed_out(action, ada):
    ada.is_active = False
    assert can(ada, Action(action)).code == "not_authenticated"


def test_an_unknown_role_may_do_nothing_and_is_told_so(sam):
    sam.role = "guest"
    assert [action for action in Action if can(sam, action)] == []
    assert str(can(sam, Action.ACCOUNT_OWN).reason) == "Your role does not include this."


def test_only_clients_lack_cost_and_note(ada, sam, cleo):
    assert [hidden_fields(person) for person in (ada, sam, cleo)] == [set(), set(), {"cost", "note"}]


def test_the_published_document_shows_the_same_table():
    lines = Path("docs/roles.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line.startswith("| `")]
    published = {cells[1].strip("`"): tuple(cell == "yes" for cell in cells[2:5]) for cells in rows}
    assert published == TABLE
