"""The pages of the tags, and tags in the form of a product."""

import re

import pytest
from django.utils.html import strip_tags

from products.models import ChangeSet, Job, Product, Tag
from products.services import jobs
from products.views import tags as pages
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
ALL = "/tags/"


@pytest.fixture
def red():
    ProductFactory(tags=["large", "red"])
    ProductFactory(tags=["red"])
    return Tag.objects.get(name="red")


def at(tag, act):
    return f"{ALL}{tag.pk}/{act}/"


def text(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


def toasts(response):
    return [str(message) for message in response.context["messages"]]


def held():
    return list(Product.objects.order_by("pk").values_list("tags", flat=True))


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_the_list_tells_each_tag_and_leads_to_its_products(page_of, sam, red):
    page = page_of(sam).get(ALL)
    assert [(tag.name, tag.product_count) for tag in page.context["page"].rows] == [("large", 1), ("red", 2)]
    assert 'href="/products/?tag=red"' in page.content.decode()


def test_without_tags_it_says_how_they_come_to_be(page_of, sam):
    assert "No tags yet" in text(page_of(sam).get(ALL))


def test_it_is_paged_and_a_strange_cursor_begins_again(page_of, sam, red, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 1)
    client = page_of(sam)
    [cursor] = re.findall(r'rel="next" href="([^"]+)"', client.get(ALL).content.decode())
    second = client.get(ALL + cursor)
    assert [tag.name for tag in second.context["page"].rows] == ["red"]
    assert 'rel="prev"' in second.content.decode()
    assert client.get(f"{ALL}?cursor=x").headers["Location"] == ALL


@pytest.mark.parametrize("number", [1, 30])
def test_it_costs_the_same_queries_however_many(number, page_of, sam, django_assert_max_num_queries):
    for n in range(number):
        ProductFactory(tags=[f"tag {n}"])
    client = page_of(sam)
    client.get(ALL)
    with django_assert_max_num_queries(6):
        client.get(ALL)


def test_a_tag_is_renamed_with_an_undo(page_of, sam, red):
    client = page_of(sam)
    assert 'value="red"' in client.get(at(red, "rename")).content.decode()
    page = client.post(at(red, "rename"), {"name": " Crimson"}, follow=True)
    assert (page.redirect_chain, toasts(page)) == ([(ALL, 302)], ["red is called crimson now"])
    assert held() == [["crimson", "large"], ["crimson"]]
    client.post(f"/changes/{ChangeSet.objects.latest('pk').pk}/undo/")
    assert held() == [["large", "red"], ["red"]]


@pytest.mark.parametrize(
    ("name", "said"), [("", "required"), ("a,b", "without a comma"), ("RED", "called that already")]
)
def test_a_name_that_cannot_be_is_said_at_the_field(name, said, page_of, sam, red):
    page = page_of(sam).post(at(red, "rename"), {"name": name})
    assert page.status_code == 422
    assert said in text(page)
    assert held() == [["large", "red"], ["red"]]


def test_a_tag_is_removed_with_an_undo(page_of, sam, red):
    page = page_of(sam).post(at(red, "remove"), follow=True)
    assert (toasts(page), held()) == (["red removed from its products"], [["large"], []])
    assert f"/changes/{ChangeSet.objects.latest('pk').pk}/undo/" in page.content.decode()


def test_one_that_is_removed_twice_has_no_undo_the_second_time(page_of, sam, red, monkeypatch):
    monkeypatch.setattr(pages, "visible", lambda _request, _pk: red)
    client = page_of(sam)
    client.post(at(red, "remove"))
    before = ChangeSet.objects.count()
    client.post(at(red, "remove"))
    assert ChangeSet.objects.count() == before


def test_a_large_act_leads_to_its_job(page_of, sam, red, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    page = page_of(sam).post(at(red, "rename"), {"name": "crimson"})
    job = Job.objects.get()
    assert (page.headers["Location"], job.title) == (f"/jobs/{job.pk}/", "Renaming a tag")


def test_a_tag_of_what_one_does_not_see_is_not_there(page_of, ada, sam):
    ProductFactory(tags=["secret"], is_public=False)
    secret = Tag.objects.get()
    for act in ("rename", "remove"):
        assert page_of(sam).post(at(secret, act), {"name": "x"}).status_code == 404
    assert page_of(ada).get(at(secret, "rename")).status_code == 200
    assert held() == [["secret"]]


def test_a_client_has_no_pages_of_tags_and_changes_nothing(page_of, cleo, red):
    client = page_of(cleo)
    assert [client.get(ALL).status_code, client.post(at(red, "rename"), {"name": "x"}).status_code] == [403, 403]
    assert (client.post(at(red, "remove")).status_code, held()) == (403, [["large", "red"], ["red"]])


# --- In the form of a product ----------------------------------------------------------------------------------------

FORM = {"name": "Enamel mug", "sku": "MUG-1", "price": "12.50", "cost": "6.10", "note": "Ask Jo", "is_public": "on"}


def test_tags_are_typed_with_commas_and_shown_so_again(page_of, sam, mug):
    client = page_of(sam)
    client.post(f"/products/{mug.pk}/edit/", {**FORM, "tags": "Red, large,red ,", "version": 1})
    mug.refresh_from_db()
    assert mug.tags == ["large", "red"]
    page = client.get(f"/products/{mug.pk}/")
    assert 'value="large, red"' in page.content.decode()
    assert "Sam Reyes changed tags" in text(page)
    client.post("/products/new/", {"name": "Jug", "price": "1", "tags": "red"})
    assert Product.objects.get(name="Jug").tags == ["red"]


@pytest.mark.parametrize("tags", ["x" * 41, ", ".join(f"tag {n}" for n in range(21))])
def test_too_long_or_too_many_are_refused_at_the_field(tags, page_of, sam, mug):
    page = page_of(sam).post(f"/products/{mug.pk}/edit/", {**FORM, "tags": tags, "version": 1})
    assert page.status_code == 422
    assert "tags" in page.context["form"].errors
    mug.refresh_from_db()
    assert (mug.tags, mug.version) == ([], 1)


def test_two_who_tag_differently_choose(page_of, sam, mug):
    client = page_of(sam)
    client.post(f"/products/{mug.pk}/edit/", {**FORM, "tags": "red", "version": 1})
    page = client.post(f"/products/{mug.pk}/edit/", {**FORM, "tags": "blue", "version": 1})
    assert page.status_code == 409
    [clash] = page.context["clashes"]
    told = ["".join(piece.text for piece in side if piece.kind == "ins") for side in (clash.theirs, clash.yours)]
    assert (clash.name, told) == ("tags", ["red", "blue"])
    chosen = {**FORM, "tags": "blue", "version": 2, "keep-tags": "theirs"}
    client.post(f"/products/{mug.pk}/edit/", chosen)
    mug.refresh_from_db()
    assert mug.tags == ["red"]


def test_a_client_reads_the_tags_of_their_own(page_of, cleo):
    mine = ProductFactory(owner=cleo, tags=["large", "red"])
    assert "large, red" in text(page_of(cleo).get(f"/products/{mine.pk}/"))


def test_suggestions_are_options_for_the_input(page_of, sam, cleo, red):
    client = page_of(sam)
    answer = client.get(f"{ALL}suggest/?tags=large, r", headers={"HX-Request": "true"})
    assert answer.content.decode().strip() == '<option value="large, red"></option>'
    assert not page_of(cleo).get(f"{ALL}suggest/?tags=r", headers={"HX-Request": "true"}).content.strip()
    assert client.get(f"{ALL}suggest/?tags=r").headers["Location"] == ALL
