"""Charts are drawn by the server: the geometry is numbers."""

from datetime import date
from decimal import Decimal

import pytest

from products.services.dashboard import CategoryValue
from products.services.figures import Day
from products.views import charts

DAYS = [Day(date(2026, 11, day), came, went) for day, came, went in [(1, 0, 0), (2, 15, 3), (3, 0, 20)]]


@pytest.mark.parametrize(
    ("number", "top"), [(0, 10), (10, 10), (11, 20), (39, 40), (41, 60), (61, 100), (101, 200), (601, 1000)]
)
def test_the_scale_ends_at_a_round_number_that_halves(number, top):
    assert charts.ceiling(number) == top
    assert top % 2 == 0


def test_what_came_stands_on_the_line_and_what_went_hangs_below_it():
    moves = charts.moves(DAYS)
    assert (moves.top, moves.half, moves.width, moves.came, moves.went) == (20, 10, 30, 15, 23)
    assert (moves.columns[1].up_y, moves.columns[1].up, moves.columns[1].down) == ("15.0", "45.0", "9.0")
    assert (moves.columns[2].x, moves.columns[2].down) == (22, "60.0")
    assert moves.busiest == DAYS[2]


def test_five_days_are_named_from_the_first_to_the_last():
    many = [Day(date(2026, 11, 1 + n), 0, 0) for n in range(30)]
    assert [day.day.day for day in charts.moves(many).ticks] == [1, 8, 15, 22, 30]


def test_bars_are_shares_of_the_largest():
    bars = charts.bars([CategoryValue(None, Decimal(40)), CategoryValue(None, Decimal(10))])
    assert [bar.percent for bar in bars] == ["100.0%", "25.0%"]
    assert charts.bars([]) == []
