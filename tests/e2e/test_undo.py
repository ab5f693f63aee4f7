"""Undo in the browser: from the toast, the timeline and the act's page, and by the worker while one looks on."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from products.models import ChangeSet, Job, Product
from products.services import catalogue as catalogue_rules
from products.services import changes, jobs, undo_large
from tests.e2e.conftest import assert_nothing_to_find


def raised(actor, price="99.00"):
    """One act on every notebook."""
    with changes.recorded(actor=actor, kind="product.batch_edited", reason="Autumn prices") as recorder:
        rows = changes.lock(Product.objects.filter(name__startswith="Notebook"))
        recorder.update([(row, {"price": Decimal(price)}) for row in rows])
    return recorder.change_set


def prices():
    return set(Product.objects.filter(name__startswith="Notebook").values_list("price", flat=True))


@pytest.fixture
def large(monkeypatch, catalogue, sam):
    """An act of sam's that is too much to be undone at once."""
    monkeypatch.setattr(jobs, "AT_ONCE", 10)
    monkeypatch.setattr(jobs, "STEP", 8)
    return raised(sam)


def toast(page):
    return page.get_by_role("status", name="Notifications")


def test_an_edit_is_undone_from_its_toast_and_the_undo_from_its_own(page, url, as_person, sam, catalogue):
    mug = catalogue["mug"]
    as_person(sam)
    page.goto(f"{url}/products/{mug.pk}/price/edit/")
    page.get_by_label("Price").fill("13.20")
    page.get_by_role("button", name="Save").click()
    for price in ("12.50", "13.20"):
        # Both toasts say the same, so it is the answer that is waited for.
        with page.expect_response(lambda answer: answer.url.endswith("/undo/")):
            toast(page).get_by_role("button", name="Undo").click()
        expect(toast(page)).to_contain_text("Undone: 1 change")
        mug.refresh_from_db()
        assert mug.price == Decimal(price)


def test_from_the_timeline_to_the_page_of_the_act_and_back(page, url, as_person, sam, catalogue):
    mug = catalogue["mug"]
    catalogue_rules.edit(actor=sam, product=mug, price="13.20", tags=["blue"])
    as_person(sam)
    page.goto(f"{url}/products/{mug.pk}/history/")
    page.get_by_role("link", name="changed 2 fields").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sam Reyes edited Enamel mug")
    expect(page.locator("main")).to_contain_text("£13.20")
    assert_nothing_to_find(page)
    page.get_by_role("main").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="See its undo")).to_be_visible()
    mug.refresh_from_db()
    assert (mug.price, mug.tags) == (Decimal("12.50"), [])


def test_all_acts_are_listed_and_narrowed(page, url, as_person, sam, catalogue):
    raised(sam)
    as_person(sam)
    page.goto(f"{url}/changes/")
    expect(page.get_by_role("link", name="edited Notebook 00 and others")).to_be_visible()
    assert_nothing_to_find(page)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("What").select_option("Products edited together")
    page.get_by_role("button", name="Show changes").click()
    expect(page.get_by_role("link", name="Remove filter What: Products edited together")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    page.get_by_role("main").get_by_role("button", name="Undo").click()
    expect(toast(page)).to_contain_text("Undone: 22 changes")
    assert prices() == {Decimal("7.20")}


def test_who_may_not_undo_reads_why(page, url, as_person, ada, sam, cleo, catalogue):
    catalogue_rules.edit(actor=ada, product=catalogue["kettle"], price="47.00", cost="31.17")
    act = ChangeSet.objects.latest("pk")
    for person, reason in ((sam, "You can undo your own changes."), (cleo, "Clients cannot undo changes.")):
        as_person(person)
        page.goto(f"{url}/changes/{act.pk}/")
        expect(page.get_by_role("main").get_by_role("button", name="Undo")).to_be_disabled()
        expect(page.locator("main")).to_contain_text(reason)
    expect(page.locator("main")).not_to_contain_text("31.17")
    expect(page.locator("main")).not_to_contain_text("Cost")
    assert_nothing_to_find(page)


def test_a_large_act_goes_back_while_one_looks_on(page, url, as_person, ada, sam, large):
    odd = Product.objects.get(sku="NTB-03")
    catalogue_rules.edit(actor=ada, product=odd, price="5.00")
    as_person(sam)
    page.goto(f"{url}/changes/{large.pk}/")
    page.get_by_role("main").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Waiting for the worker")).to_be_visible()
    assert_nothing_to_find(page)
    job = Job.objects.get()
    for _step in range(2):
        jobs.advance(job.pk, undo_large.step)
    expect(page.get_by_role("heading", name="At work")).to_be_visible()
    expect(page.locator("main")).to_contain_text("8 of 22")
    jobs.run(job.pk, undo_large.step)
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_role("row", name="Notebook 03")).to_contain_text("It was changed since.")
    assert_nothing_to_find(page)
    assert prices() == {Decimal("7.20"), Decimal("5.00")}
    page.get_by_role("main").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Waiting for the worker")).to_be_visible()
    jobs.run(Job.objects.latest("pk").pk, undo_large.step)
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert prices() == {Decimal("99.00"), Decimal("5.00")}


def test_without_a_script_one_looks_again_by_a_link(new_context, url, as_person, sam, large):
    context = new_context(java_script_enabled=False)
    as_person(sam, into=context)
    page = context.new_page()
    page.goto(f"{url}/changes/{large.pk}/")
    page.get_by_role("main").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Waiting for the worker")).to_be_visible()
    jobs.run(Job.objects.get().pk, undo_large.step)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert prices() == {Decimal("7.20")}


def test_an_act_that_is_still_being_made_is_not_undone_in_the_middle(page, url, as_person, sam, large):
    job = undo_large.start(actor=sam, change_set=large)
    for _step in range(2):
        jobs.advance(job.pk, undo_large.step)
    as_person(sam)
    page.goto(f"{url}/changes/{job.change_set.pk}/")
    page.get_by_role("main").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("This change is still being made.")).to_be_visible()
    jobs.run(job.pk, undo_large.step)
    assert prices() == {Decimal("7.20")}
