"""manage.py check_stock: every balance is the sum of its ledger, or the command fails."""

import pytest
from django.core.management import CommandError, call_command

from products.models import Product, StockMovement
from products.models.catalogue import recording
from products.services import stock
from tests.factories import ProductFactory


@pytest.fixture
def _behind_the_back():
    """Writes that no service makes."""
    token = recording.set(True)
    yield
    recording.reset(token)


def test_it_says_that_all_products_match(ada, mug, capsys):
    stock.adjust(actor=ada, product=mug, delta=-4, kind="sold")
    ProductFactory(name="Never stocked")
    call_command("check_stock")
    assert capsys.readouterr().out == "All 2 products match their ledger.\n"


@pytest.mark.usefixtures("_behind_the_back")
def test_it_lists_a_balance_that_was_written_past_the_ledger_and_fails(mug, capsys):
    ProductFactory(name="Right", stock=3)
    Product.objects.filter(pk=mug.pk).update(stock=9)
    with pytest.raises(CommandError, match=r"^1 of 2 products do not match their ledger\.$"):
        call_command("check_stock")
    assert capsys.readouterr().out == "MUG-1: stock 9, ledger 10\n"


def test_it_notices_a_lost_line_of_the_ledger(mug, capsys):
    StockMovement.objects.filter(product=mug).delete()
    with pytest.raises(CommandError):
        call_command("check_stock")
    assert capsys.readouterr().out == "MUG-1: stock 10, ledger 0\n"
