"""Two people keep a view at once: slugs, names and defaults stay unique, on PostgreSQL by its own locks."""

import pytest

from accounts.policy import Role
from products.models import SavedView
from products.services import views_saved
from tests.factories import UserFactory
from tests.parallel import at_once, before_commit

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_two_views_of_one_name_get_two_slugs(ada, sam):
    with before_commit(lambda: views_saved.create(actor=sam, name="Low margin")) as rival:
        first = views_saved.create(actor=ada, name="Low margin")
    assert {first.slug, rival.result().slug} == {"low-margin", "low-margin-2"}


def test_a_name_is_taken_once(sam):
    results = at_once(lambda n: views_saved.create(actor=sam, name="Low margin"), times=4, workers=4)
    assert sorted(getattr(result, "code", "made") for result in results) == ["already_exists"] * 3 + ["made"]
    assert SavedView.objects.count() == 1


def test_a_role_begins_with_one_view_whoever_chooses_at_once(ada):
    bea = UserFactory(role=Role.ADMIN)
    with before_commit(
        lambda: views_saved.create(actor=bea, name="Drafts", query="status=draft", default_for=Role.STAFF)
    ) as rival:
        first = views_saved.create(actor=ada, name="Low", query="stock=low", default_for=Role.STAFF)
    assert list(SavedView.objects.filter(default_for=Role.STAFF)) == [rival.result()]
    first.refresh_from_db()
    assert first.default_for == ""


def test_defaults_are_passed_on_between_views_that_are_there(ada):
    views = [views_saved.create(actor=ada, name=f"View {n}") for n in range(4)]
    results = at_once(
        lambda n: views_saved.update(actor=ada, view=views[n], default_for=Role.CLIENT), times=4, workers=4
    )
    assert all(isinstance(result, SavedView) for result in results)
    assert SavedView.objects.filter(default_for=Role.CLIENT).count() == 1
