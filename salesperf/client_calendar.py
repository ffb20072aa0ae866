"""A client's own calendar: months and quarters with their days, in the client file or in a CSV file beside it."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import StringConstraints

from salesperf.calendars import USUAL, Calendar, calendar_of, months_of_quarter
from salesperf.documents import Document, Settings, checked, read_rows
from salesperf.errors import RequestError
from salesperf.periods import Period, parse_period


class CalendarRow(Settings):
    """A month or quarter of a calendar of the client's own: a label or the client's name for it, and its days."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
    first: date
    last: date
    period: str = ""


def read_calendar(document: Document, written: str | list[CalendarRow] | None, fiscal_year_start: int) -> Calendar:
    """The calendar that the client file gives, in itself or as a CSV file; the usual one where it gives none.

    Each row is a month or a quarter, by its label or with one in ``period``; a quarter of which no month is given has
    months of 4, 4 and all other weeks. Raises RequestError, with the line, for rows that leave days out, have days in
    common, or are neither.
    """
    if written is None:
        return USUAL
    rows, places = _rows(document, written)
    months: dict[int, tuple[date, date]] = {}
    quarters: list[tuple[Period, CalendarRow, str]] = []
    names: dict[str, str] = {}
    for row, place in zip(rows, places, strict=True):
        try:
            period = parse_period(row.period or row.name, fiscal_year_start)
        except RequestError as error:
            raise RequestError(f"{place}: calendar: {error}; or name it in a column 'period'") from None
        if period.length not in (1, 3) or row.last < row.first:
            expected = "a month or a quarter from its first to its last day"
            raise RequestError(f"{place}: calendar: expected {expected}, got {row.name} from {row.first} to {row.last}")
        if period.label in names or (period.length == 1 and period.first in months):
            raise RequestError(f"{place}: calendar: expected {period.label} once, got it twice; remove one of them")
        names[period.label] = row.name
        if period.length == 1:
            months[period.first] = row.first, row.last
        else:
            quarters.append((period, row, place))
    for period, row, place in quarters:
        inside = [months[month] for month in range(period.first, period.first + 3) if month in months]
        if not inside and (row.last - row.first).days >= 9 * 7:
            months |= months_of_quarter(period.first, row.first, row.last)
        elif len(inside) < 3 or (inside[0][0], inside[-1][1]) != (row.first, row.last):
            expected = f"the days of its three months for {row.name}, or none of these and at least 9 weeks"
            raise RequestError(f"{place}: calendar: expected {expected}, got {row.first} to {row.last}")
    _check_days(months, places[0].rpartition(":")[0], fiscal_year_start)
    own = {label: name for label, name in names.items() if name != label}
    if len(set(own.values())) < len(own):
        raise RequestError(f"{places[0]}: calendar: expected a name once, got one twice; rename one of them")
    return calendar_of(months, own)


def _rows(document: Document, written: str | list[CalendarRow]) -> tuple[list[CalendarRow], list[str]]:
    """The rows of a calendar, at least one, and the place of each: a file and its line."""
    if isinstance(written, str):
        path = document.path.parent / written
        if not path.is_file():
            wrong = f"calendar: expected a CSV file at {path} with name, first and last, got none; check the path"
            raise document.error(("calendar",), wrong)
        table = read_rows(path)
        rows = [checked(table, CalendarRow, (place,)) for place in range(len(table.content))]
        places = [f"{path}:{table.line((place,))}" for place in range(len(rows))]
    else:
        rows = written
        places = [f"{document.path}:{document.line(('calendar', place))}" for place in range(len(rows))]
    if not rows:
        raise document.error(("calendar",), "calendar: expected rows with name, first and last, got none; fill it in")
    return rows, places


def _check_days(months: dict[int, tuple[date, date]], file: str, fiscal_year_start: int) -> None:
    """Raises RequestError where months that are given leave out a month or days, or have days in common."""
    for month, after in pairwise(sorted(months)):
        label, following = (Period(one, 1, fiscal_year_start).label for one in (month, after))
        ends, begins = months[month][1], months[after][0]
        if after > month + 1:
            expected, got = f"every month from {label} to {following}", f"none of {after - month - 1} between them"
        elif begins != ends + timedelta(days=1):
            expected, got = f"{following} to begin on the day after {label} ends, {ends}", str(begins)
        else:
            continue
        raise RequestError(f"{file}: calendar: expected {expected}, got {got}; correct the rows")
