"""Saved views: what they hold, who may share them, and that a view never shows more than its reader may see."""

import pytest
from django.http import QueryDict

from accounts.policy import Role
from products.models import SavedView
from products.services import categories, views_saved
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import CategoryFactory, ProductFactory, UserFactory


@pytest.fixture
def cheap(sam):
    return views_saved.create(actor=sam, name="Cheap ones", query="price_max=20&sort=price", columns=["price", "stock"])


def refused(act, **given):
    with pytest.raises(DomainError) as refusal:
        act(**given)
    return refusal.value.code


# --- Keeping one -----------------------------------------------------------------------------------------------------


def test_a_view_keeps_the_query_and_the_columns_in_the_lists_order(cheap):
    cheap.refresh_from_db()
    assert (cheap.slug, cheap.query, cheap.columns) == ("cheap-ones", "price_max=20&sort=price", ["stock", "price"])
    assert (cheap.is_shared, cheap.default_for) == (False, "")


def test_what_stands_beside_a_query_is_not_kept(sam):
    text = "q=mug&cursor=xyz&view=old&base=old&columns=price&status=&sort=-updated"
    assert views_saved.create(actor=sam, name="Mugs", query=text).query == "q=mug"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Low margin", "low-margin"),
        ("Ünïcödé & more", "unicode-more"),
        ("日本の棚", "view"),
        ("../../etc", "etc"),
        ("all", "all-2"),
        ("Counts", "counts-2"),
        ("x" * 60, "x" * 60),
        ("<b>bold</b>", "bboldb"),
    ],
)
def test_a_slug_is_made_of_any_name(name, slug, sam):
    assert views_saved.create(actor=sam, name=name).slug == slug


def test_a_slug_belongs_to_one_view_and_outlives_its_name(sam, ada, cheap):
    other = views_saved.create(actor=ada, name="Cheap ones")
    third = views_saved.create(actor=ada, name="Cheap  ones!")
    assert (other.slug, third.slug) == ("cheap-ones-2", "cheap-ones-3")
    renamed = views_saved.update(actor=sam, view=cheap, name="Bargains")
    assert (renamed.name, renamed.slug) == ("Bargains", "cheap-ones")


def test_a_person_has_one_view_of_a_name(sam, ada, cheap):
    assert refused(views_saved.create, actor=sam, name="Cheap ones") == "already_exists"
    assert views_saved.create(actor=ada, name="Cheap ones")
    second = views_saved.create(actor=sam, name="Others")
    assert refused(views_saved.update, actor=sam, view=second, name="Cheap ones") == "already_exists"
    assert second.name == "Others"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\0b", "a\nb\u202e"])
def test_a_name_is_up_to_sixty_letters(name, sam):
    assert refused(views_saved.create, actor=sam, name=name) == "bad_name"
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("price_max=dear", "bad_filter"),
        ("category=999999", "bad_filter"),
        ("colour=red", "unknown_filter"),
        ("sort=secret", "bad_ordering"),
    ],
)
def test_a_query_that_no_list_has_is_refused(query, code, sam):
    assert refused(views_saved.create, actor=sam, name="Odd", query=query) == code


def test_a_query_has_a_longest_length(sam, monkeypatch):
    monkeypatch.setattr(views_saved, "LONGEST_QUERY", 5)
    assert refused(views_saved.create, actor=sam, name="Long", query="q=mugs") == "max_length"


def test_a_column_that_is_hidden_or_unknown_is_refused(sam, cleo):
    assert refused(views_saved.create, actor=cleo, name="Mine", columns=["cost"]) == "unknown_column"
    assert refused(views_saved.create, actor=sam, name="Mine", columns=["secret"]) == "unknown_column"
    assert views_saved.create(actor=sam, name="Mine", columns=["margin", "cost"]).columns == ["cost", "margin"]


def test_nobody_has_views_without_end(sam, cheap, monkeypatch):
    monkeypatch.setattr(views_saved, "MOST", 1)
    with pytest.raises(Conflict) as refusal:
        views_saved.create(actor=sam, name="One more")
    assert refusal.value.code == "too_many_views"
    assert SavedView.objects.count() == 1


# --- Whose it is -----------------------------------------------------------------------------------------------------


def test_staff_share_a_view_and_a_client_cannot(sam, cleo, cheap):
    assert not SavedView.objects.visible_to(cleo).exists()
    assert views_saved.update(actor=sam, view=cheap, is_shared=True).is_shared
    assert SavedView.objects.visible_to(cleo).get() == cheap
    own = views_saved.create(actor=cleo, name="My shelf", is_shared=False)
    with pytest.raises(NotAllowed) as refusal:
        views_saved.update(actor=cleo, view=own, is_shared=True)
    assert (refusal.value.code, refusal.value.field) == ("permission_denied", "is_shared")
    assert refused(views_saved.create, actor=cleo, name="Other", is_shared=True) == "permission_denied"


def test_only_an_admin_chooses_what_a_role_begins_with(ada, sam, cheap):
    with pytest.raises(NotAllowed):
        views_saved.update(actor=sam, view=cheap, default_for=Role.STAFF)
    assert views_saved.update(actor=ada, view=cheap, default_for=Role.STAFF).default_for == "staff"


