"""The page a client begins at, on a phone first."""

import pytest
from playwright.sync_api import expect

from products.models import Comment, Proposal
from products.services import catalogue as catalogue_rules
from products.services import stock, visits
from tests.e2e.conftest import assert_nothing_to_find, overflows

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def news(catalogue, sam, cleo):
    """What Sam did while Cleo was away, and what she waits for."""
    kettle, bowl = catalogue["kettle"], catalogue["bowl"]
    visits.arrive(cleo)
    catalogue_rules.edit(actor=sam, product=kettle, price="47.00", cost="31.17", note="Ask the other supplier")
    stock.adjust(actor=sam, product=bowl, delta=4, kind="received")
    proposal = Proposal.objects.create(product=bowl, author=cleo, author_name="Cleo Martin", version=bowl.version)
    proposal.fields.create(field="price", old="27.40", new="29.00")
    Comment.objects.create(product=bowl, author=cleo, author_name="Cleo Martin", text="When do more come?")


def test_cleo_finds_on_her_phone_what_is_new_what_is_low_and_what_waits(page, url, as_person, cleo, news):
    page.set_viewport_size(PHONE)
    as_person(cleo)
    page.goto(url)
    expect(page.get_by_role("heading", name="Hello Cleo Martin", level=1)).to_be_visible()
    new = page.get_by_role("region", name="Changed lately")
    expect(new).to_contain_text("Sam Reyes changed price")
    expect(new).to_contain_text("received 4")
    expect(page.get_by_role("region", name="Low on stock")).to_contain_text("Stovetop kettle")
    expect(page.get_by_role("region", name="Waiting for approval")).to_contain_text("Price")
    expect(page.get_by_role("region", name="Questions without an answer")).to_contain_text("When do more come?")
    for secret in ("31.17", "6.10", "other supplier", "Cost"):
        expect(page.locator("main")).not_to_contain_text(secret)
    assert not overflows(page)
    assert_nothing_to_find(page)


def test_each_figure_leads_to_its_list(page, url, as_person, cleo, news):
    page.set_viewport_size(PHONE)
    as_person(cleo)
    for name, heading in (("My products 2", "Serving bowl"), ("Low stock 2", "Serving bowl")):
        page.goto(url)
        page.get_by_role("region", name="Key figures").get_by_role("link", name=name).click()
        expect(page.get_by_role("table")).to_contain_text(heading)


def test_a_story_leads_to_its_product(page, url, as_person, cleo, news):
    as_person(cleo)
    page.goto(url)
    page.get_by_role("region", name="Changed lately").get_by_role("link", name="Stovetop kettle").first.click()
    expect(page.get_by_role("heading", name="Stovetop kettle", level=1)).to_be_visible()


def test_sam_has_another_first_page(page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(url)
    expect(page.get_by_role("heading", name="Hello Sam Reyes")).to_have_count(0)


def test_ada_who_views_as_cleo_leaves_what_is_new_to_her(page, url, as_person, ada, cleo, news):
    as_person(ada)
    seen = visits.since(cleo)
    page.goto(f"{url}/users/{cleo.pk}/")
    page.get_by_role("button", name="View as").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    page.goto(url)
    expect(page.get_by_role("heading", name="Hello Cleo Martin", level=1)).to_be_visible()
    assert visits.since(cleo) == seen
