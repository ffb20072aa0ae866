"""Who a sheet is about."""

from dataclasses import dataclass
from datetime import date

from salesperf.data.export import Export
from salesperf.errors import RequestError, did_you_mean
from salesperf.periods import Period


@dataclass(frozen=True)
class Person:
    """A rep, with team and manager ("" without) and the days of employment (None where they are not told)."""

    rep_id: str
    rep: str
    region: str
    team: str
    manager: str
    start_date: date | None
    end_date: date | None


def person(export: Export, rep_id: str, region: str, period: Period) -> Person:
    """The rep of an id. Raises RequestError where the region has no such rep, or one not employed in the period."""
    rows = {one["rep_id"]: one for one in export.tables.staff() if one["region"] == region}
    if rep_id not in rows:
        raise RequestError(f"rep: {rep_id!r} is not a rep of {region!r}; {did_you_mean(rep_id, rows)}")
    found = Person(**rows[rep_id] | {name: rows[rep_id][name] or "" for name in ("team", "manager")})
    if (found.start_date and found.start_date > period.end) or (found.end_date and found.end_date < period.start):
        days = f"{found.start_date or 'the beginning'} to {found.end_date or 'now'}"
        raise RequestError(f"rep: expected {rep_id!r} to be employed in {period}, got {days}; choose another period")
    return found
