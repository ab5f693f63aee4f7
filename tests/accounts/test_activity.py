"""The log of what happens to people: nothing in it can be forged, and everything in it can be found."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Activity
from accounts.models.activity import KINDS, label
from accounts.services import activity, people
from site_config.lib.origin import Origin, acting_from

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def record(kind="person.edited", person=None, actor=None, address="198.51.100.7", **details):
    with acting_from(Origin("page", address, "r1")):
        return activity.record(kind, actor=actor, person=person, **details)


def kinds(**asked):
    return [line.kind for line in activity.found(**asked).order_by("id")]


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\x1b", "\u202e", "\u2028", "\u2066", "\x85", "\x00"])
def test_nothing_in_a_name_can_look_like_another_line(mark, ada):
    ada.name = f"Eve{mark}Signed in"
    line = record(person=ada, actor=ada, name=["Eve", f"Eve{mark}Signed in"], count=["", 3])
    assert (line.actor_name, line.person_name) == ("Eve Signed in", "Eve Signed in")
    assert line.details == {"name": ["Eve", "Eve Signed in"], "count": ["", 3]}


def test_letters_of_every_script_stay(ada):
    ada.name = "علی‌رضا Ångström 李"
    assert record(person=ada).person_name == "علی‌رضا Ångström 李"


@pytest.mark.parametrize(
    ("kind", "details", "sentence"),
    [
        ("person.unlocked", {"failures": [5, 0], "reason": ["", "Rang {role}"]}, "Unlocked: Rang {role}"),
        ("person.unlocked", {"failures": [5, 0]}, "Unlocked"),
        ("address.unlocked", {"address": ["", "192.0.2.1"]}, "Address 192.0.2.1 unlocked"),
        ("sign_in.locked", {"failures": [0, 5]}, "Locked after 5 wrong passwords or codes"),
        ("sign_in.locked", {}, "Locked after … wrong passwords or codes"),
        ("invitation.sent", {"email": ["", "a@b.example"]}, "Invited a@b.example"),
        ("factor.required", {"role": "staff"}, "A second factor is required of: Staff"),
        ("factor.added", {"factor": "totp"}, "Second factor added: totp"),
        ("person.role_changed", {"role": ["staff", "client"]}, "Role changed from Staff to Client"),
        ("token.revoked", {"token": ["Till", ""]}, "API token “Till” revoked"),
        ("person.edited", {"name": ["A", "B"], "phone": ["", "1"]}, "Profile changed: name, phone"),
        ("of.another_version", {}, "of.another_version"),
    ],
)
def test_a_line_says_what_happened(kind, details, sentence):
    assert Activity(kind=kind, details=details).sentence == sentence
    assert str(Activity(kind=kind, person_name="Sam Reyes")) == f"{kind} Sam Reyes"


def test_every_kind_has_words_and_a_drawing():
    for kind, (_text, icon) in KINDS.items():
        assert "{" not in label(kind)
        assert icon
    assert label("person.role_changed") == "Role changed from … to …"
    assert [Activity(source=source).source_label for source in ("page", "api", "command", "?")] == [
        "Page",
        "API",
        "Command",
        "?",
    ]


def test_lines_are_found_by_whoever_did_them_or_whom_they_are_about(ada, sam, cleo):
    record("person.edited", person=sam, actor=ada)
    record("person.signed_in", person=sam, actor=sam)
    record("person.unlocked", person=cleo, actor=ada)
    assert kinds(person="sam@example") == ["person.edited", "person.signed_in"]
    assert kinds(person="Okafor") == ["person.edited", "person.unlocked"]
    people.delete(actor=ada, person=sam, successor=ada)
    assert kinds(person="Sam Rey") == ["person.edited", "person.signed_in", "person.deleted"]
    assert Activity.objects.get(kind="person.signed_in").person is None


def test_lines_are_found_by_kind_days_and_address(ada, time_machine):
    for days, address in ((0, "192.0.2.1"), (1, "192.0.2.2"), (2, "2001:db8::1")):
        time_machine.move_to(NOW + timedelta(days=days), tick=False)
        record(f"day.{days}", address=address)
    assert kinds(kind="day.1") == ["day.1"]
    assert kinds(since=date(2026, 3, 3)) == ["day.1", "day.2"]
    assert kinds(until=date(2026, 3, 3)) == ["day.0", "day.1"]
    assert kinds(since=date(2026, 3, 3), until=date(2026, 3, 3)) == ["day.1"]
    assert kinds(address="2001:db8::1") == ["day.2"]
    assert kinds() == ["day.0", "day.1", "day.2"]


def test_wrong_passwords_are_counted_by_the_hour(ada, time_machine):
    for minutes in (0, 20, 40, 24 * 60):
        time_machine.move_to(NOW - timedelta(minutes=minutes), tick=False)
        record("sign_in.failed", person=ada)
        record("person.signed_in", person=ada)
    time_machine.move_to(NOW, tick=False)
    hours = activity.failures_by_hour()
    assert len(hours) == 24
    assert hours[-1] == (NOW.replace(minute=0), 2)
    assert [count for _hour, count in hours[:-1] if count] == [1]
    assert len(activity.recent_failures()) == 4
    assert len(activity.recent_failures(limit=1)) == 1
