"""“Can cleo see this, and why not?”: the answer is the rules' own, whoever asks about whom."""

import pytest

from accounts.models import User
from accounts.policy import Action, Role, can
from products.models import Product
from products.services import access, archive, catalogue, trash
from site_config.lib.errors import DomainError
from tests.factories import ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
ROLES = [role.value for role in Role]


def hinders(answer):
    return [fact.code for fact in answer.facts if fact.hinders]


def allowed(answer):
    return {act.action for act in answer.acts if act.allowed}


# --- Every role in every state ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("state", ["here", "archived", "trashed", "archived and trashed"])
def test_the_answer_is_what_the_person_really_sees(ada, role, active, public, own, state):
    person = UserFactory(role=role, is_active=True)
    product = ProductFactory(owner=person if own else ada, is_public=public)
    if "archived" in state:
        archive.archive(actor=ada, product=product)
    if "trashed" in state:
        trash.discard(actor=ada, product=product)
    if not active:
        User.objects.filter(pk=person.pk).update(is_active=False)
    person, product = User.objects.get(pk=person.pk), Product.objects.get(pk=product.pk)
    answer = access.explain(product=product, person=person)
    assert answer.sees == Product.objects.visible_to(person).filter(pk=product.pk).exists()
    # Who sees it is hindered by nothing, and who does not by something that somebody can change.
    assert bool(hinders(answer)) == bool(answer.ways) == (not answer.sees)
    assert allowed(answer) == {action for action in access.ACTS if answer.sees and can(person, action)}
    assert ("archive" in [fact.code for fact in answer.facts]) == ("archived" in state)
    assert ("account" in hinders(answer)) == (not active)
    assert ("trash" in hinders(answer)) == ("trashed" in state)


def test_a_client_sees_what_is_theirs_and_may_propose(ada, cleo):
    answer = access.explain(product=ProductFactory(owner=cleo), person=cleo)
    assert (answer.sees, allowed(answer)) == (True, {Action.PROPOSAL_MAKE})
    assert [fact.text for fact in answer.facts] == [
        "Their account is active.",
        "Their role is Client, which lets them: see their own products.",
        "The product is theirs.",
        "It is public.",
        "It is not in the trash.",
    ]


def test_a_client_does_not_see_what_is_not_theirs_however_public(ada, cleo, mug):
    answer = access.explain(product=mug, person=cleo)
    assert (answer.sees, hinders(answer), allowed(answer)) == (False, ["owner"], set())
    assert answer.ways == ["Make them its owner: Ada Okafor."]


def test_staff_do_not_see_a_draft_of_somebody_else(ada, sam):
    answer = access.explain(product=ProductFactory(is_public=False), person=sam)
    assert (answer.sees, hinders(answer)) == (False, ["owner", "public"])
    assert answer.ways == [
        "Make it public: whoever sees and edits it, like Ada Okafor.",
        "Make them its owner: Ada Okafor.",
    ]


def test_what_several_things_hide_names_each_of_them(ada, sam, mug):
    UserFactory(name="Jo Lind", role=Role.ADMIN)
    trash.discard(actor=ada, product=mug)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    answer = access.explain(product=Product.objects.get(), person=User.objects.get(pk=sam.pk))
    assert hinders(answer) == ["account", "trash"]
    assert answer.ways == [
        "Reactivate the account: Ada Okafor or Jo Lind.",
        "Bring it back from the trash: Ada Okafor or Jo Lind.",
    ]


def test_the_ways_that_are_named_do_open_the_product(ada, cleo, sam):
    for person, change in ((cleo, {"owner": cleo}), (sam, {"is_public": True}), (sam, {"owner": sam})):
        draft = ProductFactory(is_public=False)
        assert not access.explain(product=draft, person=person).sees
        catalogue.edit(actor=ada, product=draft, **change)
        assert access.explain(product=Product.objects.get(pk=draft.pk), person=person).sees


def test_at_most_three_admins_are_named(ada):
    for name in ("Bo", "Cy", "Di"):
        UserFactory(name=name, role=Role.ADMIN)
    UserFactory(name="Aaron", role=Role.ADMIN, is_active=False)
    assert access.givers() == ["Ada Okafor", "Bo", "Cy"]


def test_where_no_admin_is_left_the_way_is_named_all_the_same(ada, cleo, mug):
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert access.explain(product=mug, person=cleo).ways == ["Make them its owner: an admin."]


# --- Whom one may ask about ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["cleo", "CLEO", "Cleo Martin", " cleo martin ", "cleo@example.com"])
def test_an_admin_asks_about_anybody_by_any_name(given, ada, cleo):
    assert access.find(asker=ada, given=given) == cleo


def refusal(asker, given):
    with pytest.raises(DomainError) as refused:
        access.find(asker=asker, given=given)
    return refused.value.code, refused.value.field, refused.value.message


def test_staff_learn_of_nobody_whom_they_do_not_know(sam, ada, cleo):
    """Those who are there, by whatever they are called, read as those who are not."""
    ProductFactory(owner=cleo, is_public=False)
    nobody = refusal(sam, "nobody")
    assert nobody[:2] == ("unknown_person", "person")
    known_to_none = UserFactory(username="kim", name="Kim Ito", role=Role.CLIENT, is_active=False)
    for given in ("cleo", "Cleo Martin", "cleo@example.com", "kim", str(known_to_none), "ada@example.com", "", "  "):
        assert refusal(sam, given) == nobody


def test_staff_ask_about_owners_and_colleagues_of_what_they_see_and_about_themselves(sam, ada, cleo):
    jo = UserFactory(name="Jo Lind", role=Role.STAFF)
    ProductFactory(owner=cleo, actor=ada)
    assert access.find(asker=sam, given="Cleo Martin") == cleo
    assert access.find(asker=sam, given="ada okafor") == ada
    assert access.find(asker=sam, given="sam") == sam
    assert refusal(sam, "Jo Lind")[0] == "unknown_person"
    catalogue.edit(actor=jo, product=ProductFactory(), name="Jug")
    assert access.find(asker=sam, given="Jo Lind") == jo
    assert refusal(sam, "cleo@example.com")[0] == "unknown_person"


def test_of_several_of_one_name_the_username_says_who(ada):
    one, _other = UserFactory(username="jo1", name="Jo"), UserFactory(username="jo2", name="Jo")
    assert refusal(ada, "Jo")[0] == "several_people"
    assert access.find(asker=ada, given="jo1") == one
    named = UserFactory(username="jo", name="Somebody else")
    assert access.find(asker=ada, given="jo") == named


def test_the_names_to_choose_from_are_those_that_the_asker_knows(sam, ada, cleo):
    product = ProductFactory(owner=cleo, actor=ada)
    archive.archive(actor=sam, product=product)
    assert access.suggested(asker=sam, product=product) == ["Cleo Martin", "Sam Reyes", "Ada Okafor"]


def test_an_admin_may_ask_about_the_trash_and_staff_may_not(ada, sam, mug):
    trash.discard(actor=ada, product=mug)
    assert access.reachable(ada).get() == mug
    assert not access.reachable(sam).exists()
