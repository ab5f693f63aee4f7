"""manage.py import_products FILE: a Shopify or WooCommerce product export, or a spreadsheet, into the catalogue."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from accounts.models import User
from products.services import imports
from site_config.lib.errors import DomainError

MOST_SHOWN = 50


class Command(BaseCommand):
    help = "Creates the products of a CSV file: a Shopify or WooCommerce product export, or a spreadsheet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="username", help="who imports; else the first active admin")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen and change nothing")

    @no_translations  # a terminal reads English throughout, whatever LANGUAGE_CODE is
    def handle(self, *, file: Path, username: str | None, dry_run: bool, verbosity: int, **options: Any) -> None:
        people = User.objects.filter(is_active=True).order_by("pk")
        actor = (people.filter(username__iexact=username) if username else people.active_admins()).first()
        if actor is None:
            raise CommandError(f"There is no active {f'person called {username}' if username else 'admin'}.")
        try:
            with file.open("rb") as stream:
                report = imports.run(actor=actor, stream=stream, filename=file.name, dry_run=dry_run)
        except (OSError, DomainError) as error:
            raise CommandError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
        self.show(report, verbosity)

    def show(self, report: imports.Report, verbosity: int) -> None:
        counts = f"{report.created} created, {len(report.refused)} refused, {len(report.skipped)} skipped"
        self.say(f"{report.filename} is {report.layout}: {counts}.")
        for note in report.notes:
            self.say(note)
        for word, remarks in (("Refused", report.refused), ("Warning", report.warnings)):
            shown = remarks if verbosity > 1 else remarks[:MOST_SHOWN]
            for remark in shown:
                self.say(f"{word}, line {remark.line}: {remark.text}")
            if len(remarks) > len(shown):
                self.stdout.write(f"{word}: {len(remarks) - len(shown)} more; --verbosity 2 shows all.")
        for reason, number in Counter(remark.text for remark in report.skipped).items():
            self.stdout.write(f"Skipped: {number} × {reason}.")
        if report.dry_run:
            self.stdout.write("This was a dry run: nothing was changed.")

    def say(self, text: str) -> None:
        """A line without what a cell of the file could tell the terminal to do."""
        self.stdout.write("".join(letter if letter.isprintable() else "\ufffd" for letter in text))
