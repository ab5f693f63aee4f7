"""The pages of proposals: a client's form and list, the queue of those who decide."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.policy import Role
from products.models import ChangeSet, Proposal
from products.services import catalogue, ownership, proposal_decisions, proposals, stock, trash, undo
from products.views import proposal_lines
from tests.factories import CategoryFactory, ProductFactory, UserFactory

LIST = reverse("products:proposals-list")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def kettle(cleo, ada):
    return ProductFactory(
        name="Stovetop kettle", sku="KET-1", price="45.50", cost="38.10", note="Ask Jo", stock=10, owner=cleo,
        description="Enamel on steel.\nIt whistles.",
    )  # fmt: skip


@pytest.fixture
def proposal(cleo, kettle):
    return proposals.make(actor=cleo, product=kettle, price="36.00", counted=8, expected=10, reason="Clearance")


def create(product):
    return reverse("products:proposals-create", args=[product.pk])


def withdraw(proposal):
    return reverse("products:proposals-withdraw", args=[proposal.pk])


def decide(proposal):
    return reverse("products:proposals-decide", args=[proposal.pk])


def text(response):
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


def said(response):
    return [str(m) for m in get_messages(response.wsgi_request)]


def filled(product, **fields):
    """The form as the browser sends it, with line ends of its own."""
    sent = {
        "name": product.name, "sku": product.sku, "barcode": product.barcode, "category": "", "tags": "",
        "description": product.description.replace("\n", "\r\n"), "price": str(product.price),
        "low_stock_threshold": product.low_stock_threshold, "counted": "", "expected": product.stock,
        "reason": "", "version": product.version,
    }  # fmt: skip
    return {**sent, **fields}


# --- A client asks ---------------------------------------------------------------------------------------------------


def test_the_same_form_as_an_edit_becomes_a_proposal(page_of, cleo, kettle):
    client = page_of(cleo)
    form = client.get(create(kettle)).context["form"]
    assert set(form.fields) == {*proposals.FIELDS, "counted", "expected", "reason", "version"}
    response = client.post(create(kettle), filled(kettle, price="47.00", counted="9", reason="Steel"))
    assert response.url == reverse("products:catalogue-detail", args=[kettle.pk])
    assert said(response) == ["Proposed for Stovetop kettle: you are told when it is decided"]
    [made] = Proposal.objects.all()
    assert {row.field: row.new for row in made.fields.all()} == {"price": "47.00", "stock": 9}
    kettle.refresh_from_db()
    assert (str(kettle.price), kettle.stock) == ("45.50", 10)


def test_a_description_in_other_words_is_asked_for_as_a_script_would_write_it(page_of, cleo, kettle):
    page_of(cleo).post(create(kettle), filled(kettle, description="Enamel.\r\nIt sings. "))
    assert Proposal.objects.get().fields.get().new == "Enamel.\nIt sings."


def test_nothing_different_says_so(page_of, cleo, kettle):
    response = page_of(cleo).post(create(kettle), filled(kettle))
    assert response.status_code == 422
    assert "Nothing is different from how it is now." in text(response)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"price": "twelve"}, "price"),
        ({"barcode": "12345678"}, "barcode"),
        ({"sku": "MUG-1"}, "sku"),
        ({"name": ""}, "name"),
        ({"counted": "-1"}, "counted"),
        ({"counted": "²"}, "counted"),
        ({"expected": ""}, "expected"),
        ({"reason": "x" * 501}, "reason"),
        ({"category": "999"}, "category"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_sent(fields, field, page_of, cleo, kettle):
    ProductFactory(owner=cleo, sku="MUG-1")
    response = page_of(cleo).post(create(kettle), filled(kettle, **fields))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Proposal.objects.exists()


def test_a_shelf_that_moved_is_counted_again(page_of, sam, cleo, kettle):
    client, sent = page_of(cleo), filled(kettle, counted="8")
    stock.adjust(actor=sam, product=kettle, delta=-1, kind="sold")
    response = client.post(create(kettle), sent)
    assert response.status_code == 409
    assert "Stock is now 9, not 10" in text(response)
    assert response.context["form"]["expected"].value() == "9"
    assert client.post(create(kettle), {**sent, "expected": "9"}).status_code == 302


def test_what_waits_is_shown_beside_the_form_and_not_asked_for_twice(page_of, cleo, kettle, proposal):
    client = page_of(cleo)
    assert "£45.50 £36.00" in text(client.get(create(kettle)))
    response = client.post(create(kettle), filled(kettle, price="35.00"))
    assert response.status_code == 409
    assert "You proposed this already, and it waits." in text(response)
    assert Proposal.objects.count() == 1


def test_from_a_list_it_is_a_dialog_that_leads_back(page_of, cleo, kettle):
    client, place = page_of(cleo), reverse("products:catalogue-list") + "?q=ket"
    html = client.get(create(kettle), {"next": place}, **HTMX).content.decode()
    assert html.strip().startswith("<dialog")
    assert f'value="{place}"' in html
    assert client.post(create(kettle), filled(kettle, price="47", next=place)).url == place
    elsewhere = filled(kettle, name="Pot", next="https://example.com/")
    assert client.post(create(kettle), elsewhere).url == reverse("products:catalogue-detail", args=[kettle.pk])


def test_who_may_edit_has_nothing_to_propose_and_what_is_not_seen_is_not_there(page_of, sam, ada, cleo, mug, kettle):
    assert page_of(sam).get(create(kettle)).status_code == 403
    assert page_of(cleo).get(create(mug)).status_code == 404
    assert page_of(cleo).post(create(mug), filled(mug)).status_code == 404


def test_nothing_hidden_is_on_a_clients_pages(page_of, cleo, kettle, proposal):
    """Neither the cost nor the note, and not that the price is below the cost."""
    client = page_of(cleo)
    for address in (create(kettle), LIST, reverse("products:catalogue-detail", args=[kettle.pk])):
        page = client.get(address).content.decode()
        assert "38.10" not in page
        assert "Below cost" not in page
        assert "Ask Jo" not in page
    sent = filled(kettle, cost="1.00", note="Mine", owner=cleo.pk, is_public="on", name="Pot")
    client.post(create(kettle), sent)
    assert [row.field for row in Proposal.objects.latest("pk").fields.all()] == ["name"]


def test_that_a_price_is_below_the_cost_is_left_out_at_the_source(sam, cleo, proposal):
    for reader, told in ((sam, ["Below cost (£38.10)"]), (cleo, [])):
        [line] = proposal_lines.lines(proposals.listed(reader), reader)
        assert line.fields[0].notes == told


# --- A client's list -------------------------------------------------------------------------------------------------


def test_a_client_sees_what_became_of_their_own(page_of, sam, cleo, kettle, proposal):
    other = UserFactory(role=Role.CLIENT)
    proposals.make(actor=other, product=ProductFactory(owner=other, name="Secret teapot"), price="9.00")
    client = page_of(cleo)
    page = text(client.get(LIST))
    assert "My proposals" in page
    assert "£45.50 £36.00 −20.9%" in page
    assert "Secret teapot" not in page
    named = {"actor": sam, "proposal": proposal}
    proposal_decisions.decide(**named, approve=["stock"], refuse=["price"], reply="The floor price is £40.")
    page = text(client.get(LIST, {"state": "decided"}))
    assert "Approved in part" in page
    assert "Sam Reyes, Just now: The floor price is £40." in page
    assert "No proposals here" in text(client.get(LIST, {"state": "waiting"}))
    undo.undo(actor=sam, change_set=ChangeSet.objects.get(kind="proposal.approved"))
    assert "Undone since" in text(client.get(LIST))


def test_one_is_withdrawn_while_it_waits(page_of, sam, cleo, kettle, proposal):
    client = page_of(cleo)
    response = client.post(withdraw(proposal), {"next": LIST})
    assert response.url == LIST
    assert said(response) == ["Proposal for Stovetop kettle withdrawn"]
    assert said(client.post(withdraw(proposal)))[-1] == "Cleo Martin withdrew this proposal."
    assert page_of(sam).post(withdraw(proposal)).status_code == 403
    assert page_of(UserFactory(role=Role.CLIENT)).post(withdraw(proposal)).status_code == 404


def test_the_product_shows_what_waits_to_those_who_see_it(page_of, sam, cleo, kettle, proposal):
    page = reverse("products:catalogue-detail", args=[kettle.pk])
    html = page_of(cleo).get(page).content.decode()
    assert withdraw(proposal) in html
    assert create(kettle) in html
    html = page_of(sam).get(page).content.decode()
    assert decide(proposal) in html
    assert "Below cost (£38.10)" in html
    assert create(kettle) not in html


def test_the_list_shows_a_client_what_waits_on_each_row(page_of, sam, cleo, kettle, proposal):
    """A price and a count in numbers, the rest by name."""
    proposals.make(actor=cleo, product=kettle, description="<b>Loud</b>", name="Kettle")
    other = ProductFactory(owner=cleo, name="Pot")
    page = reverse("products:catalogue-list")
    html = page_of(cleo).get(page).content.decode()
    assert "Waiting for approval" in html
    for words in ("Price £45.50 to £36.00", "Stock 10 to 8", "Description", "Name"):
        assert f'<span class="badge warn">{words}</span>' in html
    assert other.name in html
    assert html.count("badge warn") == 4
    assert "Waiting for approval" not in page_of(sam).get(page).content.decode()


# --- The queue -------------------------------------------------------------------------------------------------------


def test_the_queue_begins_with_the_oldest_and_warns(page_of, sam, cleo, kettle, proposal):
    later = proposals.make(actor=cleo, product=ProductFactory(owner=cleo, name="Pot"), description="Blue")
    client = page_of(sam)
    response = client.get(LIST)
    assert [line.proposal for line in response.context["lines"]] == [proposal, later]
    page = text(response)
    assert "Below cost (£38.10)" in page
    assert "Proposals2 waiting" in page
    assert "Clearance" in page
    assert [line.proposal for line in client.get(LIST, {"q": "pot"}).context["lines"]] == [later]
    assert "No proposals match “teapot”" in text(client.get(LIST, {"q": "teapot"}))
    assert "Nothing here yet" in text(client.get(LIST, {"state": "approved"}))
    assert client.get(LIST, {"cursor": "nonsense"}).url == LIST


def test_all_of_one_is_approved_in_one_click_with_undo(page_of, sam, cleo, kettle, proposal):
    client = page_of(sam)
    response = client.post(decide(proposal), {"all": "1", "next": f"{LIST}?q=kettle"})
    assert response.url == f"{LIST}?q=kettle&decided={proposal.pk}"
    change_set = ChangeSet.objects.get(kind="proposal.approved")
    [message] = get_messages(response.wsgi_request)
    assert (str(message), message.extra_tags) == ("Approved for Stovetop kettle", f"undo-{change_set.pk}")
    client.post(reverse("products:changes-undo", args=[change_set.pk]))
    kettle.refresh_from_db()
    assert (str(kettle.price), kettle.stock) == ("45.50", 10)


def test_after_a_decision_the_next_one_has_the_focus(page_of, sam, cleo, kettle, proposal):
    later = proposals.make(actor=cleo, product=kettle, name="Kettle")
    client = page_of(sam)
    html = client.post(decide(proposal), {"all": "1"}, follow=True, **HTMX).content.decode()
    assert html.count("data-focus") == 1
    assert 'id="waiting-count" hx-swap-oob="true"' in html
    assert client.get(LIST, {"decided": later.pk + 1}).context["focus"] == later.pk
    assert client.get(LIST, {"decided": "²"}).context["focus"] is None
    html = client.post(decide(later), {"all": "1"}, follow=True, **HTMX).content.decode()
    assert re.search(r'<h2 tabindex="-1" data-focus>Nothing waits for you', html)


def test_what_cannot_be_approved_at_once_is_said_as_a_toast(page_of, ada, sam, kettle, proposal):
    catalogue.edit(actor=ada, product=kettle, price="46.00")
    client = page_of(sam)
    page = text(client.get(LIST))
    assert "Somebody changed it since: it is £46.00 now." in page
    assert "data-approve" not in client.get(LIST).content.decode()
    response = client.post(decide(proposal), {"all": "1"})
    assert said(response)[-1].startswith("Stovetop kettle: Somebody changed this since it was proposed.")
    proposal.refresh_from_db()
    assert proposal.status == "open"


def test_field_by_field_with_a_reply(page_of, sam, kettle, proposal):
    client = page_of(sam)
    form = client.get(decide(proposal)).context["form"]
    assert {name: form[name].value() for name in ("field-price", "field-stock")} == dict.fromkeys(
        ("field-price", "field-stock"), "refuse"
    )
    sent = {"field-price": "refuse", "field-stock": "approve", "reply": "The floor is £40.", "next": LIST}
    response = client.post(decide(proposal), sent)
    assert response.url == f"{LIST}?decided={proposal.pk}"
    assert said(response) == ["Approved in part for Stovetop kettle"]
    kettle.refresh_from_db()
    assert (str(kettle.price), kettle.stock) == ("45.50", 8)


def test_a_refusal_says_who_is_told_and_leads_back_to_the_product(page_of, sam, kettle, proposal):
    page = reverse("products:catalogue-detail", args=[kettle.pk])
    sent = {"field-price": "refuse", "field-stock": "refuse", "reply": "No", "next": page}
    response = page_of(sam).post(decide(proposal), sent)
    assert response.url == page
    assert said(response) == ["Refused for Stovetop kettle: Cleo Martin is told why"]


def test_a_refusal_without_a_reason_asks_for_it_in_the_dialog(page_of, sam, proposal):
    client = page_of(sam)
    assert client.get(decide(proposal), **HTMX).content.decode().strip().startswith("<dialog")
    sent = {"field-price": "refuse", "field-stock": "refuse"}
    response = client.post(decide(proposal), sent, **HTMX)
    assert response.status_code == 422
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#dialog", "innerHTML")
    assert response.context["form"].errors == {"reply": ["Say why, so that they know what to do."]}
    assert client.post(decide(proposal), {"field-price": "steal"}).status_code == 422


def test_a_stale_field_takes_an_explicit_choice(page_of, ada, sam, kettle, proposal):
    catalogue.edit(actor=ada, product=kettle, price="46.00")
    stock.adjust(actor=ada, product=kettle, delta=-3, kind="sold")
    client = page_of(sam)
    form = client.get(decide(proposal)).context["form"]
    assert form["field-price"].value() is None
    assert "Stock moved since: it is 7 now. Approved, it becomes 5." in text(client.get(decide(proposal)))
    catalogue.edit(actor=ada, product=kettle, price="46.50")
    sent = {"field-price": "over", "field-stock": "over", "version": form["version"].value()}
    response = client.post(decide(proposal), sent)
    assert response.status_code == 409
    assert "field-price" in response.context["form"].errors
    again = {**sent, "version": response.context["form"]["version"].value()}
    assert client.post(decide(proposal), again).status_code == 302
    kettle.refresh_from_db()
    assert (str(kettle.price), kettle.stock) == ("36.00", 5)


def test_what_is_so_already_or_asks_for_what_is_gone_is_said(page_of, ada, sam, cleo, kettle):
    shelf = CategoryFactory(name="Kitchen")
    proposals.make(actor=cleo, product=kettle, category=shelf, price="47.00", description="New")
    catalogue.edit(actor=ada, product=kettle, price="47.00", description="Other")
    page = text(page_of(sam).get(LIST))
    assert "It is so already." in page
    assert "it is another text now" in page
    assert "Kitchen" in page
    shelf.delete()
    assert "This category was deleted." in text(page_of(sam).get(LIST))


def test_who_comes_second_reads_who_was_first(page_of, ada, sam, proposal):
    client, other = page_of(ada), page_of(sam)
    sent = {"field-price": "approve", "field-stock": "approve"}
    other.post(decide(proposal), sent)
    response = client.post(decide(proposal), sent)
    assert response.status_code == 409
    assert "Sam Reyes approved this proposal already." in text(response)
    assert said(client.post(decide(proposal), {"all": "1"}))[-1].endswith("Sam Reyes approved this proposal already.")
    for options in ({}, HTMX):
        assert "Approved" in text(client.get(decide(proposal), **options))


def test_of_who_lost_the_product_everything_can_only_be_refused(page_of, ada, sam, cleo, kettle, proposal):
    ownership.hand_over(actor=ada, person=cleo, successor=ada)
    client = page_of(sam)
    assert "Cleo Martin no longer has this product: it can only be refused." in text(client.get(LIST))
    form = client.get(decide(proposal)).context["form"]
    assert [choice for choice, _label in form.fields["field-price"].choices] == ["refuse"]
    trash.discard(actor=ada, product=kettle)
    assert client.get(decide(proposal)).status_code == 404


def test_staff_do_not_decide_about_what_they_do_not_see(page_of, sam, cleo):
    secret = ProductFactory(owner=cleo, is_public=False, name="Secret teapot")
    made = proposals.make(actor=cleo, product=secret, price="9.00")
    client = page_of(sam)
    assert "Secret teapot" not in text(client.get(LIST))
    assert client.get(decide(made)).status_code == 404
    assert client.post(decide(made), {"all": "1"}).status_code == 404
    assert page_of(cleo).post(decide(made), {"all": "1"}).status_code == 403


def test_a_list_takes_the_same_queries_however_long_it_is(
    page_of, sam, cleo, monkeypatch, django_assert_max_num_queries
):
    for _n in range(6):
        proposals.make(actor=cleo, product=ProductFactory(owner=cleo), price="9.00")
    for person in (sam, cleo):
        client = page_of(person)
        client.get(LIST)
        with django_assert_max_num_queries(10):
            assert len(client.get(LIST).context["lines"]) == 6
    monkeypatch.setattr("products.views.proposals.PAGE_SIZE", 4)
    first = page_of(sam).get(LIST)
    assert len(page_of(sam).get(LIST, {"cursor": first.context["page"].next}).context["lines"]) == 2


def test_the_menu_counts_to_a_hundred(page_of, sam, cleo, proposal, monkeypatch):
    assert text(page_of(sam).get(reverse("products:inbox-list"))).count("1 waiting") == 1
    monkeypatch.setattr(proposals, "MOST_COUNTED", 1)
    assert "0+ waiting" in text(page_of(sam).get(LIST))
