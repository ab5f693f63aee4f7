"""manage.py seed_demo: fills an empty instance with a shop to look around in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from products.services import demo
from site_config.lib.errors import DomainError


class Command(BaseCommand):
    help = "Fills an empty instance with people, products and four months of trade; does nothing when anybody exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", required=True, help="for ada (admin), sam (staff) and cleo (client)")

    def handle(self, *, password: str, verbosity: int, **options: Any) -> None:
        try:
            made = demo.seed(password=password)
        except DomainError as error:
            raise CommandError(str(error)) from error
        if made and verbosity:
            self.stdout.write(f"{made.people} people, {made.products} products in {made.categories} categories.")
            self.stdout.write("Sign in as ada (admin), sam (staff) or cleo (client).")
        elif verbosity:
            self.stdout.write("There are people already: nothing was made.")
