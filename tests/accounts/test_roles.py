"""What another role would mean, told beforehand."""

import pytest

from accounts.models import ApiSession, User
from accounts.policy import ALLOWED, RIGHTS, Action, Role
from accounts.services import people, roles, tokens
from products.models import Product
from products.services import trash
from site_config.lib.errors import Conflict, DomainError
from tests.factories import ProductFactory, UserFactory


def test_every_right_can_be_said():
    assert set(RIGHTS) == set(Action) == set(ALLOWED)


def test_a_demotion_names_every_right_that_goes(ada, sam):
    told = roles.preview(actor=ada, person=sam, role="client")
    lost = {action for action in Action if "staff" in ALLOWED[action] and "client" not in ALLOWED[action]}
    assert (set(told.loses), told.gains, told.obstacle) == (lost, [Action.PROPOSAL_MAKE], "")
    assert "Adjust and count stock" in told.rights_lost
    assert told.role_label == "Client"


def test_a_promotion_names_every_right_that_comes(ada, sam):
    told = roles.preview(actor=ada, person=sam, role="admin")
    assert told.loses == []
    assert set(told.gains) == {action for action in Action if ALLOWED[action] == {Role.ADMIN}}
    assert "Manage users, with their roles and access" in told.rights_gained


@pytest.mark.parametrize("role", ["admin", "staff", "client"])
@pytest.mark.parametrize("active", [True, False])
def test_the_products_counted_are_those_that_go_and_come(role, active, ada, sam, cleo):
    ProductFactory.create_batch(3, owner=ada)
    ProductFactory.create_batch(2, owner=cleo, is_public=False)
    ProductFactory(owner=sam, is_public=False)
    trash.discard(actor=ada, product=ProductFactory(owner=ada))
    told = roles.preview(actor=ada, person=sam, role=role)
    before = set(Product.objects.visible_to(sam))
    sam.role = role
    after = set(Product.objects.visible_to(sam))
    assert (told.hidden, told.shown) == (len(before - after), len(after - before))
    sam.role, sam.is_active = "staff", active
    again = roles.preview(actor=ada, person=sam, role=role)
    assert (again.hidden, again.shown) == (told.hidden, told.shown)
    assert sam.is_active is active


def test_api_sign_ins_that_would_end_are_counted(ada, sam, cleo):
    tokens.sign_in(person=sam)
    tokens.sign_in(person=sam)
    tokens.sign_in(person=cleo)
    ApiSession.objects.filter(user=sam).order_by("pk").first()
    assert roles.preview(actor=ada, person=sam, role="client").api_sign_ins == 2
    tokens.end_all(person=sam, because="signed_out")
    assert roles.preview(actor=ada, person=sam, role="client").api_sign_ins == 0


def test_what_would_be_refused_says_why(ada, sam):
    assert roles.preview(actor=ada, person=ada, role="staff").obstacle == people.own_role()
    assert roles.preview(actor=ada, person=sam, role="staff").obstacle == "This is the role of Sam Reyes already."
    with pytest.raises(DomainError) as refusal:
        roles.preview(actor=ada, person=sam, role="owner")
    assert (refusal.value.field, refusal.value.code) == ("role", "unknown_role")


def test_a_preview_changes_nothing(ada, sam):
    roles.preview(actor=ada, person=sam, role="client")
    assert sam.role == User.objects.get(pk=sam.pk).role == "staff"


def test_a_change_of_what_was_told_is_made_and_of_anything_else_refused(ada, sam):
    bea = UserFactory(role="admin")
    assert people.change_role(actor=ada, person=sam, role="client", expected="staff").role == "client"
    people.change_role(actor=bea, person=sam, role="admin")
    with pytest.raises(Conflict) as refusal:
        people.change_role(actor=ada, person=sam, role="staff", expected="client")
    assert refusal.value.code == "role_changed"
    assert User.objects.get(pk=sam.pk).role == "admin"
