"""“Why?” and “Who can see this?”: asked and answered in the browser."""

from playwright.sync_api import expect

from tests.e2e.conftest import assert_nothing_to_find, cookie_of


def test_sam_asks_why_cleo_does_not_see_a_product(page, url, as_person, sam, cleo, ada, catalogue, guard):
    guard.allow_status(422)
    as_person(sam)
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Who can see this?").click()
    expect(page.get_by_role("textbox", name="Person").or_(page.get_by_label("Person"))).to_be_focused()
    page.keyboard.type("cleo martin")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cleo Martin does not see this product")).to_be_visible()
    expect(page.get_by_text("Make them its owner: Ada Okafor.")).to_be_visible()
    assert_nothing_to_find(page)
    page.get_by_label("Person").fill("somebody")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("You know nobody of this name")).to_be_visible()
    assert_nothing_to_find(page)


def test_it_is_asked_without_a_script(new_context, url, ada, cleo, catalogue, guard):
    context = new_context(java_script_enabled=False)
    context.add_cookies([cookie_of(ada, url)])
    plain = context.new_page()
    plain.goto(f"{url}/products/{catalogue['kettle'].pk}/access/?person=cleo")
    expect(plain.get_by_role("heading", name="Cleo Martin sees this product")).to_be_visible()
    assert guard.problems() == []


def test_cleo_reads_why_she_cannot_change_her_product_on_a_phone(page, url, as_person, cleo, ada, catalogue, guard):
    page.set_viewport_size({"width": 390, "height": 844})
    as_person(cleo)
    page.goto(f"{url}/products/{catalogue['kettle'].pk}/")
    page.get_by_role("button", name="Why?").click()
    expect(page.get_by_text("Clients cannot edit products.")).to_be_visible()
    expect(page.get_by_text("Ada Okafor can give you these rights, by another role.")).to_be_visible()
    assert_nothing_to_find(page)
    guard.allow_status(403)
    assert page.goto(f"{url}/products/{catalogue['kettle'].pk}/access/").status == 403
