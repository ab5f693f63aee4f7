"""Two and three people save the same product at once, and know of each other: in browsers of their own."""

import re

import pytest
from playwright.sync_api import expect

from accounts.policy import Role
from products.services import catalogue as rules
from tests.e2e.conftest import assert_nothing_to_find
from tests.factories import UserFactory


@pytest.fixture
def open_as(new_context, url, as_person):
    """A window of somebody's own at a product."""

    def open_window(person, product, **options):
        context = new_context(**options)
        as_person(person, into=context)
        window = context.new_page()
        window.goto(f"{url}/products/{product.pk}/")
        window.wait_for_load_state()
        return window

    return open_window


def save(window):
    window.get_by_role("button", name="Save", exact=True).click()


def toasts(window):
    return window.get_by_role("status", name="Notifications")


def test_fields_that_only_one_of_them_touched_are_merged_and_the_toast_says_so(open_as, ada, sam, catalogue, guard):
    mug = catalogue["mug"]
    adas, sams = open_as(ada, mug), open_as(sam, mug)
    adas.get_by_role("textbox", name="Price").fill("12.95")
    sams.get_by_role("textbox", name="Name").fill("Enamel mug, 350 ml")
    save(adas)
    expect(toasts(adas)).to_contain_text("Enamel mug saved")
    save(sams)
    expect(toasts(sams)).to_contain_text("Enamel mug, 350 ml saved; kept what Ada Okafor changed meanwhile: price")
    expect(sams.get_by_role("textbox", name="Price")).to_have_value("12.95")
    mug.refresh_from_db()
    assert (str(mug.price), mug.name) == ("12.95", "Enamel mug, 350 ml")
    assert guard.problems() == []


@pytest.mark.parametrize(("kept", "price"), [("£12.95", "12.95"), ("£13.20", "13.20")])
def test_the_same_field_asks_and_either_choice_is_saved(kept, price, open_as, ada, sam, catalogue, guard):
    guard.allow_status(409)
    mug = catalogue["mug"]
    adas, sams = open_as(ada, mug), open_as(sam, mug)
    adas.get_by_role("textbox", name="Price").fill("12.95")
    adas.get_by_role("textbox", name="Reorder at").fill("40")
    save(adas)
    expect(toasts(adas)).to_contain_text("saved")
    sams.get_by_role("textbox", name="Price").fill("13.20")
    save(sams)
    question = sams.get_by_role("alert")
    expect(question).to_contain_text("Ada Okafor saved this product while you were editing")
    expect(question).to_contain_text("merged for you: Reorder at, now 40.")
    question.get_by_role("radio", name=kept).check()
    sams.get_by_role("button", name="Save merged version").click()
    expect(toasts(sams)).to_contain_text("Enamel mug saved" if price == "13.20" else "Nothing was different")
    mug.refresh_from_db()
    assert (str(mug.price), mug.low_stock_threshold) == (price, 40)
    assert guard.problems() == []


def test_a_third_editor_in_between_asks_only_about_what_is_new(open_as, ada, sam, catalogue, guard):
    guard.allow_status(409)
    mug, jo = catalogue["mug"], UserFactory(name="Jo Lind", role=Role.STAFF)
    sams = open_as(sam, mug)
    sams.get_by_role("textbox", name="Price").fill("13.20")
    sams.get_by_role("textbox", name="Name").fill("Sam’s mug")
    rules.edit(actor=ada, product=mug, price="12.95")
    save(sams)
    sams.get_by_role("alert").get_by_role("radio", name="£12.95").check()
    rules.edit(actor=jo, product=mug, name="Jo’s mug")
    sams.get_by_role("button", name="Save merged version").click()
    question = sams.get_by_role("alert")
    expect(question).to_contain_text("Jo Lind saved this product")
    expect(question.get_by_role("radio")).to_have_count(2)
    question.get_by_role("radio", name="Sam’s mug").check()
    sams.get_by_role("button", name="Save merged version").click()
    expect(toasts(sams)).to_contain_text("Sam’s mug saved")
    mug.refresh_from_db()
    assert (str(mug.price), mug.name) == ("12.95", "Sam’s mug")
    assert guard.problems() == []


def test_the_question_is_readable_at_any_width_and_answered_without_a_script(open_as, ada, sam, catalogue, guard):
    guard.allow_status(409)
    mug = catalogue["mug"]
    plain = open_as(sam, mug, java_script_enabled=False)
    plain.set_viewport_size({"width": 390, "height": 844})
    plain.get_by_role("textbox", name="Description").fill("Enamel on steel, for all drinks.")
    rules.edit(actor=ada, product=mug, description="Enamel on steel, dishwasher safe.")
    save(plain)
    expect(plain.get_by_role("deletion").first).to_be_visible()
    plain.get_by_role("radio", name="dishwasher").check()
    plain.get_by_role("button", name="Save merged version").click()
    expect(plain.get_by_role("textbox", name="Description")).to_have_value("Enamel on steel, dishwasher safe.")
    assert guard.problems() == []


def test_the_question_has_nothing_to_find(open_as, ada, sam, catalogue, guard):
    guard.allow_status(409)
    window = open_as(sam, catalogue["mug"])
    window.get_by_role("textbox", name="Price").fill("13.20")
    rules.edit(actor=ada, product=catalogue["mug"], price="12.95", low_stock_threshold=40)
    save(window)
    expect(window.get_by_role("alert")).to_be_visible()
    assert_nothing_to_find(window)
    assert guard.problems() == []


# --- Presence --------------------------------------------------------------------------------------------------------


def test_each_is_told_while_the_other_is_at_the_form_and_not_after(open_as, ada, sam, url, catalogue, guard):
    mug = catalogue["mug"]
    adas, sams = open_as(ada, mug), open_as(sam, mug)
    expect(sams.get_by_text("is editing this")).to_have_count(0)
    with adas.expect_response(re.compile(r"/presence/$")):
        adas.get_by_role("textbox", name="Name").fill("Better mug")
    with sams.expect_response(lambda answer: answer.url.endswith("/presence/") and answer.request.method == "GET"):
        sams.get_by_role("textbox", name="Price").focus()
    expect(sams.get_by_text("Ada Okafor is editing this")).to_be_visible()
    sams.reload()
    expect(sams.get_by_text("Ada Okafor is editing this")).to_be_visible()
    assert_nothing_to_find(sams)
    save(adas)
    expect(toasts(adas)).to_contain_text("Better mug saved")
    sams.reload()
    expect(sams.get_by_text("is editing this")).to_have_count(0)
    assert guard.problems() == []


def test_who_only_looks_is_not_at_it(open_as, ada, sam, catalogue, guard):
    adas = open_as(ada, catalogue["mug"])
    adas.get_by_role("button", name="More actions").click()
    sams = open_as(sam, catalogue["mug"])
    expect(sams.get_by_text("is editing this")).to_have_count(0)
    assert guard.problems() == []
