"""Four months in the life of the demo shop, posted day by day through the same services as real work."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from products.models import Product
from products.models.stock import Kind
from products.services import catalogue, stock, trash
from products.services.demo_catalogue import DAMAGES, NOTES, RETURNS

DAYS = 120
LEFT_DAYS_AGO = 33
# From when on goods that are to run low or out are not ordered again, and when the last of them are sold.
LAST_ORDER_DAYS_AGO, RUN_DOWN_DAYS_AGO = 30, 12


@dataclass
class Shelf:
    """A product, how well it sells, and whether it is left to run low or out at the end."""

    product: Product
    pace: int
    runs_down: bool

    @property
    def level(self) -> int:
        return self.product.stock

    @property
    def threshold(self) -> int:
        return self.product.low_stock_threshold


@dataclass
class Arrival:
    """Goods that came in together: the file they were imported from, and when."""

    file: str
    days_ago: int
    shelves: list[Shelf] = field(default_factory=list)


class Book:
    """Posts what happened and keeps each shelf's product as it is stored."""

    def __init__(self) -> None:
        self.shelves: dict[int, Shelf] = {}

    def open(self, actor: User, arrival: Arrival, at: datetime) -> None:
        products = [shelf.product for shelf in arrival.shelves]
        catalogue.create_many(actor=actor, products=products, kind="product.imported", reason=arrival.file, at=at)
        self.shelves |= {shelf.product.pk: shelf for shelf in arrival.shelves}

    @property
    def on_sale(self) -> list[Shelf]:
        return [shelf for shelf in self.shelves.values() if shelf.product.is_public]

    def post(self, actor: User, lines: list[stock.Line], reason: str, at: datetime) -> None:
        if lines:
            stock.post(actor=actor, lines=lines, reason=reason, at=at)
        for line in lines:
            self.shelves[line.product_id].product.stock += line.delta

    def count(self, actor: User, shelf: Shelf, missing: int, at: datetime, note: str = "") -> None:
        counted, expected = max(shelf.level - missing, 1), shelf.level
        stock.count(actor=actor, product=shelf.product, counted=counted, expected=expected, note=note, at=at)
        shelf.product.stock = counted

    def edit(self, actor: User, shelf: Shelf, at: datetime, **fields: Any) -> None:
        catalogue.edit(actor=actor, product=shelf.product, at=at, **fields)
        for name, value in fields.items():
            setattr(shelf.product, name, value)


def on(now: datetime, days_ago: int, clock: str) -> datetime:
    """A time of a day, counted back from now."""
    hour, minute = clock.split(":")
    day = now - timedelta(days=days_ago)
    return day.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


def trade(cast: dict[str, User], arrivals: list[Arrival], now: datetime, dice: random.Random) -> None:
    """Every day from the first to yesterday, in the order in which it happened, then today."""
    book = Book()
    for days_ago in range(DAYS, 0, -1):
        for arrival in arrivals:
            if arrival.days_ago == days_ago:
                book.open(cast["ada"], arrival, on(now, days_ago, "08:05"))
        day(book, cast, days_ago, now, dice)
    today(book, cast, now)


def day(book: Book, cast: dict[str, User], days_ago: int, now: datetime, dice: random.Random) -> None:
    """A count on one day of the week, a delivery and a new price on some, orders on all."""
    staff = [cast[name] for name in ("sam", "elif", "tomas")] + [cast["petra"]] * (days_ago > LEFT_DAYS_AGO)
    actor = dice.choice(staff)
    if days_ago % 7 == 5:
        for shelf in dice.sample(book.on_sale, 2):
            missing, note = dice.choice((0, 0, 1, 2)), dice.choice(("", "Shelf check"))
            book.count(actor, shelf, missing, on(now, days_ago, "08:40"), note)
    if days_ago % 3 == 1:
        lines = deliveries(book.on_sale, days_ago, dice)
        book.post(cast["ada"], lines, f"Delivery {1200 - days_ago}", on(now, days_ago, "10:15"))
    if days_ago % 3 == 2:
        reprice(book, cast["ada"], dice.choice(book.on_sale), on(now, days_ago, "11:30"), dice)
    lines = sales(book.on_sale, days_ago, dice)
    if days_ago <= RUN_DOWN_DAYS_AGO:
        lines = run_down(book.on_sale, days_ago, lines)
    book.post(actor, lines, "Shop and web orders", on(now, days_ago, "17:45"))


