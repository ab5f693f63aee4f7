"""What a product cost at each time, read from its history; costs for those who may see them."""

from decimal import Decimal

import pytest

from products.services import catalogue, prices, stock, undo
from site_config.lib.errors import DomainError
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def told(product, reader, amount="price"):
    rows = prices.of(product=product, amount=amount, reader=reader).order_by("-pk")
    return [(line.old, line.new, line.percent) for line in (prices.line(row, amount) for row in rows)]


def test_every_price_is_told_the_first_one_too(ada, sam, cleo, mug):
    catalogue.edit(actor=sam, product=mug, price=Decimal("15.00"), name="Jug")
    stock.move(actor=sam, product=mug, delta=1, kind="received")
    catalogue.edit(actor=sam, product=mug, price=Decimal("10.00"))
    ProductFactory(price="99.00")
    assert told(mug, sam) == [
        (Decimal("15.00"), Decimal("10.00"), Decimal("-33.3")),
        (Decimal("12.50"), Decimal("15.00"), Decimal("20.0")),
        (None, Decimal("12.50"), None),
    ]


def test_a_cost_may_come_later_and_go_again(sam):
    jug = ProductFactory()
    catalogue.edit(actor=sam, product=jug, cost=Decimal("4.00"))
    catalogue.edit(actor=sam, product=jug, cost=None)
    assert told(jug, sam, "cost") == [(Decimal("4.00"), None, None), (None, Decimal("4.00"), None)]
    assert told(ProductFactory(cost="6.10"), sam, "cost") == [(None, Decimal("6.10"), None)]


def test_from_nothing_there_is_no_percentage(sam):
    gift = ProductFactory(price="0.00")
    catalogue.edit(actor=sam, product=gift, price=Decimal("1.00"))
    assert told(gift, sam)[0] == (Decimal("0.00"), Decimal("1.00"), None)


def test_an_undo_is_a_change_of_the_price_too(sam, mug):
    catalogue.edit(actor=sam, product=mug, price=Decimal("15.00"))
    act = prices.of(product=mug, amount="price", reader=sam).latest("pk").change_set
    undo.undo(actor=sam, change_set=act)
    assert told(mug, sam)[0][:2] == (Decimal("15.00"), Decimal("12.50"))


@pytest.mark.parametrize("amount", ["cost", "stock", "note", "name", "", "x" * 99])
def test_a_client_asks_for_prices_alone(amount, cleo, sam):
    mine = ProductFactory(owner=cleo, cost="6.10")
    assert prices.offered(cleo) == ["price"]
    with pytest.raises(DomainError) as refusal:
        prices.of(product=mine, amount=amount, reader=cleo)
    assert (refusal.value.code, refusal.value.field) == ("unknown_field", "of")
    assert [new for _old, new, _percent in told(mine, cleo)] == [Decimal("10.00")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("10", "12.50", "+25.0%"),
        ("12.50", "10", "\u221220.0%"),
        ("10", "10", "+0.0%"),
        (None, "10", ""),
        ("10", None, ""),
    ],
)
def test_a_percentage_has_its_sign(old, new, said):
    old, new = (given and Decimal(given) for given in (old, new))
    assert prices.Line(None, old, new).signed_percent == said


def test_below_cost_is_told_to_who_may_see_the_cost(ada, sam, cleo):
    cheap = ProductFactory(price="5.00", cost="6.10", owner=cleo)
    assert [prices.below_cost(cheap, who) for who in (ada, sam, cleo)] == [True, True, False]
    even, unknown = ProductFactory(price="6.10", cost="6.10"), ProductFactory(price="0.00")
    assert not prices.below_cost(even, sam)
    assert not prices.below_cost(unknown, sam)
