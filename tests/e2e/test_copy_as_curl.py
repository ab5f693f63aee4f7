"""“Copy as curl”: what was done by hand once is copied, pasted into a shell, and really does the same."""

import json
import os
import subprocess

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.services import tokens
from products.forms import ProductForm, StockForm
from products.models import Product
from site_config.lib import curl
from tests.e2e.conftest import WIDTHS, axe, overflows
from tests.factories import PASSWORD
from tests.hostile import SHELL_WORDS

pytestmark = pytest.mark.usefixtures("catalogue")

PAGES = {
    "products": ("/products/?sort=name", "ada"),
    "my products": ("/products/", "cleo"),
    "no match": ("/products/?q=teapot", "sam"),
    "trash": ("/trash/", "ada"),
    "ledger": ("/products/{kettle}/stock/", "cleo"),
    "history": ("/products/{kettle}/history/", "sam"),
    "users": ("/users/", "ada"),
    "new product": ("/products/new/", "sam"),
    "product": ("/products/{kettle}/", "ada"),
    "price": ("/products/{kettle}/price/edit/", "sam"),
    "adjust": ("/products/{kettle}/stock/adjust/", "sam"),
    "new user": ("/users/new/", "ada"),
    "user": ("/users/{sam}/", "ada"),
    "account": ("/account/", "cleo"),
}


@pytest.fixture
def people(ada, sam, cleo):
    return {"ada": ada, "sam": sam, "cleo": cleo}


@pytest.fixture
def run(tmp_path):
    """Pastes a command into a shell whose `uuidgen` always says the same, as somebody; answers what curl printed."""
    uuidgen = tmp_path / "uuidgen"
    uuidgen.write_text("#!/bin/sh\necho 5f0c2c9e-the-same-key\n")
    uuidgen.chmod(0o755)

    def paste(command, person):
        token = tokens.sign_in(person=person)["access"]
        shell = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TOKEN": token, "NO_PROXY": "*"}
        done = subprocess.run(["sh", "-c", command], env=shell, capture_output=True, check=False, timeout=30)
        assert (done.returncode, done.stderr) == (0, b""), done.stdout
        return json.loads(done.stdout)

    return paste


def opened(page, within="main"):
    """The command that the page, or the dialog on it, shows once somebody asks for it."""
    page.locator(within).get_by_role("button", name="Copy as curl").click()
    text = page.get_by_role("group", name="Command")
    expect(text).to_be_visible()
    return text.evaluate("pre => pre.textContent")


def copied(page, within="main"):
    """The same, by way of the clipboard."""
    shown = opened(page, within)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    page.keyboard.press("Escape")
    return shown


@pytest.fixture(autouse=True)
def _clipboard(context, url):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)


def test_a_list_that_was_searched_and_sorted_is_copied_and_run(page, url, as_person, sam, run):
    as_person(sam)
    page.goto(f"{url}/products/?sort=-name")
    page.get_by_role("searchbox", name="Search products").fill("notebook 1")
    expect(page.locator("#rows tbody tr")).to_have_count(12)
    answer = run(copied(page), sam)
    assert [row["name"] for row in answer["results"]] == page.locator("#rows tbody .item a").all_inner_texts()


def test_a_new_product_is_made_once_however_often_the_command_is_repeated(page, url, as_person, sam, run):
    as_person(sam)
    page.goto(f"{url}/products/new/")
    nasty = r"""it's "50 %" \ $TOKEN $(exit 9) `exit 9` – émail"""
    page.get_by_label("Name").fill(nasty)
    page.get_by_role("textbox", name="Price", exact=True).fill("68")
    page.get_by_label("Stock (optional)").fill("4")
    page.get_by_label("Description").fill("One line\nand 'another'")
    page.get_by_label("Public").check()
    command = copied(page)
    first, second = run(command, sam), run(command, sam)
    assert first == second
    stool = Product.objects.get(name=nasty)
    assert (stool.pk, stool.stock, stool.is_public, stool.owner) == (first["id"], 4, True, sam)
    assert (str(stool.price), stool.description) == ("68.00", "One line\nand 'another'")


def test_a_change_is_run_onto_the_version_that_was_shown(page, url, as_person, sam, run, catalogue):
    mug = catalogue["mug"]
    as_person(sam)
    page.goto(f"{url}/products/{mug.pk}/")
    page.get_by_role("textbox", name="Price", exact=True).fill("13.20")
    page.get_by_label("Cost").fill("")
    page.get_by_label("Category").select_option("")
    answer = run(copied(page), sam)
    assert (answer["price"], answer["cost"], answer["category"], answer["version"]) == ("13.20", None, None, 2)
    assert (answer["name"], answer["note"]) == ("Enamel mug", "Ask Jo")


def test_a_movement_and_a_count_are_run_from_the_dialog(page, url, as_person, sam, run, catalogue):
    as_person(sam)
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("link", name="Stock of Enamel mug: 148. Adjust").click()
    dialog = page.get_by_role("dialog", name="Adjust stock")
    dialog.get_by_text("Sold").click()
    dialog.get_by_label("Units").fill("3")
    dialog.get_by_label("Note").fill("Order '1187'")
    run(copied(page, "#dialog"), sam)
    movement = catalogue["mug"].movements.latest("pk")
    assert (movement.kind, movement.delta, movement.balance, movement.note) == ("sold", -3, 145, "Order '1187'")
    dialog.get_by_text("Counted").click()
    counting = opened(page, "#dialog")
    assert '"counted": 3,\n  "expected": 148,' in counting


