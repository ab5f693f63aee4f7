"""The list as a saved view shows it, the tabs with their counts, and the pages that keep, share and delete views."""

import re

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.policy import Role
from products.models import SavedView
from products.services import views_saved
from tests.factories import ProductFactory

LIST = reverse("products:catalogue-list")
VIEWS = reverse("products:views-saved-list")
ADD = reverse("products:views-saved-create")
COUNTS = reverse("products:views-saved-counts")
HTMX = {"HTTP_HX_REQUEST": "true"}
SESSION = 0 if settings.REDIS_URL else 1


def page(word, view):
    return reverse(f"products:views-saved-{word}", args=[view.slug])


def names(response):
    return [row.name for row in response.context["page"].rows]


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def cheap(sam):
    return views_saved.create(actor=sam, name="Cheap", query="price_max=20&sort=price", columns=["price", "cost"])


@pytest.fixture
def shop(ada, mug):
    ProductFactory(name="Pin", price="1.00", owner=ada)
    ProductFactory(name="Table", price="240.00", owner=ada)


# --- The list --------------------------------------------------------------------------------------------------------


def test_a_view_is_its_filters_its_order_and_its_columns(page_of, sam, cheap, shop):
    response = page_of(sam).get(LIST, {"view": "cheap"})
    assert names(response) == ["Pin", "Enamel mug"]
    assert response.context["keys"] == ["price", "cost"]
    assert [tab.label for tab in response.context["tabs"] if tab.current] == ["Cheap"]
    assert response.context["view_changed"] is False


def test_what_else_is_in_the_address_comes_on_top_and_can_be_kept(page_of, sam, cheap, shop):
    client = page_of(sam)
    response = client.get(LIST, {"view": "cheap", "q": "mug"})
    assert names(response) == ["Enamel mug"]
    assert response.context["view_changed"] is True
    query = response.context["view_query"]
    assert query == "price_max=20&sort=price&q=mug&base=cheap"
    answer = client.post(page("keep", cheap), {"query": query})
    assert answer.url == f"{LIST}?view=cheap"
    cheap.refresh_from_db()
    assert (cheap.query, cheap.columns) == ("price_max=20&sort=price&q=mug", ["price", "cost"])


def test_a_filter_of_the_view_can_be_taken_away(page_of, sam, cheap, shop):
    response = page_of(sam).get(LIST, {"base": "cheap", "sort": "price"})
    assert names(response) == ["Pin", "Enamel mug", "Table"]
    assert (str(response.context["view"]), response.context["view_changed"]) == ("Cheap", True)


def test_columns_that_were_chosen_on_a_view_are_kept_with_it(page_of, sam, cheap):
    page_of(sam).post(page("keep", cheap), {"query": "price_max=20&base=cheap&columns=price,stock"})
    cheap.refresh_from_db()
    assert (cheap.query, cheap.columns) == ("price_max=20", ["stock", "price"])


def test_the_chips_of_a_view_lead_to_the_list_without_them(page_of, sam, cheap, shop):
    [chip] = page_of(sam).get(LIST, {"view": "cheap"}).context["chips"]
    assert chip.without == "?sort=price&base=cheap"


@pytest.mark.parametrize("slug", ["nothing", "cheap"])
def test_a_view_that_one_does_not_have_is_not_there(slug, page_of, ada, cheap):
    assert page_of(ada).get(LIST, {"view": slug}).status_code == 404


def test_a_list_goes_on_when_its_view_was_deleted(page_of, sam, cheap, shop):
    cheap.delete()
    response = page_of(sam).get(LIST, {"base": "cheap", "price_max": "20"})
    assert (response.status_code, response.context["view"]) == (200, None)


def test_a_view_by_cost_is_refused_to_a_client_in_words(page_of, ada, cleo):
    ProductFactory(owner=cleo, cost="4.00")
    views_saved.create(actor=ada, name="By cost", query="cost__lt=5", columns=["cost"], is_shared=True)
    response = page_of(cleo).get(LIST, {"view": "by-cost"})
    assert response.status_code == 403
    assert "This view uses a filter that your role does not include." in response.text
    assert response.context["page"].rows == []
    assert "4.00" not in response.text


def test_a_shared_view_shows_each_person_their_own_and_no_hidden_column(page_of, ada, sam, cleo, mug):
    ProductFactory(name="Cleo's kettle", owner=cleo, cost="641.17")
    views_saved.create(actor=ada, name="All there is", columns=["price", "cost", "margin"], is_shared=True)
    response = page_of(cleo).get(LIST, {"view": "all-there-is"})
    assert names(response) == ["Cleo's kettle"]
    assert response.context["keys"] == ["price"]
    assert "641.17" not in response.text
    assert "641.17" in page_of(sam).get(LIST, {"view": "all-there-is"}).text


