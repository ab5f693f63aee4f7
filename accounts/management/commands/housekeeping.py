"""Deletes what has expired, and has the worker do so every day."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import housekeeping


class Command(BaseCommand):
    help = "Deletes expired sign-ins, sessions and counted tries, and has the worker do so every day."

    def handle(self, *args: Any, **options: Any) -> None:
        cleaned = housekeeping.clean()
        housekeeping.schedule()
        self.stdout.write(
            ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in cleaned.items()) + " deleted."
        )