def sales(there: list[Shelf], days_ago: int, dice: random.Random) -> list[stock.Line]:
    """A day's orders, one line a product; the last one stays on its shelf. Sundays are quiet."""
    number = dice.randint(3, 6) if days_ago % 7 == 6 else dice.randint(7, 13)
    chosen = dice.choices(there, [shelf.pace for shelf in there], k=number)
    lines = []
    for shelf in {shelf.product.pk: shelf for shelf in chosen}.values():
        wanted = 1 + int(dice.expovariate(0.9 if shelf.product.price > 30 else 0.4))
        if (taken := min(wanted, shelf.level - 1)) > 0:
            lines.append(stock.Line(shelf.product.pk, -taken, Kind.SOLD))
    if dice.random() < 0.3:
        lines.append(stock.Line(dice.choice(chosen).product.pk, 1, Kind.RETURNED, dice.choice(RETURNS)))
    broken = dice.choice(there)
    if dice.random() < 0.2 and broken.level > 4 and broken not in chosen:
        lines.append(stock.Line(broken.product.pk, -1, Kind.DAMAGED, dice.choice(DAMAGES)))
    return lines


def deliveries(there: list[Shelf], days_ago: int, dice: random.Random) -> list[stock.Line]:
    """What had fallen to its threshold comes in by the half dozen, up to ten products at a time."""
    still = days_ago > LAST_ORDER_DAYS_AGO
    ordered = [shelf for shelf in there if shelf.level <= shelf.threshold and (still or not shelf.runs_down)]
    return [stock.Line(shelf.product.pk, 6 * dice.randint(1, 4), Kind.RECEIVED) for shelf in ordered[:10]]


def run_down(there: list[Shelf], days_ago: int, lines: list[stock.Line]) -> list[stock.Line]:
    """The day's orders and its share of what runs down: of three products one sells out and two are left low."""
    ending = [shelf for shelf in there if shelf.runs_down]
    lines = [line for line in lines if line.product_id not in {shelf.product.pk for shelf in ending}]
    for place, shelf in enumerate(ending):
        left = 1 + place % shelf.threshold if place % 3 else 0
        if place % RUN_DOWN_DAYS_AGO == days_ago - 1 and shelf.level > left:
            lines.append(stock.Line(shelf.product.pk, left - shelf.level, Kind.SOLD))
    return lines


def reprice(book: Book, actor: User, shelf: Shelf, at: datetime, dice: random.Random) -> None:
    """A new price, ending in a half or whole pound; now and then another word about it."""
    factor = Decimal(dice.choice(("0.90", "1.04", "1.06", "1.10")))
    price = max((shelf.product.price * factor * 2).quantize(Decimal(1)) / 2, Decimal(1)).quantize(Decimal("0.01"))
    if dice.random() < 0.25:
        book.edit(actor, shelf, at, price=price, note=dice.choice(NOTES))
    else:
        book.edit(actor, shelf, at, price=price)


def today(book: Book, cast: dict[str, User], now: datetime) -> None:
    """The latest work, so that lists have something to say about the last hours."""
    busy = [shelf for shelf in book.on_sale if not shelf.runs_down and shelf.level > 6][:14]
    book.post(cast["sam"], orders(busy[:5]), "Web orders", now - timedelta(hours=5))
    for shelf in busy[5:8]:
        book.edit(cast["ada"], shelf, now - timedelta(hours=3), price=shelf.product.price + Decimal("0.50"))
    # Drafts that came to nothing.
    for shelf in [shelf for shelf in book.shelves.values() if not shelf.product.is_public][:30:10]:
        trash.discard(actor=cast["ada"], product=shelf.product, at=now - timedelta(hours=2))
    arrived = [stock.Line(shelf.product.pk, 12, Kind.RECEIVED) for shelf in busy[11:14]]
    book.post(cast["sam"], arrived, "Delivery 1200", now - timedelta(minutes=95))
    description = busy[0].product.description + " Back in every colour."
    book.edit(cast["ada"], busy[0], now - timedelta(minutes=47), description=description)
    book.count(cast["sam"], busy[1], 1, now - timedelta(minutes=26), "One on display")
    book.post(cast["sam"], orders(busy[8:11]), "Shop", now - timedelta(minutes=12))


def orders(shelves: list[Shelf]) -> list[stock.Line]:
    return [stock.Line(shelf.product.pk, -1 - place % 3, Kind.SOLD) for place, shelf in enumerate(shelves)]
