"""The pages of the categories: the tree to look through for everybody, to change for the back office."""

import re

import pytest
from django.utils.html import strip_tags

from products.models import Category, ChangeSet, Job, Product
from products.services import category_tree, jobs
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
ALL = "/categories/"


@pytest.fixture
def kitchen():
    return CategoryFactory(name="Kitchen")


@pytest.fixture
def mugs(kitchen):
    return CategoryFactory(name="Mugs", parent=kitchen)


def at(category, *rest):
    return "/".join([f"{ALL}{category.pk}", *rest, ""])


def text(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


def toasts(response):
    return [str(message) for message in response.context["messages"]]


# --- Looking ---------------------------------------------------------------------------------------------------------


def test_the_tree_has_links_to_the_products_of_each(page_of, sam, kitchen, mugs):
    ProductFactory(category=mugs)
    page = page_of(sam).get(ALL)
    assert page.status_code == 200
    html = page.content.decode()
    assert "Products in Kitchen and everything below it: 1" in html
    assert f'href="/products/?category={mugs.pk}"' in html
    assert [row.category for row in page.context["shelf"].rows] == [kitchen, mugs]


def test_a_client_looks_and_reads_why_nothing_can_be_changed(page_of, cleo, kitchen):
    for url in (ALL, at(kitchen)):
        page = text(page_of(cleo).get(url))
        assert "Clients cannot change categories. Ask staff or an admin." in page
    assert "Create" not in page


def test_the_nav_has_it_for_the_back_office(page_of, sam, cleo):
    assert 'href="/categories/" aria-current="page"' in page_of(sam).get(ALL).content.decode()
    assert 'href="/tags/"' not in page_of(cleo).get("/products/").content.decode()


def test_an_empty_tree_says_how_one_begins(page_of, sam):
    assert "No categories yet" in text(page_of(sam).get(ALL))


def test_a_category_has_the_way_to_it_its_numbers_and_what_is_in_it(page_of, sam, kitchen, mugs):
    ProductFactory(category=kitchen)
    ProductFactory(category=mugs)
    page = page_of(sam).get(at(kitchen))
    assert "Products directly in it: 1. With everything below: 2" in text(page)
    below = page_of(sam).get(at(mugs)).content.decode()
    assert f'<a href="{at(kitchen)}">Kitchen</a>' in below
    assert '<span aria-current="page">Mugs</span>' in below
    assert "No other category is in it." in below
    assert page_of(sam).get(f"{ALL}999/").status_code == 404


def test_a_large_tree_is_paged_and_a_strange_cursor_begins_again(page_of, sam, kitchen, mugs, monkeypatch):
    monkeypatch.setattr(category_tree, "WHOLE", 1)
    monkeypatch.setattr(category_tree, "PAGE_SIZE", 1)
    CategoryFactory(name="Bath")
    first = page_of(sam).get(ALL).content.decode()
    assert ">Bath</a>" in first
    assert ">Kitchen</a>" not in first
    [cursor] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = page_of(sam).get(ALL + cursor).content.decode()
    assert ">Kitchen</a>" in second
    assert 'rel="prev"' in second
    assert page_of(sam).get(f"{ALL}?cursor=x").headers["Location"] == ALL


@pytest.mark.parametrize("number", [1, 30])
def test_the_tree_costs_the_same_queries_however_large(number, page_of, sam, kitchen, django_assert_max_num_queries):
    for n in range(number):
        ProductFactory(category=CategoryFactory(name=f"Shelf {n}", parent=kitchen))
    client = page_of(sam)
    client.get(ALL)
    with django_assert_max_num_queries(7):
        client.get(ALL)
    with django_assert_max_num_queries(8):
        client.get(at(kitchen))


def test_a_product_and_a_narrowed_list_show_the_way_too(page_of, sam, cleo, kitchen, mugs):
    mug = ProductFactory(category=mugs, owner=cleo)
    for person in (sam, cleo):
        page = page_of(person).get(f"/products/{mug.pk}/").content.decode()
        assert f'<li><a href="/products/?category={kitchen.pk}">Kitchen</a></li>' in page
        assert f'<li><a href="/products/?category={mugs.pk}">Mugs</a></li>' in page
    narrowed = page_of(sam).get(f"/products/?category={mugs.pk}").content.decode()
    assert f'<li><a href="/products/?category={kitchen.pk}">Kitchen</a></li>' in narrowed
    assert '<span aria-current="page">Mugs</span>' in narrowed
    assert 'class="crumbs"' not in page_of(sam).get("/products/").content.decode()


# --- Making and changing ---------------------------------------------------------------------------------------------


def test_a_category_is_made_in_another(page_of, sam, kitchen):
    client = page_of(sam)
    form = client.get(f"{ALL}new/?parent={kitchen.pk}")
    assert f'<option value="{kitchen.pk}" selected>' in form.content.decode()
    page = client.post(f"{ALL}new/", {"name": "Mugs", "parent": kitchen.pk}, follow=True)
    made = Category.objects.get(name="Mugs")
    assert (page.redirect_chain, made.parent, toasts(page)) == ([(at(made), 302)], kitchen, ["Mugs created"])
    undo = ChangeSet.objects.get().pk
    assert f"/changes/{undo}/undo/" in page.content.decode()


def test_a_category_is_renamed_and_moved(page_of, sam, kitchen, mugs):
    bath = CategoryFactory(name="Bath")
    client = page_of(sam)
    options = client.get(at(mugs, "edit")).content.decode()
    assert (f'value="{kitchen.pk}" selected' in options, f'value="{mugs.pk}"' in options) == (
        True,
        False,
    )  # never into itself
    page = client.post(at(mugs, "edit"), {"name": "Cups", "parent": bath.pk}, follow=True)
    mugs.refresh_from_db()
    assert (mugs.name, mugs.parent, toasts(page)) == ("Cups", bath, ["Cups saved"])
    client.post(at(mugs, "edit"), {"name": "Cups", "parent": ""})
    mugs.refresh_from_db()
    assert mugs.parent is None
    page = client.post(at(mugs, "edit"), {"name": "Cups", "parent": ""}, follow=True)
    assert toasts(page)[-1] == "Nothing was different, so nothing was saved"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "This field is required."),
        ("MUGS", "There is a category of this name here already."),
        ("x" * 81, "at most 80"),
    ],
)
def test_a_name_that_cannot_be_is_said_at_the_field(name, said, page_of, sam, kitchen, mugs):
    client, before = page_of(sam), list(Category.objects.values_list("pk", "name", "parent"))
    other = CategoryFactory(name="Cups", parent=kitchen)
    for url in (f"{ALL}new/", at(other, "edit")):
        page = client.post(url, {"name": name, "parent": kitchen.pk})
        assert page.status_code == 422
        assert said in page.content.decode()
    assert list(Category.objects.exclude(pk=other.pk).values_list("pk", "name", "parent")) == before


