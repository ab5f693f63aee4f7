"""What templates say: times, lengths, amounts, rights."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.templatetags import ui

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=20), "Just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=16), "Yesterday"),
        (timedelta(days=1), "Yesterday"),
        (timedelta(days=2), "28 Feb"),
        (timedelta(days=365), "2 Mar 2025"),
    ],
)
def test_a_time_is_said_as_people_say_it(before, text, time_machine):
    time_machine.move_to(NOW, tick=False)
    moment = NOW - before
    said = ui.when(moment)
    assert f">{text}</time>" in said
    assert f'title="{moment:%Y-%m-%d %H:%M}"' in said
    assert f'datetime="{moment.isoformat()}"' in said


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes"), (900, "15 minutes")],
)
def test_a_length_is_rounded_up(seconds, text):
    assert ui.duration(seconds) == text


def test_amounts_carry_the_sites_currency(settings):
    assert (ui.money(Decimal("-1234.5")), ui.money("0"), ui.money(None)) == ("−£1,234.50", "£0.00", "")
    settings.CURRENCY = "SEK"
    assert ui.currency() == "SEK\u00a0"


def test_a_difference_carries_its_sign():
    assert [ui.signed(number) for number in (3, 0, -3)] == ["+3", "+0", "−3"]


def test_may_answers_with_the_policys_decision(ada, cleo):
    assert ui.may(ada, "people.manage")
    assert str(ui.may(cleo, "people.manage").reason) == "Only an admin can manage people."


def test_an_icon_is_for_the_eye_only():
    assert 'aria-hidden="true"' in ui.icon("lock")
    assert 'img/icons.svg#lock"' in ui.icon("lock")
    assert "<script" not in ui.icon("<script")


@pytest.mark.parametrize(("tags", "pk"), [("ok undo-12", "12"), ("undo-7", "7"), ("ok", ""), ("", ""), (None, "")])
def test_a_toast_names_the_change_set_it_can_undo(tags, pk):
    assert ui.undo_id(tags) == pk
