"""manage.py seed_demo: once, whole, and the same shop each time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import User
from products.models import ChangeSet, Product
from products.services import demo, demo_trade
from site_config.lib.errors import DomainError

PASSWORD = "correct horse battery staple"
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def small(monkeypatch):
    """Fewer goods, some of them of the two clients who ask for something, and two weeks of trade."""
    goods = demo.GOODS.strip().splitlines()
    asked_about = [[line for line in goods if line[:3] in demo.OWNERS[name]][:5] for name in ("cleo", "northlight")]
    few = dict.fromkeys([*goods[:12], *asked_about[0], *asked_about[1]])
    monkeypatch.setattr(demo, "GOODS", "\n".join(few))
    monkeypatch.setattr(demo, "FILES", dict.fromkeys(demo.FILES, 14))
    monkeypatch.setattr(demo_trade, "DAYS", 14)


def seeded(now: datetime) -> list[tuple]:
    """What a seeding leaves, with its times counted back from now."""
    with transaction.atomic():
        demo.seed(password=PASSWORD, now=now)
        products = Product.objects.order_by("sku").values_list("sku", "name", "price", "cost", "stock", "version")
        sets = ChangeSet.objects.order_by("pk").values_list("kind", "reason", "actor_name", "at")
        result = [*products, *((kind, reason, name, now - at) for kind, reason, name, at in sets)]
        transaction.set_rollback(True)
    return result


@pytest.mark.usefixtures("small")
def test_it_is_the_same_shop_each_time_counted_back_from_now(db):
    first = seeded(NOW)
    assert len(first) > 60
    assert seeded(NOW - timedelta(days=1000)) == first


@pytest.mark.usefixtures("small")
def test_a_seeding_that_fails_leaves_nothing(db, monkeypatch):
    monkeypatch.setattr(demo, "leave", lambda *_arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        demo.seed(password=PASSWORD)
    assert (User.objects.count(), Product.objects.count()) == (0, 0)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("clock", ["00:01", "04:59", "12:00", "23:59"])
def test_history_stands_in_order_at_any_time_of_the_day(db, clock):
    demo.seed(password=PASSWORD, now=demo_trade.on(NOW, 0, clock))
    times = list(ChangeSet.objects.order_by("pk").values_list("at", flat=True))
    assert times == sorted(times)


@pytest.mark.django_db
def test_a_weak_password_is_refused_and_nothing_made():
    with pytest.raises(DomainError) as caught:
        demo.seed(password="short")
    assert (caught.value.code, User.objects.count()) == ("weak_password", 0)
    with pytest.raises(CommandError, match="too short"):
        call_command("seed_demo", password="short")


def test_nothing_is_made_where_anybody_exists(sam, capsys):
    call_command("seed_demo", password=PASSWORD)
    assert capsys.readouterr().out == "There are people already: nothing was made.\n"
    call_command("seed_demo", password=PASSWORD, verbosity=0)
    assert capsys.readouterr().out == ""
    assert (User.objects.count(), Product.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_the_command_says_what_it_made_and_who_signs_in(capsys, monkeypatch):
    passwords = []

    def seed(*, password):
        passwords.append(password)
        return demo.Seeded(10, 34, 293, 1518)

    monkeypatch.setattr(demo, "seed", seed)
    call_command("seed_demo", password=PASSWORD)
    assert capsys.readouterr().out == (
        "10 people, 293 products in 34 categories.\nSign in as ada (admin), sam (staff) or cleo (client).\n"
    )
    call_command("seed_demo", password="other", verbosity=0)
    assert capsys.readouterr().out == ""
    assert passwords == [PASSWORD, "other"]