def test_a_new_person_is_made_with_the_password_that_the_script_puts_in(page, url, as_person, ada, run):
    as_person(ada)
    page.goto(f"{url}/users/new/")
    page.get_by_label("Username").fill("dan")
    page.get_by_label("Email address").fill("dan@example.com")
    page.get_by_label("Client").check()
    page.get_by_label("First password").fill("typed where others look")
    command = copied(page)
    assert "typed" not in command
    run(command.replace("…", PASSWORD), ada)
    dan = User.objects.get(username="dan")
    assert (dan.role, dan.check_password(PASSWORD)) == ("client", True)


def test_ones_own_profile_is_changed_from_a_shell(page, url, as_person, cleo, run):
    as_person(cleo)
    page.goto(f"{url}/account/")
    page.get_by_label("Phone").fill("+44 20 7946 0000")
    assert run(copied(page), cleo)["phone"] == "+44 20 7946 0000"


@pytest.mark.parametrize("name", ["trash", "ledger", "history", "users"])
def test_every_other_list_is_one_that_the_api_answers(name, page, url, as_person, people, run, catalogue):
    path, who = PAGES[name]
    as_person(people[who])
    page.goto(url + path.format(kettle=catalogue["kettle"].pk))
    assert "results" in run(opened(page), people[who])


# --- The page and the server say the same ----------------------------------------------------------------------------


FILL_IN_AND_OPEN = """values => {
  for (const [name, text] of Object.entries(values)) document.querySelector(`[name=${name}]`).value = text;
  const command = document.querySelector('.curl');
  command.showPopover();
  command.hidePopover();
  return command.querySelector('[data-curl]').textContent;
}"""


@pytest.mark.parametrize("path", ["/products/new/", "/products/{mug}/"])
def test_a_form_says_what_the_server_would_say(path, page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(url + path.format(mug=catalogue["mug"].pk))
    product = catalogue["mug"] if "mug" in path else None
    for text in [*SHELL_WORDS, "-3", " 12 ", "007", "-0", "12,5", "1e3", "٣", "1" * 16, "\u2028\u202e\U0001f600"]:
        line = " ".join(text.split("\n"))  # a field of one line holds no other
        values = {"name": line, "description": text, "price": line, "cost": line, "low_stock_threshold": line}
        ticked = {"is_public": "on"} if product else {}
        category = {"category": product.category_id} if product else {}
        rest = {"sku": "MUG-1"} if product else {}
        form = ProductForm({**values, **ticked, **category, **rest, "note": "Ask Jo"}, person=sam, instance=product)
        wanted = curl.quoted(curl.json_text(curl.shape_of(form, partial=bool(product)).body(form)))
        assert page.evaluate(FILL_IN_AND_OPEN, {**values, "note": "Ask Jo"}) == wanted


def test_the_stock_form_says_what_the_server_would_say(page, url, as_person, sam, catalogue):
    as_person(sam)
    page.goto(f"{url}/products/{catalogue['mug'].pk}/stock/adjust/")
    for kind, label in StockForm().fields["kind"].choices:
        page.get_by_text(str(label), exact=True).click()
        for units in ("", "3", "-3", "few"):
            form = StockForm({"kind": kind, "units": units, "expected": "148", "note": "it's"})
            wanted = curl.quoted(curl.json_text(form.request_shape().body(form)))
            assert page.evaluate(FILL_IN_AND_OPEN, {"units": units, "note": "it's"}) == wanted


# --- Anywhere, for anybody -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_the_open_command_has_nothing_to_find(name, page, url, as_person, people, catalogue):
    path, who = PAGES[name]
    as_person(people[who])
    page.goto(url + path.format(kettle=catalogue["kettle"].pk, sam=people["sam"].pk))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        opened(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert axe(page, within=".curl:popover-open") == [], f"{width} px, {scheme}"
        box = page.locator(".curl:popover-open").bounding_box()
        assert box["x"] >= 0, "it is cut off at the left"
        assert box["x"] + box["width"] <= width, "it is cut off at the right"
        assert not overflows(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Copy as curl")).to_be_focused()


def test_the_open_command_in_the_stock_dialog_has_nothing_to_find(page, url, as_person, sam):
    as_person(sam)
    page.goto(f"{url}/products/?q=mug-1")
    page.get_by_role("link", name="Stock of Enamel mug: 148. Adjust").click()
    opened(page, "#dialog")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert axe(page, within="dialog") == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Adjust stock")).to_be_visible()


def test_where_a_page_has_no_clipboard_the_command_is_selected_and_copied_all_the_same(page, url, as_person, sam):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    as_person(sam)
    page.goto(f"{url}/products/")
    shown = opened(page)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == shown
    page.keyboard.press("Escape")
    opened(page)
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(0)


def test_without_script_the_command_is_there_to_be_selected(new_context, url, as_person, sam, catalogue, guard):
    context = new_context(java_script_enabled=False)
    as_person(sam, context)
    page = context.new_page()
    page.goto(f"{url}/products/{catalogue['mug'].pk}/")
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("group", name="Command")).to_contain_text('"name": "Enamel mug"')
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_hidden()
    assert guard.problems() == []
