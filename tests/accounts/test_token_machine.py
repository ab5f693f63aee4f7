"""Any sequence of sign-ins, refreshes, thefts and ends: a family has one live refresh token, and ended is ended."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import strategies as some
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import Activity, ApiSession, User
from accounts.policy import Role
from accounts.services import passwords, people, tokens
from tests.factories import PASSWORD, UserFactory
from tests.machines import World, run

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACCESS, FAMILY, GRACE = timedelta(minutes=15), timedelta(days=14), timedelta(seconds=10)
PASSWORDS = (PASSWORD, "four unrelated words together")
PICK = some.integers(0, 50)


@dataclass
class Family:
    """What a sign-in should be: its tokens in the order they were given, and why it ended, if it did."""

    sid: str
    until: datetime
    refresh: list[str] = field(default_factory=list)
    access: list[tuple[str, datetime]] = field(default_factory=list)
    rotated_at: datetime | None = None
    ended: str = ""

    def add(self, pair: dict[str, str]) -> None:
        self.refresh.append(pair["refresh"])
        self.access.append((pair["access"], min(timezone.now() + ACCESS, self.until)))

    def fate(self, until: datetime) -> str:
        """What any token of this family meets that works until then; empty where it is let in."""
        if timezone.now() >= until:
            return "token_expired"
        if self.ended:
            return "token_blacklisted" if self.ended == "reused" else "session_ended"
        return ""

    def fate_of_refresh(self, place: int) -> str:
        """The same for the refresh token that was given as the place-th one."""
        behind = len(self.refresh) - 1 - place
        if (fate := self.fate(self.until)) or behind == 0:
            return fate
        lost_answer = behind == 1 and timezone.now() - self.rotated_at <= GRACE
        return "token_rotated" if lost_answer else "token_blacklisted"


def met(act, **kwargs) -> tuple[str, dict | None]:
    """The code of the refusal, or what was answered."""
    try:
        return "", act(**kwargs)
    except tokens.Refused as refusal:
        return refusal.code, None


class SignIns(World):
    def __init__(self):
        super().__init__()
        self.travel = time_machine.travel(NOW, tick=False)
        self.clock = self.travel.start()
        self.families: list[Family] = []
        self.active, self.password, self.reuses = True, 0, 0

    def teardown(self):
        super().teardown()
        self.travel.stop()

    @initialize()
    def open(self):
        self.ada = UserFactory(username="ada", role=Role.ADMIN)
        self.sam = UserFactory(username="sam")
        self.cleo = UserFactory(username="cleo")
        tokens.sign_in(person=self.cleo)
        self.sign_in()

    def person(self) -> User:
        return User.objects.get(pk=self.sam.pk)

    def family(self, pick: int) -> Family:
        return self.families[pick % len(self.families)]

    def ended(self, because: str, families: list[Family] | None = None) -> None:
        for family in self.families if families is None else families:
            family.ended = family.ended or because

    def signed_in(self):
        return bool(self.families)

    def rotated(self):
        return [family for family in self.families if family.rotated_at and not family.fate(family.until)]

    @rule()
    def sign_in(self):
        code, pair = met(tokens.sign_in, person=self.person())
        assert code == ("" if self.active else "session_ended")
        if pair:
            sid = str(tokens.verify(token=pair["access"])[1].pk)
            self.families.append(Family(sid, timezone.now() + FAMILY))
            self.families[-1].add(pair)

    @precondition(signed_in)
    @rule(pick=PICK)
    def refresh(self, pick):
        family = self.family(pick)
        self.refresh_with(family, len(family.refresh) - 1)

    @precondition(rotated)
    @rule(pick=PICK, seconds=some.sampled_from([0, 10, 11]))
    def refresh_with_the_token_before(self, pick, seconds):
        """A lost answer within ten seconds; a thief after them."""
        family = self.rotated()[pick % len(self.rotated())]
        self.clock.shift(seconds)
        self.refresh_with(family, len(family.refresh) - 2)

    @precondition(rotated)
    @rule(pick=PICK, place=PICK)
    def refresh_with_an_old_token(self, pick, place):
        family = self.rotated()[pick % len(self.rotated())]
        self.refresh_with(family, place % len(family.refresh))

    def refresh_with(self, family: Family, place: int) -> None:
        fate = family.fate_of_refresh(place)
        reuse = fate == "token_blacklisted" and not family.ended
        code, pair = met(tokens.refresh, token=family.refresh[place])
        assert code == fate
        if pair:
            family.rotated_at = timezone.now()
            family.add(pair)
        if reuse:
            self.ended("reused", [family])
            self.reuses += 1

    @precondition(signed_in)
    @rule(pick=PICK, which=some.sampled_from(["signature", "access token", "nonsense"]))
    def refresh_with_a_forgery(self, pick, which):
        family = self.family(pick)
        head, body, signature = family.refresh[-1].split(".")
        forged = {
            "signature": f"{head}.{body}.{signature[::-1]}",
            "access token": family.access[-1][0],
            "nonsense": "x",
        }[which]
        assert met(tokens.refresh, token=forged)[0] in ("token_invalid", "token_expired")

    @precondition(signed_in)
    @rule(pick=PICK, which=PICK)
    def use_an_access_token(self, pick, which):
        family = self.family(pick)
        token, until = family.access[which % len(family.access)]
        code, _session = met(lambda: tokens.session_of(tokens.parse(token, AccessToken)))
        assert code == met(tokens.verify, token=token)[0] == family.fate(until)

    @precondition(signed_in)
    @rule(act=some.sampled_from(["log out", "log out everywhere", "new password", "new role", "deactivate"]), pick=PICK)
    def end(self, act, pick):
        person, family = self.person(), self.family(pick)
        if act == "log out":
            tokens.end(ApiSession(pk=family.sid), "logged_out")
            self.ended("logged_out", [family])
        elif act == "log out everywhere":
            people.sign_out(actor=person, person=person)
            self.ended("signed_out")
        elif act == "new password":
            current, new = PASSWORDS[self.password], PASSWORDS[1 - self.password]
            passwords.change(person=person, current=current, new=new)
            self.password = 1 - self.password
            self.ended("password_changed")
        elif act == "new role":
            other = Role.CLIENT if person.role == Role.STAFF else Role.STAFF
            people.change_role(actor=self.ada, person=person, role=other)
            self.ended("role_changed")
        else:
            people.set_active(actor=self.ada, person=person, active=False)
            self.active = False
            self.ended("deactivated")

    @precondition(lambda self: not self.active)
    @rule()
    def reactivate(self):
        people.set_active(actor=self.ada, person=self.person(), active=True)
        self.active = True

    @rule(seconds=some.sampled_from([1, 899, 900, 5 * 86_400]))
    def let_time_pass(self, seconds):
        self.clock.shift(seconds)

    @precondition(signed_in)
    @rule()
    def clean_up(self):
        tokens.purge_expired()
        self.families = [family for family in self.families if timezone.now() <= family.until]

    @invariant()
    def a_family_has_one_live_refresh_token_or_none_and_asking_changes_nothing(self):
        for family in self.families:
            told = [met(tokens.verify, token=token)[0] for token in family.refresh]
            assert told == [family.fate_of_refresh(place) for place in range(len(told))]
            assert told.count("") == (0 if family.fate(family.until) else 1)

    @invariant()
    def what_has_ended_stays_so_and_says_why(self):
        rows = {str(row.pk): row for row in ApiSession.objects.exclude(user=self.cleo)} if self.families else {}
        for family in self.families:
            row = rows[family.sid]
            assert (row.ended_because, bool(row.ended_at)) == (family.ended, bool(family.ended))

    @invariant()
    def every_reuse_is_in_the_log(self):
        assert Activity.objects.filter(kind="api.token_reused").count() == self.reuses

    @invariant()
    def nothing_of_this_touches_anybody_else(self):
        assert not ApiSession.objects.filter(user__username="cleo").exclude(ended_at=None).exists()


@pytest.mark.timeout(120)
@pytest.mark.django_db
def test_no_sequence_of_acts_gives_a_family_two_live_tokens_or_revives_one():
    run(SignIns, examples=40, steps=25)
