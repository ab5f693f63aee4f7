"""The rule of viewing as somebody: who may, for how long, and what is written down."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Activity, User
from accounts.policy import Action, can
from accounts.services import activity, people, view_as
from site_config.lib.errors import Conflict, NotAllowed
from tests.factories import UserFactory


def viewing(actor, person) -> User | None:
    return view_as.seen(actor=actor, person=person.pk, since=view_as.start(actor=actor, person=person))


def test_an_admin_views_as_somebody_and_it_is_written_down_about_them(ada, cleo):
    seen = viewing(ada, cleo)
    assert (seen, seen.viewed_by) == (cleo, ada)
    assert view_as.end(actor=ada, person=cleo.pk) == cleo
    lines = activity.recent(cleo)
    assert [(line.kind, line.actor, line.person) for line in lines] == [
        ("view_as.ended", ada, cleo),
        ("view_as.started", ada, cleo),
    ]
    assert lines[1].sentence == "An admin looked at Stockroom as this person"
    assert lines[1].by_another == "Ada Okafor"


def test_another_admin_may_be_viewed_too(ada):
    assert viewing(ada, other := UserFactory(role="admin")) == other


@pytest.mark.parametrize("who", ["sam", "cleo"])
def test_only_an_admin_may(who, request, ada):
    actor = request.getfixturevalue(who)
    with pytest.raises(NotAllowed, match="Only an admin can manage people"):
        view_as.start(actor=actor, person=ada)
    assert view_as.seen(actor=actor, person=ada.pk, since=timezone.now().timestamp()) is None
    assert not Activity.objects.exists()


def test_nobody_views_as_themselves_or_as_who_is_deactivated(ada):
    with pytest.raises(Conflict, match="This is you"):
        view_as.start(actor=ada, person=ada)
    with pytest.raises(Conflict, match="Kim is deactivated and sees nothing"):
        view_as.start(actor=ada, person=UserFactory(name="Kim", is_active=False))
    assert not Activity.objects.exists()


def test_who_views_as_an_admin_cannot_view_on_from_there(ada, cleo):
    seen = viewing(ada, UserFactory(role="admin"))
    with pytest.raises(NotAllowed, match="Stop first"):
        view_as.start(actor=seen, person=cleo)


@pytest.mark.parametrize(("minutes", "there"), [(29, True), (31, False)])
def test_it_ends_after_half_an_hour(minutes, there, ada, cleo):
    since = (timezone.now() - timedelta(minutes=minutes)).timestamp()
    assert bool(view_as.seen(actor=ada, person=cleo.pk, since=since)) is there


@pytest.mark.parametrize("end", ["demoted", "deactivated"])
def test_it_ends_with_the_rights_of_the_admin(end, ada, cleo):
    since = view_as.start(actor=ada, person=cleo)
    chief = UserFactory(role="admin")
    if end == "demoted":
        people.change_role(actor=chief, person=ada, role="staff")
    else:
        people.set_active(actor=chief, person=ada, active=False)
    assert view_as.seen(actor=User.objects.get(pk=ada.pk), person=cleo.pk, since=since) is None


@pytest.mark.parametrize("end", ["deactivated", "deleted"])
def test_it_ends_when_the_person_is_gone(end, ada, cleo):
    since, pk = view_as.start(actor=ada, person=cleo), cleo.pk
    if end == "deactivated":
        people.set_active(actor=ada, person=cleo, active=False)
    else:
        people.delete(actor=ada, person=cleo, successor=ada)
    assert view_as.seen(actor=ada, person=pk, since=since) is None
    assert (view_as.end(actor=ada, person=pk) is None) is (end == "deleted")
    assert Activity.objects.filter(kind="view_as.ended", actor=ada).count() == 1


def test_what_is_written_down_while_viewing_names_the_admin(ada, cleo):
    seen = viewing(ada, cleo)
    line = activity.record("person.edited", actor=seen, person=seen)
    assert (line.actor, line.actor_name, line.person) == (ada, "Ada Okafor", cleo)


def test_who_is_viewed_has_their_rights_but_for_what_is_theirs_alone(ada, sam):
    seen = viewing(ada, sam)
    for action in Action:
        assert bool(can(seen, action)) is (action != Action.ACCOUNT_OWN and bool(can(sam, action)))
    assert can(seen, Action.ACCOUNT_OWN).code == "viewing_as"
    assert "theirs alone" in str(can(seen, Action.ACCOUNT_OWN).reason)
