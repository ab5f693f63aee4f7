"""A client counts a shelf on a phone and asks for a price; staff decide by keys; who comes second reads who was first."""

import pytest
from playwright.sync_api import expect

from products.models import Comment, Product, Proposal
from products.services import catalogue as catalogue_rules
from products.services import comments, proposals
from tests.e2e.conftest import assert_nothing_to_find

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def waiting(catalogue, cleo):
    """Three that wait: a price below the cost, a count with a description, a name."""
    kettle, bowl = catalogue["kettle"], catalogue["bowl"]
    texts = {"description": "Enamel on steel, with a blue rim."}
    return [
        proposals.make(actor=cleo, product=kettle, price="5.00", reason="Clearance before the new model."),
        proposals.make(actor=cleo, product=kettle, counted=7, expected=9, **texts),
        proposals.make(actor=cleo, product=bowl, name="Serving bowl, 28 cm"),
    ]


def rows(page):
    return page.locator("[data-proposal]")


def said(page):
    return page.get_by_role("status", name="Notifications")


def test_cleo_counts_her_shelf_on_a_phone_and_withdraws(page, url, as_person, cleo, catalogue):
    page.set_viewport_size(PHONE)
    as_person(cleo)
    page.goto(f"{url}/products/{catalogue['kettle'].pk}/")
    page.wait_for_load_state()
    page.get_by_role("link", name="Propose a change").click()
    dialog = page.get_by_role("dialog", name="Propose a change")
    dialog.get_by_label("Counted on the shelf").fill("7")
    dialog.get_by_label("Reason").fill("Two came back dented.")
    dialog.get_by_role("button", name="Send proposal").click()
    expect(said(page)).to_contain_text("Proposed for Stovetop kettle")
    expect(page.get_by_role("heading", name="Waiting for approval")).to_be_visible()
    assert Product.objects.get(pk=catalogue["kettle"].pk).stock == 9
    page.goto(f"{url}/proposals/")
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Withdraw Stovetop kettle").click()
    expect(said(page)).to_contain_text("withdrawn")
    assert Proposal.objects.get().status == "withdrawn"


def test_the_whole_form_has_nothing_to_find_and_says_what_is_wrong(page, url, as_person, cleo, catalogue, guard):
    guard.allow_status(422)
    as_person(cleo)
    page.goto(f"{url}/products/{catalogue['kettle'].pk}/propose/")
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Send proposal").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is different from how it is now.")
    page.get_by_role("textbox", name="Price").fill("47")
    page.get_by_role("button", name="Send proposal").click()
    expect(said(page)).to_contain_text("Proposed for Stovetop kettle")