def test_an_empty_category_is_deleted_and_one_in_use_says_why_not(page_of, sam, kitchen, mugs):
    client = page_of(sam)
    page = client.post(at(kitchen, "delete"), follow=True)
    assert (page.redirect_chain, toasts(page)) == (
        [(at(kitchen), 302)],
        ["Other categories are in it. Move or delete them first."],
    )
    page = client.post(at(mugs, "delete"), follow=True)
    assert (page.redirect_chain, toasts(page)) == ([(at(kitchen), 302)], ["Mugs deleted"])
    page = client.post(at(kitchen, "delete"), follow=True)
    assert (page.redirect_chain, Category.objects.count()) == ([(ALL, 302)], 0)
    client.post(f"/changes/{ChangeSet.objects.latest('pk').pk}/undo/")
    assert Category.objects.get() == kitchen


# --- Merging ---------------------------------------------------------------------------------------------------------


def test_a_merge_leads_to_the_other_category_and_can_be_undone(page_of, sam, kitchen, mugs):
    mug, cups = ProductFactory(category=mugs), CategoryFactory(name="Cups")
    client = page_of(sam)
    options = client.get(at(mugs, "merge")).content.decode()
    assert f'value="{cups.pk}"' in options
    assert f'value="{mugs.pk}"' not in options
    page = client.post(at(mugs, "merge"), {"into": cups.pk}, follow=True)
    assert (page.redirect_chain, toasts(page)) == ([(at(cups), 302)], ["Mugs merged into Cups"])
    assert Product.objects.get().category == cups
    client.post(f"/changes/{ChangeSet.objects.latest('pk').pk}/undo/")
    assert Product.objects.get(pk=mug.pk).category == mugs


def test_a_merge_that_cannot_be_says_why(page_of, sam, kitchen, mugs):
    client = page_of(sam)
    ProductFactory(category=mugs, is_public=False)
    page = client.post(at(mugs, "merge"), {"into": kitchen.pk})
    assert page.status_code == 422
    assert "Products are in it that are not shared with you. Ask an admin to merge it." in text(page)
    page = client.post(at(kitchen, "merge"), {"into": mugs.pk})
    assert (page.status_code, Category.objects.count()) == (422, 2)


def test_a_large_merge_leads_to_its_job(page_of, sam, kitchen, mugs, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    for _n in range(2):
        ProductFactory(category=mugs)
    page = page_of(sam).post(at(mugs, "merge"), {"into": kitchen.pk})
    assert page.headers["Location"] == f"/jobs/{Job.objects.get().pk}/"
    assert "Merging categories" in text(page_of(sam).get(page.headers["Location"]))


def test_a_client_changes_nothing(page_of, cleo, kitchen, mugs):
    client, before = page_of(cleo), list(Category.objects.values_list("pk", "name", "parent"))
    for url, data in (
        (f"{ALL}new/", {"name": "Cups"}),
        (at(mugs, "edit"), {"name": "Cups"}),
        (at(mugs, "merge"), {"into": kitchen.pk}),
        (at(mugs, "delete"), {}),
    ):
        assert client.post(url, data).status_code == 403
    assert list(Category.objects.values_list("pk", "name", "parent")) == before
