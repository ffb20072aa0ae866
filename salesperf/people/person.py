"""The rep that a rep sheet is about."""

from dataclasses import dataclass
from datetime import date

from salesperf.data.export import Export
from salesperf.errors import RequestError, did_you_mean
from salesperf.periods import Period


@dataclass(frozen=True)
class Person:
    """A rep; team and manager are "" without, the first and last day of employment None where the export has none."""

    rep_id: str
    rep: str
    region: str
    team: str
    manager: str
    start_date: date | None
    end_date: date | None


def person(export: Export, rep_id: str, region: str, period: Period) -> Person:
    """The rep of an id. Raises RequestError where the region has no such rep, or one not employed in the period."""
    rows = {row["rep_id"]: row for row in export.tables.staff() if row["region"] == region}
    if rep_id not in rows:
        raise RequestError(f"rep: {rep_id!r} is not a rep of {region!r}; {did_you_mean(rep_id, rows)}")
    employee = Person(**rows[rep_id] | {name: rows[rep_id][name] or "" for name in ("team", "manager")})
    start, end = employee.start_date, employee.end_date
    if (start and start > period.end) or (end and end < period.start):
        days = f"{start or 'the beginning'} to {end or 'now'}"
        raise RequestError(f"rep: expected {rep_id!r} to be employed in {period}, got {days}; choose another period")
    return employee