def test_sam_goes_through_the_queue_by_keys(page, url, as_person, sam, catalogue, waiting):
    as_person(sam)
    page.goto(f"{url}/proposals/")
    page.wait_for_load_state()
    assert_nothing_to_find(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_text("Below cost (£6.10)")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows(page).nth(1).get_by_role("heading").get_by_role("link")).to_be_focused()
    page.keyboard.press("a")
    expect(rows(page)).to_have_count(2)
    expect(said(page)).to_contain_text("Approved for Stovetop kettle")
    expect(rows(page).nth(1).get_by_role("heading").get_by_role("link")).to_be_focused()
    expect(page.get_by_role("link", name="Proposals 2 waiting")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Decide about this proposal")
    expect(dialog).to_be_visible()
    assert_nothing_to_find(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    dialog.get_by_label("Reply").fill("The floor price is £40.")
    dialog.get_by_role("button", name="Send decision").click()
    expect(rows(page)).to_have_count(1)
    expect(said(page)).to_contain_text("Cleo Martin is told why")
    kettle = Product.objects.get(pk=catalogue["kettle"].pk)
    assert (kettle.stock, str(kettle.price)) == (7, "45.50")


def test_an_approval_is_undone_from_its_toast(page, url, as_person, sam, catalogue, waiting):
    as_person(sam)
    page.goto(f"{url}/proposals/?q=bowl")
    page.wait_for_load_state()
    page.get_by_role("button", name="Approve Serving bowl").click()
    expect(page.get_by_role("heading", name="No proposals match “bowl”")).to_be_focused()
    said(page).get_by_role("button", name="Undo").click()
    expect(said(page)).to_contain_text("Undone: 1 change")
    assert Product.objects.get(pk=catalogue["bowl"].pk).name == "Serving bowl"


def test_a_refusal_without_a_reason_is_asked_for_where_it_is_missing(page, url, as_person, sam, waiting, guard):
    guard.allow_status(422)
    as_person(sam)
    page.goto(f"{url}/proposals/")
    page.wait_for_load_state()
    page.get_by_role("link", name="Refuse Serving bowl").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send decision").click()
    expect(dialog).to_contain_text("Say why, so that they know what to do.")
    assert Proposal.objects.filter(status="open").count() == 3


def test_two_staff_at_once_and_the_second_reads_who_was_first(
    page, new_context, url, as_person, ada, sam, waiting, guard
):
    guard.allow_status(409)
    as_person(sam)
    page.goto(f"{url}/proposals/")
    page.wait_for_load_state()
    other = new_context()
    as_person(ada, into=other)
    rival = other.new_page()
    rival.goto(f"{url}/proposals/{waiting[2].pk}/decide/")
    page.get_by_role("button", name="Approve Serving bowl").click()
    expect(rows(page)).to_have_count(2)
    rival.get_by_label("Reply").fill("No")
    rival.get_by_role("button", name="Send decision").click()
    expect(rival.get_by_role("alert")).to_contain_text("Sam Reyes approved this proposal already.")
    assert_nothing_to_find(rival)


def test_a_stale_price_asks_for_a_choice(page, url, as_person, ada, sam, catalogue, waiting):
    catalogue_rules.edit(actor=ada, product=catalogue["kettle"], price="46.00")
    as_person(sam)
    page.goto(f"{url}/proposals/{waiting[0].pk}/decide/")
    expect(page.get_by_text("Somebody changed it since: it is £46.00 now.")).to_be_visible()
    assert_nothing_to_find(page)
    page.get_by_text("Approve anyway").click()
    page.get_by_role("button", name="Send decision").click()
    expect(said(page)).to_contain_text("Approved for Stovetop kettle")
    assert str(Product.objects.get(pk=catalogue["kettle"].pk).price) == "5.00"


def test_a_question_is_asked_and_answered_without_a_script(new_context, url, as_person, sam, cleo, catalogue):
    context = new_context(java_script_enabled=False)
    as_person(cleo, into=context)
    page = context.new_page()
    page.goto(f"{url}/products/{catalogue['kettle'].pk}/")
    page.get_by_label("Question or answer").fill("When does it come?")
    page.get_by_role("button", name="Send question or answer").click()
    expect(page.get_by_role("paragraph").filter(has_text="When does it come?")).to_be_visible()
    comments.add(actor=sam, product=catalogue["kettle"], text="On Monday.")
    page.reload()
    expect(page.get_by_role("paragraph").filter(has_text="On Monday.")).to_be_visible()
    expect(page.get_by_role("button", name="Remove On Monday.")).to_have_count(0)
    page.get_by_role("button", name="Remove When does it come?").click()
    assert Comment.objects.get().text == "On Monday."


def test_the_questions_have_a_page_of_their_own(page, url, as_person, cleo, catalogue):
    comments.add(actor=cleo, product=catalogue["kettle"], text="<script>alert(1)</script> When?")
    as_person(cleo)
    page.goto(f"{url}/products/{catalogue['kettle'].pk}/comments/")
    expect(page.get_by_role("paragraph").filter(has_text="<script>alert(1)</script> When?")).to_be_visible()
    assert_nothing_to_find(page)
