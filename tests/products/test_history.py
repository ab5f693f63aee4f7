"""What was written, as somebody may read it: the newest first, and nothing that is hidden from them."""

from decimal import Decimal

import pytest

from accounts.services import people
from products.models import Change, ChangeSet
from products.services import catalogue, categories, changes, history, stock, trash, undo
from site_config.lib import origin
from tests.factories import ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_latest_act_and_what_this_request_wrote(sam, mug):
    jug = ProductFactory()
    with origin.acting_from(origin.Origin("page", None, "first")):
        catalogue.edit(actor=sam, product=mug, name="Jug")
        assert changes.written_now(mug) == history.latest(mug) == ChangeSet.objects.get(kind="product.edited")
    with origin.acting_from(origin.Origin("page", None, "second")):
        assert changes.written_now(mug) is None
    assert history.latest(jug).kind == "product.created"


def test_history_is_newest_first_with_fields_and_movements(ada, sam, mug):
    other = ProductFactory()
    catalogue.edit(actor=sam, product=mug, name="Jug", price=Decimal(9))
    stock.adjust(actor=sam, product=mug, delta=-2, kind="sold", note="market")
    catalogue.edit(actor=ada, product=other, name="Other")
    sold, edited, made = history.history(product=mug, reader=sam)
    assert [entry.change_set.kind for entry in (sold, edited, made)] == [
        "stock.adjusted",
        "product.edited",
        "product.created",
    ]
    assert {(d.name, d.old, d.new) for d in edited.diffs} == {
        ("name", "Enamel mug", "Jug"),
        ("price", "12.50", "9.00"),
    }
    assert [(m.delta, m.balance, m.note) for m in sold.movements] == [(-2, 8, "market")]
    assert (made.created, made.diffs, made.undone, edited.created) == (True, [], False, False)
    assert [m.delta for m in made.movements] == [10]


def test_history_says_what_is_undone(sam, mug):
    catalogue.edit(actor=sam, product=mug, name="Jug")
    undo.undo(actor=sam, change_set=ChangeSet.objects.latest("pk"))
    undone, edited, _made = history.history(product=mug, reader=sam)
    assert (edited.undone, undone.undone, undone.change_set.kind) == (True, False, "changes.undone")


def test_hidden_fields_do_not_exist_in_a_clients_history(ada, cleo):
    mug = ProductFactory(owner=cleo, cost="6.10", note="Ask Jo")
    catalogue.edit(actor=ada, product=mug, cost=Decimal(7), name="Jug")
    catalogue.edit(actor=ada, product=mug, note="Ask Al", cost=Decimal(8))
    seen = history.history(product=mug, reader=cleo)
    assert [(e.change_set.kind, [d.name for d in e.diffs]) for e in seen] == [
        ("product.edited", ["name"]),
        ("product.created", []),
    ]
    assert "Ask" not in repr(seen)
    whole = history.history(product=mug, reader=ada)
    assert [{d.name for d in e.diffs} for e in whole] == [{"note", "cost"}, {"cost", "name"}, set()]


def test_history_is_read_a_page_at_a_time(sam, mug):
    for number in range(5):
        catalogue.edit(actor=sam, product=mug, name=f"Jug {number}")
    seen, before = [], None
    while page := history.history(product=mug, reader=sam, before=before, size=2):
        assert len(page) <= 2
        seen += [entry.diffs[0].new if entry.diffs else "made" for entry in page]
        before = page[-1].change_set.pk
    assert seen == ["Jug 4", "Jug 3", "Jug 2", "Jug 1", "Jug 0", "made"]


@pytest.mark.parametrize("edits", [1, 15])
def test_history_takes_three_queries_whatever_its_length(edits, sam, django_assert_num_queries):
    mug = ProductFactory(stock=1)
    for number in range(edits):
        catalogue.edit(actor=UserFactory(), product=mug, name=f"Jug {number}", counted=number + 5, exact=True)
    with django_assert_num_queries(3):
        entries = history.history(product=mug, reader=sam)
        assert [str(entry.change_set.actor) for entry in entries]
    assert len(entries) == edits + 1


