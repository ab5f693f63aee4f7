"""A shop to look around in: people, some 300 products of our own invention, and four months of trade."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import Activity, User
from accounts.policy import Role
from accounts.services import activity, people
from products.models import Category, Product, StockMovement
from products.services import catalogue, categories, demo_talk, demo_trade
from products.services.demo_catalogue import COLOURS, GOODS, NOTES, PRICES, TAGS
from products.services.demo_trade import DAYS, Arrival, Shelf

SIGN_INS = ("ada", "sam", "cleo")
ADMINS = {"ada": "Ada Okafor"}
STAFF = {"sam": "Sam Reyes", "elif": "Elif Kaya", "tomas": "Tomás Lindqvist", "petra": "Petra Novak"}
CLIENTS = {
    "cleo": "Cleo Martin",
    "northlight": "Northlight Ceramics",
    "fennelrow": "Fennel Row Linen",
    "alderworks": "Alder Works",
    "harbourhale": "Harbour & Hale",
}
LEFT = "petra"
# Whose goods they are, by the stem of the SKU; the rest is the shop's own.
OWNERS = {
    "cleo": "TOT RKS PCH BTL LCH NTB PKT DRY PNC SCI TRY TPE",
    "northlight": "CUP CER VST",
    "fennelrow": "NAP TCL APR",
    "alderworks": "BOA BLO PZL SPN DOM",
    "harbourhale": "TEA COF HON MAR CHU OIL",
}
# How the catalogue came in: the file, and how many days ago.
FILES = {
    "opening-stock.csv": DAYS,
    "table-and-light.csv": DAYS - 2,
    "house.csv": 104,
    "autumn.csv": 75,
    "new-makers.csv": 46,
}


@dataclass(frozen=True)
class Item:
    """One product to be: a kind of goods in one size and colour."""

    path: list[str]
    stem: str
    name: str
    sku: str
    price: Decimal
    description: str


@dataclass(frozen=True)
class Seeded:
    people: int
    categories: int
    products: int
    movements: int


def seed(*, password: str, now: datetime | None = None) -> Seeded | None:
    """Fills an empty instance and returns what was made; None, and nothing done, where anybody exists already.

    `ada`, `sam` and `cleo` sign in with the password; nobody can sign in as the others. It is the same shop each time,
    counted back from now. Raises DomainError on a weak password.
    """
    if User.objects.exists():
        return None
    now, dice = now or timezone.now(), random.Random(350)
    with transaction.atomic():
        cast = hire(password, now)
        demo_trade.trade(cast, range_of_goods(cast, dice, now), now, dice)
        demo_talk.talk(cast, now)
        leave(cast, now)
    return Seeded(*(model.objects.count() for model in (User, Category, Product, StockMovement)))


def hire(password: str, now: datetime) -> dict[str, User]:
    """The people, as of a week before the first goods came."""
    people.check_password(password, User(username="ada", email="ada@example.com", name=ADMINS["ada"]))
    # Hashed once: each hash would keep the first `make run` waiting for a third of a second.
    hashed, cast = make_password(password), dict[str, User]()
    for role, names in ((Role.ADMIN, ADMINS), (Role.STAFF, STAFF), (Role.CLIENT, CLIENTS)):
        for username, name in names.items():
            secret = hashed if username in SIGN_INS else make_password(None)
            person = User(username=username, email=f"{username}@example.com", name=name, role=role, password=secret)
            people.store(person)
            activity.record("person.created", actor=cast.get("ada"), person=person, role=["", role])
            cast[username] = person
    started = now - timedelta(days=DAYS + 7)
    User.objects.update(created_at=started)
    Activity.objects.update(at=started)
    return cast


def leave(cast: dict[str, User], now: datetime) -> None:
    """One of the staff has gone; what they did stays in the history."""
    people.set_active(actor=cast["ada"], person=cast[LEFT], active=False)
    Activity.objects.filter(kind="person.deactivated").update(at=now - timedelta(days=demo_trade.LEFT_DAYS_AGO))


def items() -> Iterator[Item]:
    """Every size and colour of every kind of goods."""
    path, care = [""], ""
    for line in GOODS.strip().splitlines():
        if line.startswith("# "):
            category, care = line.removeprefix("# ").split(" | ")
            path = category.split(" > ")
            continue
        head, sizes, colours, text = (part.strip() for part in line.split("|"))
        stem, name = head.split(" ", 1)
        for priced in sizes.split(", ") if sizes else [f" {PRICES[stem]}"]:
            size, price = priced.rsplit(" ", 1)
            for colour in colours.split() or [""]:
                sku = "-".join(part for part in (stem, code(size), COLOURS.get(colour, "")) if part)
                full_name = ", ".join(part for part in (name, size, colour) if part)
                yield Item(path, stem, full_name, sku, Decimal(price), f"{text} {care}")


def code(size: str) -> str:
    """ "350 ml" is 350, "5 l" is 005, "small" is SMA."""
    digits = re.sub(r"\D", "", size)
    return digits.zfill(3) if digits else size[:3].upper()


def gtin(number: int) -> str:
    """A barcode from the range that shops give out themselves (GS1: 20 to 29), so it is nobody's."""
    digits = f"20{number * 7919 % 10**10:010}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def range_of_goods(cast: dict[str, User], dice: random.Random, now: datetime) -> list[Arrival]:
    """The products, none of them stored yet, by the file in which they are going to come."""
    owners = {stem: cast[name] for name, stems in OWNERS.items() for stem in stems.split()}
    arrivals = {file: Arrival(file, days_ago) for file, days_ago in FILES.items()}
    goods = list(items())
    first = demo_trade.on(now, DAYS, "08:00")
    places = categories.ensure(actor=cast["ada"], paths=[tuple(item.path) for item in goods], at=first)
    for number, item in enumerate(goods):
        owner = owners.get(item.stem, cast["ada"])
        product = build(item, number, actor=cast["ada"], owner=owner, category=places[tuple(item.path)], dice=dice)
        early = list(FILES)[number * 4 // len(goods)]
        arrivals[early if owner.username in ("ada", "cleo") else "new-makers.csv"].shelves.append(
            Shelf(product, pace=dice.choice((1, 2, 3, 5)), runs_down=product.is_public and dice.random() < 0.16)
        )
    return list(arrivals.values())


def build(
    item: Item, number: int, *, actor: User, owner: User, category: Category | None, dice: random.Random
) -> Product:
    """What a client has here is public; of the shop's own, some are drafts, and some of those never arrived."""
    threshold = dice.choice((2, 3, 4)) if item.price > 50 else dice.choice((4, 6, 8, 10, 12))
    is_public = owner.role == Role.CLIENT or dice.random() > 0.16
    return catalogue.build(
        actor=actor,
        looked_up=True,
        owner=owner,
        category=category,
        name=item.name,
        sku=item.sku,
        barcode=gtin(number),
        description=item.description,
        note=dice.choice(NOTES) if dice.random() < 0.2 else "",
        price=item.price,
        cost=(item.price * dice.randint(38, 60) / 100).quantize(Decimal("0.01")),
        low_stock_threshold=threshold,
        tags=[tag for tag, stems in TAGS.items() if item.stem in stems.split()],
        is_public=is_public,
        stock=threshold * dice.randint(2, 5) + dice.randint(1, 9) if is_public or dice.random() < 0.7 else 0,
    )