def test_a_role_begins_with_one_view_and_a_new_one_takes_its_place(ada, sam, cheap):
    views_saved.update(actor=ada, view=cheap, default_for=Role.STAFF)
    other = views_saved.create(actor=ada, name="Drafts", query="status=draft", default_for=Role.STAFF)
    cheap.refresh_from_db()
    assert (cheap.default_for, other.default_for) == ("", "staff")
    assert views_saved.default_of(reader=sam, views=views_saved.shown_to(reader=sam)) == other
    assert views_saved.default_of(reader=ada, views=views_saved.shown_to(reader=ada)) is None


def test_a_default_that_can_no_longer_be_shown_is_none(ada, sam):
    shelf = CategoryFactory()
    views_saved.create(actor=ada, name="Shelf", query=f"category={shelf.pk}", default_for=Role.STAFF)
    views = views_saved.shown_to(reader=sam)
    assert views_saved.default_of(reader=sam, views=views) is not None
    categories.delete(actor=ada, category=shelf)
    assert views_saved.default_of(reader=sam, views=views) is None


def test_another_persons_view_is_changed_by_them_or_an_admin(ada, sam, cheap):
    views_saved.update(actor=sam, view=cheap, is_shared=True)
    other = UserFactory()
    for act in (
        lambda: views_saved.update(actor=other, view=cheap, name="Mine"),
        lambda: views_saved.remove(actor=other, view=cheap),
    ):
        with pytest.raises(NotAllowed) as refusal:
            act()
        assert refusal.value.code == "not_yours"
    assert views_saved.update(actor=ada, view=cheap, name="Ours").name == "Ours"
    views_saved.remove(actor=ada, view=cheap)
    assert not SavedView.objects.exists()


def test_a_view_that_was_deleted_meanwhile_is_gone(sam, cheap):
    SavedView.objects.all().delete()
    assert refused(views_saved.update, actor=sam, view=cheap, name="Bargains") == "gone"


def test_a_write_that_fails_again_and_again_is_told(sam, cheap, monkeypatch):
    monkeypatch.setattr(views_saved, "free_slug", lambda name: cheap.slug)
    with pytest.raises(Exception, match=r"(?i)unique"):
        views_saved.create(actor=sam, name="Another")


# --- Opening one -----------------------------------------------------------------------------------------------------


def test_what_is_given_besides_comes_on_top_of_the_view(sam, cheap):
    found = views_saved.opened(reader=sam, given=QueryDict("view=cheap-ones&price_max=5&q=mug"))
    assert found.dict() == {"price_max": "5", "sort": "price", "q": "mug", "columns": "stock,price"}
    given = QueryDict("q=mug")
    assert views_saved.opened(reader=sam, given=given) is given


@pytest.mark.parametrize("slug", ["nothing", "", "a\0b", "cheap-ones"])
def test_a_view_that_one_does_not_have_does_not_exist(slug, cleo, cheap):
    assert refused(views_saved.named, reader=cleo, slug=slug) == "does_not_exist"


@pytest.mark.parametrize("query", ["cost__lt=5", "margin__gt=20", "cost__empty=yes"])
def test_a_view_by_cost_tells_a_client_nothing(query, ada, cleo):
    ProductFactory(owner=cleo, cost="4.00")
    view = views_saved.create(actor=ada, name="By cost", query=query, is_shared=True, default_for=Role.CLIENT)
    assert refused(views_saved.opened, reader=cleo, given=QueryDict("view=by-cost")) == "view_not_allowed"
    assert views_saved.count(reader=cleo, query=view.query) is None
    assert views_saved.default_of(reader=cleo, views=views_saved.shown_to(reader=cleo)) is None
    assert views_saved.count(reader=ada, query=view.query).number in (0, 1)


def test_a_client_cannot_keep_a_filter_by_cost(cleo):
    assert refused(views_saved.create, actor=cleo, name="Mine", query="cost__lt=5") == "unknown_filter"


def test_a_count_is_of_what_the_reader_sees(ada, sam, cleo, mug):
    ProductFactory(owner=cleo, is_public=False)
    counts = {p.username: views_saved.count(reader=p, query="price_max=100").number for p in (ada, sam, cleo)}
    assert counts == {"ada": 2, "sam": 1, "cleo": 1}
    assert views_saved.count(reader=sam, query="price_max=dear") is None


def test_ones_default_comes_first_then_ones_own_then_the_shared_ones(ada, sam, monkeypatch):
    views_saved.create(actor=ada, name="A shared one", is_shared=True)
    views_saved.create(actor=sam, name="Mine")
    views_saved.create(actor=ada, name="Z default", default_for=Role.STAFF)
    views_saved.create(actor=ada, name="Ada's")
    assert [str(view) for view in views_saved.shown_to(reader=sam)] == ["Z default", "Mine", "A shared one"]
    monkeypatch.setattr(views_saved, "TABS", 2)
    assert [str(view) for view in views_saved.shown_to(reader=sam)] == ["Z default", "Mine"]


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("price_max=20&sort=price", False),
        ("sort=price&price_max=20&base=cheap-ones&cursor=x", False),
        ("price_max=20&sort=price&columns=stock,price", False),
        ("price_max=20", True),
        ("price_max=30&sort=price", True),
        ("price_max=20&sort=price&q=mug", True),
        ("price_max=20&sort=price&columns=price", True),
    ],
)
def test_a_list_says_whether_it_is_still_the_view(query, changed, cheap):
    assert views_saved.is_changed(view=cheap, query=QueryDict(query)) is changed