# --- What a role begins with -----------------------------------------------------------------------------------------


@pytest.fixture
def default(ada):
    return views_saved.create(actor=ada, name="Cheap first", query="price_max=20", default_for=Role.STAFF)


def test_a_role_begins_with_its_default_and_has_a_way_to_all(page_of, ada, sam, default, shop):
    client = page_of(sam)
    response = client.get(LIST)
    assert set(names(response)) == {"Pin", "Enamel mug"}
    tabs = {tab.label: tab for tab in response.context["tabs"]}
    assert (tabs["All products"].address, tabs["Cheap first"].current) == (f"{LIST}?view=all", True)
    everything = client.get(tabs["All products"].address)
    assert len(names(everything)) == 3
    assert [tab.label for tab in everything.context["tabs"] if tab.current] == ["All products"]
    assert len(names(page_of(ada).get(LIST))) == 3


def test_an_emptied_search_does_not_lead_back_to_the_default(page_of, sam, default, shop):
    answer = page_of(sam).get(LIST, {"q": ""}, **HTMX)
    assert len(names(answer)) == 3
    assert answer["HX-Replace-Url"] == f"{LIST}?view=all"


def test_a_default_that_cannot_be_shown_is_passed_over(page_of, sam, default, shop):
    SavedView.objects.update(query="category=999999")
    assert len(names(page_of(sam).get(LIST))) == 3


# --- The tabs --------------------------------------------------------------------------------------------------------


def test_the_numbers_beside_the_tabs_come_after_the_list(page_of, ada, sam, cheap, shop):
    ProductFactory(name="Draft", owner=sam, is_public=False, stock=3, low_stock_threshold=5)
    html = page_of(sam).get(LIST).text
    assert f'hx-get="{COUNTS}"' in html
    assert re.findall(r'id="n-(\w+)" hidden', html) == ["low", "out", "draft", "cheap"]
    answer = page_of(sam).get(COUNTS, **HTMX).text
    counts = dict(re.findall(r'id="n-(\w+)" hx-swap-oob="true">(\d+)<', answer))
    assert counts == {"low": "1", "out": "2", "draft": "1", "cheap": "3"}
    assert page_of(sam).get(COUNTS).url == VIEWS


def test_a_number_that_cannot_be_told_is_left_out_and_a_large_one_is_bounded(page_of, ada, cleo, monkeypatch):
    views_saved.create(actor=ada, name="By cost", query="cost__lt=5", is_shared=True)
    for _number in range(3):
        ProductFactory(owner=cleo, stock=0)
    monkeypatch.setattr("site_config.lib.paging.COUNT_LIMIT", 2)
    answer = page_of(cleo).get(COUNTS, **HTMX).text
    assert 'id="n-by-cost" hx-swap-oob="true" hidden></span>' in answer
    assert re.search(r'id="n-out"[^>]*>\d+\+<', answer)


def test_the_tabs_cost_the_same_whatever_they_lead_to(page_of, sam, ada, shop, django_assert_num_queries):
    client = page_of(sam)
    for number in range(views_saved.TABS + 3):
        views_saved.create(actor=ada, name=f"View {number}", query="price_max=20", is_shared=True)
    client.get(COUNTS, **HTMX)
    with django_assert_num_queries(2 + SESSION + 3 + views_saved.TABS):
        client.get(COUNTS, **HTMX)
    assert len(client.get(LIST).context["tabs"]) == 4 + views_saved.TABS
    beyond = client.get(LIST, {"view": "view-9"}).context["tabs"]
    assert [tab.current for tab in beyond][-1] is True


# --- Keeping one -----------------------------------------------------------------------------------------------------


def test_the_list_is_kept_under_a_name_with_its_columns(page_of, sam, mug):
    client = page_of(sam)
    client.cookies["list_columns"] = "price.stock"
    form = client.get(ADD, {"next": f"{LIST}?q=mug&cursor=x"}).context["form"]
    assert (form["query"].value(), form["columns"].value()) == ("q=mug", "stock,price")
    sent = {"name": "Mugs", "query": "q=mug", "columns": "stock,price", "is_shared": "on", "default_for": "client"}
    answer = client.post(ADD, sent)
    view = SavedView.objects.get()
    assert answer.url == f"{LIST}?view=mugs"
    assert (view.query, view.columns, view.is_shared, view.default_for) == ("q=mug", ["stock", "price"], True, "")
    assert said(answer) == ["View Mugs saved"]


