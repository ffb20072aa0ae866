"""Employment of reps: who has a row in the KPI table, weeks of employment, and staff turnover (docs/methods.md §2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from salesperf.data.export import Export, once
from salesperf.measures.counters import counts
from salesperf.measures.facts import By, Counts, Entity, Ints, numbered, staff_of
from salesperf.periods import Period

Days = NDArray[np.datetime64]


def employed(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """The entities of a level that are there in each period, without values.

    The company and its regions always are; a rep with a day of employment in the period is, and a team with such a rep.
    A rep without a start date is employed from the beginning, one without an end date to the end.
    """
    if by in ("company", "region"):
        always: list[Entity] = [()] if by == "company" else [(region,) for region in export.tables.regions()]
        return Counts(always, {}, np.ones((len(periods), len(always)), dtype=bool))
    stints = _stints(export)
    start, end = stints.start, stints.end
    keys, code = _entities(export, by)
    there = np.zeros((len(periods), len(keys)), dtype=bool)
    for row, period in enumerate(periods):
        there[row, code[(start <= np.datetime64(period.end)) & (end >= np.datetime64(period.start))]] = True
    return Counts(keys, {}, there)


@counts("weeks", "leavers", "headcount")
def employment(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """Weeks, leavers and headcount of each period; a group has the sums of its reps.

    Values: weeks (of employment within the period, up to the export's last day with an activity), leavers (reps whose
    last day falls in the period, and who have not only moved) and headcount (mean of the numbers of reps employed on
    its first and on its last day; 0 by rep, as a single person has no turnover). Nobody is there because of them: that
    is what `employed` tells.
    """
    stints = _stints(export)
    start, end = stints.start, stints.end
    keys, code = _entities(export, by)
    values = {name: np.zeros((len(periods), len(keys))) for name in ("weeks", "leavers", "headcount")}
    for row, period in enumerate(periods):
        first, last = np.datetime64(period.start), np.datetime64(period.end)
        days = (np.minimum(end, min(last, _last_activity(export))) - np.maximum(start, first)).astype(np.int64) + 1
        values["weeks"][row] = np.bincount(code, days.clip(0), len(keys)) / 7
        values["leavers"][row] = np.bincount(code, stints.is_last & (first <= end) & (end <= last), len(keys))
        on_days = (((start <= day) & (day <= end)).astype(np.float64) for day in (first, last))
        values["headcount"][row] = np.bincount(code, sum(on_days, np.zeros(len(code))), len(keys)) / 2
    if by == "rep":
        values["headcount"][:] = 0.0
    return Counts(keys, values, np.zeros((len(periods), len(keys)), dtype=bool))


def _last_activity(export: Export) -> np.datetime64:
    """The export's last day with an activity; the last of all days where it has none."""
    spans = export.tables.spans
    return np.datetime64(spans["activities", "date"][1] if ("activities", "date") in spans else date.max)


def _entities(export: Export, by: By) -> tuple[list[Entity], Ints]:
    """The entities of a level that reps belong to, sorted, and for each of the `_Stints` the index of its entity."""
    staff = staff_of(export.tables)
    return numbered([staff.entity(by, staff.home[seat][0], seat) for seat in _stints(export).seats])


@dataclass(frozen=True)
class _Stints:
    """The rows of the list of reps, and of whoever moved all that there were.

    ``seats``: see `Staff`; ``start`` and ``end``: first and last day; ``is_last``: whether the rep has no later row.
    """

    seats: list[str]
    start: Days
    end: Days
    is_last: NDArray[np.bool_]


@once
def _stints(export: Export) -> _Stints:
    """The stints of all reps, sorted by id and start; an empty date is no limit, but for the next row of a rep."""
    rows = export.tables.homes() or [person | {"seat": person["rep_id"]} for person in export.tables.staff()]
    return _Stints(
        [row["seat"] for row in rows],
        np.array([row["start_date"] or date.min for row in rows], dtype="datetime64[D]"),
        np.array([row["end_date"] or date.max for row in rows], dtype="datetime64[D]"),
        np.array([row.get("is_last", True) for row in rows], dtype=bool),
    )
