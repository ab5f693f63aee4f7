"""Sends one mail at once, to see whether the mail server takes it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import mails


class Command(BaseCommand):
    help = "Sends a test mail at once and prints what the mail server answers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        try:
            mails.send_test(to=address)
        except Exception as error:
            raise CommandError(f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {mails.wording(error)}") from error
        self.stdout.write(f"Sent to {address} by {settings.EMAIL_BACKEND}.")
