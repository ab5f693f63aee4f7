"""The demo shop: believable, and true to its own history."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone

from accounts.models import Activity, User
from accounts.policy import Role
from products.models import Category, ChangeSet, Comment, Notification, Product, Proposal, StockMovement
from products.services import demo, demo_trade, history, stock
from products.services.demo_catalogue import COLOURS

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    """Seeded once for all tests of this module, and gone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        now = timezone.now()
        made = demo.seed(password=PASSWORD, now=now)
        yield made, now
        transaction.set_rollback(True)


@pytest.fixture
def now(shop, db):
    return shop[1]


def test_the_report_counts_what_was_made(shop, now):
    made = shop[0]
    assert made == demo.Seeded(10, Category.objects.count(), Product.objects.count(), StockMovement.objects.count())
    assert 280 <= made.products <= 320
    assert made.movements > 1000


def test_ada_sam_and_cleo_sign_in_with_the_password_and_nobody_else(rf, now):
    for person in User.objects.all():
        assert person.check_password(PASSWORD) == (person.username in ("ada", "sam", "cleo")), person.username
    assert authenticate(rf.post("/"), username="cleo", password=PASSWORD) == User.objects.get(username="cleo")


def test_the_people_have_their_roles_and_one_has_left(now):
    roles = list(User.objects.order_by("pk").values_list("role", flat=True))
    assert roles == [Role.ADMIN] + [Role.STAFF] * 4 + [Role.CLIENT] * 5
    left = User.objects.get(is_active=False)
    assert ChangeSet.objects.filter(actor=left).exists()
    entry = Activity.objects.get(kind="person.deactivated")
    assert entry.at > ChangeSet.objects.filter(actor=left).latest("at").at
    assert User.objects.latest("created_at").created_at < ChangeSet.objects.earliest("at").at


def test_every_product_keeps_every_rule(now):
    for product in Product.objects.all():
        product.clean_fields(exclude={"owner", "category"})
        assert product.barcode.startswith("20")
        assert product.cost < product.price
    assert Product.objects.values("barcode").distinct().count() == Product.objects.count()


def test_a_product_is_named_after_its_kind_size_and_colour(now):
    mug = Product.objects.get(sku="MUG-350-GRN")
    assert mug.name == "Enamel mug, 350 ml, green"
    assert [mug.category.name, mug.category.parent.name] == ["Cups and mugs", "Kitchen"]
    assert set(Product.objects.values_list("sku", flat=True)) >= {"KNF-016-OAK", "GLV-SMA", "SHR", "CAN-005-MOS"}
    assert all(len(code) == 3 for code in COLOURS.values())


def test_categories_are_a_tree_of_a_dozen(now):
    roots = Category.objects.filter(parent=None)
    assert 10 <= roots.count() <= 14
    assert Category.objects.exclude(parent=None).count() > 15
    assert not Category.objects.filter(products=None, children=None).exists()


def test_clients_own_some_of_it_in_public(now):
    cleo = User.objects.get(username="cleo")
    assert 35 <= cleo.products.count() <= 45
    assert not Product.objects.filter(owner__role=Role.CLIENT, is_public=False).exists()
    assert not User.objects.filter(role=Role.CLIENT, products=None).exists()


def test_there_are_drafts_and_shelves_that_are_low_and_empty(now):
    on_sale, all_of_it = Product.objects.filter(is_public=True), Product.objects.count()
    assert 0.10 < 1 - on_sale.count() / all_of_it < 0.16
    assert 0.03 < on_sale.filter(stock=0).count() / all_of_it < 0.08
    assert on_sale.low_on_stock().count() > 10
    assert 2 <= Product.objects.exclude(trashed_at=None).count() <= 5
    assert Product.objects.tagged("gift").filter(sku__startswith="MUG-").exists()
    assert 0.1 < Product.objects.exclude(note="").count() / all_of_it < 0.4


def test_every_balance_is_the_sum_of_its_ledger(now):
    assert not stock.mismatches()
    for product in Product.objects.all():
        balance = 0
        for movement in product.movements.order_by("pk"):
            balance += movement.delta
            assert movement.balance == balance
            assert movement.at >= product.created_at


def test_history_stands_in_the_order_in_which_it_happened(now):
    times = list(ChangeSet.objects.order_by("pk").values_list("at", flat=True))
    assert times == sorted(times)
    assert times[0] < now - timedelta(days=demo_trade.DAYS - 1)
    kinds = set(StockMovement.objects.values_list("kind", flat=True))
    assert kinds == {"received", "sold", "returned", "damaged", "count"}
    assert ChangeSet.objects.filter(kind="product.edited").count() > 20


def test_the_last_hours_were_busy(now):
    latest = ChangeSet.objects.latest("pk")
    assert (latest.at, latest.actor.username) == (now - timedelta(minutes=12), "sam")
    today = ChangeSet.objects.filter(at__gt=now - timedelta(hours=6))
    assert set(today.values_list("actor__username", flat=True)) == {"ada", "sam"}
    assert ChangeSet.objects.filter(at__range=(now - timedelta(days=2), now - timedelta(hours=6))).exists()


def test_the_newest_product_of_a_list_shows_a_whole_story(now):
    ada, product = User.objects.get(username="ada"), Product.objects.filter(trashed_at=None).latest("updated_at")
    entries = history.history(product=product, reader=ada)
    assert product.updated_at == now - timedelta(minutes=12)
    assert len(entries) > 1
    assert entries[-1].created


def test_clients_asked_for_changes_of_which_one_is_decided(now):
    assert sorted(Proposal.objects.values_list("status", flat=True)) == ["open", "open", "open", "refused"]
    for proposal in Proposal.objects.all():
        assert proposal.product.owner == proposal.author
        assert proposal.created_at <= now
    assert Comment.objects.count() == 3


def test_people_were_told_of_it_when_it_happened(now):
    def heard(kind):
        return set(Notification.objects.filter(kind=kind).values_list("at", flat=True))

    decided = Proposal.objects.exclude(decided_at=None)
    assert heard("comment.added") == set(Comment.objects.values_list("at", flat=True))
    assert heard("proposal.made") == set(Proposal.objects.values_list("created_at", flat=True))
    assert heard("proposal.decided") == set(decided.values_list("decided_at", flat=True))
