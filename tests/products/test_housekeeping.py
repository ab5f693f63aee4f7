"""What the worker does by the clock, and that one part that fails stops neither the others nor the clock."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from products.models import ChangeSet, Job, Notification, Presence, Product, Tag
from products.models.catalogue import recording
from products.models.jobs import Status
from products.models.notifications import Kind
from products.services import housekeeping, presence, stock, trash
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def waiting():
    """The names of the tasks in the queue, with what they are given."""
    rows = DBTaskResult.objects.filter(status="READY").order_by("enqueued_at")
    return sorted([row.task_path.rsplit(".", 1)[1], *row.args_kwargs["args"]] for row in rows)


CHAIN = [["hourly"], ["nightly"], ["quarterly"]]


@pytest.fixture
def _behind_the_back():
    """Writes that no service makes."""
    token = recording.set(True)
    yield
    recording.reset(token)


def test_the_worker_gets_each_run_once_however_often_it_starts(capsys):
    call_command("catalogue_housekeeping")
    assert waiting() == CHAIN
    call_command("catalogue_housekeeping")
    assert waiting() == CHAIN
    assert capsys.readouterr().out == "The worker does it by the clock.\nThe worker does it by the clock already.\n"


def test_they_run_at_night_each_hour_and_each_quarter_of_an_hour(time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    housekeeping.schedule()
    after = {row.task_path.rsplit(".", 1)[1]: row.run_after - timezone.now() for row in DBTaskResult.objects.all()}
    day, hour, quarter = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
    assert after == {"nightly": day, "hourly": hour, "quarterly": quarter}


@pytest.mark.parametrize(
    ("run", "parts"),
    [
        ("nightly", ["jobs", "notifications", "presence", "stock", "tags", "trash"]),
        ("hourly", ["digest"]),
        ("quarterly", ["figures", "lost jobs"]),
    ],
)
def test_each_run_asks_for_the_next_one_and_for_its_parts(run, parts):
    getattr(housekeeping, run).func()
    assert waiting() == sorted([["do", part] for part in parts] + CHAIN)


@pytest.mark.parametrize("part", housekeeping.PARTS)
def test_every_part_can_be_done_where_there_is_nothing_to_do(part):
    assert housekeeping.do.func(part) == 0


def test_every_part_is_in_a_run():
    named = [*housekeeping.NIGHTLY, *housekeeping.EACH_HOUR, *housekeeping.EACH_QUARTER]
    assert sorted(named) == sorted(housekeeping.PARTS)


def test_a_night_empties_the_old_trash_and_forgets_what_is_long_past(ada, sam, mug, time_machine):
    trash.discard(actor=ada, product=mug)
    here = ProductFactory()
    Tag.objects.create(name="long unused")
    presence.arrive(actor=sam, product=here)
    Notification.objects.create(person=sam, kind=Kind.PRODUCT_LOW, product=here)
    job = Job.objects.create(kind="changes.undone", actor=ada, task="x", status=Status.DONE, finished_at=timezone.now())
    time_machine.move_to(timezone.now() + timedelta(days=100))
    assert {part: housekeeping.do.func(part) for part in housekeeping.NIGHTLY} == {
        "stock": 0,
        "trash": 1,
        "notifications": 1,
        "jobs": 1,
        "presence": 1,
        "tags": 1,
    }
    assert list(Product.objects.all()) == [here]
    assert not Presence.objects.exists()
    assert not Notification.objects.exists()
    assert not Job.objects.filter(pk=job.pk).exists()


# --- The stock -------------------------------------------------------------------------------------------------------


def test_a_night_that_finds_all_balances_right_leaves_a_job_that_says_so(ada, mug):
    assert housekeeping.do.func("stock") == 0
    job = Job.objects.get()
    assert (job.kind, job.actor, job.status, job.total, job.skipped) == ("stock.checked", ada, Status.DONE, 1, 0)


@pytest.mark.usefixtures("_behind_the_back")
def test_a_wrong_balance_is_a_failed_job_that_admins_see_and_a_line_in_the_log(ada, sam, mug, caplog):
    ProductFactory(stock=4)
    Product.objects.filter(pk=mug.pk).update(stock=9)
    assert housekeeping.do.func("stock") == 1
    job = Job.objects.get()
    assert (job.status, job.error) == (Status.FAILED, "1 product does not match its ledger.")
    assert job.notes == [["MUG-1", "stock", "Stock 9, ledger 10."]]
    assert Job.objects.visible_to(ada).get() == job
    assert not Job.objects.visible_to(sam).exists()
    assert "check_stock: 1 product does not match its ledger." in caplog.messages


@pytest.mark.usefixtures("_behind_the_back")
def test_many_wrong_balances_are_counted_and_the_first_of_them_named(ada, monkeypatch):
    monkeypatch.setattr(stock, "WINDOW", 2)
    monkeypatch.setattr(stock, "MOST_NOTES", 3)
    products = [ProductFactory() for _number in range(5)]
    Product.objects.all().update(stock=1)
    assert [each.sku for each in stock.wrong()] == [product.sku for product in products]
    assert stock.verify() == 5
    job = Job.objects.get()
    assert (job.skipped, job.total, len(job.notes), job.error) == (
        5,
        5,
        3,
        "5 products do not match their ledger.",
    )


@pytest.mark.usefixtures("_behind_the_back")
def test_without_an_admin_the_log_alone_is_told(ada, mug, caplog):
    Product.objects.filter(pk=mug.pk).update(stock=9)
    ada.is_active = False
    ada.save(update_fields=["is_active"])
    assert stock.verify() == 1
    assert not Job.objects.exists()
    assert len(caplog.messages) == 1
    assert not ChangeSet.objects.filter(kind="stock.checked").exists()
