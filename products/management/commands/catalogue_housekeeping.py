"""Has the worker do the catalogue's nightly, hourly and quarter-hourly work; run at each start of the worker."""

from typing import Any

from django.core.management.base import BaseCommand

from products.services import housekeeping


class Command(BaseCommand):
    help = "Has the worker check the stock, empty the old trash, send the digest and tidy up, by the clock."

    def handle(self, *args: Any, **options: Any) -> None:
        begun = housekeeping.schedule()
        self.stdout.write("The worker does it by the clock." if begun else "The worker does it by the clock already.")
