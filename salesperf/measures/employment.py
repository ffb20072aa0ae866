"""Who is employed when: the rows of the KPI table, and the weeks that activities are spread over."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.tables import Tables
from salesperf.measures.facts import KEYS, NOBODY, By
from salesperf.periods import Period

Days = NDArray[np.datetime64]


def employed(tables: Tables, periods: list[Period], by: By) -> pd.DataFrame:
    """The company, its regions, or the teams and reps with a day of employment in each period: period and the keys.

    Who has neither a start nor an end date is employed throughout.
    """
    columns = ["period", *KEYS[by]]
    if by in ("company", "region"):
        there = pd.DataFrame({name: tables.regions() for name in KEYS[by]}, index=None if KEYS[by] else [0])
        return pd.concat([there.assign(period=one.label) for one in periods])[columns].reset_index(drop=True)
    staff, start, end = _staff(tables)
    parts = []
    for period in periods:
        there = staff[(start <= np.datetime64(period.end)) & (end >= np.datetime64(period.start))]
        parts.append(there[list(KEYS[by])].assign(period=period.label))
    return pd.concat(parts)[columns].drop_duplicates(ignore_index=True)


def weeks_employed(tables: Tables, periods: list[Period], by: By, last: date) -> pd.DataFrame:
    """Weeks of employment in each period, of a group those of its reps together, up to the last day told.

    Index: period and the keys of the grouping; column: weeks, 0 for periods after the last day.
    """
    staff, start, end = _staff(tables)
    parts = []
    for period in periods:
        first, until = np.datetime64(period.start), np.datetime64(min(period.end, last))
        inside = (np.minimum(end, until) - np.maximum(start, first)).astype(np.int64) + 1
        parts.append(staff.assign(period=period.label, days=inside.clip(0)))
    days = pd.concat(parts).groupby(["period", *KEYS[by]])[["days"]].sum()
    return days.rename(columns={"days": "weeks"}) / 7


def _staff(tables: Tables) -> tuple[pd.DataFrame, Days, Days]:
    """The reps with their keys, and the first and last day of their employment."""
    staff = pd.DataFrame(tables.staff(), columns=["region", "team", "rep_id", "start_date", "end_date"])
    start = np.array([one or date.min for one in staff.pop("start_date")], dtype="datetime64[D]")
    end = np.array([one or date.max for one in staff.pop("end_date")], dtype="datetime64[D]")
    return staff.fillna({"team": NOBODY}), start, end
