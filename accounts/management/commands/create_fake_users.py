"""manage.py create_fake_users: people to try lists and searches with. It only adds, so it can be run again."""

import random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from accounts.policy import Role
from accounts.services import activity, people
from site_config.lib.errors import DomainError

FIRST = ["Amal", "Bea", "Chidi", "Dora", "Emre", "Farah", "Goran", "Hana", "Ivo", "Jun", "Kofi", "Lena", "Mina", "Noor"]
LAST = ["Abara", "Bauer", "Costa", "Dufour", "Eriksen", "Garcia", "Horvat", "Ito", "Jansen", "Lund", "Moreau", "Nowak"]
BATCH = 1000


class Command(BaseCommand):
    help = "Adds made-up people. Without --password nobody can sign in as them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--role", choices=[role.value for role in Role], default=Role.CLIENT.value)
        parser.add_argument("--password", help="the same for all of them")

    def handle(self, *, count: int, role: str, password: str | None, **options: Any) -> None:
        if count < 1:
            raise CommandError("Give a count of 1 or more.")
        # No earlier number is above its row's key, so the next ones are free.
        start = (User.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        try:
            if password:
                people.check_password(password, User(username="fake"))
            # Hashed once: a hash for each would cost a tenth of a second a person.
            hashed = make_password(password)
            for first in range(start, start + count, BATCH):
                with transaction.atomic():
                    for number in range(first, min(first + BATCH, start + count)):
                        self.add(number, role, hashed)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Added {count:,} people, fake-{start} to fake-{start + count - 1}.")

    def add(self, number: int, role: str, hashed: str) -> None:
        dice, username = random.Random(number), f"fake-{number}"
        name = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
        person = User(username=username, email=f"{username}@example.com", name=name, role=role, password=hashed)
        people.store(person)
        activity.record("person.created", actor=None, person=person, role=["", role])
