"""The published table of roles and actions, by hand: one made from the code would agree with its mistakes."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.policy import SCOPES, Action, can, hidden_fields, usable_scopes

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
    "category.edit": (YES, YES, NO),
    "trash.manage": (YES, NO, NO),
    "changes.undo": (YES, YES, NO),
    "changes.undo_any": (YES, NO, NO),
    "product.export": (YES, YES, YES),
    "proposal.make": (NO, NO, YES),
    "proposal.decide": (YES, YES, NO),
    "comment.write": (YES, YES, YES),
    "view.save": (YES, YES, YES),
    "view.share": (YES, YES, NO),
    "view.default": (YES, NO, NO),
    "access.explain": (YES, YES, NO),
    "inbox.own": (YES, YES, YES),
    "people.manage": (YES, NO, NO),
    "account.view": (YES, YES, YES),
    "account.own": (YES, YES, YES),
}
READ = {"product.view", "product.view_all", "product.view_public", "product.see_cost", "account.view"}
READ |= {"product.export", "access.explain"}
TALK = {"proposal.make", "proposal.decide", "comment.write", "view.save", "view.share", "view.default", "inbox.own"}
EDIT = {"product.create", "product.edit", "product.import", "product.change_owner", "category.edit", "trash.manage"}
SCOPES_BY_HAND = {
    "read": READ,
    "products": READ | EDIT | TALK | {"changes.undo", "changes.undo_any"},
    "stock": READ | {"stock.adjust"},
    "admin": {"account.view", "people.manage"},
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


# --- Scopes of a personal API token ----------------------------------------------------------------------------------


def with_scopes(person, *scopes):
    person.scopes = frozenset(scopes)
    return person


def test_every_action_is_in_a_scope_but_changing_ones_own_account():
    assert {scope.value: {action.value for action in actions} for scope, actions in SCOPES.items()} == SCOPES_BY_HAND
    assert set(Action) - set().union(*SCOPES.values()) == {Action.ACCOUNT_OWN}


@pytest.mark.parametrize("scope", SCOPES_BY_HAND)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_scope_allows_what_it_says_and_never_more_than_the_role(scope, place, ada, sam, cleo):
    person = with_scopes((ada, sam, cleo)[place], scope)
    for action, allowed in TABLE.items():
        decision = can(person, Action(action))
        assert bool(decision) == (allowed[place] and action in SCOPES_BY_HAND[scope]), action
        if not decision:
            assert decision.code == ("scope_missing" if allowed[place] else "permission_denied"), action


def test_scopes_add_up_and_none_at_all_allow_nothing(sam):
    with_scopes(sam, "read", "stock")
    assert can(sam, Action.STOCK_ADJUST)
    assert can(sam, Action.PRODUCT_EDIT).code == "scope_missing"
    assert [action for action in Action if can(with_scopes(sam), action)] == []


def test_cost_and_note_are_hidden_from_a_client_and_from_a_token_that_reads_no_products(ada, sam, cleo):
    assert [hidden_fields(with_scopes(person, "read")) for person in (ada, sam, cleo)] == [
        set(),
        set(),
        {"cost", "note"},
    ]
    assert hidden_fields(with_scopes(ada, "admin")) == {"cost", "note"}


def test_a_scope_can_be_chosen_where_it_adds_anything_to_reading(ada, sam, cleo):
    found = [[scope.value for scope in usable_scopes(person)] for person in (ada, sam, cleo)]
    assert found == [["read", "products", "stock", "admin"], ["read", "products", "stock"], ["read", "products"]]


def test_the_published_scopes_are_these():
    text = Path("docs/roles.md").read_text()
    rows = {scope: next(line for line in text.splitlines() if line.startswith(f"| {scope} |")) for scope in SCOPES}
    for scope, row in rows.items():
        named = set(re.findall(r"`([a-z_.]+)`", row)) | (READ if "all of read" in row else set())
        assert named == SCOPES_BY_HAND[scope]


def test_the_published_document_shows_the_same_table():
    lines = Path("docs/roles.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line.startswith("| `")]
    published = {cells[1].strip("`"): tuple(cell == "yes" for cell in cells[2:5]) for cells in rows}
    assert published == TABLE