# --- Who may see which act -------------------------------------------------------------------------------------------


@pytest.fixture
def acts(ada, sam, cleo):
    """Acts of ada's by what they changed, as their change sets."""
    products = {
        "public": ProductFactory(owner=ada),
        "draft": ProductFactory(owner=ada, is_public=False),
        "cleo's": ProductFactory(owner=cleo, is_public=False, cost="1"),
        "trashed": ProductFactory(owner=ada),
    }
    made = {}

    def act(name, **fields):
        with changes.recorded(actor=ada, kind="product.bulk_edited") as recorder:
            recorder.update([(products[key], dict(values)) for key, values in fields.items()])
        made[name] = recorder.change_set

    act("public", public={"name": "Mug"})
    act("draft", draft={"name": "Mug"})
    act("both", **{"draft": {"name": "Jug"}, "cleo's": {"name": "Jug"}})
    act("cost", **{"cleo's": {"cost": Decimal(2)}})
    trash.discard(actor=ada, product=products["trashed"])
    made["trashed"] = history.latest(products["trashed"])
    categories.create(actor=ada, name="Kitchen")
    made["category"] = ChangeSet.objects.latest("pk")
    return made


def seen_by(person, acts):
    found = set(ChangeSet.objects.visible_to(person))
    return {name for name, change_set in acts.items() if change_set in found}


def test_an_act_exists_for_whom_something_that_it_changed_exists(ada, sam, cleo, acts):
    assert seen_by(ada, acts) == set(acts)
    assert seen_by(sam, acts) == {"public", "category"}
    assert seen_by(cleo, acts) == {"both"}
    assert seen_by(UserFactory(role="client"), acts) == set()
    sam.is_active = False
    assert seen_by(sam, acts) == set()


def test_of_an_act_only_what_exists_for_the_reader(ada, sam, cleo, acts):
    def fields(person, name):
        rows = Change.objects.visible_to(person).filter(change_set=acts[name])
        return sorted(rows.values_list("label", "field"))

    assert len(fields(ada, "both")) == 2
    assert len(fields(cleo, "both")) == 1
    assert fields(cleo, "cost") == fields(sam, "draft") == fields(cleo, "category") == []
    assert fields(sam, "category") == [("Kitchen", "")]
    assert [history.counts(change_set=acts["both"], reader=person)["products"] for person in (ada, sam, cleo)] == [
        2,
        0,
        1,
    ]
    assert history.counts(change_set=acts["category"], reader=sam) == {"changes": 1, "products": 0, "categories": 1}


def test_in_the_back_office_ones_own_acts_stay_ones_own(sam, cleo):
    """An undo of a creation moves the product to the trash, which is no secret to the one who did it."""
    mug = catalogue.create(actor=sam, name="Mug", price="1")
    undone = undo.undo(actor=sam, change_set=history.latest(mug)).change_set
    other = UserFactory()
    assert undone in ChangeSet.objects.visible_to(sam)
    assert undone not in ChangeSet.objects.visible_to(other)
    assert not Change.objects.visible_to(sam).filter(change_set=undone).exists()
    ChangeSet.objects.update(actor=cleo)
    assert not ChangeSet.objects.visible_to(cleo).exists()


def test_a_product_of_a_categorys_number_is_not_the_category(sam, cleo):
    categories.create(actor=sam, name="Kitchen")
    mug = ProductFactory(owner=cleo)
    Change.objects.filter(object_type="category").update(object_id=mug.pk)
    assert {entry.change_set.kind for entry in history.history(product=mug, reader=cleo)} == {"product.created"}
    assert {c.kind for c in ChangeSet.objects.visible_to(cleo)} == {"product.created"}


def test_acts_are_asked_one_by_one_as_a_page_needs_them(sam, acts):
    """A hashed subplan would read every change there is for each page."""
    plans = [ChangeSet.objects.visible_to(sam).order_by("-pk")[:51].explain()]
    plans.append(Change.objects.visible_to(sam).filter(change_set=acts["both"]).order_by("pk")[:51].explain())
    assert not [plan for plan in plans if "hashed" in plan]


