"""Categories, tags, prices and duplicates in the browser."""

from playwright.sync_api import expect

from products.models import Category, Product
from products.services import catalogue as catalogue_rules
from tests.e2e.conftest import assert_nothing_to_find


def toast(page, text):
    expect(page.get_by_role("status", name="Notifications")).to_contain_text(text)


def test_sam_builds_a_tree(page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(f"{url}/products/")
    page.get_by_role("link", name="Categories", exact=True).click()
    page.get_by_role("link", name="New category").click()
    page.get_by_label("Name", exact=True).fill("Table")
    page.get_by_role("button", name="Create category").click()
    toast(page, "Table created")
    page.get_by_role("link", name="New category in it").click()
    page.get_by_label("Name", exact=True).fill("Mugs")
    page.get_by_role("button", name="Create category").click()
    expect(page.get_by_role("navigation", name="Breadcrumb")).to_contain_text("CategoriesTableMugs")
    page.get_by_role("link", name="Rename or move").click()
    page.get_by_label("Parent category").select_option(label="Kitchen")
    page.get_by_role("button", name="Save category").click()
    toast(page, "Mugs saved")
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Kitchen").click()
    assert_nothing_to_find(page)


def test_a_merge_moves_everything_and_one_undo_brings_it_back(page, url, as_person, ada, sam, catalogue):
    kitchen = Category.objects.get()
    table = Category.objects.create(name="Table")
    catalogue_rules.edit(actor=ada, product=catalogue["clock"], is_public=True)
    as_person(sam)
    page.goto(f"{url}/categories/{kitchen.pk}/")
    page.get_by_role("link", name="Merge").click()
    page.get_by_label("Merge into").select_option(label="Table")
    page.get_by_role("button", name="Merge category").click()
    toast(page, "Kitchen merged into Table")
    expect(page.get_by_role("heading", name="Table", level=1)).to_be_visible()
    assert Product.objects.filter(category=table).count() == 26
    page.get_by_role("button", name="Undo").click()
    toast(page, "Undone")
    assert Product.objects.filter(category=kitchen).count() == 26


def test_a_category_with_hidden_products_says_who_can_merge_it(page, url, as_person, sam, catalogue, guard):
    guard.allow_status(422)
    kitchen = Category.objects.get()
    Category.objects.create(name="Table")
    as_person(sam)
    page.goto(f"{url}/categories/{kitchen.pk}/merge/")
    page.get_by_label("Merge into").select_option(label="Table")
    page.get_by_role("button", name="Merge category").click()
    expect(page.get_by_role("alert")).to_contain_text("Ask an admin to merge it.")
    assert_nothing_to_find(page)


def test_cleo_sees_the_tree_and_why_she_changes_nothing(page, url, as_person, cleo, catalogue):
    as_person(cleo)
    page.goto(f"{url}/categories/")
    expect(page.get_by_role("button", name="New category")).to_be_disabled()
    expect(page.get_by_text("Clients cannot change categories.")).to_be_visible()
    page.get_by_role("link", name="Products in Kitchen and everything below it: 2").click()
    expect(page.get_by_role("navigation", name="Breadcrumb")).to_contain_text("Kitchen")
    expect(page.get_by_role("link", name="Stovetop kettle")).to_be_visible()


def test_tags_are_suggested_while_they_are_typed_and_renamed_on_all(page, url, as_person, ada, sam, catalogue):
    catalogue_rules.edit(actor=ada, product=catalogue["kettle"], tags=["enamel"])
    as_person(sam)
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.wait_for_load_state()
    tags = page.get_by_label("Tags")
    with page.expect_response(lambda response: "/tags/suggest/" in response.url):
        tags.press_sequentially("gift, ena")
    expect(page.locator("#tag-words option")).to_have_attribute("value", "gift, enamel")
    tags.fill("gift, enamel")
    page.get_by_role("button", name="Save", exact=True).click()
    toast(page, "Enamel mug saved")
    page.get_by_role("link", name="Tags", exact=True).click()
    page.get_by_role("link", name="Rename enamel").click()
    page.get_by_label("Name", exact=True).fill("Enamelware")
    page.get_by_role("button", name="Rename tag").click()
    toast(page, "enamel is called enamelware now")
    assert Product.objects.get(sku="KET-1").tags == ["enamelware"]
    page.get_by_role("button", name="Remove gift").click()
    toast(page, "gift removed from its products")
    page.get_by_role("button", name="Undo").last.click()
    toast(page, "Undone")
    assert Product.objects.get(sku="MUG-1").tags == ["enamelware", "gift"]


def test_a_name_that_is_there_already_warns_and_does_not_stop(page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(f"{url}/products/new/")
    page.wait_for_load_state()
    warning = page.get_by_role("status", name="Products like it")
    page.get_by_label("Name", exact=True).press_sequentially("Enamel mug")
    expect(warning).to_contain_text("Looks like: Enamel mug (MUG-1)")
    page.get_by_label("SKU").press_sequentially("ket-1")
    expect(warning).to_contain_text("This SKU belongs to Stovetop kettle (KET-1)")
    assert_nothing_to_find(page)
    page.get_by_label("SKU").fill("")
    page.get_by_role("textbox", name="Price").fill("1")
    page.get_by_role("button", name="Create product").click()
    toast(page, "Enamel mug created")


def test_prices_are_drawn_and_told(page, url, as_person, sam, cleo, catalogue):
    kettle = catalogue["kettle"]
    catalogue_rules.edit(actor=sam, product=kettle, price="5.00")
    as_person(cleo)
    page.goto(f"{url}/products/{kettle.pk}/")
    page.get_by_role("link", name="Price history").click()
    expect(page.get_by_role("img", name="from £45.50 to £5.00")).to_be_visible()
    expect(page.get_by_role("cell", name="−89.0%")).to_be_visible()
    expect(page.get_by_role("navigation", name="Amounts")).to_have_count(0)
    assert_nothing_to_find(page)


def test_it_all_works_without_a_script(new_context, url, as_person, sam, catalogue):
    context = new_context(java_script_enabled=False)
    as_person(sam, into=context)
    page = context.new_page()
    page.goto(f"{url}/categories/new/")
    page.get_by_label("Name", exact=True).fill("Table")
    page.get_by_role("button", name="Create category").click()
    page.get_by_role("button", name="Delete").click()
    toast(page, "Table deleted")
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.get_by_label("Tags").fill("Gift, gift")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"{url}/tags/")
    page.get_by_role("button", name="Remove gift").click()
    toast(page, "gift removed from its products")
