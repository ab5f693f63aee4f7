"""Exporting the list: by its own address, for everybody, each what they see."""

import pytest

from tests.factories import ProductFactory


def lines(answer):
    return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()


def test_the_list_offers_the_file_of_what_it_shows(sam, page_of, mug):
    client = page_of(sam)
    page = client.get("/products/?q=mug&sort=name&cursor=").text
    assert (
        'href="/products/export/?q=mug&amp;sort=name&amp;columns=status%2Ccategory%2Cstock%2Cprice%2Cowner%2Cchanged"'
        in page
    )


def test_it_is_the_rows_of_the_list_in_its_order(ada, page_of):
    for name in ("Jug", "Mug b", "Mug a"):
        ProductFactory(name=name, owner=ada)
    answer = page_of(ada).get("/products/export/?q=mug&sort=-name&columns=price")
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "text/csv; charset=utf-8",
        'attachment; filename="products.csv"',
    )
    assert [line.split(",")[0] for line in lines(answer)] == ["Name", "Mug b", "Mug a"]


def test_each_gets_what_they_see(sam, cleo, page_of, mug):
    ProductFactory(name="Theirs", owner=cleo, is_public=False)
    assert [line.split(",")[0] for line in lines(page_of(sam).get("/products/export/"))] == ["Name", "Enamel mug"]
    assert [line.split(",")[0] for line in lines(page_of(cleo).get("/products/export/"))] == ["Name", "Theirs"]


def test_cost_is_in_no_file_of_a_client(cleo, page_of):
    ProductFactory(owner=cleo, cost="6.66")
    answer = page_of(cleo).get("/products/export/")
    assert "6.66" not in "".join(lines(answer))
    refused = page_of(cleo).get("/products/export/?columns=cost")
    assert (refused.status_code, refused["Location"]) == (302, "/products/?columns=cost")


def test_a_query_that_makes_no_sense_is_told_by_the_list(sam, page_of):
    answer = page_of(sam).get("/products/export/?price_min=much&q=mug")
    assert answer["Location"] == "/products/?price_min=much&q=mug"


class TestApi:
    def test_a_script_gets_every_column_that_it_may_see(self, sam, cleo, api_of, mug):
        ProductFactory(owner=cleo, is_public=False)
        header = lines(api_of(sam).get("/api/products/export/"))[0]
        assert "Cost,Margin in percent" in header
        assert "Cost" not in lines(api_of(cleo).get("/api/products/export/"))[0]

    def test_filters_order_and_columns_are_those_of_the_list(self, ada, api_of):
        for name in ("Jug", "Mug b", "Mug a"):
            ProductFactory(name=name, sku=name.upper(), owner=ada)
        answer = api_of(ada).get("/api/products/export/?q=mug&ordering=name&columns=price,stock")
        assert lines(answer) == ["Name,SKU,Price,Stock", "Mug a,MUG A,10.00,0", "Mug b,MUG B,10.00,0"]

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("columns=secret", "unknown_column"),
            ("ordering=margin", "bad_ordering"),
            ("q=", "bad_filter"),
            ("page=2", "unknown_parameter"),
        ],
    )
    def test_what_it_does_not_know_is_refused(self, query, code, sam, api_of):
        answer = api_of(sam).get(f"/api/products/export/?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, code)

    def test_a_hidden_column_is_refused_like_an_unknown_one(self, cleo, api_of):
        answer = api_of(cleo).get("/api/products/export/?columns=cost")
        assert answer.json()["detail"] == "There is no column called cost."
