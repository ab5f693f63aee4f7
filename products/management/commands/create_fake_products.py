"""manage.py create_fake_products: products by the thousand, for benchmarks. It only adds, so it can be run again."""

import random
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Max

from accounts.models import User
from products.models import Category, Product
from products.services import catalogue, categories
from site_config.lib.errors import DomainError

LOOKS = ["Plain", "Striped", "Round", "Square", "Tall", "Low", "Heavy", "Light", "Folding", "Waxed", "Woven", "Glazed"]
STUFFS = [
    "oak",
    "ash",
    "beech",
    "walnut",
    "steel",
    "brass",
    "copper",
    "iron",
    "clay",
    "glass",
    "linen",
    "cotton",
    "wool",
]
THINGS = ["bowl", "lamp", "chair", "shelf", "basket", "jar", "tray", "hook", "stool", "clock", "vase", "box", "frame"]
CATEGORIES = ("Kitchen", "Table", "Lighting", "Living", "Bedroom", "Bath", "Garden", "Office", "Storage", "Workshop")
BATCH = 5000


class Command(BaseCommand):
    help = "Adds made-up products with stock, 5,000 to a change set."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--owner", help="username; else the first active admin, who also acts")

    def handle(self, *, count: int, owner: str | None, **options: Any) -> None:
        if count < 1:
            raise CommandError("Give a count of 1 or more.")
        actor = User.objects.active_admins().order_by("pk").first()
        if actor is None:
            raise CommandError("There is no active admin.")
        person = User.objects.filter(username__iexact=owner).first() if owner else actor
        if person is None:
            raise CommandError(f"There is no person called {owner}.")
        # No earlier number is above its row's key, so the next ones are free.
        start = (Product.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        try:
            paths = [("Made up", name) for name in CATEGORIES]
            found = categories.ensure(actor=actor, paths=paths)
            places = [found[path] for path in paths]
            for first in range(start, start + count, BATCH):
                numbers = range(first, min(first + BATCH, start + count))
                products = [fake(number, actor, person, places) for number in numbers]
                catalogue.create_many(actor=actor, products=products, kind="product.created", reason="Made up")
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Added {count:,} products, FAKE-{start:08} to FAKE-{start + count - 1:08}.")


def fake(number: int, actor: User, owner: User, places: list[Category | None]) -> Product:
    """The same product for the same number, so that two benchmarks measure the same rows."""
    dice = random.Random(number)
    price = Decimal(dice.randint(100, 20_000)) / 100
    return catalogue.build(
        actor=actor,
        looked_up=True,
        owner=owner,
        category=dice.choice(places),
        name=f"{dice.choice(LOOKS)} {dice.choice(STUFFS)} {dice.choice(THINGS)} {number}",
        sku=f"FAKE-{number:08}",
        description=f"Made up. {dice.choice(LOOKS)} and {dice.choice(LOOKS).lower()}.",
        price=price,
        cost=(price * dice.randint(40, 70) / 100).quantize(Decimal("0.01")),
        stock=max(0, dice.randint(-20, 400)),
        low_stock_threshold=dice.choice((0, 5, 10, 20)),
        is_public=dice.random() < 0.9,
    )
