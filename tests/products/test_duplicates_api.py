"""Whether a product is there already, for scripts that are about to create one."""

import pytest

from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
URL = "/api/products/duplicates/"


def test_what_is_like_it_is_told(api_of, sam, mug):
    jug = ProductFactory(name="Jug", barcode="96385074")
    told = api_of(sam).get(URL, {"name": "enamel mug", "barcode": "96385074"}).json()
    short = {"id": mug.pk, "name": "Enamel mug", "sku": "MUG-1", "barcode": ""}
    like = {"id": jug.pk, "name": "Jug", "sku": jug.sku, "barcode": "96385074"}
    assert told == {"name": [short], "barcode": [like], "sku": None, "sku_taken": False}
    told = api_of(sam).get(URL, {"name": "enamel mug", "sku": "mug-1"}).json()
    assert told == {"name": [], "barcode": [], "sku": short, "sku_taken": True}
    nothing = {"name": [], "barcode": [], "sku": None, "sku_taken": False}
    assert api_of(sam).get(URL, {"name": "Enamel mug", "sku": "MUG-1", "without": mug.pk}).json() == nothing
    assert api_of(sam).get(URL).json() == nothing


def test_of_what_the_caller_does_not_see_only_that_its_sku_is_taken(api_of, sam):
    ProductFactory(name="Secret mug", sku="SEC-1", barcode="96385074", is_public=False)
    told = api_of(sam).get(URL, {"name": "Secret mug", "sku": "SEC-1", "barcode": "96385074"}).json()
    assert told == {"name": [], "barcode": [], "sku": None, "sku_taken": True}


@pytest.mark.parametrize(
    "query", [{"name": ""}, {"name": "x" * 201}, {"sku": "x" * 65}, {"without": "x"}, {"without": "0"}, {"not": "1"}]
)
def test_what_is_no_question_is_refused(query, api_of, sam):
    assert api_of(sam).get(URL, query).status_code == 400


def test_clients_ask_nothing(api_of, cleo, mug):
    assert api_of(cleo).get(URL, {"sku": "MUG-1"}).status_code == 403
