"""The months of a fiscal calendar: those of everybody, or a client's own, as a 4-4-5 or a trading calendar has them."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

_WEEKS = (4, 4)  # of the first months of a quarter that is given without its months; the last has the rest


@dataclass(frozen=True, order=True)
class Calendar:
    """Which days each month has; a month is counted since year 0, so that 2025-01 is 24300.

    ``first``: the first month whose days are given; ``starts``: the first days of it and those after it, and the day
    after the last of them. Empty: all months are as usual. Months before and after those given are as usual, too, but
    for days that the given ones have or leave over. ``names``: label of a period → the client's own name for it.
    """

    first: int = 0
    starts: tuple[date, ...] = ()
    names: tuple[tuple[str, str], ...] = field(default=())

    def first_day(self, month: int) -> date:
        """The first day of a month."""
        year, usual_month = divmod(month, 12)
        usual = date(year, usual_month + 1, 1)
        if not self.starts:
            return usual
        if month < self.first:
            return min(usual, self.starts[0])
        return self.starts[month - self.first] if month < self._end + 1 else max(usual, self.starts[-1])

    def month_of(self, day: date) -> int:
        """The month that a day lies in."""
        usual = day.year * 12 + day.month - 1
        if not self.starts:
            return usual
        if day < self.starts[0]:
            return min(usual, self.first - 1)
        if day >= self.starts[-1]:
            return max(usual, self._end)
        return self.first + bisect_right(self.starts, day) - 1

    def month_sql(self, day: str) -> str:
        """SQL for the month of a column of days, as by `month_of`."""
        usual = f"year({day}) * 12 + month({day}) - 1"
        if not self.starts:
            return f"CAST({usual} AS INTEGER)"
        given = " ".join(
            f"WHEN {day} < DATE '{start}' THEN {self.first + place}" for place, start in enumerate(self.starts[1:])
        )
        return (
            f"CAST(CASE WHEN {day} IS NULL THEN NULL WHEN {day} < DATE '{self.starts[0]}'"
            f" THEN least({usual}, {self.first - 1}) {given} ELSE greatest({usual}, {self._end}) END AS INTEGER)"
        )

    @property
    def named(self) -> dict[str, str]:
        """Label of a period → the client's own name for it."""
        return dict(self.names)

    @property
    def labels(self) -> dict[str, str]:
        """The client's own name for a period → its label."""
        return {name: label for label, name in self.names}

    @property
    def _end(self) -> int:
        """The month after the last one that is given."""
        return self.first + len(self.starts) - 1


USUAL = Calendar()


def calendar_of(months: Mapping[int, tuple[date, date]], names: Mapping[str, str]) -> Calendar:
    """The calendar of months that follow each other: month → its first and its last day, at least one month.

    ``names``: label of a period → the client's own name for it.
    """
    given = sorted(months)
    starts = [months[month][0] for month in given]
    return Calendar(given[0], (*starts, months[given[-1]][1] + timedelta(days=1)), tuple(sorted(names.items())))


def months_of_quarter(first: int, start: date, end: date) -> dict[int, tuple[date, date]]:
    """The months of a quarter of at least 9 weeks of which the days alone are given: of 4, 4, and all other weeks.

    ``first``: its first month.
    """
    begins = [start, *(start + timedelta(weeks=sum(_WEEKS[:place])) for place in (1, 2))]
    ends = [*(begin - timedelta(days=1) for begin in begins[1:]), end]
    return {first + place: span for place, span in enumerate(zip(begins, ends, strict=True))}
