"""manage.py check_stock: proves that every balance is the sum of its ledger."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from products.models import Product
from products.services import stock


class Command(BaseCommand):
    help = "Lists products whose stock is not the sum of their movements; exits with 1 when there are any."

    def handle(self, **options: Any) -> None:
        total, wrong = Product.objects.count(), stock.mismatches().values_list("sku", "stock", "ledger")
        for sku, balance, ledger in wrong:
            self.stdout.write(f"{sku}: stock {balance}, ledger {ledger}")
        if wrong:
            raise CommandError(f"{len(wrong)} of {total} products do not match their ledger.")
        self.stdout.write(f"All {total} products match their ledger.")
