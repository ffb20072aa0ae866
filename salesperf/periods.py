"""Periods of a fiscal calendar: months, quarters, halves and years, as closed ranges of days."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from salesperf.calendars import USUAL, Calendar
from salesperf.errors import RequestError, SalesperfError

_MONTHS_IN = {"M": 1, "Q": 3, "H": 6, "Y": 12}
_PATTERN = re.compile(r"(?P<year>[12]\d{3})(?:-(?P<month>\d{2})|(?P<kind>[QH])(?P<part>\d))?", re.ASCII)


@dataclass(frozen=True, order=True)
class Period:
    """A month, quarter, half or year.

    ``first``: its first month, counted since year 0, so that 2025-01 is 24300; ``length``: in months, 1, 3, 6 or 12;
    ``fiscal_year_start``: the month with which a fiscal year starts, counted from the January (1) of the calendar year
    with its number. With 4, 2025Q1 is April to June 2025; with -8, the April of the year before, it is April to June
    2024, as fiscal years are numbered by the year in which they end. ``calendar``: which days its months have.
    """

    first: int
    length: int
    fiscal_year_start: int = 1
    calendar: Calendar = USUAL

    @property
    def start(self) -> date:
        """The first day."""
        return self.calendar.first_day(self.first)

    @property
    def end(self) -> date:
        """The last day; also the "as of" of everything measured in the period."""
        return self.calendar.first_day(self.first + self.length) - timedelta(days=1)

    @property
    def label(self) -> str:
        """The period as written in a client file: 2025-11, 2025Q4, 2025H2 or 2025."""
        if self.length == 1:
            return f"{self.first // 12}-{self.first % 12 + 1:02}"
        year, month = divmod(self.first - (self.fiscal_year_start - 1), 12)
        return f"{year}" + {3: f"Q{month // 3 + 1}", 6: f"H{month // 6 + 1}", 12: ""}[self.length]

    def __str__(self) -> str:
        return self.label

    @property
    def days(self) -> int:
        """Its number of days."""
        return (self.end - self.start).days + 1

    def other(self, first: int, length: int) -> "Period":
        """Another period of the same fiscal calendar, by its first month and its number of months."""
        return Period(first, length, self.fiscal_year_start, self.calendar)

    def before(self, steps: int = 1) -> "Period":
        """The period of the same length ``steps`` periods earlier."""
        return self.other(self.first - steps * self.length, self.length)

    @property
    def year_before(self) -> "Period":
        """The same period one year earlier."""
        return self.before(12 // self.length)

    def trailing(self, count: int) -> list["Period"]:
        """The last ``count`` periods, oldest first, ending with this one."""
        return [self.before(steps) for steps in range(count - 1, -1, -1)]

    def history(self) -> list["Period"]:
        """The periods a report looks back on, oldest first: at least to the same one of the year before."""
        return self.trailing({1: 13, 3: 9, 6: 5, 12: 4}[self.length])

    def months(self) -> list["Period"]:
        """Its months, in order."""
        return [self.other(self.first + step, 1) for step in range(self.length)]

    def contains(self, other: "Period") -> bool:
        """Whether every day of the other period lies in this one."""
        return self.first <= other.first and other.first + other.length <= self.first + self.length


def parse_period(
    text: object, fiscal_year_start: int = 1, calendar: Calendar = USUAL, *, error: type[SalesperfError] = RequestError
) -> Period:
    """The period that a text such as 2025Q4, 2025-11, 2025H2 or 2025 names, or a name of the calendar's own.

    Raises ``error`` when it names none.

    >>> parse_period("2025Q1", fiscal_year_start=4).start
    datetime.date(2025, 4, 1)
    >>> parse_period("2025Q1", fiscal_year_start=-8).start
    datetime.date(2024, 4, 1)
    """
    written = str(text).strip()
    match = _PATTERN.fullmatch(calendar.labels.get(written, written))
    if match:
        year, month, kind, part = match["year"], match["month"], match["kind"], match["part"]
        if month and 1 <= int(month) <= 12:
            return Period(int(year) * 12 + int(month) - 1, 1, fiscal_year_start, calendar)
        length = _MONTHS_IN[kind or "Y"]
        if not month and 1 <= int(part or 1) <= 12 // length:
            first = int(year) * 12 + fiscal_year_start - 1 + (int(part or 1) - 1) * length
            return Period(first, length, fiscal_year_start, calendar)
    raise error(f"period: expected a form such as 2025Q4, 2025-11, 2025H2 or 2025, got {str(text)!r}")


def parse_periods(text: str, fiscal_year_start: int = 1, calendar: Calendar = USUAL) -> list[Period]:
    """The periods that a text such as 2025Q4 or 2024Q1:2025Q4 names, oldest first.

    Raises RequestError when it names none, or a run whose ends are of different length or in the wrong order.

    >>> [period.label for period in parse_periods("2025Q3:2026Q1")]
    ['2025Q3', '2025Q4', '2026Q1']
    """
    begin, colon, end = text.partition(":")
    first = parse_period(begin, fiscal_year_start, calendar)
    if not colon:
        return [first]
    last = parse_period(end, fiscal_year_start, calendar)
    if first.length != last.length or last.first < first.first:
        raise RequestError(
            f"period: expected a run of equal periods, the earlier first, such as 2024Q1:2025Q4, got {text!r}"
        )
    return last.trailing((last.first - first.first) // first.length + 1)
