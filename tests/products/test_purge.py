"""Deleting for good: what goes, what stays, who may, and that it is asked twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.policy import Role
from products.models import Change, ChangeSet, Comment, Notification, Product, Proposal, StockMovement, Watch
from products.models.changes import ITSELF
from products.models.jobs import Status
from products.models.notifications import Kind
from products.services import catalogue, changes, history, jobs, stock, trash, undo, watching
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def binned(ada, *products):
    for product in products:
        trash.discard(actor=ada, product=product)
    return Product.objects.filter(pk__in=[product.pk for product in products])


def made(ada, number):
    """Many products in the trash, quickly."""
    now = timezone.now()
    with changes.recorded(actor=ada, kind="product.imported") as recorder:
        recorder.create(
            [Product(name=f"Old {n}", sku=f"OLD-{n}", price=1, owner=ada, trashed_at=now) for n in range(number)]
        )
    return trash.chosen(reader=ada, keys=None)


def test_a_purge_takes_the_product_with_all_that_hangs_on_it(ada, cleo, mug):
    stock.adjust(actor=ada, product=mug, delta=-2, kind="sold")
    proposal = Proposal.objects.create(product=mug, author=cleo, author_name="Cleo", version=1)
    proposal.fields.create(field="price", old="12.50", new="13.00")
    comment = Comment.objects.create(product=mug, author=cleo, author_name="Cleo", text="Blue?")
    watching.add(actor=cleo, product=mug)
    Notification.objects.create(person=ada, kind=Kind.COMMENT_ADDED, product=mug, comment=comment)
    other = ProductFactory(stock=3)
    rows = binned(ada, mug)
    going = trash.going(rows)
    assert (going.products, going.sku, going.word) == (1, "MUG-1", "MUG-1")
    assert [count.number for count in (going.movements, going.proposals, going.comments)] == [2, 1, 1]
    change_set = trash.purge(actor=ada, products=rows, confirmed=" mug-1 ")
    assert (change_set.kind, change_set.actor) == ("product.purged", ada)
    assert list(Product.objects.all()) == [other]
    assert StockMovement.objects.get().product == other
    for gone in (Proposal, Comment, Watch, Notification):
        assert not gone.objects.exists()


def test_its_history_stays_for_admins_and_says_what_it_was(ada, sam, mug):
    key = mug.pk
    trash.purge(actor=ada, products=binned(ada, mug), confirmed="MUG-1")
    last = Change.objects.get(change_set__kind="product.purged")
    assert (last.field, last.new, last.label, last.object_id) == (ITSELF, None, "Enamel mug", key)
    assert (last.old["sku"], last.old["cost"], last.old["stock"]) == ("MUG-1", "6.10", 10)
    rows = Change.objects.filter(object_type="product", object_id=key)
    assert rows.visible_to(ada).count() == 3
    assert not rows.visible_to(sam).exists()
    assert ChangeSet.objects.visible_to(ada).count() == 3
    assert history.found(reader=ada, kind="product.purged").count() == 1


def test_its_sku_can_be_used_again(ada, mug):
    rows = binned(ada, mug)
    with pytest.raises(DomainError):
        ProductFactory(sku="MUG-1")
    trash.purge(actor=ada, products=rows, confirmed="MUG-1")
    assert ProductFactory(sku="mug-1").pk != mug.pk


def test_it_cannot_be_undone_and_neither_can_what_was_done_before(ada, mug):
    catalogue.edit(actor=ada, product=mug, price="13.00")
    edited = ChangeSet.objects.latest("pk")
    purged = trash.purge(actor=ada, products=binned(ada, mug), confirmed="MUG-1")
    decision = undo.may_undo(ada, purged)
    assert (bool(decision), decision.code) == (False, "deleted_for_good")
    with pytest.raises(NotAllowed, match="cannot be brought back"):
        undo.undo(actor=ada, change_set=purged)
    with pytest.raises(Conflict, match="deleted for good"):
        undo.undo(actor=ada, change_set=edited)


def test_another_word_deletes_nothing(ada, mug):
    one, jug = binned(ada, mug), ProductFactory(sku="JUG-1")
    for word in ("", "MUG", "1", "delete"):
        with pytest.raises(DomainError) as refusal:
            trash.purge(actor=ada, products=one, confirmed=word)
        assert (refusal.value.code, refusal.value.field) == ("not_confirmed", "confirm")
    both = binned(ada, jug) | one
    for word in ("MUG-1", "1", "3"):
        with pytest.raises(DomainError, match="Type 2 to confirm"):
            trash.purge(actor=ada, products=both, confirmed=word)
    assert Product.objects.count() == 2
    assert not ChangeSet.objects.filter(kind="product.purged").exists()
    trash.purge(actor=ada, products=both, confirmed="2")
    assert not Product.objects.exists()


def test_what_is_not_in_the_trash_is_never_purged(ada, mug):
    assert not trash.chosen(reader=ada, keys=[mug.pk]).exists()
    with pytest.raises(Conflict) as refusal:
        trash.purge(actor=ada, products=trash.chosen(reader=ada, keys=[mug.pk]), confirmed="0")
    assert refusal.value.code == "not_in_trash"
    with changes.recorded(actor=ada, kind="product.purged") as recorder:
        assert trash.taken(recorder, [mug.pk]) == []
    assert Product.objects.get() == mug


def test_what_a_rival_took_under_ones_hands_is_said(ada, mug, monkeypatch):
    """Both have read what would go; the other was there first."""
    rows = binned(ada, mug)
    monkeypatch.setattr(trash, "taken", lambda recorder, keys: [])
    with pytest.raises(Conflict) as refusal:
        trash.purge(actor=ada, products=rows, confirmed="MUG-1")
    assert refusal.value.code == "not_in_trash"
    assert not ChangeSet.objects.filter(kind="product.purged").exists()


def test_staff_and_clients_cannot_purge(ada, sam, cleo, mug):
    rows = binned(ada, mug)
    for person in (sam, cleo):
        assert not trash.chosen(reader=person, keys=[mug.pk]).exists()
        with pytest.raises(NotAllowed):
            trash.purge(actor=person, products=rows, confirmed="MUG-1")
    assert Product.objects.exists()


def test_the_trash_is_searched_as_the_list_is(ada, mug):
    jug = ProductFactory(name="Blue jug", sku="JUG-1")
    binned(ada, mug, jug)
    assert list(trash.found(reader=ada, text="blue JUG-1")) == [jug]
    assert list(trash.chosen(reader=ada, keys=None, text="mug")) == [mug]
    assert not trash.found(reader=ada, text="blue mug-1").exists()


def test_all_is_all_as_of_the_moment_it_was_looked_at(ada, mug):
    binned(ada, mug)
    seen = timezone.now()
    jug = ProductFactory()
    binned(ada, jug)
    assert list(trash.chosen(reader=ada, keys=None, until=seen)) == [mug]
    assert list(trash.chosen(reader=ada, keys=None)) == [mug, jug]


# --- By the worker ---------------------------------------------------------------------------------------------------


@pytest.fixture
def _small(monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 3)
    monkeypatch.setattr(jobs, "STEP", 2)


@pytest.mark.usefixtures("_small")
def test_many_are_left_to_the_worker_which_deletes_them_in_steps_as_one_act(ada, mug):
    job = trash.purge(actor=ada, products=made(ada, 5), confirmed="5")
    assert (job.total, job.status, Product.objects.count()) == (5, Status.WAITING, 6)
    trash.go_on.func(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, job.skipped) == (Status.DONE, 5, 0)
    assert list(Product.objects.all()) == [mug]
    assert job.change_set.changes.count() == 5


@pytest.mark.usefixtures("_small")
def test_what_was_brought_back_meanwhile_is_left_and_listed(ada):
    rows = made(ada, 5)
    job = trash.purge(actor=ada, products=rows, confirmed="5")
    back = rows[4]
    trash.restore(actor=ada, products=Product.objects.filter(pk=back.pk))
    trash.go_on.func(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, job.skipped, len(job.notes)) == (Status.DONE, 5, 1, 1)
    assert list(Product.objects.all()) == [back]


@pytest.mark.usefixtures("_small")
def test_where_all_were_brought_back_there_is_no_act(ada):
    rows = made(ada, 4)
    job = trash.purge(actor=ada, products=rows, confirmed="4")
    trash.restore(actor=ada, products=Product.objects.all())
    trash.go_on.func(job.pk)
    job.refresh_from_db()
    assert (job.status, job.skipped, job.change_set) == (Status.DONE, 4, None)
    assert not ChangeSet.objects.filter(kind="product.purged").exists()


@pytest.mark.usefixtures("_small")
def test_an_admin_who_is_none_any_more_deletes_nothing_more(ada):
    job = trash.purge(actor=ada, products=made(ada, 5), confirmed="5")
    assert jobs.advance(job.pk, trash.step)
    User.objects.filter(pk=ada.pk).update(role=Role.STAFF)
    trash.go_on.func(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, Product.objects.count()) == (Status.FAILED, 2, 3)


# --- By the clock ----------------------------------------------------------------------------------------------------


def test_after_thirty_days_a_product_is_deleted_by_stockroom_itself(ada, mug, settings, time_machine):
    assert settings.TRASH_DAYS == 30
    jug, start = ProductFactory(), timezone.now()
    binned(ada, mug)
    time_machine.move_to(start + timedelta(days=20))
    binned(ada, jug)
    time_machine.move_to(start + timedelta(days=29, hours=23))
    assert trash.expire() == 0
    time_machine.move_to(start + timedelta(days=30, minutes=1))
    assert trash.expire() == 1
    assert list(Product.objects.all()) == [jug]
    act = ChangeSet.objects.latest("pk")
    assert (act.kind, act.actor, act.actor_name) == ("product.purged", None, "Stockroom")
    assert act.reason == "In the trash for more than 30 days"
    assert not undo.may_undo(ada, act)


@pytest.mark.usefixtures("_small")
def test_many_old_ones_are_one_act_in_steps(ada, time_machine):
    made(ada, 5)
    time_machine.move_to(timezone.now() + timedelta(days=31))
    assert trash.expire() == 5
    assert ChangeSet.objects.get(kind="product.purged").changes.count() == 5
    assert trash.expire() == 0


def test_one_that_is_brought_back_at_the_last_moment_stays(ada, mug, time_machine, monkeypatch):
    binned(ada, mug)
    time_machine.move_to(timezone.now() + timedelta(days=31))
    taken = trash.taken

    def rival_first(recorder, keys, before):
        Product.objects.filter(pk=mug.pk).update(trashed_at=None)
        return taken(recorder, keys, before)

    monkeypatch.setattr(trash, "taken", rival_first)
    assert trash.expire() == 0
    assert Product.objects.get() == mug
    assert not ChangeSet.objects.filter(kind="product.purged").exists()


def test_with_no_days_set_nothing_is_ever_deleted(ada, mug, settings, time_machine):
    settings.TRASH_DAYS = 0
    binned(ada, mug)
    time_machine.move_to(timezone.now() + timedelta(days=4000))
    assert trash.expire() == 0
    assert Product.objects.exists()
