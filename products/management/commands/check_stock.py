"""manage.py check_stock: proves that every balance is the sum of its ledger."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from products.models import Product
from products.services import stock


class Command(BaseCommand):
    help = "Lists products whose stock is not the sum of their movements; exits with 1 when there are any."

    def handle(self, **options: Any) -> None:
        total, number = Product.objects.count(), 0
        for each in stock.wrong():
            self.stdout.write(f"{each.sku}: stock {each.stock}, ledger {each.ledger}")
            number += 1
        if number:
            raise CommandError(f"{number} of {total} products do not match their ledger.")
        self.stdout.write(f"All {total} products match their ledger.")
