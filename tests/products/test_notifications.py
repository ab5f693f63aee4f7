"""People are told once, of what they may see; the words are made of what they may see when they read them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from accounts.policy import Role
from products.models import Comment, Job, Notification, Product, Proposal, SavedView
from products.models.notifications import Kind
from products.services import catalogue, changes, notifications, ownership, stock, trash
from products.services.history import latest
from tests.factories import ProductFactory, UserFactory


@pytest.fixture
def kettle(ada, cleo):
    return ProductFactory(
        name="Stovetop kettle", sku="KET-1", price="45.50", cost="21.00", stock=9, low_stock_threshold=5, owner=cleo
    )


def texts(reader, **options):
    return [line.text for line in notifications.lines(notifications.listed(reader, **options).order_by("-pk"), reader)]


def proposed(product, author, **fields):
    return Proposal.objects.create(
        product=product, author=author, author_name=str(author), version=product.version, **fields
    )


def asked(product, author, text="When does it come?"):
    return Comment.objects.create(product=product, author=author, author_name=str(author), text=text)


# --- Telling ---------------------------------------------------------------------------------------------------------


def test_those_who_see_the_product_are_told_and_the_others_are_not(ada, sam, cleo, kettle):
    draft = ProductFactory(is_public=False, owner=ada)
    gone = UserFactory(is_active=False)
    assert notifications.tell(kind=Kind.COMMENT_ADDED, people=[ada, sam, cleo, gone], product=draft) == 1
    assert [row.person for row in Notification.objects.all()] == [ada]
    assert notifications.tell(kind=Kind.COMMENT_ADDED, people=[ada, sam, cleo, cleo], product=kettle) == 3


def test_telling_nobody_does_nothing(kettle):
    assert notifications.tell(kind=Kind.COMMENT_ADDED, people=[], product=kettle) == 0


def test_the_product_is_that_of_the_proposal_or_of_the_comment(ada, sam, cleo, kettle):
    proposal, comment = proposed(kettle, cleo), asked(kettle, cleo)
    notifications.tell(kind=Kind.PROPOSAL_MADE, people=[sam], proposal=proposal)
    notifications.tell(kind=Kind.COMMENT_ADDED, people=[sam], comment=comment)
    assert {row.product for row in Notification.objects.all()} == {kettle}
    assert notifications.tell(kind=Kind.PROPOSAL_MADE, people=[UserFactory(role=Role.CLIENT)], proposal=proposal) == 0


def test_what_was_told_is_not_told_again(ada, sam, kettle):
    catalogue.edit(actor=ada, product=kettle, price="47.00")
    for _again in range(2):
        notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[sam], product=kettle, change_set=latest(kettle))
    assert Notification.objects.count() == 1


def test_a_hundred_and_more_are_asked_in_few_queries(ada, kettle, django_assert_max_num_queries):
    User.objects.bulk_create(
        User(username=f"many{n}", email=f"many{n}@example.com", role=Role.STAFF, password="x") for n in range(150)
    )
    people = list(User.objects.filter(username__startswith="many"))
    with django_assert_max_num_queries(4):  # each hundred is one question, and SQLite inserts in two parts
        told = notifications.tell(kind=Kind.COMMENT_ADDED, people=people, product=kettle)
    assert told == 150


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_each_kind_is_a_sentence(ada, sam, cleo, kettle):
    view = SavedView.objects.create(name="My shelf", slug="my-shelf", owner=cleo)
    catalogue.edit(actor=sam, product=kettle, price="47.00", is_public=False, low_stock_threshold=6)
    change_set = latest(kettle)
    proposal = proposed(kettle, cleo, status="partly")
    job = Job.objects.create(kind="changes.undone", actor=sam, task="x", status="done")
    told = {"people": [cleo], "product": kettle}
    notifications.tell(kind=Kind.PRODUCT_CHANGED, **told, change_set=change_set)
    notifications.tell(kind=Kind.PRODUCT_LOW, **told)
    notifications.tell(kind=Kind.VIEW_CHANGED, people=[cleo], view=view, change_set=change_set, number=3)
    notifications.tell(kind=Kind.PROPOSAL_DECIDED, people=[cleo], proposal=proposal)
    notifications.tell(kind=Kind.COMMENT_ADDED, people=[cleo], comment=asked(kettle, sam, "It\n comes   on Monday."))
    assert texts(cleo) == [
        "Sam Reyes wrote about Stovetop kettle: “It comes on Monday.”",
        "Your proposal for Stovetop kettle was approved in part",
        "Sam Reyes changed 3 products of My shelf",
        "Stovetop kettle was low, and has 9 in stock again",
        "Sam Reyes changed Stovetop kettle: price, public, reorder at",
    ]
    notifications.tell(kind=Kind.PROPOSAL_MADE, people=[ada], proposal=proposal)
    notifications.tell(kind=Kind.JOB_ENDED, people=[sam], job=job)
    assert texts(ada) == ["Cleo Martin proposed a change to Stovetop kettle"]
    assert texts(sam) == ["Done: Undo"]
    Job.objects.update(status="failed")
    assert texts(sam) == ["Ended before it was done: Undo"]


@pytest.mark.parametrize(
    ("status", "text"),
    [("approved", "was approved"), ("refused", "was refused"), ("withdrawn", "was decided")],
)
def test_a_decision_is_told_as_it_stands(status, text, cleo, kettle):
    notifications.tell(kind=Kind.PROPOSAL_DECIDED, people=[cleo], proposal=proposed(kettle, cleo, status=status))
    assert texts(cleo) == [f"Your proposal for Stovetop kettle {text}"]


def test_stock_is_told_as_it_is_when_the_line_is_read(ada, sam, cleo, kettle):
    notifications.tell(kind=Kind.PRODUCT_LOW, people=[cleo], product=kettle)
    stock.adjust(actor=sam, product=kettle, delta=-6, kind="sold")
    assert texts(cleo) == ["Stovetop kettle is low: 3 in stock"]
    stock.adjust(actor=sam, product=kettle, delta=-3, kind="sold")
    assert texts(cleo) == ["Stovetop kettle is out of stock"]


def test_a_long_text_is_cut_and_names_of_fields_are_in_the_readers_language(sam, cleo, kettle):
    comment = asked(kettle, sam, "word " * 40)
    notifications.tell(kind=Kind.COMMENT_ADDED, people=[cleo], comment=comment)
    [text] = texts(cleo)
    assert text.endswith("word…”")
    assert len(text) < 130
    with override("es"):
        assert notifications.label("price") == "precio"


def test_a_creation_is_told_without_fields(ada, sam, kettle):
    notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[sam], product=kettle, change_set=latest(kettle))
    assert texts(sam) == ["Ada Okafor changed Stovetop kettle"]


def test_a_line_goes_with_the_sight_of_its_product_and_comes_back_with_it(ada, sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, price="47.00")
    notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[cleo, ada], product=kettle, change_set=latest(kettle))
    ownership.hand_over(actor=ada, person=cleo, successor=ada)
    assert texts(cleo) == []
    assert notifications.unread_count(cleo) == 0
    assert len(texts(ada)) == 1
    trash.discard(actor=ada, product=kettle)
    assert texts(ada) == []
    trash.restore(actor=ada, products=Product.objects.filter(pk=kettle.pk))
    assert len(texts(ada)) == 1


def test_of_a_change_in_hidden_fields_alone_a_client_reads_nothing_and_of_others_not_those(ada, sam, cleo, kettle):
    catalogue.edit(actor=sam, product=kettle, cost="22.00", note="Ask Jo")
    hidden = latest(kettle)
    catalogue.edit(actor=sam, product=kettle, cost="23.00", name="Kettle, 1 l")
    both = latest(kettle)
    for change_set in (hidden, both):
        notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[ada, cleo], product=kettle, change_set=change_set)
    assert texts(cleo) == ["Sam Reyes changed Kettle, 1 l: name"]
    assert ["cost" in text for text in texts(ada)] == [True, True]
    assert notifications.unread_count(cleo) == 1


def test_who_becomes_a_client_reads_less_at_once(ada, sam, kettle):
    ownership.hand_over(actor=ada, person=kettle.owner, successor=sam)
    kettle.refresh_from_db()
    catalogue.edit(actor=ada, product=kettle, cost="22.00")
    notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[sam], product=kettle, change_set=latest(kettle))
    assert len(texts(sam)) == 1
    sam.role = Role.CLIENT
    sam.save()
    assert texts(sam) == []


def test_a_view_that_is_no_longer_shared_is_no_longer_told_of(sam, cleo):
    view = SavedView.objects.create(name="Shelf", slug="shelf", owner=sam, is_shared=True)
    notifications.tell(kind=Kind.VIEW_CHANGED, people=[cleo], view=view, number=1)
    assert len(texts(cleo)) == 1
    SavedView.objects.update(is_shared=False)
    assert texts(cleo) == []


def test_unread_is_counted_up_to_a_hundred(cleo, kettle, django_assert_num_queries):
    Notification.objects.bulk_create(
        Notification(person=cleo, kind=Kind.PRODUCT_LOW, product=kettle) for _n in range(120)
    )
    with django_assert_num_queries(1):
        assert notifications.unread_count(cleo) == 100


def test_reading_marks_ones_own_alone(sam, cleo, kettle):
    notifications.tell(kind=Kind.PRODUCT_LOW, people=[sam, cleo], product=kettle)
    hers = Notification.objects.get(person=cleo)
    notifications.read(actor=sam, notification=hers)
    assert hers.read_at is None
    notifications.read(actor=cleo, notification=hers)
    first = hers.read_at
    assert first is not None
    notifications.read(actor=cleo, notification=hers)
    assert hers.read_at == first
    assert (texts(cleo, unread=True), len(texts(sam, unread=True))) == ([], 1)


def test_all_are_marked_at_once(sam, cleo, kettle):
    for _n in range(3):
        notifications.tell(kind=Kind.PRODUCT_LOW, people=[sam, cleo], product=kettle)
    assert notifications.read_all(actor=cleo) == 3
    assert notifications.read_all(actor=cleo) == 0
    assert notifications.unread_count(sam) == 3


def test_what_is_old_goes_read_or_not(cleo, kettle):
    for _n in range(3):
        notifications.tell(kind=Kind.PRODUCT_LOW, people=[cleo], product=kettle)
    old, young, _now = Notification.objects.order_by("pk")
    Notification.objects.filter(pk=old.pk).update(at=timezone.now() - notifications.KEPT - timedelta(minutes=1))
    Notification.objects.filter(pk=young.pk).update(at=timezone.now() - notifications.KEPT + timedelta(minutes=1))
    assert notifications.prune() == 1
    assert not Notification.objects.filter(pk=old.pk).exists()


def test_a_page_of_lines_takes_the_same_queries_however_long_it_is(ada, sam, cleo, kettle, django_assert_num_queries):
    for price in range(5):
        catalogue.edit(actor=sam, product=kettle, price=price + 1)
        notifications.tell(kind=Kind.PRODUCT_CHANGED, people=[cleo], product=kettle, change_set=latest(kettle))
        kettle.refresh_from_db()
    with django_assert_num_queries(2):
        assert len(texts(cleo)) == 5


def test_changes_know_nothing_of_who_watches_nothing(sam, kettle, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as later, changes.recorded(actor=sam, kind="product.edited") as recorder:
        recorder.update([(changes.lock_one(kettle, sam), {"price": 1})])
    assert later == []
