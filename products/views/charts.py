"""Geometry of the charts that the server draws: numbers in attributes of an SVG, so that no style is inline."""

from dataclasses import dataclass
from decimal import Decimal

from products.services.dashboard import CategoryValue
from products.services.figures import Day

HALF = 60  # units of the view box above zero, and below it
STEP, BAR = 10, 6


@dataclass(frozen=True)
class Column:
    """One day: a bar up for what came, one down for what went."""

    day: Day
    x: int
    up: str
    up_y: str
    down: str


@dataclass(frozen=True)
class Moves:
    """Units in and out by day, around a line of zero."""

    columns: list[Column]
    came: int
    went: int
    top: int
    busiest: Day

    @property
    def half(self) -> int:
        return self.top // 2

    @property
    def width(self) -> int:
        return STEP * len(self.columns)

    @property
    def ticks(self) -> list[Day]:
        """Days to name below: five, the first and the last among them."""
        last = len(self.columns) - 1
        return [self.columns[last * n // 4].day for n in range(5)]


def moves(days: list[Day]) -> Moves:
    top = ceiling(max(max(day.came, day.went) for day in days))
    columns = [column(day, place, top) for place, day in enumerate(days)]
    busiest = max(days, key=lambda day: day.came + day.went)
    return Moves(columns, sum(day.came for day in days), sum(day.went for day in days), top, busiest)


def column(day: Day, place: int, top: int) -> Column:
    up, down = day.came * HALF / top, day.went * HALF / top
    return Column(day, place * STEP + 2, f"{up:.1f}", f"{HALF - up:.1f}", f"{down:.1f}")


def ceiling(number: int) -> int:
    """The next round number that halves: 10, 20, 40, 60, 100, 200 …; at least 10."""
    power = 10
    while True:
        for factor in (1, 2, 4, 6):
            if number <= factor * power:
                return factor * power
        power *= 10


@dataclass(frozen=True)
class Bar:
    """A category's value, and its length as a share of the largest one."""

    of: CategoryValue
    percent: str


def bars(values: list[CategoryValue]) -> list[Bar]:
    largest = max((each.value for each in values), default=Decimal(0))
    return [Bar(each, f"{each.value / largest * 100:.1f}%") for each in values]
