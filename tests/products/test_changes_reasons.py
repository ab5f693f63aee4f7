"""Why something was done, for those it is meant for; and what it was, in words."""

from decimal import Decimal

import pytest

from products.models import ChangeSet
from products.services import catalogue, changes
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
SECRET = "secret-supplier.csv"


@pytest.fixture
def kettle(cleo):
    return ProductFactory(name="Kettle", owner=cleo)


def repriced(actor, product, reason=SECRET):
    with changes.recorded(actor=actor, kind="product.batch_edited", reason=reason) as recorder:
        recorder.update([(changes.lock_one(product, actor), {"price": Decimal(99)})])
    return recorder.change_set


def pages(change_set, product):
    return ["/changes/", f"/changes/{change_set.pk}/", f"/products/{product.pk}/history/", f"/products/{product.pk}/"]


def doors(change_set, product):
    return ["/api/changes/", f"/api/changes/{change_set.pk}/", f"/api/products/{product.pk}/history/"]


class TestReasons:
    def test_staff_and_admins_read_them(self, ada, sam, page_of, api_of, kettle):
        act = repriced(ada, kettle)
        for person in (ada, sam):
            assert all(SECRET in page_of(person).get(path).text for path in pages(act, kettle))
            assert all(SECRET in api_of(person).get(path).text for path in doors(act, kettle))

    def test_a_client_reads_none_of_others_on_any_path(self, ada, cleo, page_of, api_of, kettle):
        act = repriced(ada, kettle)
        for path in [*pages(act, kettle), "/"]:
            answer = page_of(cleo).get(path)
            assert (answer.status_code, SECRET in answer.text) == (200, False)
        for path in doors(act, kettle):
            answer = api_of(cleo).get(path)
            assert (answer.status_code, SECRET in answer.text) == (200, False)
            assert '"reason":""' in answer.text

    def test_a_client_reads_who_approved_what_they_proposed(self, cleo, page_of, api_of, kettle):
        act = repriced(cleo, kettle, reason="Approved by Sam Reyes")
        assert all("Approved by Sam Reyes" in page_of(cleo).get(path).text for path in pages(act, kettle))
        assert all("Approved by Sam Reyes" in api_of(cleo).get(path).text for path in doors(act, kettle))


@pytest.mark.parametrize(
    ("kind", "on_the_product", "in_the_list"),
    [
        ("product.batch_edited", "changed price", "edited Enamel mug"),
        ("product.pasted", "changed price", "pasted values for Enamel mug"),
        ("product.archived", "archived it", "archived Enamel mug"),
        ("product.unarchived", "took it from the archive", "took Enamel mug from the archive"),
        ("product.purged", "deleted it for good", "deleted Enamel mug for good"),
        ("proposal.approved", "proposed this, and it was approved", "had a proposal approved for Enamel mug"),
        ("category.merged", "merged its category into another", "merged categories: Enamel mug"),
        ("tag.renamed", "renamed one of its tags", "renamed a tag of Enamel mug"),
        ("tag.merged", "merged two of its tags", "merged tags of Enamel mug"),
        ("tag.removed", "removed one of its tags", "removed a tag from Enamel mug"),
    ],
)
def test_each_kind_of_act_is_a_sentence(kind, on_the_product, in_the_list, ada, page_of, mug):
    catalogue.edit(actor=ada, product=mug, price="9.00")
    ChangeSet.objects.filter(kind="product.edited").update(kind=kind)
    page = page_of(ada)
    assert page.get(f"/products/{mug.pk}/history/").context["timeline"][0].what == on_the_product
    assert page.get("/changes/").context["lines"][0].what == in_the_list