def test_the_dialog_takes_the_list_that_is_shown_now(page_of, sam, cheap):
    here = {"HTTP_HX_CURRENT_URL": f"http://testserver{LIST}?view=cheap&q=mug"}
    response = page_of(sam).get(ADD, **HTMX, **here)
    assert "<html" not in response.text
    assert response.context["form"]["query"].value() == "price_max=20&sort=price&q=mug"
    lost = page_of(sam).get(ADD, {"next": f"{LIST}?view=nothing&q=mug"})
    assert lost.context["form"]["query"].value() == "q=mug"
    elsewhere = page_of(sam).get(ADD, {"next": "https://elsewhere.example/products/?q=mug"})
    assert elsewhere.context["form"]["query"].value() is None or elsewhere.context["form"]["query"].value() == ""


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Cheap"}, "You have a view of this name already."),
        ({"name": "Odd", "query": "price_max=dear"}, "One of the filters holds something that it cannot."),
        ({"name": "x" * 61}, "at most 60 characters"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is(sent, sentence, page_of, sam, cheap):
    response = page_of(sam).post(ADD, sent)
    assert response.status_code == 422
    assert sentence in response.text
    assert SavedView.objects.count() == 1


def test_who_may_not_share_is_told_why(page_of, cleo):
    client = page_of(cleo)
    assert "Only staff and admins can share a view." in client.get(ADD).text
    client.post(ADD, {"name": "My shelf", "is_shared": "on", "default_for": "client"})
    assert not SavedView.objects.get().is_shared


# --- Changing one ----------------------------------------------------------------------------------------------------


def test_a_view_is_renamed_and_shared_at_its_own_address(page_of, sam, cheap):
    client = page_of(sam)
    assert client.get(page("edit", cheap)).context["form"].initial["name"] == "Cheap"
    answer = client.post(page("edit", cheap), {"name": "Bargains", "is_shared": "on"})
    assert answer.url == page("edit", cheap)
    cheap.refresh_from_db()
    assert (cheap.name, cheap.slug, cheap.is_shared, cheap.query) == (
        "Bargains",
        "cheap",
        True,
        "price_max=20&sort=price",
    )


def test_a_name_that_is_taken_is_refused_and_the_view_stays_as_it_was(page_of, sam, cheap):
    other = views_saved.create(actor=sam, name="Other")
    response = page_of(sam).post(page("edit", other), {"name": "Cheap"})
    assert response.status_code == 422
    assert str(response.context["view"]) == "Other"


def test_another_persons_view_is_shown_without_its_acts(page_of, ada, sam, cheap):
    views_saved.update(actor=sam, view=cheap, is_shared=True)
    kim = page_of(ada.__class__.objects.create_user("kim", "kim@example.com", role=Role.STAFF))
    response = kim.get(page("edit", cheap))
    assert "This view belongs to somebody else." in response.text
    assert "Delete view" not in response.text
    assert kim.post(page("edit", cheap), {"name": "Mine"}).status_code == 403
    for word in ("keep", "delete"):
        answer = kim.post(page(word, cheap), {"query": "q=mug"})
        assert said(answer)[-1].startswith("This view belongs to somebody else.")
    cheap.refresh_from_db()
    assert (cheap.name, cheap.query) == ("Cheap", "price_max=20&sort=price")
    assert "Update “Cheap”" not in kim.get(LIST, {"view": "cheap", "q": "mug"}).text


def test_a_view_is_deleted(page_of, sam, ada, cheap):
    assert page_of(ada).post(page("delete", cheap)).status_code == 404
    answer = page_of(sam).post(page("delete", cheap))
    assert (answer.url, said(answer)) == (VIEWS, ["View Cheap deleted"])
    assert not SavedView.objects.exists()


def test_the_views_page_lists_what_one_has(page_of, ada, sam, cleo, cheap, django_assert_num_queries):
    assert "No views yet" in page_of(cleo).get(VIEWS).text
    views_saved.create(actor=ada, name="Shared", is_shared=True, default_for=Role.CLIENT)
    SavedView.objects.filter(name="Shared").update(owner=None)
    response = page_of(sam).get(VIEWS)
    assert [view.name for view in response.context["page"].rows] == ["Shared", "Cheap"]
    assert "Deleted user" in response.text
    assert page_of(sam).get(VIEWS, {"cursor": "nonsense"}).url == VIEWS
    client = page_of(sam)
    client.get(VIEWS)
    with django_assert_num_queries(4 + SESSION):
        client.get(VIEWS)
    for number in range(5):
        views_saved.create(actor=ada, name=f"Shared {number}", is_shared=True)
    with django_assert_num_queries(4 + SESSION):
        client.get(VIEWS)