# --- What this request has written -----------------------------------------------------------------------------------


def test_a_request_can_tell_what_it_wrote(sam, mug):
    with origin.acting_from(origin.Origin("api", None, "first")):
        catalogue.edit(actor=sam, product=mug, name="Jug")
    with origin.acting_from(origin.Origin("api", None, "second")):
        assert history.written_by_request(sam) == []
        kitchen = categories.create(actor=sam, name="Kitchen")
        catalogue.edit(actor=sam, product=mug, price="13.00", category=kitchen)
        categories.edit(actor=sam, category=kitchen, name="Cook")
        lines = history.written_by_request(sam)
    head = {"object": "product", "id": mug.pk, "label": "Jug"}
    assert lines[0] == {
        "object": "category",
        "id": None,
        "label": "Kitchen",
        "field": "",
        "old": None,
        "new": {"name": "Kitchen", "parent": None},
    }
    assert sorted(lines[1:3], key=lambda line: line["field"]) == [
        {**head, "field": "category", "old": None, "new": kitchen.pk},
        {**head, "field": "price", "old": "12.50", "new": "13.00"},
    ]
    assert (lines[3]["object"], lines[3]["id"], lines[3]["label"]) == ("category", kitchen.pk, "Kitchen")
    assert history.written_by_request(sam) == []  # outside a request


def test_what_a_request_wrote_is_told_without_what_the_reader_may_not_see(ada, cleo, monkeypatch):
    with origin.acting_from(origin.Origin("api", None, "first")):
        mug = catalogue.create(actor=ada, name="Mug", price="1", cost="0.5", note="Ask Jo", owner=cleo)
        catalogue.edit(actor=ada, product=mug, cost=Decimal(7), name="Jug")
        told = history.written_by_request(cleo)
        assert [line["field"] for line in told] == ["", "name"]
        assert not {"cost", "note"} & told[0]["new"].keys()
        assert (told[0]["id"], told[0]["new"]["owner"]) == (None, cleo.pk)
        assert {"cost", "note"} <= history.written_by_request(ada)[0]["new"].keys()
        monkeypatch.setattr(history, "MOST_LINES", 2)
        assert len(history.written_by_request(ada)) == 2


def test_a_request_tells_nothing_of_products_that_the_reader_may_not_see(ada, sam, mug, django_assert_num_queries):
    secret = ProductFactory(name="Secret project", owner=ada, is_public=False)
    with origin.acting_from(origin.Origin("api", None, "first")):
        categories.create(actor=ada, name="Kitchen")
        for product in (secret, mug):
            catalogue.edit(actor=ada, product=product, price="3")
        with django_assert_num_queries(1):
            told = history.written_by_request(sam)
        assert [line["label"] for line in told] == ["Kitchen", "Enamel mug"]
        assert len(history.written_by_request(ada)) == 3


def test_a_request_that_makes_a_product_private_tells_so(ada, sam, mug):
    with origin.acting_from(origin.Origin("api", None, "first")):
        catalogue.edit(actor=sam, product=mug, is_public=False, name="Jug")
        assert {line["field"] for line in history.written_by_request(sam)} == {"is_public", "name"}
    with origin.acting_from(origin.Origin("api", None, "second")):
        catalogue.edit(actor=ada, product=mug, name="Secret project")
        assert history.written_by_request(sam) == []


def test_a_token_for_people_alone_is_told_of_no_products(ada, sam):
    ProductFactory(owner=sam, name="Secret project")
    ada.scopes = ["admin"]
    with origin.acting_from(origin.Origin("api", None, "first")):
        people.delete(actor=ada, person=sam, successor=ada)
        assert history.written_by_request(ada) == []
        ada.scopes = ["admin", "read"]
        assert [line["label"] for line in history.written_by_request(ada)] == ["Secret project"]
