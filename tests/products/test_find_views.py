"""Find or do: products, people, pages and acts by a few letters, by what the person may see and do."""

import pytest

from products.views import find
from tests.factories import ProductFactory, UserFactory


def labels(answer, heading):
    return [option.label for group in answer.context["groups"] if group.heading == heading for option in group.options]


class TestProducts:
    def test_those_that_fit_lead_to_their_pages(self, sam, page_of, mug):
        ProductFactory(name="Jug")
        answer = page_of(sam).get("/find/?q=mug")
        [option] = answer.context["groups"][0].options
        assert (option.label, option.detail, option.href) == ("Enamel mug", "MUG-1", f"/products/{mug.pk}/")
        assert f'href="/products/{mug.pk}/"' in answer.text

    def test_what_somebody_may_not_see_is_not_found(self, ada, cleo, sam, page_of, mug):
        ProductFactory(name="Secret mug", owner=ada, is_public=False)
        assert labels(page_of(sam).get("/find/?q=mug"), "Products") == ["Enamel mug"]
        assert labels(page_of(cleo).get("/find/?q=mug"), "Products") == []

    def test_they_are_few(self, ada, page_of):
        for n in range(8):
            ProductFactory(name=f"Mug {n}")
        assert len(labels(page_of(ada).get("/find/?q=mug"), "Products")) == find.MOST_PRODUCTS

    def test_a_hostile_search_is_only_letters(self, ada, page_of, mug):
        for letters in ("%", "_", "'; --", '"mug', "x" * 900):
            assert page_of(ada).get("/find/", {"q": letters}).status_code == 200


class TestPeople:
    def test_an_admin_finds_people(self, ada, page_of):
        jo = UserFactory(username="jo", name="Jo Park")
        answer = page_of(ada).get("/find/?q=jo park")
        assert labels(answer, "People") == ["Jo Park"]
        assert f'href="/users/{jo.pk}/"' in answer.text

    @pytest.mark.parametrize("who", ["sam", "cleo"])
    def test_nobody_else_does(self, who, db, request, page_of):
        UserFactory(username="jo", name="Jo Park")
        assert labels(page_of(request.getfixturevalue(who)).get("/find/?q=jo"), "People") == []


class TestPlaces:
    def test_with_nothing_typed_all_that_one_may_do_is_offered(self, ada, cleo, page_of):
        assert "New product" in labels(page_of(ada).get("/find/"), "Do")
        answer = page_of(cleo).get("/find/")
        assert labels(answer, "Do") == []
        assert "Account settings" in labels(answer, "Go to")
        assert not {"Users", "Trash", "Overview"} & set(labels(answer, "Go to"))

    def test_letters_begin_words(self, ada, page_of):
        assert labels(page_of(ada).get("/find/?q=acc"), "Go to") == ["Account settings"]
        assert labels(page_of(ada).get("/find/?q=SET ac"), "Go to") == ["Account settings"]
        assert labels(page_of(ada).get("/find/?q=ount"), "Go to") == []

    def test_every_place_is_there(self, ada, page_of):
        client = page_of(ada)
        for group in client.get("/find/").context["groups"]:
            for option in group.options:
                assert client.get(option.href).status_code == 200, option.href


def test_the_palette_asks_for_the_options_alone(ada, page_of, mug):
    answer = page_of(ada).get("/find/?q=mug", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert f'data-href="/products/{mug.pk}/"' in answer.text
    assert answer.text.count('aria-selected="true"') == 1


def test_nothing_that_fits_says_so(ada, page_of):
    assert "Nothing fits" in page_of(ada).get("/find/?q=zzzz").text
    assert "Nothing fits" in page_of(ada).get("/find/?q=zzzz", headers={"HX-Request": "true"}).text


def test_signed_out_it_leads_to_the_sign_in(db, page_of):
    assert page_of().get("/find/").status_code == 302
